"""Checkpoints of rendering, made on the finished file read back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from raypipe.errors import QualityError
from raypipe.picture.effects import fade_frames
from raypipe.post.checks import limits
from raypipe.post.checks.model import Check, Limit, equals, within
from raypipe.post.checks.seams import check_seams
from raypipe.post.pictures import structural_similarity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from raypipe.post.facts import AudioStreamFacts, Luma, VideoFacts, VideoStreamFacts
    from raypipe.timeline.model import Timeline

_BT709 = 1


def check_render(
    facts: VideoFacts,
    timeline: Timeline,
    *,
    joins: Collection[int] | None = None,
    likeness: Mapping[int, float] | None = None,
    max_bitrate: int | None = None,
    draft: bool = False,
) -> tuple[Check, ...]:
    """Return the checks of a finished file against the timeline that it was rendered from.

    Args:
        facts: of the file, from `raypipe.post.inspect.inspect_video`.
        timeline: what it should show.
        joins: first frames of its segments; None takes the scenes' starts and ends.
        likeness: SSIM of decoded frames with the composed ones, see `compare_frames`.
        max_bitrate: bits per second that the video stream may take on average.
        draft: the file was encoded at draft quality, of which less likeness is asked.
    """
    video, audio = facts.video, facts.audio
    checks = [decodes(facts), structure(facts), stream_present("video", video)]
    if video is not None:
        checks += _video_checks(video, timeline, max_bitrate)
        checks += check_seams(video.curves, timeline, joins=joins)
        similarity = limits.DRAFT_SIMILARITY if draft else limits.SIMILARITY
        rest = dict(likeness or {})
        hard = []
        for name, frames, limit in (
            ("fidelity_of_grain", _grainy_frames(timeline), limits.GRAIN_SIMILARITY),
            ("fidelity_of_transitions", _blended_frames(timeline), limits.BLEND_SIMILARITY),
        ):
            found = {frame: rest.pop(frame) for frame in sorted(rest.keys() & frames)}
            if found and not draft:
                hard.append(replace(fidelity(found, limit=limit), name=name))
        checks += [fidelity(rest, limit=similarity), *hard]
    checks.append(stream_present("audio", audio))
    if audio is not None:
        checks += [audio_format(audio), audio_timing(audio)]
    checks.append(length_difference(facts))
    checks.append(start_offset(facts))
    return tuple(checks)


def decodes(facts: VideoFacts) -> Check:
    """Both streams decode to the end without an error."""
    errors = facts.decode_errors
    return Check("rendering", "decodes", not errors, len(errors), 0, "; ".join(errors[:3]), "fatal")


def structure(facts: VideoFacts) -> Check:
    """The file begins with ftyp, its index comes before the data, and its boxes are whole."""
    container = facts.container
    faults = [container.fault] if container.fault else []
    if not container.ftyp_first:
        faults.append("ftyp is not first")
    if not container.moov_before_mdat:
        faults.append("moov is not before mdat")
    if container.declared_bytes != container.file_bytes:
        faults.append(f"boxes sum to {container.declared_bytes} of {container.file_bytes} bytes")
    if container.edit_lists:
        faults.append(f"{container.edit_lists} edit lists")
    kinds = " ".join(container.kinds)
    return Check(
        "rendering", "structure", not faults, kinds, "ftyp, moov, mdat; no elst", "; ".join(faults)
    )


def stream_present(kind: str, stream: VideoStreamFacts | AudioStreamFacts | None) -> Check:
    """The file has a stream of ``kind`` that opens."""
    present = stream is not None
    return Check(
        "rendering", f"{kind}_stream", present, present, limit=True, severity="fatal"
    )  # fmt: skip


def _video_checks(
    video: VideoStreamFacts, timeline: Timeline, max_bitrate: int | None
) -> list[Check]:
    expected_s = timeline.frame_count / timeline.fps
    checks = [
        equals(
            "rendering", "frame_size", f"{video.width}x{video.height}",
            f"{timeline.width}x{timeline.height}", severity="fatal",
        ),
        equals(
            "rendering", "frame_count", video.frame_count, timeline.frame_count, severity="fatal"
        ),
        Check(
            "rendering", "duration", abs(video.duration_s - expected_s) < 0.5 / timeline.fps,
            round(video.duration_s, 3), round(expected_s, 3),
        ),
        video_format(video),
        within("rendering", "video_level", float(video.level), limits.LEVEL),
        colour(video),
        frame_timing(video, timeline.fps),
        keyframes(video),
        keyframe_gap(video, timeline),
    ]  # fmt: skip
    if max_bitrate is not None:
        checks.append(
            Check(
                "rendering", "bit_rate", video.bit_rate <= max_bitrate, round(video.bit_rate),
                max_bitrate,
            )
        )  # fmt: skip
    return checks


def video_format(video: VideoStreamFacts) -> Check:
    """H.264 High, yuv420p, progressive, square pixels: what every platform takes."""
    shown = [video.codec, video.profile, video.pixel_format]
    shown.append("interlaced" if video.interlaced else "progressive")
    if not video.square_pixels:
        shown.append("stretched pixels")
    return equals("rendering", "video_format", " ".join(shown), "h264 High yuv420p progressive")


def colour(video: VideoStreamFacts) -> Check:
    """Colours are tagged BT.709, limited range, so that no player guesses."""
    tags = video.colour
    code_points = (tags.primaries, tags.transfer, tags.matrix)
    span = {True: "limited", False: "full", None: "unsaid"}[tags.limited_range]
    ok = code_points == (_BT709,) * 3 and tags.limited_range is True
    value = f"{'/'.join(str(code) for code in code_points)} {span}"
    return Check("rendering", "colour", ok, value, "1/1/1 limited", "primaries/transfer/matrix")


def frame_timing(video: VideoStreamFacts, fps: int) -> Check:
    """Frames come at a constant rate from time 0, and decoding times rise."""
    faults = []
    if not video.constant_rate:
        faults.append("the rate varies")
    if video.fps != fps:
        faults.append(f"{float(video.fps):g} frames a second")
    if abs(video.start_ms) >= 1:
        faults.append(f"starts at {video.start_ms:.1f} ms")
    if not video.dts_monotonic:
        faults.append("decoding times go back")
    return Check("rendering", "frame_timing", not faults, float(video.fps), fps, "; ".join(faults))


def keyframes(video: VideoStreamFacts) -> Check:
    """The first frame is a keyframe and every keyframe is an IDR picture: closed GOPs."""
    faults = []
    if video.keyframes[:1] != (0,):
        faults.append("the first frame is no keyframe")
    if video.open_keyframes:
        faults.append(f"open GOP at frame {video.open_keyframes[0]}")
    return Check(
        "rendering", "keyframes", not faults, len(video.keyframes), "IDR, the first frame too",
        "; ".join(faults),
    )  # fmt: skip


def keyframe_gap(video: VideoStreamFacts, timeline: Timeline) -> Check:
    """A keyframe comes at least every 2 s."""
    marks = (*video.keyframes, video.frame_count)
    gaps = [after - before for before, after in pairwise(marks)]
    longest = max(gaps, default=video.frame_count)
    return within("rendering", "keyframe_gap", longest / timeline.fps, limits.KEYFRAME_GAP_S)


def _grainy_frames(timeline: Timeline) -> frozenset[int]:
    """Frames of scenes with film grain, of which less likeness is asked."""
    return frozenset(
        frame
        for scene in timeline.scenes
        if "grain" in scene.visual.effects
        for frame in range(scene.start_frame, scene.end_frame)
    )


def _blended_frames(timeline: Timeline) -> frozenset[int]:
    """Frames of which less likeness is asked: two scenes are seen at once, or one fades."""
    blended: set[int] = set()
    for scene in timeline.scenes:
        start, end, effects = scene.start_frame, scene.end_frame, scene.visual.effects
        times = {"fps": timeline.fps, "frame_count": scene.frame_count}
        blended.update(range(end - scene.transition_out.frames, end))
        if "fade_in" in effects:
            blended.update(range(start, start + fade_frames("fade_in", **times)))
        if "fade_out" in effects:
            blended.update(range(end - fade_frames("fade_out", **times), end))
    return frozenset(blended)


def compare_frames(video: VideoStreamFacts, composed: Mapping[int, Luma]) -> dict[int, float]:
    """Return the SSIM of decoded frames with the composed ones, by frame.

    Args:
        video: in which those frames were kept.
        composed: luma planes, uint8 (height, width); those after the video's end are left out.

    Raises:
        QualityError: a composed frame was not kept when the file was inspected.
    """
    likeness = {}
    for frame, luma in composed.items():
        if frame >= video.frame_count:
            continue
        if frame not in video.kept:
            raise QualityError(
                f"expected frame {frame} among the kept {sorted(video.kept)}",
                remedy="name it in inspect_video(keep=...)",
                where="rendering.fidelity",
            )
        likeness[frame] = structural_similarity(luma, video.kept[frame])
    return likeness


def fidelity(likeness: Mapping[int, float], *, limit: Limit = limits.SIMILARITY) -> Check:
    """Decoded frames look like the composed ones; ``likeness`` is their SSIM by frame."""
    if not likeness:
        return within("rendering", "fidelity", None, limit, detail="no composed frame given")
    value, frame = min((value, frame) for frame, value in likeness.items())
    detail = f"frame {frame}, worst of {len(likeness)}"
    return within("rendering", "fidelity", value, limit, detail=detail)


def audio_format(audio: AudioStreamFacts) -> Check:
    """AAC-LC at 48 kHz in stereo."""
    value = f"{audio.codec} {audio.profile} {audio.sample_rate_hz} Hz {audio.channels} channels"
    return equals("rendering", "audio_format", value, "aac LC 48000 Hz 2 channels")


def audio_timing(audio: AudioStreamFacts) -> Check:
    """Decoding times of the sound rise."""
    return Check(
        "rendering", "audio_timing", audio.dts_monotonic, audio.dts_monotonic, limit=True
    )  # fmt: skip


def length_difference(facts: VideoFacts) -> Check:
    """Picture and sound last equally long."""
    return within(
        "rendering",
        "length_difference",
        facts.length_difference_ms,
        limits.LENGTH_DIFFERENCE_MS,
        detail="" if facts.length_difference_ms is not None else "a stream is missing",
    )


def start_offset(facts: VideoFacts) -> Check:
    """Picture and sound begin together."""
    if facts.video is None or facts.audio is None:
        return within(
            "rendering", "start_offset", None, limits.START_OFFSET_MS, detail="a stream is missing"
        )
    offset = facts.audio.start_ms - facts.video.start_ms
    return within("rendering", "start_offset", offset, limits.START_OFFSET_MS)
