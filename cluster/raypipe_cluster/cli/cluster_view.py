"""A cluster on the screen: its pools as a table, and how far `raypipe up` has come."""

from __future__ import annotations

import threading
from collections import defaultdict
from functools import partial
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from raypipe_actors.messages import PoolStatus
from raypipe_cluster.cli.screen import as_age, as_size, can_redraw
from raypipe_cluster.outcome import ClusterStatus, WarmStep

_PARTS: Final = ("ray", "image", "speech", "render")
_NAMES: Final = {"ray": "Ray", "image": "pictures", "speech": "voice", "render": "encoders"}


_STATE_STYLES: Final = {"idle": "green", "busy": "cyan"}


def print_cluster(status: ClusterStatus, console: Console, *, now_s: float) -> None:
    """Print nodes and pools; ``now_s`` is the time in seconds since the epoch."""
    console.print(Text.assemble(("cluster ", "dim"), (status.address, "bold")))
    for node in status.nodes:
        gpus = f", {node.gpus:g} GPU{'s' * (node.gpus != 1)}" if node.gpus else ""
        facts = f"{node.cpus:g} CPUs{gpus}, {as_size(node.memory_bytes)}"
        console.print(Text(f"  node {node.node_id[:8]}  {node.address}  {facts}", style="dim"))
    if not status.pools:
        console.print("no pools yet; they start with the first story, or with 'raypipe up'")
        return
    console.print()
    console.print(_pools(status.pools))
    if any(pool.workers for pool in status.pools):
        console.print()
        console.print(_workers(status.pools, now_s=now_s))
    waiting = sum(pool.queued for pool in status.pools)
    busy = sum(pool.running for pool in status.pools)
    console.print()
    console.print(
        "idle" if not waiting + busy else f"{busy} at work, {waiting} waiting", style="dim"
    )


def _pools(pools: tuple[PoolStatus, ...]) -> Table:
    table = _table("pool")
    table.add_column("model", overflow="fold", max_width=30)
    for name in ("workers", "busy", "queue", "batch", "p50", "p95", "speed", "done", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    for pool in pools:
        ready = sum(worker.started_s > 0 for worker in pool.workers)
        starting = len(pool.workers) - ready
        table.add_row(
            Text(_NAMES[pool.kind], style="bold"),
            _model(pool),
            Text(
                f"{ready}+{starting}" if starting else f"{ready}",
                style="yellow" if starting else "green" if ready else "dim",
            ),
            Text(f"{pool.running}", style="cyan" if pool.running else "dim"),
            Text(f"{pool.queued}", style="yellow" if pool.queued else "dim"),
            f"{pool.batch:.2g}/{pool.max_batch}" if pool.batch else f"-/{pool.max_batch}",
            _seconds(pool.p50_s),
            _seconds(pool.p95_s),
            _speed(pool),
            f"{pool.done}",
            Text(f"{pool.failed}", style="bold red" if pool.failed else "dim"),
        )
    return table


def _workers(pools: tuple[PoolStatus, ...], *, now_s: float) -> Table:
    table = _table("workers of")
    table.add_column("on", overflow="fold", max_width=30)
    table.add_column("node", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for name in ("memory", "GPU memory", "age"):
        table.add_column(name, justify="right", no_wrap=True)
    for pool in pools:
        for worker in pool.workers:
            memory, ready = worker.memory, worker.started_s > 0
            gpu = f"{as_size(memory.gpu_used_bytes)} of {as_size(memory.gpu_total_bytes)}"
            table.add_row(
                Text(_NAMES[pool.kind], style="bold"),
                worker.device or "-",
                worker.node_id[:8] or "-",
                Text(worker.state, style=_STATE_STYLES.get(worker.state, "yellow")),
                as_size(memory.rss_bytes) if ready else "-",
                gpu if memory.gpu_total_bytes else "-",
                as_age(now_s - worker.started_s) if ready else "-",
            )
    return table


def _table(first: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(first, no_wrap=True)
    return table


def _model(pool: PoolStatus) -> str:
    """Return the engine; of encoders the one that a worker found to work."""
    return pool.revision or pool.engine if pool.kind == "render" else pool.engine


def _seconds(seconds: float) -> str:
    """Format a waiting time with two figures or more, ``0.085 s``, ``12 s``; ``-`` for none."""
    if not seconds:
        return "-"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"  # noqa: PLR2004 - two figures


def _speed(pool: PoolStatus) -> str:
    """Format work a second: ``2.1 images/s``, ``9.8 s/s`` of speech, ``88 frames/s``."""
    unit = "s" if pool.kind == "speech" else pool.unit
    return f"{pool.speed:.2g} {unit}/s" if pool.speed else "-"


def open_warming(console: Console) -> LiveWarming | PlainWarming:
    """Choose how to show what is started: live on a terminal, a line each elsewhere."""
    return LiveWarming(console) if can_redraw(console) else PlainWarming(console)


class PlainWarming:
    """One line for each part that is warm, or takes longer."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def on_step(self, step: WarmStep) -> None:
        """Take in one step; may be called from any thread."""
        if step.state == "warm":
            self._console.print(_line(step))
        elif step.detail:
            self._console.print(Text.assemble(("~ ", "yellow"), _starting(step)))


class LiveWarming:
    """All parts at once, each with a spinner until it is warm."""

    def __init__(self, console: Console) -> None:
        self._steps: dict[tuple[str, str], WarmStep] = {}
        """The latest of each part; a cast may have several voices warmed, each by its name."""
        self._spinners: defaultdict[tuple[str, str], Spinner] = defaultdict(
            partial(Spinner, "dots", style="cyan")
        )
        self._lock = threading.Lock()
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=8, transient=False
        )

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

    def on_step(self, step: WarmStep) -> None:
        """Take in one step; may be called from any thread."""
        with self._lock:
            self._steps[(step.part, step.name if step.part == "speech" else "")] = step

    def _render(self) -> RenderableType:
        with self._lock:
            steps = dict(self._steps)
        rows: list[RenderableType] = []
        for part in _PARTS:
            of_part = {key: step for key, step in steps.items() if key[0] == part}
            rows += [self._row(key, step) for key, step in of_part.items()]
            if not of_part:
                rows.append(Text(f"· {_NAMES[part]}", style="dim"))
        return Group(*rows)

    def _row(self, key: tuple[str, str], step: WarmStep) -> RenderableType:
        if step.state == "warm":
            return _line(step)
        spinner = self._spinners[key]
        spinner.update(text=_starting(step))
        return spinner


def _starting(step: WarmStep) -> Text:
    line = Text(f"{_NAMES[step.part]:<10}{step.name}")
    return line.append(step.detail, style="yellow")


def _line(step: WarmStep) -> Text:
    line = Text.assemble(
        ("✓ ", "green"), f"{_NAMES[step.part]:<10}", (step.name, "bold"), f"  {step.seconds:.1f} s"
    )
    return line.append(f"  {step.detail}", style="dim") if step.detail else line


def print_next(status: ClusterStatus, console: Console, *, local: bool) -> None:
    """Print what to do with a cluster that is warm."""
    where = "" if local else f" --address {status.address}"
    steps = (
        (f"raypipe render STORY{where}", "a video from your story"),
        (f"raypipe status{where}", "what the workers do"),
        *((("raypipe down", "stop it"),) if local else ()),
    )
    grid = Table.grid(padding=(0, 3, 0, 0))
    for command, meaning in steps:
        grid.add_row(Text(f"  {command}", style="bold"), Text(meaning, style="dim"))
    console.print("\nThe cluster is warm. Next:")
    console.print(grid)
