"""What draft, standard and high mean for each encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quality = Literal["draft", "standard", "high"]

MAX_BITRATE = 8_000_000
"""Bits a second that no second of a video exceeds, as the specification says."""

GOP_SECONDS = 2
"""Length of a closed GOP: YouTube asks for half a GOP a second, TikTok and Instagram for 2 s."""

# Standard values of ITU-T H.273: primaries, transfer and matrix of BT.709, limited range.
BT709 = 1
LIMITED_RANGE = 1


@dataclass(frozen=True, slots=True)
class RateControl:
    """How one quality spends bits.

    ``crf`` is x264's constant rate factor; ``bit_rate`` is the mean for encoders without one;
    ``max_bit_rate`` and ``buffer_bits`` describe the VBV, in bit/s and bits.
    """

    preset: str
    crf: float
    bit_rate: int
    max_bit_rate: int
    buffer_bits: int


def rate_control(quality: Quality, *, max_bitrate: int = MAX_BITRATE) -> RateControl:
    """Return how ``quality`` spends bits, never more than ``max_bitrate`` bit/s."""
    preset, crf, mean = _TABLE[quality]
    ceiling = min(max_bitrate, _CEILINGS[quality])
    return RateControl(preset, crf, min(mean, ceiling * 3 // 4), ceiling, ceiling)


_TABLE: dict[Quality, tuple[str, float, int]] = {
    "draft": ("ultrafast", 27.0, 2_500_000),
    "standard": ("superfast", 21.0, 6_000_000),
    "high": ("veryfast", 18.0, 7_000_000),
}
_CEILINGS: dict[Quality, int] = {"draft": 4_000_000, "standard": 8_000_000, "high": 8_000_000}


def encoder_options(
    encoder: str, quality: Quality, *, fps: int, max_bitrate: int
) -> dict[str, str]:
    """Return libav's options for ``encoder``; see `SegmentEncoder` for the arguments."""
    rate = rate_control(quality, max_bitrate=max_bitrate)
    gop = GOP_SECONDS * fps
    common = {
        "g": str(gop),
        "bf": "0",
        "maxrate": str(rate.max_bit_rate),
        "bufsize": str(rate.buffer_bits),
        "flags": "+cgop+bitexact",
    }
    return common | _OWN[encoder](rate, gop)


def _x264(rate: RateControl, gop: int) -> dict[str, str]:
    return {
        "profile": "high",
        "preset": rate.preset,
        "crf": str(rate.crf),
        # 8x8dct and cabac make it High profile at every preset; force-cfr ignores jitter in pts.
        "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes=0"
        ":8x8dct=1:cabac=1:force-cfr=1",
    }


def _nvenc(rate: RateControl, gop: int) -> dict[str, str]:
    return {
        "profile": "high",
        "preset": {"ultrafast": "p2", "superfast": "p4"}.get(rate.preset, "p6"),
        "tune": "hq",
        "rc": "vbr",
        "cq": str(rate.crf),
        "b": str(rate.bit_rate),
        "forced-idr": "1",
        "no-scenecut": "1",
        "strict_gop": "1",
        "spatial-aq": "1",
        "g": str(gop),
    }


def _profiled(rate: RateControl, gop: int) -> dict[str, str]:
    return {"profile": "high"} | _mean_rate(rate, gop)


def _mean_rate(rate: RateControl, gop: int) -> dict[str, str]:
    return {"b": str(rate.bit_rate), "g": str(gop)}


def pixel_format(encoder: str) -> str:
    """Return the 4:2:0 layout that ``encoder`` takes; PyAV converts where it is not planar."""
    return "nv12" if encoder == "h264_qsv" else "yuv420p"


_OWN = {
    "libx264": _x264,
    "h264_nvenc": _nvenc,
    "h264_qsv": _profiled,
    "h264_videotoolbox": _profiled,
    "h264_v4l2m2m": _mean_rate,
    "libopenh264": _profiled,
}
