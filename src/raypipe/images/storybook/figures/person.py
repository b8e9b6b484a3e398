"""A person, cut as a block: limbs and garments from the joints, the head in profile."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.figures.body import Body
from raypipe.images.storybook.figures.head import HeadCutter
from raypipe.images.storybook.figures.look import Look
from raypipe.images.storybook.figures.pose import Joint
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.shapes import (
    Outline,
    Points,
    capsule,
    ellipse,
    lens,
    smooth,
)

_FLAT_FEET = ("crouch", "sit", "stoop", "cower", "reach", "attack")
_SKIRTED = ("dress", "robe", "kimono")


def cut_person(
    body: Body, look: Look, pose: str, *, near: Block | None = None, far: Block | None = None
) -> Block:
    """Return the block of one person; ``near`` and ``far`` are what the hands hold."""
    block = Block()
    cut = _Cutter(body, look, pose, block)
    if look.cape is not None:
        cut.cape(look.cape)
    if far is not None:
        block.extend(far)
    cut.arm(body.joints.far_arm, far=True, grips=far is not None)
    cut.legs()
    cut.torso()
    HeadCutter(body, look, pose, block).cut()
    if look.scarf is not None:
        cut.scarf(look.scarf)
    if near is not None:
        block.extend(near)
    cut.arm(body.joints.near_arm, far=False, grips=near is not None)
    return block


class _Cutter:
    def __init__(self, body: Body, look: Look, pose: str, block: Block) -> None:
        self.body, self.look, self.pose, self.block = body, look, pose, block
        self.joints, self.build = body.joints, body.build
        self.child = body.is_child

    # -- limbs ------------------------------------------------------------------------------

    def arm(self, limb: tuple[Joint, Joint, Joint], *, far: bool, grips: bool) -> None:
        w = self.build.width
        shoulder, elbow, hand = limb
        look = self.look
        sleeve = mix(look.main, look.legs, 0.28) if far else look.main
        if look.garment == "dress":
            sleeve = mix(look.second, look.legs, 0.2) if far else look.second
        wide = look.garment in ("robe", "kimono")
        wrist = _toward(elbow, hand, 0.84)
        angle = math.atan2(hand[1] - elbow[1], hand[0] - elbow[0])
        tip = (hand[0] + 0.02 * math.cos(angle), hand[1] + 0.02 * math.sin(angle))
        thumb = (hand[0] + 0.026 * math.cos(angle - 1.1), hand[1] + 0.026 * math.sin(angle - 1.1))
        palm = self.body.all(capsule(hand, tip, 0.022 * w, 0.019 * w))
        finger = self.body.all(capsule(hand, thumb, 0.011 * w, 0.009 * w))
        fingers = [] if grips else [self.body.all(points) for points in _fingers(tip, angle, w)]
        self.block.piece([palm, finger, *fingers], look.skin, tone=0.4, line=0.7)
        self.block.piece([self.body.all(capsule(elbow, hand, 0.019, 0.017))], look.skin)
        shapes: list[Points] = [self.body.all(capsule(shoulder, elbow, 0.044 * w, 0.033 * w))]
        if wide:
            shapes.append(self.body.all(_wide_sleeve(elbow, _toward(elbow, hand, 0.8))))
        else:
            shapes.append(self.body.all(capsule(elbow, wrist, 0.032 * w, 0.024 * w)))
        self.block.piece(shapes, sleeve)
        if not wide:
            cuff = capsule(_toward(elbow, hand, 0.74), wrist, 0.027 * w, 0.026 * w)
            self.block.add(self.body.all(cuff), mix(sleeve, look.legs, 0.35), line=0.0)

    def legs(self) -> None:
        look, w = self.look, self.build.width
        skirted = look.garment in _SKIRTED
        for limb, far in ((self.joints.far_leg, True), (self.joints.near_leg, False)):
            hip, knee, ankle = limb
            ink = (
                mix(look.legs, self.look.main, 0.12)
                if not far
                else mix(look.legs, Ink(0, 0, 0), 0.3)
            )
            thick = 0.85 if skirted else 1.0
            self._foot(knee, ankle, far=far)
            self.block.piece(
                [
                    self.body.all(capsule(hip, knee, 0.062 * w * thick, 0.044 * w)),
                    self.body.all(capsule(knee, ankle, 0.043 * w, 0.03 * w)),
                ],
                ink,
            )
        if skirted:
            self._skirt()

    def _foot(self, knee: Joint, ankle: Joint, *, far: bool) -> None:
        angle = math.atan2(ankle[1] - knee[1], ankle[0] - knee[0]) - math.pi / 2
        if abs(angle) < 0.45 or self.pose in _FLAT_FEET:
            angle = 0.0
        shape = np.array(
            [(-0.03, -0.05), (0.028, -0.05), (0.05, -0.012), (0.082, 0.006), (0.086, 0.028),
             (-0.03, 0.028)]
        )  # fmt: skip
        c, s = math.cos(angle), math.sin(angle)
        turned = shape @ np.array([[c, s], [-s, c]])
        ink = mix(self.look.legs, Ink(20, 16, 20), 0.45 if not far else 0.6)
        self.block.add(self.body.all(turned + ankle), ink)

    def _skirt(self) -> None:
        j, look = self.joints, self.look
        w = self.build.width
        hem = 0.1 if look.garment == "dress" else 0.035
        ankles = (j.near_leg[2], j.far_leg[2])
        knees = (j.near_leg[1], j.far_leg[1])
        seated = self.pose in ("sit", "kneel", "crouch", "plead")
        front_knee = max(knees)
        flare = 0.085 if look.garment == "dress" else 0.06
        low = -hem if not seated else -0.03
        front = (
            max(max(ankles)[0], front_knee[0] if not seated else front_knee[0] - 0.03) + flare * w
        )
        back = min(min(ankles)[0], j.hip[0] - 0.07) - flare * w
        if seated:
            back = max(back, j.hip[0] - 0.2)
        hip = j.hip
        waist = _toward(j.hip, j.neck, 0.3)
        sway = 0.012
        points = [
            (waist[0] - 0.062 * w, waist[1]),
            (hip[0] - 0.09 * w, hip[1] + 0.03),
            ((hip[0] - 0.1 + back) / 2, (hip[1] + low) / 2),
            (back, low),
            (back * 0.5 + front * 0.5, low + sway),
            (front, low - 0.004),
            ((front_knee[0] + 0.07 * w + front) / 2, (front_knee[1] + low) / 2),
            (max(front_knee[0] * 0.55, hip[0]) + 0.088 * w, (hip[1] + front_knee[1]) / 2 - 0.02),
            (waist[0] + 0.062 * w, waist[1]),
        ]
        self.block.add(self.body.all(smooth(points, steps=5)), look.main)
        fold = mix(look.main, look.legs, 0.45)
        for t, length in ((0.3, 0.62), (0.52, 0.8), (0.74, 0.55)):
            foot = (back + (front - back) * t, low - 0.012)
            head = _toward(foot, (waist[0] + (t - 0.5) * 0.06, waist[1]), length)
            self.block.add(
                self.body.all(lens(head, foot, 0.011, bend=0.006 * (t - 0.5))), fold, line=0
            )
        band = mix(look.second, look.main, 0.1)
        if look.garment == "dress":
            stripe = [
                (back + 0.012, low - 0.055),
                (front - 0.012, low - 0.055),
                (front - 0.006, low - 0.032),
                (back + 0.006, low - 0.032),
            ]
            self.block.add(self.body.all(stripe), band, line=0)

    # -- body -------------------------------------------------------------------------------

    def torso(self) -> None:
        j, look, w = self.joints, self.look, self.build.width
        (hx, hy), (nx, ny) = j.hip, j.neck
        length = max(math.hypot(nx - hx, ny - hy), 1e-6)
        ax, ay = (nx - hx) / length, (ny - hy) / length
        belly = 0.075 if self.child or self.build.stoop else 0.062

        def at(up: float, out: float) -> Joint:
            """Return a point ``up`` from hip (0) to neck (1), ``out`` in front of the spine."""
            x = hx + ax * length * up - ay * out * w
            return x, hy + ay * length * up + ax * out * w

        self.block.add(
            self.body.all(capsule(at(0.92, 0.006), at(1.16, 0.012), 0.032 * w, 0.03 * w)), look.skin
        )
        shape = [
            at(1.03, -0.012), at(0.95, -0.072), at(0.62, -0.077), at(0.3, -0.06), at(-0.02, -0.078),
            at(-0.12, -0.05), at(-0.12, 0.05), at(-0.02, 0.076), at(0.3, belly), at(0.66, 0.078),
            at(0.93, 0.066), at(1.03, 0.03),
        ]  # fmt: skip
        upper = look.second if look.garment == "dress" else look.main
        shapes: list[Points] = [self.body.all(smooth(shape, steps=5))]
        if look.garment in ("coat", "tunic"):
            shapes.append(self.body.all(self._tail()))
        self.block.piece(shapes, upper)
        dark = mix(upper, look.legs, 0.5)
        if look.garment == "coat":
            shirt = [at(1.02, 0.0), at(0.97, 0.05), at(0.5, 0.07), at(0.86, 0.015)]
            self.block.add(
                self.body.all(shirt), mix(look.second, Ink(255, 250, 235), 0.5), line=0.5
            )
            low = 0.0 if self.pose in _FLAT_FEET else -0.42
            self.block.add(self.body.all(lens(at(0.5, 0.066), at(low, 0.06), 0.009)), dark, line=0)
        elif look.garment in ("kimono", "robe"):
            collar = [at(1.05, -0.03), at(1.04, 0.012), at(0.5, 0.07), at(0.4, 0.052)]
            self.block.add(self.body.all(collar), mix(look.second, look.main, 0.15), line=0.5)
        if look.belt or look.garment in ("kimono", "dress"):
            tall = 0.16 if look.garment == "kimono" else 0.07
            belt = [
                at(0.24, -0.066),
                at(0.24, belly + 0.003),
                at(0.24 + tall, belly + 0.006),
                at(0.24 + tall, -0.068),
            ]
            ink = look.second if look.garment != "dress" else look.main
            self.block.add(self.body.all(belt), ink, line=0.6)
        if look.satchel:
            self.block.add(
                self.body.all(lens(at(0.98, -0.02), at(0.02, 0.05), 0.014)),
                mix(look.legs, look.skin, 0.2),
                line=0.4,
            )
            bag = [at(0.06, -0.1), at(0.06, -0.01), at(-0.22, 0.0), at(-0.22, -0.11)]
            self.block.add(self.body.all(bag), mix(look.legs, look.skin, 0.25))

    def _tail(self) -> Outline:
        """Return the skirt of a coat or tunic: it follows both thighs."""
        j, w = self.joints, self.build.width
        reach = 0.62 if self.look.garment == "coat" else 0.45
        near = _toward(j.near_leg[0], j.near_leg[1], reach)
        far = _toward(j.far_leg[0], j.far_leg[1], reach)
        back, front = (near, far) if near[0] < far[0] else (far, near)
        waist = _toward(j.hip, j.neck, 0.3)
        points = [
            (waist[0] - 0.06 * w, waist[1]),
            (j.hip[0] - 0.082 * w, j.hip[1]),
            (back[0] - 0.078 * w, back[1] + 0.012),
            ((back[0] + front[0]) / 2, max(back[1], front[1]) + 0.02),
            (front[0] + 0.074 * w, front[1] + 0.012),
            (j.hip[0] + 0.082 * w, j.hip[1]),
            (waist[0] + 0.062 * w, waist[1]),
        ]
        return smooth(points, steps=4)

    def cape(self, ink: Ink) -> None:
        j = self.joints
        fast = self.pose in ("run", "leap", "fly", "attack")
        blow = 0.34 if fast else 0.1
        low = j.neck[1] + (0.42 if fast else 0.62)
        points = [
            (j.neck[0] + 0.05, j.neck[1] + 0.005),
            (j.neck[0] - 0.06, j.neck[1] + 0.01),
            (j.neck[0] - 0.12 - blow * 0.5, (j.neck[1] + low) / 2),
            (j.neck[0] - 0.16 - blow, low),
            (j.neck[0] - 0.05 - blow * 0.4, low + 0.03),
            (j.neck[0] + 0.06, low - 0.02),
        ]
        self.block.add(self.body.all(smooth(points, steps=6)), ink)

    def scarf(self, ink: Ink) -> None:
        j = self.joints
        wrap = ellipse(j.neck[0] + 0.008, j.neck[1] - 0.012, 0.06, 0.03, tilt=-0.15)
        fast = self.pose in ("run", "leap", "walk", "attack")
        end = (j.neck[0] - (0.24 if fast else 0.1), j.neck[1] + (0.06 if fast else 0.2))
        middle = (j.neck[0] - (0.13 if fast else 0.075), j.neck[1] + (-0.01 if fast else 0.08))
        tail = [
            (j.neck[0] - 0.03, j.neck[1] - 0.01), middle, end, (end[0] - 0.01, end[1] + 0.045),
            (middle[0] + 0.02, middle[1] + 0.045), (j.neck[0] - 0.01, j.neck[1] + 0.02),
        ]  # fmt: skip
        self.block.piece([self.body.all(smooth(tail, steps=4)), self.body.all(wrap)], ink)


def _toward(start: Joint, end: Joint, share: float) -> Joint:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _fingers(tip: Joint, angle: float, width: float) -> list[Outline]:
    """Return the four fingers of an open hand; the middle ones are the longest."""
    shapes = []
    for spread, reach in ((-0.42, 0.026), (-0.12, 0.033), (0.17, 0.031), (0.45, 0.024)):
        x, y = tip[0] - 0.006 * math.cos(angle), tip[1] - 0.006 * math.sin(angle)
        root = (
            x + 0.012 * math.cos(angle + 1.9 * spread),
            y + 0.012 * math.sin(angle + 1.9 * spread),
        )
        end = (
            root[0] + reach * math.cos(angle + spread),
            root[1] + reach * math.sin(angle + spread),
        )
        shapes.append(capsule(root, end, 0.0078 * width, 0.006 * width))
    return shapes


def _wide_sleeve(elbow: Joint, wrist: Joint) -> Outline:
    """Return a sleeve that hangs open from the forearm."""
    angle = math.atan2(wrist[1] - elbow[1], wrist[0] - elbow[0])
    nx, ny = -math.sin(angle), math.cos(angle)
    if ny < 0:
        nx, ny = -nx, -ny
    drop = 0.085
    return smooth(
        [
            (elbow[0] - nx * 0.03, elbow[1] - ny * 0.03),
            (wrist[0] - nx * 0.026, wrist[1] - ny * 0.026),
            (wrist[0] + nx * drop, wrist[1] + ny * drop + 0.02),
            (
                elbow[0] + (wrist[0] - elbow[0]) * 0.35 + nx * drop * 0.8,
                elbow[1] + (wrist[1] - elbow[1]) * 0.35 + drop * 0.8,
            ),
            (elbow[0] + nx * 0.035, elbow[1] + ny * 0.035),
        ],
        steps=4,
    )
