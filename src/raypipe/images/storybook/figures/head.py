"""A head turned half to the reader, or in profile: hair, face, beard and hat."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.figures.body import Body
from raypipe.images.storybook.figures.hats import HATS
from raypipe.images.storybook.figures.look import Look
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.shapes import Outline, Points, ellipse, lens, outline, smooth

_IN_PROFILE = ("run", "leap", "fly", "attack", "crouch", "stoop", "reach")
"""Poses that go somewhere; all others turn to the reader."""

_LOUD = ("laugh", "shout")

_TUFTS = tuple(
    lens(root, tip, 0.1, bend=0.03)
    for root, tip in (
        ((0.02, -0.42), (0.33, -0.16)), ((0.12, -0.44), (0.43, -0.24)),
        ((-0.08, -0.4), (0.16, -0.14)), ((-0.1, -0.56), (-0.34, -0.72)),
        ((0.06, -0.58), (-0.06, -0.76)), ((-0.3, -0.5), (-0.56, -0.5)),
    )
)  # fmt: skip
"""Locks over the brow and at the crown of short hair."""


_GROWN_FACE: tuple[tuple[float, float], ...] = (
    (-0.05, -0.5), (0.24, -0.46), (0.4, -0.24), (0.41, 0.02), (0.42, 0.16), (0.36, 0.34),
    (0.2, 0.47), (0.04, 0.46), (-0.2, 0.32), (-0.38, 0.04), (-0.34, -0.34),
)  # fmt: skip
_CHILDS_FACE: tuple[tuple[float, float], ...] = (
    (-0.05, -0.5), (0.24, -0.47), (0.41, -0.24), (0.42, 0.0), (0.46, 0.17), (0.4, 0.36),
    (0.22, 0.46), (0.0, 0.46), (-0.24, 0.34), (-0.4, 0.06), (-0.35, -0.34),
)  # fmt: skip
"""Round cheeks, hardly a chin."""
_CHILDS_EYES = 0.085
"""A child's eyes are so much lower, under a high forehead, and larger."""


class HeadCutter:
    """Cuts one head; lengths are shares of its height, x towards the nose, y down."""

    def __init__(self, body: Body, look: Look, pose: str, block: Block) -> None:
        self.body, self.look, self.pose, self.block = body, look, pose, block
        self.joints, self.build = body.joints, body.build
        self.child = body.is_child

    def _on_head(self, points: Points, *, size: float = 1.0) -> Outline:
        p = outline(points) * self.build.head * size
        c, s = math.cos(self.joints.head_tilt), math.sin(self.joints.head_tilt)
        turned = np.stack([p[:, 0] * c - p[:, 1] * s, p[:, 0] * s + p[:, 1] * c], axis=1)
        return self.body.all(turned + self.joints.head)

    def cut(self) -> None:
        """Lay down hair, face, beard and hat, from back to front."""
        look = self.look
        self._hair_behind()
        if self.pose not in _IN_PROFILE:
            self._half_turned()
            return
        nose = 0.05 if self.child else 0.09
        face = [
            (-0.05, -0.5), (0.22, -0.46), (0.37, -0.26), (0.37, -0.07), (0.4 + nose, 0.08),
            (0.41, 0.14), (0.39, 0.23), (0.37, 0.33), (0.27, 0.45), (0.08, 0.47), (-0.2, 0.3),
            (-0.4, 0.02), (-0.34, -0.34),
        ]  # fmt: skip
        self.block.add(self._on_head(smooth(face, steps=4)), look.skin, tone=0.4)
        dark = mix(look.hair_ink, Ink(24, 18, 26), 0.8)
        laughing = self.pose in _LOUD
        low = _CHILDS_EYES if self.child else 0.0
        if self.pose in ("laugh", "weep", "sit"):
            eye = lens(
                (0.15, low - 0.03),
                (0.31, low - 0.03),
                0.035,
                bend=0.03 if self.pose == "laugh" else -0.035,
            )
            self.block.add(self._on_head(eye), dark, line=0)
        else:
            size = (0.046, 0.078) if self.child else (0.038, 0.058)
            self.block.add(self._on_head(ellipse(0.235, low - 0.03, *size)), dark, line=0)
        brow = lens((0.12, low - 0.155), (0.34, low - 0.17), 0.045 - low * 0.2, bend=0.02)
        self.block.add(self._on_head(brow), dark, line=0)
        cheek = mix(look.skin, look.main if not self.look.beard else look.skin, 0.0)
        rosy = Ink(min(255, cheek.r + 12), max(0, cheek.g - 34), max(0, cheek.b - 30))
        self.block.add(
            self._on_head(ellipse(0.15, 0.16, 0.1, 0.075)), mix(cheek, rosy, 0.6), line=0
        )
        if laughing:
            self.block.add(self._on_head(ellipse(0.3, 0.26, 0.06, 0.075)), dark, line=0)
        else:
            curve = 0.015 if self.pose not in ("weep", "cower") else -0.02
            self.block.add(
                self._on_head(lens((0.22, 0.255), (0.37, 0.235), 0.028, bend=curve)), dark, line=0
            )
        if look.beard:
            self._beard()
        self._hair_front()
        if look.glasses:
            ring = self._on_head(ellipse(0.24, -0.03, 0.1, 0.1))
            self.block.add(ring, mix(look.skin, Ink(255, 255, 255), 0.5), line=0.5)
            self.block.add(self._on_head(ellipse(0.245, -0.03, 0.035, 0.05)), dark, line=0)
        if look.hat:
            self._hat()

    def _half_turned(self) -> None:
        """Lay down a face with both eyes; the far one is nearer the edge."""
        look, block = self.look, self.block
        dark = mix(look.hair_ink, Ink(24, 18, 26), 0.8)
        face = _CHILDS_FACE if self.child else _GROWN_FACE
        block.add(self._on_head(smooth(face, steps=4)), look.skin, tone=0.4)
        pink = Ink(min(255, look.skin.r + 12), max(0, look.skin.g - 34), max(0, look.skin.b - 30))
        low = 0.05 if self.child else 0.0
        for x, wide in ((-0.06, 0.1), (0.35, 0.05)):
            cheek = self._on_head(ellipse(x, 0.17 + low, wide * (1 + 2 * low), 0.07 + low * 0.3))
            block.add(cheek, mix(look.skin, pink, 0.6), line=0)
        self._eyes(dark)
        nose = lens((0.215, 0.02), (0.225, 0.135), 0.026, bend=-0.035)
        if self.child:
            nose = lens((0.205, 0.15), (0.255, 0.15), 0.022, bend=-0.022)
        block.add(self._on_head(nose), mix(look.skin, dark, 0.34), line=0)
        bend = -0.03 if self._grieves else 0.03
        mouth = lens((0.1, 0.255), (0.3, 0.255), 0.026, bend=bend)
        if self.child:
            mouth = lens((0.12, 0.285), (0.3, 0.285), 0.026, bend=bend * 1.2)
        if self.pose in _LOUD:
            mouth = ellipse(0.2, 0.27 + low * 0.5, 0.075, 0.082)
        block.add(self._on_head(mouth), dark, line=0)
        if look.beard:
            self._beard()
        self._hair_front()
        if look.glasses:
            down = _CHILDS_EYES if self.child else 0.0
            for x, wide in ((0.04, 0.11), (0.31, 0.085)):
                ring = self._on_head(ellipse(x, down - 0.02, wide, 0.1))
                block.add(ring, mix(look.skin, Ink(255, 255, 255), 0.5), line=0.6)
                pupil = ellipse(x, down - 0.02, wide * 0.34, 0.05)
                block.add(self._on_head(pupil), dark, line=0)
        if look.hat:
            self._hat()

    @property
    def _grieves(self) -> bool:
        return self.pose in ("weep", "cower", "plead", "bowed")

    def _eyes(self, dark: Ink) -> None:
        """Lay down both eyes, closed in laughter and grief, and the brows over them."""
        tall = 0.084 if self.child else 0.056
        low, grow = (_CHILDS_EYES, 1.4) if self.child else (0.0, 1.0)
        for x, width in ((0.04, 0.042), (0.3, 0.034)):
            wide = width * grow
            if self.pose in ("laugh", "weep", "bowed"):
                bend = -0.035 if self.pose == "laugh" else 0.035
                left, right = (x - 2 * width, low - 0.02), (x + 2 * width, low - 0.02)
                self.block.add(self._on_head(lens(left, right, 0.034, bend=bend)), dark, line=0)
                continue
            self.block.add(self._on_head(ellipse(x, low - 0.02, wide, tall)), dark, line=0)
            spark = ellipse(x + wide * 0.35, low - 0.045, wide * 0.34, tall * 0.3)
            self.block.add(self._on_head(spark), Ink(255, 250, 240), line=0)
        lift = 0.03 if self._grieves else -0.008
        for x, wide, inward in ((0.04, 0.1, 1), (0.31, 0.075, -1)):
            inner = (x + inward * wide, low * 0.7 - 0.16 - lift)
            outer = (x - inward * wide, low * 0.7 - 0.15 + lift)
            thick = 0.036 if not self.child else 0.026
            self.block.add(self._on_head(lens(outer, inner, thick, bend=0.02)), dark, line=0)

    def _ear(self) -> None:
        lobe = ellipse(-0.2, 0.07, 0.075, 0.115, tilt=0.2)
        self.block.add(self._on_head(lobe), self.look.skin, tone=0.3, line=0.7)
        fold = lens((-0.19, 0.01), (-0.19, 0.12), 0.028, bend=0.02)
        self.block.add(self._on_head(fold), mix(self.look.skin, Ink(90, 40, 40), 0.35), line=0)

    def _hair_behind(self) -> None:
        look = self.look
        if look.hat in ("hood", "headscarf"):
            return
        swing = -0.22 if self.pose in ("run", "leap", "fly") else 0.0
        shapes: list[Points] = []
        if look.hair == "long":
            shapes.append(
                [
                    (0.0, -0.5),
                    (-0.35, -0.45),
                    (-0.52, -0.1),
                    (-0.56 + swing, 0.4),
                    (-0.66 + swing * 2, 1.0),
                    (-0.38 + swing * 2, 1.22),
                    (-0.12 + swing, 0.95),
                    (0.0, 0.3),
                ]
            )
        elif look.hair == "bob":
            shapes.append(
                [
                    (0.0, -0.5),
                    (-0.38, -0.45),
                    (-0.56, -0.1),
                    (-0.56, 0.3),
                    (-0.42, 0.5),
                    (-0.12, 0.48),
                    (0.0, 0.2),
                ]
            )
        elif look.hair == "ponytail":
            shapes.append(
                [
                    (-0.3, -0.35),
                    (-0.55, -0.3),
                    (-0.78 + swing, 0.05),
                    (-0.8 + swing * 2, 0.6),
                    (-0.66 + swing * 2, 0.72),
                    (-0.55 + swing, 0.25),
                    (-0.35, 0.0),
                ]
            )
        for shape in shapes:
            self.block.add(
                self._on_head(smooth(shape, steps=5)), mix(look.hair_ink, Ink(12, 10, 16), 0.25)
            )
        if look.hair == "braid":
            beads = [
                self._on_head(
                    ellipse(
                        -0.42 - 0.03 * n + swing * n / 3, 0.2 + 0.22 * n, 0.15 - 0.012 * n, 0.15
                    )
                )
                for n in range(5)
            ]
            self.block.piece(beads, look.hair_ink)

    def _hair_front(self) -> None:
        look = self.look
        if look.hair == "bald" or look.hat in ("hood", "headscarf"):
            if look.hair == "bald" and not look.hat:
                tuft = [(-0.18, -0.02), (-0.4, -0.1), (-0.46, 0.14), (-0.3, 0.3), (-0.16, 0.16)]
                self.block.add(self._on_head(smooth(tuft, steps=4)), look.hair_ink)
            return
        shapes: list[Points] = []
        tied = False
        if look.hair == "curly":
            curls = [
                (0.24, -0.42, 0.2), (0.0, -0.54, 0.24), (-0.26, -0.48, 0.24), (-0.46, -0.26, 0.22),
                (-0.52, 0.0, 0.22), (-0.44, 0.24, 0.19), (-0.24, -0.2, 0.26),
            ]  # fmt: skip
            shapes = [self._on_head(ellipse(x, y, r, r)) for x, y, r in curls]
        else:
            tied = look.hair in ("short", "topknot", "braid", "ponytail", "bun")
            low = 0.24 if look.hair in ("short", "topknot", "braid", "ponytail", "bun") else 0.38
            cap = [
                (0.37, -0.24),
                (0.3, -0.48),
                (0.05, -0.63),
                (-0.28, -0.58),
                (-0.5, -0.3),
                (-0.5, 0.02),
                (-0.4, low),
                (-0.26, low + 0.02),
                (-0.17, 0.05),
                (-0.04, -0.1),
                (0.1, -0.26),
                (0.24, -0.3),
            ]
            shapes = [self._on_head(smooth(cap, steps=4))]
            if look.hair == "short" and not look.hat:
                shapes += [self._on_head(tuft) for tuft in _TUFTS]
        if look.hair == "bun":
            shapes.append(self._on_head(ellipse(-0.5, -0.42, 0.23, 0.22)))
        elif look.hair == "topknot":
            shapes.append(self._on_head(ellipse(-0.14, -0.7, 0.13, 0.17, tilt=-0.4)))
        self.block.piece(shapes, look.hair_ink)
        if tied and not look.hat:
            self._ear()
        gleam = mix(look.hair_ink, Ink(255, 244, 225), 0.25)
        if look.hair != "curly":
            for x, y in ((-0.3, -0.36), (-0.2, -0.42)):
                mark = lens((x, y), (x - 0.1, y + 0.3), 0.035, bend=0.05)
                self.block.add(self._on_head(mark), gleam, line=0)

    def _beard(self) -> None:
        look = self.look
        if look.beard == "moustache":
            shape: Points = [(0.4, 0.14), (0.46, 0.24), (0.3, 0.27), (0.1, 0.24), (0.25, 0.16)]
        else:
            deep = 1.0 if look.beard == "long" else 0.62
            shape = smooth(
                [
                    (0.42, 0.15),
                    (0.44, 0.34),
                    (0.36, 0.6 * deep + 0.1),
                    (0.16, deep),
                    (-0.06, 0.62 * deep + 0.08),
                    (-0.2, 0.14),
                    (-0.12, 0.0),
                    (-0.02, 0.2),
                    (0.16, 0.2),
                ],
                steps=4,
            )
        self.block.add(self._on_head(shape), look.hair_ink)

    def _hat(self) -> None:
        ink = self.look.hat_ink
        tones = {
            "plain": ink,
            "band": mix(ink, Ink(20, 16, 24), 0.5),
            "light": mix(ink, Ink(255, 250, 235), 0.25),
        }
        for part in HATS[self.look.hat]:
            self.block.add(self._on_head(part.shape), tones[part.tone], line=part.line)
