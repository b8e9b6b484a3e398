"""What draft, standard and high mean for each encoder.

Measured with x264 on 1080x1920 at 30 frames/s, one core, mean SSIM of luma against the frames that
went in; "detailed" is a picture full of grain and strokes under a moving camera, "calm" one of flat
shapes. No B-frames, for they would need an edit list.

======== =========================== ========= ================== ==================
quality  x264                        ms/frame  detailed           calm
======== =========================== ========= ================== ==================
draft    ultrafast, crf 26, CAVLC    15 to 17  0.927, 2.8 Mbit/s  0.987, 2.5 Mbit/s
standard superfast, crf 22, CAVLC    20 to 26  0.977, 7.2 Mbit/s  0.993, 3.8 Mbit/s
high     superfast, subme 2, crf 17  49 to 54  0.980, 7.9 Mbit/s  0.996, 4.8 Mbit/s
======== =========================== ========= ================== ==================

Passed over at equal bitrates: veryfast (0.975 detailed, 0.994 calm, 53 ms), faster (0.976, 95 ms),
fast (0.977, 200 ms): what they spend on looking ahead does not pay under a slow camera.
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

    ``crf`` is x264's constant rate factor and ``tuning`` its further parameters; ``bit_rate`` is
    the mean for encoders without a constant quality. ``max_bit_rate`` (bit/s), ``buffer_bits`` and
    ``buffer_fill`` (its share at the start) describe the decoder's buffer (VBV).
    """

    preset: str
    crf: float
    tuning: str
    nvenc_preset: str
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
    crf, tuning, preset, nvenc_preset, mean = _TABLE[quality]
    return RateControl(
        preset=preset,
        crf=crf,
        tuning=tuning,
        nvenc_preset=nvenc_preset,
        bit_rate=min(mean, max_bitrate * 3 // 4),
        max_bit_rate=max_bitrate * 7 // 8,
        buffer_bits=max_bitrate * 6 // 8,
    )


_CHEAP_ENTROPY = "cabac=0:weightp=0"
"""CAVLC costs 12 % more bits than CABAC at equal SSIM, and a fifth less time to encode and a third
less to decode, which every player and our own check of the file pay for. Weighted prediction
changed no digit of the SSIM."""

_TABLE: dict[Quality, tuple[float, str, str, str, int]] = {
    "draft": (26.0, _CHEAP_ENTROPY, "ultrafast", "p2", 3_000_000),
    "standard": (22.0, _CHEAP_ENTROPY, "superfast", "p4", 6_000_000),
    "high": (17.0, "cabac=1:ref=2:subme=2", "superfast", "p6", 7_000_000),
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
    return {
        "profile": "high",
        "preset": rate.nvenc_preset,
        "tune": "hq",
        "rc": "vbr",
        "cq": str(rate.crf),
        "b": "0",  # quality rules, up to maxrate
        "forced-idr": "1",
        "no-scenecut": "1",
        "strict_gop": "1",
        "spatial-aq": "1",
    }


def _mean_rate_high(rate: RateControl) -> dict[str, str]:
    return {"profile": "high"} | _mean_rate(rate)


def _mean_rate(rate: RateControl) -> dict[str, str]:
    return {"b": str(rate.bit_rate)}
