"""Which part of a picture a moving camera shows when."""

from __future__ import annotations

from raypipe.picture.easing import drift
from raypipe.timeline.model import KenBurns, Rect

_NO_ZOOM = 1e-9


def crop_at(motion: KenBurns, progress: float) -> Rect:
    """The crop of an eased move: even in zoom *ratio*, and straight to the same point."""
    start, end = motion.start, motion.end
    eased = drift(progress)
    width = start.width * (end.width / start.width) ** eased
    height = start.height * (end.height / start.height) ** eased
    # The share of the way follows the zoom, so that the point the camera goes for stands still.
    zoom = end.width - start.width
    moved = (width - start.width) / zoom if abs(zoom) > _NO_ZOOM else eased
    return Rect(
        start.x + (end.x - start.x) * moved, start.y + (end.y - start.y) * moved, width, height
    )


def zoomed(crop: Rect, zoom: float) -> Rect:
    """The crop made ``zoom`` times closer about its centre."""
    width, height = crop.width / zoom, crop.height / zoom
    return Rect(
        crop.x + (crop.width - width) / 2, crop.y + (crop.height - height) / 2, width, height
    )
