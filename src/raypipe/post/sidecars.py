"""Caption files: the timeline's captions as SubRip (.srt) and WebVTT (.vtt), and back.

Times are those of the frames on which a caption appears and goes, to the millisecond. WebVTT is
https://www.w3.org/TR/webvtt1/; SubRip has no standard, the form here is the one all players read.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from raypipe.errors import QualityError
from raypipe.post.wrapping import wrap_caption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from raypipe.timeline.model import Timeline

_TIME = re.compile(
    r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
    r" --> (?:(\d{2,}):)?([0-5]\d):([0-5]\d)[.,](\d{3})[^\n]*"
)
_GAPS = re.compile(r"[\s\u200b\ufeff]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption from ``start_ms`` to ``end_ms`` of the video; ``text`` may have line breaks."""

    start_ms: int
    end_ms: int
    text: str


def caption_cues(timeline: Timeline) -> tuple[Cue, ...]:
    """Return the timeline's captions in order of time, none overlapping the next.

    Where scenes overlap in a transition the earlier caption ends as the later begins; a caption
    that would thus last no frame at all is joined to its neighbour.
    """
    spans = sorted(
        (scene.start_frame + text.start_frame, scene.start_frame + text.end_frame, index, text)
        for index, (scene, text) in enumerate(
            (scene, text) for scene in timeline.scenes for text in scene.texts
        )
    )
    cues: list[tuple[int, int, str]] = []
    for start, end, _, layer in spans:
        content = _clean(layer.content)
        stop = min(end, timeline.frame_count)
        if not content or stop <= start:
            continue
        text = wrap_caption(content, language=layer.language)
        if cues and cues[-1][0] == start:
            cues[-1] = (start, max(stop, cues[-1][1]), f"{cues[-1][2]}\n{text}")
        else:
            cues.append((start, stop, text))
    ends = [min(end, following[0]) for (_, end, _), following in pairwise(cues)]
    ends += [end for _, end, _ in cues[-1:]]
    return tuple(
        Cue(_milliseconds(start, timeline.fps), _milliseconds(end, timeline.fps), text)
        for (start, _, text), end in zip(cues, ends, strict=True)
    )


def to_srt(timeline: Timeline) -> str:
    """Return the captions as SubRip text, with a final line break; empty if there are none."""
    return "\n".join(
        f"{number}\n{_stamp(cue.start_ms, ',')} --> {_stamp(cue.end_ms, ',')}\n{cue.text}\n"
        for number, cue in enumerate(caption_cues(timeline), 1)
    )


def to_vtt(timeline: Timeline) -> str:
    """Return the captions as WebVTT text with ``&``, ``<`` and ``>`` escaped."""
    cues = (
        f"{number}\n{_stamp(cue.start_ms, '.')} --> {_stamp(cue.end_ms, '.')}\n"
        f"{html.escape(cue.text, quote=False)}\n"
        for number, cue in enumerate(caption_cues(timeline), 1)
    )
    return "\n".join(("WEBVTT\n", *cues))


def parse_srt(text: str) -> tuple[Cue, ...]:
    """Read SubRip text strictly: numbers from 1, times in order, no empty cue.

    Raises:
        QualityError: the text breaks one of these rules.
    """
    blocks = _blocks(text.removeprefix("\ufeff"))
    return _parse_cues(blocks, where="captions.srt")


def parse_vtt(text: str) -> tuple[Cue, ...]:
    """Read WebVTT text as strictly, its signature and escapes too.

    Raises:
        QualityError: the text breaks one of these rules.
    """
    blocks = _blocks(text.removeprefix("\ufeff"))
    if not blocks or blocks[0][0].split(maxsplit=1)[:1] != ["WEBVTT"]:
        raise QualityError("expected the line WEBVTT first", where="captions.vtt")
    cues = _parse_cues(blocks[1:], where="captions.vtt")
    bare = next((c for c in cues if re.search(r"[<>]|&(?!amp;|lt;|gt;)", c.text)), None)
    if bare:
        raise QualityError(f"expected &, < and > escaped, got {bare.text!r}", where="captions.vtt")
    return tuple(Cue(cue.start_ms, cue.end_ms, html.unescape(cue.text)) for cue in cues)


def _clean(content: str) -> str:
    """Return ``content`` on one line: a blank line would end a cue, ``-->`` would begin one."""
    return _CONTROLS.sub("", _GAPS.sub(" ", content)).replace("-->", "→").strip()


def _milliseconds(frame: int, fps: int) -> int:
    return (frame * 2000 + fps) // (2 * fps)


def _stamp(milliseconds: int, mark: str) -> str:
    seconds, millis = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}{mark}{millis:03d}"


def _blocks(text: str) -> list[list[str]]:
    return [block.split("\n") for block in re.split(r"\n{2,}", text.strip("\n")) if block]


def _parse_cues(blocks: Sequence[list[str]], *, where: str) -> tuple[Cue, ...]:
    cues: list[Cue] = []
    for number, lines in enumerate(blocks, 1):
        place = f"{where} cue {number}"
        if lines[0] != str(number):
            raise QualityError(f"expected the number {number}, got {lines[0]!r}", where=place)
        times = _TIME.fullmatch(lines[1]) if len(lines) > 1 else None
        if times is None:
            raise QualityError(f"expected a time range, got {lines[1:2]}", where=place)
        start, end = (_to_ms(times.groups()[i : i + 4]) for i in (0, 4))
        if end <= start or (cues and start < cues[-1].end_ms):
            raise QualityError(f"expected times in order, got {lines[1]!r}", where=place)
        if not any(line.strip() for line in lines[2:]):
            raise QualityError("expected text, got none", where=place)
        cues.append(Cue(start, end, "\n".join(lines[2:])))
    return tuple(cues)


def _to_ms(groups: Sequence[str | None]) -> int:
    hours, minutes, seconds, millis = (int(group or 0) for group in groups)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis
