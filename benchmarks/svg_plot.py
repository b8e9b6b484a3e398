"""Small plots as SVG, by hand: points with names, and lines above a common axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

FONT = "font-family='system-ui, sans-serif' font-size='13'"
INK, PALE = "#3d4450", "#c9ced6"
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7c3aed", "#a16207", "#be185d")


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, from ``low`` to ``high``, with a tick at each of ``ticks``."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Return where a value stands, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Mark:
    """A named point; ``colour`` is an index, ``chosen`` ones are filled."""

    x: float
    y: float
    name: str
    colour: int = 0
    chosen: bool = True


def nice_axis(label: str, values: Sequence[float], *, steps: int = 5) -> Axis:
    """Return an axis that holds all values, with ticks at round numbers."""
    low, high = min(values), max(values)
    rough = max(high - low, 1e-9) / steps
    power = 10.0 ** _exponent(rough)
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = _floor(low / step), -_floor(-high / step)
    ticks = tuple(round(step * number, 10) for number in range(first, last + 1))
    return Axis(label, ticks[0], ticks[-1], ticks)


def scatter(
    title: str,
    x: Axis,
    y: Axis,
    marks: Sequence[Mark],
    groups: Sequence[str],
    *,
    notes: Sequence[str] = (),
) -> str:
    """Return an SVG of named points; ``groups`` names the colours, ``notes`` stand below."""
    width, height, left, top, inner = 760, 440, 64, 64, (660, 310)
    parts = [_text(left, 24, title, weight="bold")]
    for index, group in enumerate(groups):
        parts += [
            f"<circle cx='{left + 8 + 190 * index}' cy='42' r='5' fill='{COLOURS[index]}'/>",
            _text(left + 20 + 190 * index, 46, group),
        ]
    parts += _frame(x, y, left, top, *inner)
    for mark in marks:
        across, down = left + x.place(mark.x) * inner[0], top + (1 - y.place(mark.y)) * inner[1]
        colour = COLOURS[mark.colour]
        fill = colour if mark.chosen else "white"
        parts += [
            (
                f"<circle cx='{across:.1f}' cy='{down:.1f}' r='5' fill='{fill}' stroke='{colour}' "
                "stroke-width='1.5'/>"
            ),
            _text(across + 8, down + (4 if mark.chosen else 14), mark.name, size=11),
        ]
    for index, note in enumerate(notes):
        parts.append(_text(left + 330 * (index % 2), height + 18 * (index // 2), note, size=12))
    return _svg(width, height + 18 * -(-len(notes) // 2), parts)


def small_multiples(
    title: str,
    x: Axis,
    y: Axis,
    rows: Sequence[tuple[str, Sequence[float], Sequence[float]]],
) -> str:
    """Return an SVG with one row a contestant: (name, ideal, found), a value for each x step."""
    width, left, tall = 760, 64, 78
    parts = [_text(left, 24, title, weight="bold")]
    for index, (name, ideal, found) in enumerate(rows):
        top = 48 + index * (tall + 34)
        parts.append(_text(left, top - 6, name, size=12))
        parts += _frame(x, y, left, top, 660, tall, labels=index == len(rows) - 1)
        for values, colour, line in ((ideal, PALE, 4), (found, COLOURS[index % 6], 1.4)):
            points = " ".join(
                f"{left + x.place(step) * 660:.1f},"
                f"{top + (1 - min(1.0, max(0.0, y.place(value)))) * tall:.1f}"
                for step, value in enumerate(values)
            )
            parts.append(
                f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='{line}'/>"
            )
    return _svg(width, 48 + len(rows) * (tall + 34) + 20, parts)


def _frame(  # noqa: PLR0917 - x, y, width, height have one natural order
    x: Axis, y: Axis, left: int, top: int, width: int, height: int, *, labels: bool = True
) -> list[str]:
    parts = []
    for tick in y.ticks:
        down = top + (1 - y.place(tick)) * height
        parts += [
            f"<path d='M{left} {down:.1f}h{width}' stroke='{PALE}' stroke-width='0.7'/>",
            _text(left - 8, down + 4, f"{tick:g}", anchor="end", size=11),
        ]
    for tick in x.ticks if labels else ():
        across = left + x.place(tick) * width
        parts.append(_text(across, top + height + 18, f"{tick:g}", anchor="middle", size=11))
    if labels:
        parts.append(_text(left + width / 2, top + height + 38, x.label, anchor="middle", size=12))
        middle = top + height / 2
        parts.append(
            f"<g transform='translate(16 {middle:.0f}) rotate(-90)'>"
            + _text(0, 0, y.label, anchor="middle", size=12)
            + "</g>"
        )
    return parts


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, weight: str = "normal"
) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' "
        f"font-weight='{weight}' fill='{INK}'>{escape(words)}</text>"
    )


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
        f"width='{width}' height='{height}' {FONT}>\n"
        f"<rect width='{width}' height='{height}' fill='white'/>\n{body}\n</svg>\n"
    )


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2])


def _floor(value: float) -> int:
    whole = int(value)
    return whole - 1 if value < whole - 1e-9 else whole
