"""Hats as data: shapes on a head of height 1, x towards the nose, y down from its middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from raypipe.images.storybook.shapes import Outline, ellipse, lens, outline, smooth


@dataclass(frozen=True, slots=True)
class HatPart:
    """One shape of a hat: ``tone`` says in which shade of its ink, ``line`` as for `Block`."""

    shape: Outline
    tone: Literal["plain", "band", "light"] = "plain"
    line: float = 1.0


_HEADSCARF = smooth(
    [(0.34, -0.28), (0.22, -0.56), (-0.14, -0.64), (-0.48, -0.42), (-0.56, 0.0), (-0.6, 0.5),
     (-0.4, 0.72), (-0.02, 0.7), (0.14, 0.54), (0.02, 0.3), (-0.06, 0.0), (0.1, -0.26)]
)  # fmt: skip
_HOOD = smooth(
    [(0.4, -0.3), (0.24, -0.64), (-0.18, -0.76), (-0.6, -0.46), (-0.68, 0.1), (-0.56, 0.62),
     (-0.04, 0.74), (0.2, 0.52), (-0.06, 0.3), (-0.1, -0.1), (0.12, -0.32)]
)  # fmt: skip
_CROWN = [(0.34, -0.3), (0.4, -0.78), (0.18, -0.56), (0.0, -0.86), (-0.18, -0.56), (-0.4, -0.78),
          (-0.36, -0.3)]  # fmt: skip
_HELMET = smooth(
    [(0.4, -0.12), (0.36, -0.5), (0.0, -0.72), (-0.4, -0.54), (-0.52, -0.1), (-0.46, 0.24),
     (-0.22, 0.2), (-0.12, -0.14)]
)  # fmt: skip

HATS: dict[str, tuple[HatPart, ...]] = {
    "brim": (
        HatPart(
            smooth([(0.27, -0.34), (0.24, -0.72), (0.02, -0.8), (-0.28, -0.74), (-0.36, -0.34)])
        ),
        HatPart(
            outline([(0.3, -0.36), (0.29, -0.46), (-0.37, -0.46), (-0.38, -0.36)]), "band", 0.4
        ),
        HatPart(ellipse(-0.02, -0.33, 0.72, 0.1, tilt=0.04)),
    ),
    "cone": (
        HatPart(
            smooth(
                [
                    (-0.04, -0.86),
                    (0.4, -0.5),
                    (0.74, -0.2),
                    (0.0, -0.14),
                    (-0.78, -0.18),
                    (-0.44, -0.5),
                ]
            )
        ),
    ),
    "pointed": (
        HatPart(smooth([(0.3, -0.36), (0.12, -0.9), (-0.28, -1.5), (-0.24, -0.9), (-0.4, -0.34)])),
        HatPart(ellipse(-0.03, -0.33, 0.7, 0.1)),
    ),
    "turban": (
        HatPart(ellipse(-0.05, -0.5, 0.4, 0.3)),
        HatPart(ellipse(-0.04, -0.34, 0.5, 0.2, tilt=-0.14)),
        HatPart(ellipse(0.1, -0.46, 0.36, 0.12, tilt=0.5), "light", 0.4),
    ),
    "headscarf": (
        HatPart(_HEADSCARF),
        HatPart(lens((0.2, -0.42), (-0.34, 0.3), 0.04, bend=0.12), "band", 0),
    ),
    "hood": (HatPart(_HOOD),),
    "crown": (HatPart(outline(_CROWN)),),
    "cap": (
        HatPart(
            smooth([(0.36, -0.28), (0.26, -0.58), (-0.06, -0.68), (-0.4, -0.52), (-0.48, -0.24)])
        ),
        HatPart(lens((0.1, -0.28), (0.66, -0.2), 0.1), "band", 0.6),
    ),
    "headband": (
        HatPart(outline([(0.39, -0.34), (0.37, -0.2), (-0.44, -0.12), (-0.46, -0.26)]), line=0.6),
        HatPart(
            smooth([(-0.42, -0.2), (-0.72, -0.12), (-0.8, 0.12), (-0.62, 0.0), (-0.42, -0.1)]),
            line=0.6,
        ),
    ),
    "helmet": (HatPart(_HELMET),),
    "horns": tuple(
        HatPart(smooth([(x - 0.1, -0.5), (x + 0.02, -0.95), (x + 0.1, -0.52)]))
        for x in (-0.2, 0.14)
    ),
}
"""Every hat that `look.person_look` knows, its parts from back to front."""
