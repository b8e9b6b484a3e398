"""What draft, standard and high mean for each encoder.

Measured by ``benchmarks/quality_table.py``, which also writes the table: x264 at 30 frames/s with
one thread, 1080x1920, drafts at 540x960. CPU ms a frame; then for a picture full of strokes under a
moving camera, and for one of the storybook engine's, SSIM of luma against the frames that went in
(mean/1st percentile) and Mbit/s. Draft, standard and high name what is used; the other rows were
passed over. No B-frames anywhere, for they would need an edit list.

=============================== ===== =============== ===============
x264                            ms    detailed        calm
=============================== ===== =============== ===============
draft: superfast, crf 26        2-3   0.958/0.950 1.2 0.961/0.955 0.9
small: ultrafast, crf 26        2     0.938/0.926 5.1 0.944/0.934 2.3
standard: superfast, crf 20     12-13 0.982/0.976 7.2 0.980/0.979 5.3
high: veryfast, crf 18          25-26 0.983/0.975 7.3 0.985/0.981 6.6
ultrafast, crf 24               8-9   0.914/0.875 7.7 0.957/0.951 7.5
superfast, no lookahead, crf 22 13    0.979/0.967 7.4 0.982/0.980 6.0
superfast, CABAC, crf 20        14-15 0.982/0.977 7.2 0.980/0.979 4.6
superfast, subme 2, crf 17      21    0.982/0.958 7.5 0.986/0.976 7.4
faster, crf 18                  43-44 0.986/0.979 7.2 0.985/0.983 6.2
=============================== ===== =============== ===============

Ten frames of lookahead cost no time that can be measured, for they save bits: what will be seen for
long is coded well at once (macroblock tree), and the buffer is not spent on a first keyframe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quality = Literal["draft", "standard", "high"]

MAX_BITRATE = 8_000_000
"""Bit/s that the mean of any five seconds does not exceed, as the specification says."""

GOP_SECONDS = 2
"""Seconds from keyframe to keyframe; TikTok, Instagram and YouTube all accept 2 s."""

BT709 = 1
"""Primaries, transfer and matrix of BT.709 (ITU-T H.273, tables 2 to 4)."""

LIMITED_RANGE = 1
"""libav's number for video range, luma 16 to 235."""


@dataclass(frozen=True, slots=True)
class RateControl:
    """How one quality spends bits.

    ``crf`` is x264's constant rate factor and ``tuning`` its further parameters; ``nvenc_cq`` is
    NVENC's constant quality, and ``bit_rate`` the mean for encoders without one. ``max_bit_rate``
    (bit/s), ``buffer_bits`` and ``buffer_fill`` (its share at the start) describe the decoder's
    buffer (VBV).
    """

    preset: str
    crf: float
    tuning: str
    nvenc_preset: str
    nvenc_cq: float
    bit_rate: int
    max_bit_rate: int
    buffer_bits: int
    buffer_fill: float = 0.75


def rate_control(quality: Quality, *, max_bitrate: int = MAX_BITRATE) -> RateControl:
    """Return how ``quality`` spends bits, never more than ``max_bitrate`` bit/s.

    A segment starts with a buffer filled to three quarters, so that its first keyframe is as good
    as the rest. With a rate of 7/8 and a buffer of 6/8 of the ceiling, five seconds carry at most
    5 * 7/8 + 3/4 * 6/8 = 4.94 ceilings, also where segments meet if they are that long.
    """
    crf, tuning, preset, nvenc_preset, nvenc_cq, mean = _TABLE[quality]
    return RateControl(
        preset=preset,
        crf=crf,
        tuning=tuning,
        nvenc_preset=nvenc_preset,
        nvenc_cq=nvenc_cq,
        bit_rate=min(mean, max_bitrate * 3 // 4),
        max_bit_rate=max_bitrate * 7 // 8,
        buffer_bits=max_bitrate * 6 // 8,
    )


_CHEAP_ENTROPY = "cabac=0:weightp=0"
"""CAVLC costs up to 15 % more bits than CABAC at equal SSIM, and 10 to 17 % less time to encode
and a third less to decode, which every player and our own check of the file pay for. Weighted
prediction changed no digit of the SSIM."""

_LOOKAHEAD = "rc-lookahead=10:mbtree=1"
"""As in x264's veryfast; superfast has none of either."""

_TABLE: dict[Quality, tuple[float, str, str, str, float, int]] = {
    "draft": (26.0, _CHEAP_ENTROPY, "superfast", "p2", 26.0, 3_000_000),
    "standard": (20.0, f"{_CHEAP_ENTROPY}:{_LOOKAHEAD}", "superfast", "p4", 22.0, 6_000_000),
    "high": (18.0, "cabac=1", "veryfast", "p6", 17.0, 7_000_000),
}


def encoder_options(
    encoder: str, quality: Quality, *, fps: int, max_bitrate: int
) -> dict[str, str]:
    """Return libav's options for ``encoder``; see `SegmentEncoder` for the arguments."""
    rate = rate_control(quality, max_bitrate=max_bitrate)
    gop = GOP_SECONDS * fps
    common = {
        "g": str(gop),
        "keyint_min": str(gop),
        "bf": "0",
        "maxrate": str(rate.max_bit_rate),
        "bufsize": str(rate.buffer_bits),
        "flags": "+cgop+bitexact",
    }
    own = {"libx264": _x264, "h264_nvenc": _nvenc, "h264_v4l2m2m": _mean_rate}
    return common | own.get(encoder, _mean_rate_high)(rate)


def pixel_format(encoder: str) -> str:
    """Return the 4:2:0 layout that ``encoder`` takes; PyAV converts where it is not planar."""
    return "nv12" if encoder == "h264_qsv" else "yuv420p"


def _x264(rate: RateControl) -> dict[str, str]:
    parameters = [
        "scenecut=0:open-gop=0:force-cfr=1",
        f"vbv-init={rate.buffer_fill}",
        "8x8dct=1",  # what makes it High profile, also at ultrafast
        rate.tuning,
    ]
    return {
        "profile": "high",
        "preset": rate.preset,
        "crf": str(rate.crf),
        "x264-params": ":".join(filter(None, parameters)),
    }


def _nvenc(rate: RateControl) -> dict[str, str]:
    # With cq libav gives NVENC a highest rate and no buffer (nvenc_setup_rate_control), so that of
    # the driver is used. At 3/4 of the ceiling, five seconds stay under it with a buffer of up to
    # 5/4 of the ceiling, a second and two thirds of the highest rate.
    return {
        "profile": "high",
        "preset": rate.nvenc_preset,
        "tune": "hq",
        "rc": "vbr",
        "cq": str(rate.nvenc_cq),
        "b": "0",  # quality rules, up to maxrate
        "maxrate": str(rate.max_bit_rate * 6 // 7),
        "forced-idr": "1",
        "no-scenecut": "1",
        "strict_gop": "1",
        "spatial-aq": "1",
    }


def _mean_rate_high(rate: RateControl) -> dict[str, str]:
    return {"profile": "high"} | _mean_rate(rate)


def _mean_rate(rate: RateControl) -> dict[str, str]:
    return {"b": str(rate.bit_rate)}
