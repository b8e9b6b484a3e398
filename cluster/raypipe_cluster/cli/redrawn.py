"""What is drawn again and again in its place on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live

REFRESHES_PER_SECOND = 6


class Redrawn:
    """A picture of something that changes, shown from entering to leaving; nothing of it stays.

    What `draw` needs must be there before this is initialised: rich draws at once.

    Args:
        console: a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(
            console=console,
            get_renderable=self.draw,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            vertical_overflow="crop",
            redirect_stdout=False,
        )

    def draw(self) -> RenderableType:
        """Draw the present state."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
