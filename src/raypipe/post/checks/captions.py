"""Where captions will stand, measured by the same layout that draws them."""

from __future__ import annotations

from dataclasses import dataclass

from raypipe.picture.overlay import fit_text, place_block
from raypipe.post.checks.model import Check
from raypipe.text.layout import set_text, soft_margin
from raypipe.text.safe_area import safe_area, text_width
from raypipe.timeline.model import TextArea, TextLayer, Timeline


@dataclass(frozen=True, slots=True)
class CaptionBox:
    """A caption's text on the frame, pixels, without the room for its outline and shadow.

    ``lines_lost`` counts lines that do not fit even at the smallest size, and are not shown.
    """

    scene_id: str
    left: int
    top: int
    right: int
    bottom: int
    lines_lost: int = 0
    area: TextArea = "all"


def measure_captions(timeline: Timeline) -> tuple[CaptionBox, ...]:
    """Return the box of every caption of ``timeline``; nothing is drawn."""
    return tuple(
        _measure(scene.scene_id, text, timeline.width, timeline.height)
        for scene in timeline.scenes
        for text in scene.texts
    )


def caption_safe_area(boxes: tuple[CaptionBox, ...], *, width: int, height: int) -> Check:
    """Captions keep clear of the frame's edge and of the platforms' buttons and bars."""
    if not boxes:
        return Check("composition", "caption_safe_area", None, None, 0, "no captions")
    over, scene_id = max((_outside(box, width, height), box.scene_id) for box in boxes)
    # The renderer places text on even pixels, which may take one pixel of the margin.
    value = max(0, round(over) - 1)
    return Check("composition", "caption_safe_area", value == 0, value, 0,
                 f"pixels outside, {scene_id}" if value else f"{len(boxes)} captions")  # fmt: skip


def captions_whole(boxes: tuple[CaptionBox, ...]) -> Check:
    """No caption loses its last lines for want of room."""
    cut = [box.scene_id for box in boxes if box.lines_lost]
    lost = sum(box.lines_lost for box in boxes)
    return Check("composition", "captions_whole", not cut, lost, 0, ", ".join(dict.fromkeys(cut)))


def _outside(box: CaptionBox, width: int, height: int) -> float:
    """Pixels by which a box leaves its safe area; negative inside."""
    area = safe_area(width, height, box.area)
    side = max(area.left, area.right) * width
    low, high = area.top * height, (1 - area.bottom) * height
    return max(side - box.left, box.right - width + side, low - box.top, box.bottom - high)


def _measure(scene_id: str, layer: TextLayer, width: int, height: int) -> CaptionBox:
    layout = fit_text(layer, width=width, height=height)
    soft = soft_margin(layout.typeface.size_px, layer.style)
    whole = set_text(
        layer.content,
        max_width_px=text_width(width, height, layer.style.area) + 2 * soft,
        size_px=layout.typeface.size_px,
        style=layer.style,
        language=layer.language,
    )
    block = (layout.width, layout.height)
    left, top = place_block(layout, layer.style, block, width=width, height=height)
    inset = layout.padding
    return CaptionBox(
        scene_id,
        left + inset,
        top + inset,
        left + layout.width - inset,
        top + layout.height - inset,
        len(whole.lines) - len(layout.lines),
        layer.style.area,
    )
