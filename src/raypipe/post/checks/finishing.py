"""Checkpoints of post-processing: sound level, file size, metadata, thumbnails, captions."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import PIL.Image

from raypipe.errors import QualityError
from raypipe.post.checks import limits
from raypipe.post.checks.model import Check, Limit, equals, within
from raypipe.post.platforms import PLACEMENTS, PLATFORMS
from raypipe.post.sidecars import caption_cues, parse_srt, parse_vtt
from raypipe.story.model import FRAME_SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from raypipe.post.facts import VideoFacts
    from raypipe.post.metadata import Metadata
    from raypipe.post.sidecars import Cue
    from raypipe.story.model import AspectRatio
    from raypipe.timeline.model import Timeline

THUMBNAIL_SIZES = {
    "thumb_youtube": (1280, 720),
    "thumb_instagram": (1080, 1080),
    "thumb_tiktok": (1080, 1920),
}
"""Width and height in pixels; ``thumb`` has those of the frame."""


def check_finish(
    facts: VideoFacts,
    timeline: Timeline,
    *,
    aspect_ratio: AspectRatio,
    metadata: Metadata,
    thumbnails: Mapping[str, bytes],
    srt: str,
    vtt: str,
    storyboard: bytes | None = None,
) -> tuple[Check, ...]:
    """Return the checks of all that post-processing adds to a finished file.

    Args:
        facts: of the file.
        timeline: that it was rendered from.
        aspect_ratio: of the frame.
        metadata: as it will be written.
        thumbnails: JPEG files by name.
        srt: the SubRip file's text.
        vtt: the WebVTT file's text.
        storyboard: the contact sheet, a JPEG file; None if none was made.
    """
    return (
        audible(facts),
        loudness(facts),
        true_peak(facts),
        clipping(facts),
        *file_sizes(facts, aspect_ratio),
        *placements(facts, aspect_ratio),
        metadata_complete(metadata),
        metadata_agrees(metadata, facts),
        # A draft has small frames, but its thumbnails are as large as any.
        *thumbnail_checks(thumbnails, frame_size=FRAME_SIZES[aspect_ratio]),
        storyboard_reads(storyboard),
        sidecar("captions_srt", srt, parse_srt, timeline),
        sidecar("captions_vtt", vtt, parse_vtt, timeline),
    )


def audible(facts: VideoFacts) -> Check:
    """There is something to hear."""
    heard = facts.audio is not None and facts.audio.integrated_lufs is not None
    reason = "" if heard else _silence_reason(facts)
    return Check("post", "audible", heard, heard, limit=True, detail=reason)


def loudness(facts: VideoFacts) -> Check:
    """The programme is as loud as the platforms play it."""
    value = facts.audio.integrated_lufs if facts.audio else None
    detail = "" if value is not None else _silence_reason(facts)
    return within("post", "loudness", value, limits.LOUDNESS_LUFS, detail=detail)


def true_peak(facts: VideoFacts) -> Check:
    """No peak between the samples overloads a player's converter."""
    value = facts.audio.true_peak_dbtp if facts.audio else None
    detail = "" if value is not None else _silence_reason(facts)
    return within("post", "true_peak", value, limits.TRUE_PEAK_DBTP, detail=detail)


def clipping(facts: VideoFacts) -> Check:
    """No decoded sample is at full scale."""
    if facts.audio is None:
        return within("post", "clipping", None, limits.CLIPPED, detail=_silence_reason(facts))
    return within("post", "clipping", facts.audio.clipped_share, limits.CLIPPED)


def file_sizes(facts: VideoFacts, aspect_ratio: AspectRatio) -> tuple[Check, ...]:
    """The file is under the least limit of each platform's placements for its aspect ratio."""
    checks = []
    for platform in PLATFORMS:
        name, size = f"file_size_{platform}", facts.file_size_bytes
        limits_bytes = [
            placement.max_bytes
            for placement in PLACEMENTS
            if placement.platform == platform and aspect_ratio in placement.aspect_ratios
        ]
        limit = min((each for each in limits_bytes if each is not None), default=None)
        if limit is None:
            reason = f"no placement for {aspect_ratio}"
            checks.append(Check("post", name, None, size, None, reason))
        else:
            checks.append(Check("post", name, 0 < size <= limit, size, limit))
    return tuple(checks)


def placements(facts: VideoFacts, aspect_ratio: AspectRatio) -> tuple[Check, ...]:
    """Each placement for the aspect ratio takes a video of this length; advises."""
    if facts.video is None:
        return ()
    seconds = facts.video.duration_s
    return tuple(
        within(
            "post",
            f"length_{placement.name}",
            seconds,
            Limit(placement.min_s, placement.max_s, "s", placement.source),
            severity="advises",
        )
        for placement in PLACEMENTS
        if aspect_ratio in placement.aspect_ratios
    )


def metadata_complete(metadata: Metadata) -> Check:
    """Title, description, tags, hashtags and every platform's variant are filled in."""
    missing = [
        name for name in ("title", "description", "tags", "hashtags") if not getattr(metadata, name)
    ]
    variants = metadata.platforms.model_dump()
    missing += [f"platforms.{name}" for name in PLATFORMS if not any(variants[name].values())]
    return Check("post", "metadata_complete", not missing, len(missing), 0, ", ".join(missing))


def metadata_agrees(metadata: Metadata, facts: VideoFacts) -> Check:
    """The metadata's figures are those of the file."""
    if facts.video is None:
        return Check("post", "metadata_agrees", None, None, 0, "no video stream")
    said = metadata.format
    wrong = []
    if said.file_size != facts.file_size_bytes:
        wrong.append(f"file_size {said.file_size} of {facts.file_size_bytes}")
    if said.resolution != f"{facts.video.width}x{facts.video.height}":
        wrong.append(f"resolution {said.resolution}")
    if abs(metadata.duration - facts.video.duration_s) > 0.001:  # noqa: PLR2004 written in ms
        wrong.append(f"duration {metadata.duration}")
    return Check("post", "metadata_agrees", not wrong, len(wrong), 0, "; ".join(wrong))


def thumbnail_checks(
    thumbnails: Mapping[str, bytes], *, frame_size: tuple[int, int]
) -> tuple[Check, ...]:
    """Each thumbnail is there, decodes, and has the size its platform wants."""
    checks = []
    for name, (width, height) in {"thumb": frame_size, **THUMBNAIL_SIZES}.items():
        data = thumbnails.get(name, b"")
        checks.append(equals("post", name, _jpeg_size(data), f"{width}x{height}"))
        checks.append(within("post", f"{name}_bytes", len(data), limits.THUMBNAIL_BYTES))
    return tuple(checks)


def storyboard_reads(storyboard: bytes | None) -> Check:
    """The contact sheet is a picture that decodes."""
    if storyboard is None:
        return Check("post", "storyboard", None, None, "a JPEG picture", "none was made")
    size = _jpeg_size(storyboard)
    return Check("post", "storyboard", "x" in size, size, "a JPEG picture")


def sidecar(
    name: str, text: str, parse: Callable[[str], tuple[Cue, ...]], timeline: Timeline
) -> Check:
    """A caption file reads back strictly and says what the timeline says, when it says it."""
    expected = caption_cues(timeline)
    try:
        cues = parse(text)
    except QualityError as error:
        return Check("post", name, ok=False, value="unreadable", limit=len(expected),
                     detail=str(error))  # fmt: skip
    unlike = sum(
        cue.text != wanted.text
        or abs(cue.start_ms - wanted.start_ms) > 1
        or abs(cue.end_ms - wanted.end_ms) > 1
        for cue, wanted in zip(cues, expected, strict=False)
    )
    ok = len(cues) == len(expected) and not unlike
    detail = f"{unlike} unlike the timeline" if unlike else ""
    return Check("post", name, ok, len(cues), len(expected), detail)


def _silence_reason(facts: VideoFacts) -> str:
    return "no audio stream" if facts.audio is None else "the sound is silent"


def _jpeg_size(data: bytes) -> str:
    """Return the size of a JPEG file as "WxH", or what is wrong with it."""
    if not data:
        return "missing"
    try:
        with PIL.Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            picture.load()
            return f"{picture.width}x{picture.height}"
    except (OSError, SyntaxError, PIL.Image.DecompressionBombError):
        return "damaged"
