"""What a camera must keep in view of a drawn scene: heads, and what hands hold up to be seen."""

from __future__ import annotations

from raypipe.images.storybook.figures.pose import BUILDS
from raypipe.images.storybook.placement import Composition, Placement
from raypipe.timeline.model import Rect

_HAT = 0.95
"""Above the middle of a head, hair and hats reach this many head heights."""
_FACE = 0.7
"""To the sides and below, a head reaches this many head heights from its middle."""
_BUST = 0.3
"""Share of the standing height under a head that belongs to the view."""
_TOLD = ("hero", "support")


def head_box(figure: Placement, *, width: int, height: int) -> Rect | None:
    """Return the box of a person's head with its hair or hat, in fractions of the sheet.

    None for what is no person, or a head that is not on the sheet.
    """
    if figure.kind != "person":
        return None
    x, y = figure.focus
    size = BUILDS.get(figure.person_kind, BUILDS["person"]).head * figure.height
    if not (0 <= x < width and 0 <= y < height):
        return None
    box = (x - _FACE * size, y - _HAT * size, x + _FACE * size, y + _FACE * size)
    return _on_sheet(box, width, height)


def drawn_focus(scene: Composition) -> Rect | None:
    """Return the region from the heads to the chests of the people a scene tells of.

    What they hold above their heads belongs to it. None if nobody is drawn there; the picture
    itself then says what draws the eye.
    """
    width, height = scene.camera.width, scene.camera.height
    people = [figure for figure in scene.placements if figure.role in _TOLD]
    heads = [(head_box(figure, width=width, height=height), figure) for figure in people]
    seen = [(head, figure) for head, figure in heads if head is not None]
    if not seen:
        return None
    left = min(head.x for head, _ in seen)
    held = [figure.box[1] / height for _, figure in seen if figure.held]
    top = max(0.0, min([*(head.y for head, _ in seen), *held]))
    right = max(head.x + head.width for head, _ in seen)
    bottom = max(head.y + head.height + _BUST * figure.height / height for head, figure in seen)
    return Rect(left, top, right - left, min(bottom, 1.0) - top)


def _on_sheet(box: tuple[float, float, float, float], width: int, height: int) -> Rect:
    left, top = max(0.0, box[0] / width), max(0.0, box[1] / height)
    right, bottom = min(1.0, box[2] / width), min(1.0, box[3] / height)
    return Rect(left, top, right - left, bottom - top)
