"""MP4 as this project writes it: no edit list, no clock, nothing that differs from run to run."""

from __future__ import annotations

MP4_OPTIONS = {
    "fflags": "+bitexact",  # no version of libav in the file: equal input gives equal bytes
    "use_editlist": "0",  # platforms ask for none (YouTube: "No Edit Lists")
}
"""Muxer options of segments, soundtracks and finished videos."""

SAMPLE_RATE_HZ = 48_000
"""Rate of every soundtrack; a multiple of 24 and 30, so that frames and samples meet."""

AAC_FRAME_SAMPLES = 1024
"""Samples in one AAC-LC frame, and the length of libav's encoder priming (ISO/IEC 14496-3)."""
