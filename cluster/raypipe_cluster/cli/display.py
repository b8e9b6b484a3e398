"""Progress on stderr: a live table on a terminal, one line per finished step elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from raypipe.progress import ProgressEvent, Stage, State
from raypipe_cluster.cli.progress import SCENE_STAGES, STORY_STAGES, StageStatus, Tracker
from raypipe_cluster.cli.redrawn import Redrawn
from raypipe_cluster.cli.screen import as_clock, can_redraw

_FRAME_ROWS = 5
"""Lines of the screen that are no scene: title, story stages, bar and room for the prompt."""

_STYLES: dict[State, str] = {
    "queued": "dim", "running": "cyan", "done": "green", "cached": "blue",
    "retrying": "yellow", "degraded": "yellow", "failed": "red",
}  # fmt: skip
_MARKS: dict[State, str] = {
    "queued": "·", "running": "▸", "done": "✓", "cached": "≡",
    "retrying": "↻", "degraded": "◆", "failed": "✗",
}  # fmt: skip
_ASCII_MARKS: dict[State, str] = {
    "queued": ".", "running": ">", "done": "+", "cached": "=",
    "retrying": "~", "degraded": "!", "failed": "x",
}  # fmt: skip
_TOLD: frozenset[State] = frozenset({"done", "cached", "retrying", "degraded", "failed"})


def open_display(
    console: Console, *, title: str, quiet: bool = False
) -> LiveDisplay | PlainDisplay | QuietDisplay:
    """Choose the display that suits where ``console`` writes to."""
    if quiet:
        return QuietDisplay()
    return LiveDisplay(console, title=title) if can_redraw(console) else PlainDisplay(console)


class QuietDisplay:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def on_event(self, event: ProgressEvent) -> None:
        """Take no notice."""


class PlainDisplay:
    """One line for each step that ended, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.tracker = Tracker()
        self._console = console
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def on_event(self, event: ProgressEvent) -> None:
        """Take in one event; may be called from any thread."""
        with self._lock:
            changed = self.tracker.update(event)
            beginning = event.stage == "start" and event.state == "running"
            if not (changed or event.state == "retrying"):
                return
            if event.state in _TOLD or beginning:
                self._console.print(f"{event.at_s:7.1f} s  {describe_event(event)}", soft_wrap=True)


def describe_event(event: ProgressEvent) -> str:
    """Say in a line what happened, such as ``scene_2: image degraded (card)``."""
    if event.stage == "live":
        return f"watch it now: {event.detail}"
    what = f"{event.scene_id}: {event.stage}" if event.scene_id else event.stage
    if event.videos > 1:
        what = f"{event.aspect_ratio} {what}"
    count = f", {event.total} frames" if event.stage == "render" and event.total else ""
    return f"{what} {event.state}{count}" + (f" ({event.detail})" if event.detail else "")


class LiveDisplay(Redrawn):
    """A table redrawn in place: a line a scene, the story's stages, a bar with the time left.

    Args:
        console: a terminal.
        title: what is being made.
        clock: seconds, monotonic.
    """

    def __init__(
        self, console: Console, *, title: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tracker = Tracker()
        self._title = title
        self._clock = clock
        self._began_s = clock()
        self._offset_s = 0.0
        self._lock = threading.Lock()
        unicode_ok = console.encoding.lower().replace("-", "").startswith("utf")
        self._marks = _MARKS if unicode_ok else _ASCII_MARKS
        super().__init__(console)

    def on_event(self, event: ProgressEvent) -> None:
        """Take in one event; may be called from any thread."""
        with self._lock:
            self.tracker.update(event)
            # Events carry the story's own clock, which starts a little after ours.
            self._offset_s = self._clock() - self._began_s - event.at_s

    def draw(self) -> RenderableType:
        """Draw the present state."""
        with self._lock:
            elapsed_s = self._clock() - self._began_s
            parts = [
                Text(self._draw_title(), style="bold", overflow="ellipsis", no_wrap=True),
                self._draw_scenes(),
                self._draw_story(),
                self._draw_bar(elapsed_s),
            ]
            playlist = self.tracker.status("live").detail
            if playlist:
                parts.append(Text(f"watch it now: {playlist}", style="green", overflow="fold"))
            return Group(*parts)

    def _draw_title(self) -> str:
        tracker = self.tracker
        if tracker.videos == 1:
            return self._title
        return f"{self._title}  {tracker.aspect_ratio} ({tracker.video} of {tracker.videos})"

    def _draw_scenes(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, max_width=24, overflow="ellipsis")
        for _ in SCENE_STAGES:
            table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", style="yellow")
        shown = self._visible_scenes()
        hidden = len(self.tracker.scenes) - len(shown)
        if hidden:
            table.add_row(Text(f"({hidden} more)", style="dim"))
        for scene_id in shown:
            cells = [self._draw_cell(stage, scene_id) for stage in SCENE_STAGES]
            troubles = (self.tracker.status(stage, scene_id) for stage in SCENE_STAGES)
            trouble = next((t.detail for t in troubles if t.state in {"degraded", "retrying"}), "")
            table.add_row(Text(scene_id), *cells, Text(trouble))
        return table

    def _visible_scenes(self) -> list[str]:
        """Choose the scenes that fit the screen: where something happens, before what is over."""
        scenes = list(self.tracker.scenes)
        room = max(3, self._console.height - _FRAME_ROWS)
        if len(scenes) <= room:
            return scenes
        still_open = [s for s in scenes if not self.tracker.status("render", s).ended]
        over = [s for s in scenes if s not in still_open]
        kept = set(still_open[: room - 1]) | set(
            over[len(over) - max(0, room - 1 - len(still_open)) :]
        )
        return [scene for scene in scenes if scene in kept]

    def _draw_cell(self, stage: Stage, scene_id: str | None) -> RenderableType:
        status = self.tracker.status(stage, scene_id)
        label = Text(f"{self._marks[status.state]} {stage}", style=_STYLES[status.state])
        if stage != "render" or status.total == 0:
            return label
        row = Table.grid(padding=(0, 1))
        row.add_row(label, _bar(status.fraction, width=16), Text(_count(status), style="dim"))
        return row

    def _draw_story(self) -> RenderableType:
        cells = [self._draw_cell(stage, None) for stage in STORY_STAGES]
        row = Table.grid(padding=(0, 2))
        row.add_row(*cells, Text(self.tracker.status("start").detail, style="dim"))
        return row

    def _draw_bar(self, elapsed_s: float) -> RenderableType:
        share = self.tracker.fraction()
        now_s = elapsed_s - self._offset_s
        words = [f"{share:4.0%}", as_clock(elapsed_s)]
        left_s = self.tracker.remaining_s(now_s)
        rate = self.tracker.frames_per_second(now_s)
        done, total = self.tracker.frame_counts()
        if left_s is not None and rate is not None:
            words += [f"about {as_clock(left_s)} left", f"{rate:.0f} frames/s"]
        elif 0 < total <= done:
            words.append("finishing")
        row = Table.grid(padding=(0, 1))
        row.add_row(_bar(share, width=36), Text("  ".join(words)))
        return row


def _bar(share: float, *, width: int) -> ProgressBar:
    return ProgressBar(
        total=1.0,
        completed=share,
        width=width,
        style="dim",
        complete_style="cyan",
        finished_style="green",
    )


def _count(status: StageStatus) -> str:
    return f"{status.total if status.ended else status.done}/{status.total}"
