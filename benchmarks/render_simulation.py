"""How fast would the render stage be on more machines? Computed from costs measured on one.

A pure function of what was measured: segments are handed out in order, each to the first actor that
is free; an actor composes beside its encoder; the caller joins in the end. What bends the curve is
named: the work, the longest segment, the dispatcher, or the join.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds, each measured on an otherwise idle core."""

    encode_ms_per_frame: float
    compose_ms_per_frame: float
    put_ms_per_frame: float
    get_ms_per_frame: float
    start_ms_per_segment: float
    dispatch_ms_per_segment: float
    join_ms_per_frame: float
    join_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``actors`` actors would take, and which part of it more actors could not shorten."""

    actors: int
    seconds: float
    speed_up: float
    bound: str


def segment_ms(frames: int, costs: Costs) -> float:
    """Return how long one actor works on a segment; composing hides behind encoding or leads."""
    encoding = costs.encode_ms_per_frame + costs.get_ms_per_frame
    composing = costs.compose_ms_per_frame + costs.put_ms_per_frame
    return costs.start_ms_per_segment + frames * max(encoding, composing)


def stage_ms(segments: Sequence[int], costs: Costs, actors: int) -> tuple[float, float]:
    """Return milliseconds until all ``segments`` (frames each) are encoded, and until joined.

    Raises:
        ValueError: no segment, or no actor.
    """
    if not segments or actors < 1:
        raise ValueError(f"expected segments and actors, got {len(segments)} and {actors}")
    free = [0.0] * actors
    handed = 0.0
    for frames in segments:
        handed = max(handed + costs.dispatch_ms_per_segment, free[0])
        heapq.heapreplace(free, handed + segment_ms(frames, costs))
    encoded = max(free)
    return encoded, encoded + costs.join_ms + costs.join_ms_per_frame * sum(segments)


def simulate(segments: Sequence[int], costs: Costs, actors: Sequence[int]) -> list[Outcome]:
    """Return the outcome for each number of actors, against one."""
    alone = stage_ms(segments, costs, 1)[1]
    outcomes = []
    for count in actors:
        total = stage_ms(segments, costs, count)[1]
        outcomes.append(Outcome(count, total / 1e3, alone / total, _bound(segments, costs, count)))
    return outcomes


def _bound(segments: Sequence[int], costs: Costs, actors: int) -> str:
    """Name the largest of the lower bounds on the stage's time."""
    each = [segment_ms(frames, costs) for frames in segments]
    bounds = {
        "encoding": sum(each) / actors,
        "longest segment": max(each),
        "dispatcher": costs.dispatch_ms_per_segment * len(segments),
        "join": costs.join_ms + costs.join_ms_per_frame * sum(segments),
    }
    return max(bounds, key=bounds.__getitem__)


def as_svg(curves: dict[str, Sequence[Outcome]]) -> str:
    """Draw speed-up over actors, both axes doubling, as a small SVG."""
    width, height, left, top, right, bottom = 560, 360, 56, 24, 132, 44
    most = max(outcome.actors for curve in curves.values() for outcome in curve)
    doublings = max(most - 1, 1).bit_length()

    def place(actors: float, speed_up: float) -> tuple[float, float]:
        across = math.log2(actors) / doublings
        up = math.log2(max(speed_up, 1.0)) / doublings
        return (
            left + across * (width - left - right),
            height - bottom - up * (height - top - bottom),
        )

    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="12" fill="#333">'
        ),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="15">Simulated speed-up of the render stage</text>',
    ]
    for step in range(doublings + 1):
        count = 2**step
        x, y = place(count, count)
        lines += [
            (
                f'<path d="M{x:.1f} {top}V{height - bottom}M{left} {y:.1f}H{width - right}" '
                'stroke="#ddd"/>'
            ),
            f'<text x="{x:.1f}" y="{height - bottom + 16}" text-anchor="middle">{count}</text>',
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{count}x</text>',
        ]
    first, last = place(1, 1), place(2**doublings, 2**doublings)
    lines += [
        (
            f'<path d="M{first[0]:.1f} {first[1]:.1f}L{last[0]:.1f} {last[1]:.1f}" stroke="#999" '
            'stroke-dasharray="4 4"/>'
        ),
        (
            f'<text x="{(left + width - right) / 2}" y="{height - 8}" text-anchor="middle">'
            "render actors</text>"
        ),
    ]
    for (name, curve), colour in zip(curves.items(), _COLOURS, strict=False):
        points = [place(outcome.actors, outcome.speed_up) for outcome in curve]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        x, y = points[-1]
        lines += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{x + 6:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


_COLOURS = ("#b3432b", "#1f6f8b", "#5a7d2a")
