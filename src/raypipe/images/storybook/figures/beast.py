"""Animals in profile, cut from a few measures: one cutter for everything on four legs."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np

from raypipe.colour_words import COLOURS
from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.figures.breeds import BREEDS, STANCES, Breed, Stance, breed_of
from raypipe.images.storybook.palette import Family, Ink, luminance, mix
from raypipe.images.storybook.shapes import (
    Outline,
    Points,
    capsule,
    ellipse,
    lens,
    outline,
    smooth,
)

Joint = tuple[float, float]
Leg = tuple[Joint, Joint, Joint]

_HIND = 2
"""The first two legs are the hind ones."""

_COAT_WORDS = {
    **COLOURS,
    "white": "paper", "black": "ink2", "grey": "grey", "gray": "grey", "brown": "brown",
    "red": "rust", "russet": "rust", "ginger": "orange", "golden": "gold", "yellow": "gold",
    "orange": "orange", "tawny": "tan", "tan": "tan", "silver": "grey", "dark": "slate",
    "dark grey": "slate", "dark gray": "slate", "dark brown": "brown", "cream": "soft",
}  # fmt: skip


def _coat_in(look: str, breed: str) -> str | None:
    """Return the role of the colour that stands before the animal's noun, or None."""
    words = re.findall(r"[a-z]+", look.lower())
    place = next((n for n, word in enumerate(words) if breed_of(word) == breed), len(words))
    for n in range(place - 1, -1, -1):
        pair = " ".join(words[max(0, n - 1) : n + 1])
        if pair in _COAT_WORDS or words[n] in _COAT_WORDS:
            return _COAT_WORDS.get(pair) or _COAT_WORDS[words[n]]
    return None


def coat_ink(family: Family, role: str) -> Ink:
    """Return the ink of a coat; roles that are no inks of the family are mixed from them."""
    f = family
    mixed = {
        "slate": mix(f.deep, f.ink, 0.2),
        "grey": mix(mix(f.deep, f.paper, 0.55), f.soft, 0.1),
        "rust": mix(f.accent, f.earth, 0.3),
        "tan": mix(f.earth, f.soft, 0.5),
        "brown": mix(f.earth, f.ink, 0.3),
        "ink2": mix(f.ink, f.deep, 0.35),
        "gold": mix(f.glow, f.earth, 0.25),
        "orange": mix(f.accent, f.glow, 0.45),
        "pink": mix(f.soft, f.accent, 0.25),
    }
    if role in mixed:
        return mixed[role]
    ink: Ink = f.dyes[role] if role in f.dyes else getattr(f, role)
    return ink


def cut_beast(
    breed: str,
    stance: str,
    *,
    x: float,
    y: float,
    height: float,
    facing: int,
    family: Family,
    look: str = "",
) -> Block:
    """Return the block of an animal whose back is ``height`` pixels above (x, y).

    Args:
        breed: a key of `breeds.BREEDS`.
        stance: a key of `breeds.STANCES`; an unknown one stands.
        x: where it stands, in canvas pixels.
        y: the ground under it, in canvas pixels.
        height: of the back, in pixels.
        facing: -1 left, 1 right.
        family: the inks.
        look: words; a colour among them colours the coat.
    """
    kind = BREEDS[breed]
    role = _coat_in(look, breed)
    if role is not None:
        belly = role if kind.inks[1] == "earth" else kind.inks[1]
        coat = "plain" if kind.coat == "patches" else kind.coat
        kind = replace(kind, inks=(role, belly, kind.inks[2]), coat=coat)
    if re.search(r"\b(black|dark) (paws|legs|feet|socks)\b", look.lower()):
        kind = replace(kind, socks=True)
    held = STANCES.get(stance, STANCES["stand"])
    return _Cutter(kind, held, x, y, height, facing, family).cut()


class _Cutter:
    """Cuts one animal. Lengths are shares of its height, x forward, y down from the hips."""

    def __init__(
        self,
        kind: Breed,
        held: Stance,
        x: float,
        y: float,
        height: float,
        facing: int,
        family: Family,
    ) -> None:
        self.kind, self.held, self.family = kind, held, family
        self.foot = (x, y)
        self.height, self.facing = height, facing
        self.block = Block()
        self.body, self.belly, self.detail = (coat_ink(family, role) for role in kind.inks)
        self._dark = mix(family.ink, self.body, 0.15)
        self.skin = self.belly if kind.coat == "wool" else self.body
        half = kind.body / 2 - kind.chest * 0.5
        pitch = math.radians(held.pitch)
        if held.seated:
            # Lean back until the rump is as low as the fore feet.
            drop = (1 - kind.chest * 1.55) + kind.chest * 0.35 - kind.haunch * 1.02
            pitch = -math.asin(min(max(drop / (2 * half), 0.2), 0.85))
        self.hip: Joint = (-half * math.cos(pitch), -half * math.sin(pitch))
        self.shoulder: Joint = (half * math.cos(pitch), half * math.sin(pitch))
        self.legs = [self._leg(number, angles) for number, angles in enumerate(held.legs)]
        fore = self.legs[2:] if held.seated else self.legs
        self.drop = -max(leg[2][1] for leg in fore) - 0.03 - held.lift
        angle = math.radians(kind.neck_angle + held.neck) + pitch * 0.6
        self.root: Joint = (self.shoulder[0] + 0.02, self.shoulder[1] - kind.chest * 0.35)
        self.nape: Joint = (
            self.root[0] + kind.neck * math.sin(angle),
            self.root[1] - kind.neck * math.cos(angle),
        )
        self.neck_angle = angle

    def _leg(self, number: int, angles: tuple[float, float]) -> Leg:
        hind = number < _HIND
        root = self.hip if hind else self.shoulder
        side = -0.05 if number % 2 else 0.05
        start = (root[0] + side, root[1] + self.kind.chest * 0.35)
        length = (1 - self.kind.chest * 1.55) * (0.9 if self.held.seated and hind else 1.0)
        a, b = (math.radians(angle) for angle in angles)
        half = length * 0.5
        knee = (start[0] + half * math.sin(a), start[1] + half * math.cos(a))
        return start, knee, (knee[0] + half * math.sin(b), knee[1] + half * math.cos(b))

    def _folded(self, shift: float) -> Leg:
        """Return a hind leg folded under a sitting animal."""
        low = -self.drop - 0.05
        x = self.hip[0] + self.kind.haunch * 0.55 + shift
        knee = (x + self.kind.haunch * 0.5, low - self.kind.haunch * 0.75)
        return (self.hip[0] + 0.02 + shift, low - self.kind.haunch * 0.7), knee, (x + 0.1, low)

    def put(self, points: Points) -> Outline:
        """Return points in canvas pixels."""
        p = outline(points).copy()
        p[:, 1] += self.drop
        p *= self.height
        p[:, 0] *= self.facing
        return p + self.foot

    def on_head(self, points: Points) -> Outline:
        """Return points about the skull's middle in canvas pixels."""
        tilt = math.radians(self.kind.bow + self.held.head + self.held.neck * 0.25)
        c, s = math.cos(tilt), math.sin(tilt)
        p = outline(points)
        turned = np.stack([p[:, 0] * c - p[:, 1] * s, p[:, 0] * s + p[:, 1] * c], axis=1)
        return self.put(turned + self.nape)

    def add(self, points: Points, ink: Ink, *, line: float = 1.0) -> None:
        self.block.add(self.put(points), ink, line=line)

    def cut(self) -> Block:
        """Return the animal, from the tail and the far legs to the near ear."""
        self._tail()
        if self.held.seated:
            self.legs[0] = self._folded(0.06)
            self.legs[1] = self._folded(-0.04)
        far = mix(self.skin, self.family.ink, 0.35)
        for number in (0, 2):
            self._one_leg(number, far)
        if self.kind.coat == "mane":
            mane = ellipse(self.nape[0] - 0.08, self.nape[1] + 0.08, 0.25, 0.3, count=11)
            tufts = [self.put(ellipse(px, py, 0.14, 0.14)) for px, py in mane]
            self.block.piece(tufts, coat_ink(self.family, "rust"))
        if self.kind.coat == "wool":
            self._woolly_trunk()
        else:
            self._trunk()
        self._head()
        return self.block

    # -- trunk ------------------------------------------------------------------------------

    def _along(self, t: float, across: float) -> Joint:
        """Return a point ``t`` from hip (0) to shoulder (1), ``across`` below the spine."""
        (hx, hy), (sx, sy) = self.hip, self.shoulder
        long = max(math.hypot(sx - hx, sy - hy), 1e-6)
        nx, ny = -(sy - hy) / long, (sx - hx) / long
        return hx + (sx - hx) * t + nx * across, hy + (sy - hy) * t + ny * across

    def _barrel(self) -> Outline:
        """Return the body: round rump, a dip in the back, deep chest, tucked waist."""
        k, at = self.kind, self._along
        long = math.hypot(self.shoulder[0] - self.hip[0], self.shoulder[1] - self.hip[1])
        rump, front = k.haunch / long, k.chest / long
        return smooth(
            [
                at(-rump * 0.98, 0.0), at(-rump * 0.66, -k.haunch * 0.74), at(0.0, -k.haunch * 1.0),
                at(0.3, -k.haunch * 0.93), at(0.55, -k.waist * 0.93), at(0.82, -k.chest * 0.93),
                at(1.0 + front * 0.25, -k.chest * 0.95), at(1.0 + front * 0.8, -k.chest * 0.52),
                at(1.0 + front * 0.98, k.chest * 0.1), at(1.0 + front * 0.62, k.chest * 0.78),
                at(0.96, k.chest * 1.0), at(0.62, k.waist * 1.06), at(0.3, k.waist * 0.86),
                at(0.08, k.haunch * 0.92), at(-rump * 0.6, k.haunch * 0.7),
            ],
            steps=4,
        )  # fmt: skip

    def _trunk(self) -> None:
        k = self.kind
        neck = capsule(self.root, self.nape, k.chest * 0.72, k.head * 0.82)
        shapes: list[Outline] = [self.put(self._barrel()), self.put(neck)]
        for number in (1, 3):
            shapes += self._leg_shapes(self.legs[number], hind=number < _HIND)
        self.block.piece(shapes, self.body)
        if k.hoof:
            for number in (1, 3):
                self.add(self._paw(self.legs[number][2]), self.detail)
        for number in (1, 3):
            self._sock(self.legs[number])
        if k.coat != "patches":
            at = self._along
            under = [
                at(0.1, k.haunch * 0.9), at(0.4, k.waist * 0.6), at(0.85, k.chest * 0.42),
                at(1.18, k.chest * 0.1), at(1.14, k.chest * 0.6), at(0.95, k.chest * 0.96),
                at(0.6, k.waist * 1.02), at(0.3, k.waist * 0.84),
            ]  # fmt: skip
            self.add(smooth(under, steps=4), mix(self.body, self.belly, 0.75), line=0)
        self._markings()

    def _woolly_trunk(self) -> None:
        k = self.kind
        for number in (1, 3):
            self._one_leg(number, self.skin)
        self.add(capsule(self.root, self.nape, k.chest * 0.4, k.head * 0.8), self.skin)
        middle = self._along(0.5, 0.0)
        shapes: list[Outline] = [self.put(capsule(self.hip, self.shoulder, k.haunch, k.chest))]
        for angle in np.linspace(0, 2 * np.pi, 13, endpoint=False):
            px = middle[0] + k.body * 0.47 * math.cos(angle)
            py = middle[1] + k.chest * 0.86 * math.sin(angle)
            shapes.append(self.put(ellipse(px, py, 0.13, 0.12)))
        self.block.piece(shapes, self.body)
        chance = Chance("wool", self.foot)
        curl = mix(self.body, self.family.deep, 0.4)
        for _ in range(11):
            px = chance.between(self.hip[0] - 0.12, self.shoulder[0] + 0.12)
            py = chance.between(-k.chest * 0.75, k.chest * 0.65)
            self.add(lens((px - 0.06, py), (px + 0.06, py - 0.01), 0.022, bend=0.04), curl, line=0)

    def _leg_shapes(self, leg: Leg, *, hind: bool) -> list[Outline]:
        """Return a leg from its root down; a hind one has a thigh."""
        k = self.kind
        thigh = max(k.leg * 1.7, k.haunch * (0.66 if k.hoof else 0.82)) if hind else k.leg * 1.7
        return [
            self.put(capsule(leg[0], leg[1], thigh, k.leg)),
            self.put(capsule(leg[1], leg[2], k.leg, k.leg * 0.72)),
            self.put(self._paw(leg[2])),
        ]

    def _one_leg(self, number: int, ink: Ink) -> None:
        leg = self.legs[number]
        self.block.piece(self._leg_shapes(leg, hind=number < _HIND), ink)
        self._sock(leg)
        if self.kind.hoof:
            self.add(self._paw(leg[2]), self.detail)

    def _sock(self, leg: Leg) -> None:
        k = self.kind
        if not k.socks:
            return
        _, knee, foot = leg
        start = ((knee[0] + foot[0]) / 2, (knee[1] + foot[1]) / 2)
        shin = self.put(capsule(start, foot, k.leg * 0.8, k.leg * 0.72))
        self.block.piece([shin, self.put(self._paw(foot))], self._dark, line=0)

    def _paw(self, foot: Joint) -> Outline:
        k = self.kind
        long = 0.8 if k.hoof else 1.5
        return ellipse(foot[0] + k.leg * 0.35, foot[1] + 0.005, k.leg * long, k.leg * 0.62)

    def _markings(self) -> None:
        k, at = self.kind, self._along
        if k.coat == "stripes":
            for number in range(6):
                t = number / 5
                end = at(t + 0.05, k.chest * (0.2 + 0.2 * (number % 2)))
                self.add(lens(at(t, -k.chest * 0.92), end, 0.06, bend=0.03), self.detail, line=0)
        elif k.coat == "patches":
            spots = ((0.12, -0.02, 0.17, 0.13), (0.6, 0.05, 0.16, 0.14), (1.02, -0.1, 0.12, 0.1))
            for t, across, rx, ry in spots:
                px, py = at(t, across)
                spot = smooth(ellipse(px, py, rx, ry, count=7), steps=3)
                self.add(spot, self.detail, line=0)
        elif k.coat in ("hair", "crest"):
            light = mix(self.body, self.family.paper, 0.3)
            ink = light if k.coat == "hair" else mix(self.body, self.family.ink, 0.4)
            for number in range(8):
                px, py = at(number / 7, -k.chest * (0.66 - 0.46 * (number % 2)))
                tuft = lens((px - 0.07, py - 0.01), (px + 0.05, py + 0.05), 0.018)
                self.add(tuft, ink, line=0)

    def _tail(self) -> None:
        k = self.kind
        x, y = self._along(-k.haunch / max(k.body - k.chest, 0.1) * 0.75, -k.haunch * 0.3)

        def curve(points: list[Joint], steps: int = 5) -> Outline:
            # A sitting animal's tail lies on the ground; a brush is thick there too.
            drop = 1.0 if not self.held.seated else 0.55 if k.tail == "bushy" else 0.2
            return smooth([(x + px, y + py * drop) for px, py in points], steps=steps)

        dark = mix(self.body, self.family.ink, 0.5)
        if k.tail == "bushy":
            self.add(
                curve(
                    [(0.08, -0.04), (-0.12, -0.02), (-0.36, 0.1), (-0.62, 0.34), (-0.66, 0.46),
                     (-0.46, 0.42), (-0.2, 0.3), (0.06, 0.08)]
                ),
                self.body,
            )  # fmt: skip
            tip = [
                (-0.44, 0.2),
                (-0.62, 0.34),
                (-0.66, 0.46),
                (-0.46, 0.42),
                (-0.4, 0.34),
                (-0.46, 0.29),
            ]
            self.add(curve(tip, 4), self.belly, line=0)
        elif k.tail == "flow":
            hair = [
                (0.06, -0.06),
                (-0.14, 0.0),
                (-0.22, 0.3),
                (-0.2, 0.64),
                (-0.08, 0.5),
                (-0.04, 0.16),
            ]
            self.add(curve(hair), dark)
        elif k.tail == "short":
            ink = self.body if k.coat == "wool" else self.belly
            self.add(ellipse(x + 0.02, y + 0.06, 0.09, 0.1), ink)
        elif k.tail == "curl":
            curl = [(0.04, 0.0), (-0.14, -0.1), (-0.2, -0.3), (-0.06, -0.38), (-0.08, -0.3),
                    (-0.12, -0.26), (-0.06, -0.1), (0.06, 0.06)]  # fmt: skip
            self.add(curve(curl, 4), self.body)
        else:
            thin = [(0.06, 0.0), (-0.2, 0.06), (-0.34, 0.3), (-0.52, 0.34), (-0.54, 0.4),
                    (-0.3, 0.38), (-0.14, 0.14), (0.04, 0.08)]  # fmt: skip
            self.add(curve(thin, 4), self.body)
            if k.tail == "tuft":
                low = 0.2 if self.held.seated else 1.0
                self.add(ellipse(x - 0.56, y + 0.37 * low, 0.1, 0.07, tilt=0.3), dark)

    # -- head -------------------------------------------------------------------------------

    def _head(self) -> None:
        k, r = self.kind, self.kind.head
        if k.coat == "crest":
            self._crest()
        self._horns()
        self._ear(mix(self.skin, self.family.ink, 0.35), far=True)
        tip = (r * 0.55 + k.snout, r * 0.3)
        muzzle = capsule((r * 0.3, r * 0.14), tip, r * 0.74, k.snout_tip)
        skull = [self.on_head(ellipse(0, 0, r, r * 0.94)), self.on_head(muzzle)]
        self.block.piece(skull, self.skin)
        # Wipe out the line between skull and neck, so that the head grows out of the body.
        if k.coat != "mane":
            joint = (self.nape[0] + (self.root[0] - self.nape[0]) * 0.5,
                     self.nape[1] + (self.root[1] - self.nape[1]) * 0.5)  # fmt: skip
            self.add(capsule(joint, self.nape, r * 0.74, r * 0.7), self.skin, line=0)
        if k.coat not in ("wool", "patches"):
            jaw = [(r * 0.1, r * 0.55), (r * 0.9, r * 0.36), tip,
                   (tip[0] - 0.01, tip[1] + k.snout_tip * 0.9), (r * 0.5, r * 0.82)]  # fmt: skip
            self.block.add(self.on_head(smooth(jaw, steps=4)), self.belly, line=0)
        self._face(tip)
        self._ear(self.skin, far=False)

    def _face(self, tip: Joint) -> None:
        k, f, r = self.kind, self.family, self.kind.head
        nose = k.snout_tip * 0.62
        place = (tip[0] + k.snout_tip * 0.55, tip[1] - k.snout_tip * 0.35)
        self.block.add(
            self.on_head(ellipse(*place, nose, nose * 0.8)), mix(f.ink, self.detail, 0.2), line=0
        )
        dark_coat = luminance(self.skin) < 0.37
        size = max(0.028, r * 0.15)
        eye = f.paper if dark_coat else f.ink
        self.block.add(self.on_head(ellipse(r * 0.36, -r * 0.18, size * 1.15, size)), eye, line=0)
        if dark_coat:
            pupil = ellipse(r * 0.4, -r * 0.16, size * 0.5, size * 0.6)
            self.block.add(self.on_head(pupil), f.ink, line=0)
        if k.whiskers:
            ink = mix(self.skin, f.paper if dark_coat else f.ink, 0.6)
            for drop in (-0.02, 0.03):
                root = (tip[0] - 0.02, tip[1] + k.snout_tip * 0.2)
                hair = lens(root, (root[0] - 0.2, root[1] + drop), 0.009, bend=0.012)
                self.block.add(self.on_head(hair), ink, line=0)
        start, end = (r * 0.55, tip[1] + k.snout_tip * 0.25), (tip[0], tip[1] + k.snout_tip * 0.5)
        self.block.add(self.on_head(lens(start, end, 0.016, bend=0.012)), f.ink, line=0)

    def _ear(self, ink: Ink, *, far: bool) -> None:
        k, r, e = self.kind, self.kind.head, self.kind.ear
        dx = 0.075 if far else -0.02
        shape: Points
        if k.ears == "pointed":
            shape = smooth(
                [
                    (-r * 0.55 + dx, -r * 0.5),
                    (-r * 0.5 + dx, -r * 0.6 - e),
                    (r * 0.2 + dx, -r * 0.75),
                ],
                steps=3,
            )
        elif k.ears == "round":
            shape = ellipse(-r * 0.35 + dx * 2, -r * 0.85, e, e)
        elif k.ears == "long":
            tilt = -0.2 if far else -0.5
            shape = ellipse(-r * 0.5 + dx, -r * 0.7 - e * 0.42, e * 0.2, e * 0.55, tilt=tilt)
        elif far:
            return
        else:
            shape = smooth(
                [(-r * 0.35, -r * 0.7), (-r * 0.9, -r * 0.5), (-r * 0.95, -r * 0.5 + e),
                 (-r * 0.5, -r * 0.6 + e), (-r * 0.1, -r * 0.35)],
                steps=4,
            )  # fmt: skip
        self.block.add(self.on_head(shape), ink)

    def _crest(self) -> None:
        """Cut the mane of a horse along the neck."""
        r, (ex, ey), (bx, by) = self.kind.head, self.nape, self.root
        nx, ny = -math.cos(self.neck_angle), -math.sin(self.neck_angle)
        shape = [
            (ex + r * 0.3, ey - r),
            (ex + nx * r * 1.15, ey + ny * r * 1.1),
            ((ex + bx) / 2 + nx * 0.2, (ey + by) / 2 + ny * 0.2),
            (bx + nx * 0.2, by + ny * 0.12),
            (bx + nx * 0.06, by),
            (ex + nx * r * 0.4, ey + ny * r * 0.4),
        ]
        self.add(smooth(shape, steps=4), mix(self.body, self.family.ink, 0.55))

    def _horns(self) -> None:
        r, ink = self.kind.head, mix(self.family.soft, self.family.earth, 0.35)
        if self.kind.horns == "curved":
            horn = [(-r * 0.3, -r * 0.8), (-r * 0.4, -r * 1.7), (-r * 1.2, -r * 2.2),
                    (-r * 0.7, -r * 1.5), (0.0, -r * 0.85)]  # fmt: skip
            self.block.add(self.on_head(smooth(horn, steps=4)), ink)
        elif self.kind.horns == "antlers":
            for dx in (0.07, -0.03):
                x, y = -r * 0.2 + dx, -r * 0.7
                beams = [
                    lens((x, y), (x - 0.16, y - 0.44), 0.05, bend=-0.05),
                    lens((x - 0.08, y - 0.18), (x + 0.1, y - 0.34), 0.04),
                    lens((x - 0.13, y - 0.3), (x + 0.02, y - 0.5), 0.035),
                ]
                self.block.piece([self.on_head(beam) for beam in beams], ink)
