"""A person, cut as a block: limbs and garments from the joints, the head in profile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.figures.look import Look
from raypipe.images.storybook.figures.pose import (
    BUILDS,
    POSES,
    Build,
    Joint,
    Skeleton,
    skeleton,
)
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.shapes import (
    Outline,
    Points,
    capsule,
    ellipse,
    lens,
    outline,
    smooth,
)

_FLAT_FEET = ("crouch", "sit", "stoop", "cower", "reach", "attack")
_SKIRTED = ("dress", "robe", "kimono")


@dataclass(frozen=True, slots=True)
class Body:
    """Where a person's parts are on the canvas, in pixels, and which way they face (-1, 1)."""

    joints: Skeleton
    build: Build
    x: float
    y: float
    height: float
    facing: int

    def at(self, joint: Joint) -> Joint:
        """Return a joint in canvas pixels."""
        return self.x + joint[0] * self.facing * self.height, self.y + joint[1] * self.height

    def all(self, points: Points) -> Outline:
        """Return body points in canvas pixels."""
        p = outline(points) * self.height
        p[:, 0] *= self.facing
        return p + (self.x, self.y)

    @property
    def near_hand(self) -> Joint:
        """Return where the near hand is."""
        return self.at(self.joints.near_arm[2])

    @property
    def far_hand(self) -> Joint:
        """Return where the far hand is."""
        return self.at(self.joints.far_arm[2])

    @property
    def head(self) -> Joint:
        """Return the middle of the head."""
        return self.at(self.joints.head)


def make_body(kind: str, pose: str, *, x: float, y: float, height: float, facing: int) -> Body:
    """Return a body standing at (x, y), ``height`` pixels tall when upright."""
    build = BUILDS.get(kind, BUILDS["person"])
    joints = skeleton(POSES.get(pose, POSES["stand"]), build)
    return Body(joints, build, x, y, height, facing)


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
    cut.arm(body.joints.far_arm, far=True)
    cut.legs()
    cut.torso()
    cut.head()
    if look.scarf is not None:
        cut.scarf(look.scarf)
    if near is not None:
        block.extend(near)
    cut.arm(body.joints.near_arm, far=False)
    return block


class _Cutter:
    def __init__(self, body: Body, look: Look, pose: str, block: Block) -> None:
        self.body, self.look, self.pose, self.block = body, look, pose, block
        self.joints, self.build = body.joints, body.build
        self.child = body.build.head > 0.19  # noqa: PLR2004  (children's heads are larger)

    # -- limbs ------------------------------------------------------------------------------

    def arm(self, limb: tuple[Joint, Joint, Joint], *, far: bool) -> None:
        w = self.build.width
        shoulder, elbow, hand = limb
        look = self.look
        sleeve = mix(look.main, look.legs, 0.28) if far else look.main
        if look.garment == "dress":
            sleeve = mix(look.second, look.legs, 0.2) if far else look.second
        wide = look.garment in ("robe", "kimono")
        wrist = _toward(elbow, hand, 0.84)
        self.block.add(
            self.body.all(ellipse(*hand, 0.023 * w, 0.026 * w)), look.skin, tone=0.4, line=0.7
        )
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
        if abs(angle) < 0.45 or self.pose in _FLAT_FEET:  # noqa: PLR2004  (soles lie on the ground)
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
            stripe = [(back + 0.012, low - 0.055), (front - 0.012, low - 0.055), (front - 0.006, low - 0.032),
                      (back + 0.006, low - 0.032)]  # fmt: skip
            self.block.add(self.body.all(stripe), band, line=0)

    # -- body -------------------------------------------------------------------------------

    def torso(self) -> None:
        j, look, w = self.joints, self.look, self.build.width
        hip, neck = np.array(j.hip), np.array(j.neck)
        along = (neck - hip) / max(float(np.hypot(*(neck - hip))), 1e-6)
        front = np.array([-along[1], along[0]])
        length = float(np.hypot(*(neck - hip)))
        belly = 0.075 if self.child or self.build.stoop else 0.062

        def at(up: float, out: float) -> Outline:
            return hip + along * length * up + front * out * w

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
            shapes.append(self.body.all(self._tail(at)))
        self.block.piece(shapes, upper)
        dark = mix(upper, look.legs, 0.5)
        if look.garment == "coat":
            shirt = [at(1.02, 0.0), at(0.97, 0.05), at(0.5, 0.07), at(0.86, 0.015)]
            self.block.add(
                self.body.all(shirt), mix(look.second, Ink(255, 250, 235), 0.5), line=0.5
            )
            self.block.add(
                self.body.all(lens(at(0.5, 0.066), at(-0.42, 0.06), 0.009)), dark, line=0
            )
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

    def _tail(self, at: object) -> Outline:
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

    # -- head -------------------------------------------------------------------------------

    def _on_head(self, points: Points, *, size: float = 1.0) -> Outline:
        p = outline(points) * self.build.head * size
        c, s = math.cos(self.joints.head_tilt), math.sin(self.joints.head_tilt)
        turned = np.stack([p[:, 0] * c - p[:, 1] * s, p[:, 0] * s + p[:, 1] * c], axis=1)
        return self.body.all(turned + self.joints.head)

    def head(self) -> None:
        look = self.look
        self._hair_behind()
        nose = 0.05 if self.child else 0.09
        face = [
            (-0.05, -0.5), (0.22, -0.46), (0.37, -0.26), (0.37, -0.07), (0.4 + nose, 0.08),
            (0.41, 0.14), (0.39, 0.23), (0.37, 0.33), (0.27, 0.45), (0.08, 0.47), (-0.2, 0.3),
            (-0.4, 0.02), (-0.34, -0.34),
        ]  # fmt: skip
        self.block.add(self._on_head(smooth(face, steps=4)), look.skin, tone=0.4)
        dark = mix(look.hair_ink, Ink(24, 18, 26), 0.8)
        laughing = self.pose in ("laugh", "shout")
        if self.pose in ("laugh", "weep", "sit"):
            eye = lens(
                (0.15, -0.03), (0.31, -0.03), 0.035, bend=0.03 if self.pose == "laugh" else -0.035
            )
            self.block.add(self._on_head(eye), dark, line=0)
        else:
            self.block.add(self._on_head(ellipse(0.235, -0.03, 0.038, 0.058)), dark, line=0)
        brow = lens((0.12, -0.155), (0.34, -0.17), 0.045, bend=0.02)
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

    def _hair_behind(self) -> None:
        look = self.look
        if look.hat in ("hood", "headscarf"):
            return
        swing = -0.22 if self.pose in ("run", "leap", "fly") else 0.0
        shapes: list[Points] = []
        if look.hair == "long":
            shapes.append(
                [(0.0, -0.5), (-0.35, -0.45), (-0.52, -0.1), (-0.56 + swing, 0.4), (-0.66 + swing * 2, 1.0),
                 (-0.38 + swing * 2, 1.22), (-0.12 + swing, 0.95), (0.0, 0.3)]
            )  # fmt: skip
        elif look.hair == "bob":
            shapes.append(
                [(0.0, -0.5), (-0.38, -0.45), (-0.56, -0.1), (-0.56, 0.3), (-0.42, 0.5), (-0.12, 0.48),
                 (0.0, 0.2)]
            )  # fmt: skip
        elif look.hair == "ponytail":
            shapes.append(
                [(-0.3, -0.35), (-0.55, -0.3), (-0.78 + swing, 0.05), (-0.8 + swing * 2, 0.6), (-0.66 + swing * 2, 0.72),
                 (-0.55 + swing, 0.25), (-0.35, 0.0)]
            )  # fmt: skip
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
        if look.hair == "curly":
            curls = [
                (0.24, -0.42, 0.2), (0.0, -0.54, 0.24), (-0.26, -0.48, 0.24), (-0.46, -0.26, 0.22),
                (-0.52, 0.0, 0.22), (-0.44, 0.24, 0.19), (-0.24, -0.2, 0.26),
            ]  # fmt: skip
            shapes = [self._on_head(ellipse(x, y, r, r)) for x, y, r in curls]
        else:
            low = 0.24 if look.hair in ("short", "topknot", "braid", "ponytail", "bun") else 0.38
            cap = [
                (0.37, -0.24), (0.3, -0.48), (0.05, -0.63), (-0.28, -0.58), (-0.5, -0.3), (-0.5, 0.02),
                (-0.4, low), (-0.26, low + 0.02), (-0.17, 0.05), (-0.04, -0.1), (0.1, -0.26), (0.24, -0.3),
            ]  # fmt: skip
            shapes = [self._on_head(smooth(cap, steps=4))]
        if look.hair == "bun":
            shapes.append(self._on_head(ellipse(-0.5, -0.42, 0.23, 0.22)))
        elif look.hair == "topknot":
            shapes.append(self._on_head(ellipse(-0.14, -0.7, 0.13, 0.17, tilt=-0.4)))
        self.block.piece(shapes, look.hair_ink)
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
                [(0.42, 0.15), (0.44, 0.34), (0.36, 0.6 * deep + 0.1), (0.16, deep), (-0.06, 0.62 * deep + 0.08),
                 (-0.2, 0.14), (-0.12, 0.0), (-0.02, 0.2), (0.16, 0.2)],
                steps=4,
            )  # fmt: skip
        self.block.add(self._on_head(shape), look.hair_ink)

    def _hat(self) -> None:
        look = self.look
        ink, band = look.hat_ink, mix(look.hat_ink, Ink(20, 16, 24), 0.5)
        add = self.block.add
        if look.hat == "brim":
            crown = [(0.27, -0.34), (0.24, -0.72), (0.02, -0.8), (-0.28, -0.74), (-0.36, -0.34)]
            add(self._on_head(smooth(crown, steps=4)), ink)
            add(
                self._on_head([(0.3, -0.36), (0.29, -0.46), (-0.37, -0.46), (-0.38, -0.36)]),
                band,
                line=0.4,
            )
            add(self._on_head(ellipse(-0.02, -0.33, 0.72, 0.1, tilt=0.04)), ink)
        elif look.hat == "cone":
            add(
                self._on_head(
                    smooth(
                        [
                            (-0.04, -0.86),
                            (0.4, -0.5),
                            (0.74, -0.2),
                            (0.0, -0.14),
                            (-0.78, -0.18),
                            (-0.44, -0.5),
                        ],
                        steps=4,
                    )
                ),
                ink,
            )
        elif look.hat == "pointed":
            add(
                self._on_head(
                    smooth(
                        [(0.3, -0.36), (0.12, -0.9), (-0.28, -1.5), (-0.24, -0.9), (-0.4, -0.34)],
                        steps=4,
                    )
                ),
                ink,
            )
            add(self._on_head(ellipse(-0.03, -0.33, 0.7, 0.1)), ink)
        elif look.hat == "turban":
            add(self._on_head(ellipse(-0.05, -0.5, 0.4, 0.3)), ink)
            add(self._on_head(ellipse(-0.04, -0.34, 0.5, 0.2, tilt=-0.14)), ink)
            add(
                self._on_head(ellipse(0.1, -0.46, 0.36, 0.12, tilt=0.5)),
                mix(ink, Ink(255, 250, 235), 0.25),
                line=0.4,
            )
        elif look.hat == "headscarf":
            cloth = [(0.34, -0.28), (0.22, -0.56), (-0.14, -0.64), (-0.48, -0.42), (-0.56, 0.0), (-0.6, 0.5),
                     (-0.4, 0.72), (-0.02, 0.7), (0.14, 0.54), (0.02, 0.3), (-0.06, 0.0), (0.1, -0.26)]  # fmt: skip
            add(self._on_head(smooth(cloth, steps=4)), ink)
            add(self._on_head(lens((0.2, -0.42), (-0.34, 0.3), 0.04, bend=0.12)), band, line=0)
        elif look.hat == "hood":
            cloth = [(0.4, -0.3), (0.24, -0.64), (-0.18, -0.76), (-0.6, -0.46), (-0.68, 0.1), (-0.56, 0.62),
                     (-0.04, 0.74), (0.2, 0.52), (-0.06, 0.3), (-0.1, -0.1), (0.12, -0.32)]  # fmt: skip
            add(self._on_head(smooth(cloth, steps=4)), ink)
        elif look.hat == "crown":
            add(
                self._on_head(
                    [
                        (0.34, -0.3),
                        (0.4, -0.78),
                        (0.18, -0.56),
                        (0.0, -0.86),
                        (-0.18, -0.56),
                        (-0.4, -0.78),
                        (-0.36, -0.3),
                    ]
                ),
                ink,
            )
        elif look.hat == "cap":
            add(
                self._on_head(
                    smooth(
                        [
                            (0.36, -0.28),
                            (0.26, -0.58),
                            (-0.06, -0.68),
                            (-0.4, -0.52),
                            (-0.48, -0.24),
                        ],
                        steps=4,
                    )
                ),
                ink,
            )
            add(self._on_head(lens((0.1, -0.28), (0.66, -0.2), 0.1)), band, line=0.6)
        elif look.hat == "headband":
            add(
                self._on_head([(0.39, -0.34), (0.37, -0.2), (-0.44, -0.12), (-0.46, -0.26)]),
                ink,
                line=0.6,
            )
            add(
                self._on_head(
                    smooth(
                        [(-0.42, -0.2), (-0.72, -0.12), (-0.8, 0.12), (-0.62, 0.0), (-0.42, -0.1)],
                        steps=3,
                    )
                ),
                ink,
                line=0.6,
            )
        elif look.hat == "helmet":
            add(
                self._on_head(
                    smooth(
                        [
                            (0.4, -0.12),
                            (0.36, -0.5),
                            (0.0, -0.72),
                            (-0.4, -0.54),
                            (-0.52, -0.1),
                            (-0.46, 0.24),
                            (-0.22, 0.2),
                            (-0.12, -0.14),
                        ],
                        steps=4,
                    )
                ),
                ink,
            )
        elif look.hat == "horns":
            for x in (-0.2, 0.14):
                add(
                    self._on_head(
                        smooth([(x - 0.1, -0.5), (x + 0.02, -0.95), (x + 0.1, -0.52)], steps=4)
                    ),
                    ink,
                )


def _toward(start: Joint, end: Joint, share: float) -> Joint:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


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
