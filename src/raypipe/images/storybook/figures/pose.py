"""How a body holds itself: angles, and the joints that follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles in degrees: 0 hangs down, 90 points forward, 180 up.

    Limbs are (upper, lower), absolute. ``near`` is the side towards the viewer. ``lift`` is how
    far the lowest foot is above the ground, in body heights.
    """

    name: str
    lean: float = 2
    nod: float = 0
    near_arm: tuple[float, float] = (-8, 10)
    far_arm: tuple[float, float] = (10, 24)
    near_leg: tuple[float, float] = (-3, -5)
    far_leg: tuple[float, float] = (6, 1)
    lift: float = 0.0


POSES: dict[str, Pose] = {
    pose.name: pose
    for pose in (
        Pose("stand"),
        Pose("rest", near_arm=(-14, 30), far_arm=(4, 20), near_leg=(-4, -4), far_leg=(9, 2)),
        Pose("bowed", 9, 24, (-2, 10), (8, 20), (-3, -4), (6, 1)),
        Pose("walk", 5, 0, (-28, -6), (24, 48), (24, 8), (-16, -34)),
        Pose("run", 17, -4, (-62, 22), (58, 132), (58, -8), (-22, -82), 0.03),
        Pose("leap", 10, -8, (120, 150), (150, 165), (62, 10), (-40, -70), 0.16),
        Pose("raise", -3, -8, (-18, 8), (150, 168), (-6, -8), (10, 2)),
        Pose("hold", 3, 10, (34, 98), (40, 104), (-4, -6), (7, 1)),
        Pose("reach", 8, 2, (58, 84), (-16, 14), (-14, -20), (20, 4)),
        Pose("point", 2, 0, (86, 92), (-4, 14), (-5, -7), (9, 2)),
        Pose("shout", -5, -12, (70, 152), (62, 150), (-9, -12), (12, 3)),
        Pose("laugh", -9, -18, (-30, 78), (24, 146), (-8, -12), (12, 4)),
        Pose("plead", 6, -6, (70, 118), (78, 124), (74, -4), (2, -86)),
        Pose("kneel", 14, 12, (40, 72), (48, 80), (80, -2), (6, -86)),
        Pose("stoop", 52, 8, (22, 30), (30, 40), (-8, -16), (18, 2)),
        Pose("crouch", 26, -12, (40, 92), (56, 100), (96, -34), (82, -26)),
        Pose("sit", 4, 4, (22, 66), (30, 74), (84, 6), (88, 12)),
        Pose("attack", 14, 0, (112, 84), (-40, 8), (36, 4), (-30, -38)),
        Pose("cower", 20, 18, (64, 148), (84, 160), (36, -30), (22, -40)),
        Pose("weep", 12, 24, (50, 150), (44, 140), (-4, -6), (5, 0)),
        Pose("fly", 62, -34, (112, 116), (122, 126), (-58, -70), (-66, -86), 0.3),
        Pose("carry", 3, 2, (26, 92), (36, 98), (24, 8), (-16, -34)),
    )
}


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions, in shares of the standing height."""

    head: float = 0.150
    torso: float = 0.300
    leg: float = 0.480
    arm: float = 0.330
    width: float = 1.0
    stoop: float = 0.0


BUILDS: dict[str, Build] = {
    "woman": Build(width=0.90),
    "man": Build(width=1.06),
    "girl": Build(head=0.252, torso=0.278, leg=0.380, arm=0.276, width=0.98),
    "boy": Build(head=0.252, torso=0.278, leg=0.380, arm=0.276, width=1.02),
    "old woman": Build(head=0.172, torso=0.300, leg=0.430, arm=0.330, width=1.04, stoop=13),
    "old man": Build(head=0.165, torso=0.300, leg=0.445, arm=0.330, width=1.04, stoop=9),
    "person": Build(),
}

HEIGHTS: dict[str, float] = {
    "woman": 0.97, "man": 1.04, "girl": 0.74, "boy": 0.74,
    "old woman": 0.86, "old man": 0.92, "person": 1.0,
}  # fmt: skip
"""Standing height, as a share of an adult's."""

Joint = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints in body heights: x forward from the hips, y down, the ground at y = 0."""

    hip: Joint
    neck: Joint
    head: Joint
    head_tilt: float
    near_arm: tuple[Joint, Joint, Joint]
    far_arm: tuple[Joint, Joint, Joint]
    near_leg: tuple[Joint, Joint, Joint]
    far_leg: tuple[Joint, Joint, Joint]

    @property
    def top(self) -> float:
        """Return how high the head reaches above the ground."""
        return -self.head[1]


def _limb(start: Joint, angles: tuple[float, float], length: float) -> tuple[Joint, Joint, Joint]:
    a, b = (math.radians(angle) for angle in angles)
    upper, lower = length * 0.5, length * 0.5
    middle = (start[0] + upper * math.sin(a), start[1] + upper * math.cos(a))
    end = (middle[0] + lower * math.sin(b), middle[1] + lower * math.cos(b))
    return start, middle, end


def skeleton(pose: Pose, build: Build) -> Skeleton:
    """Return the joints of a body of ``build`` in ``pose``."""
    upright = pose.name in ("stand", "walk", "hold", "rest", "bowed", "point", "reach")
    held = replace(pose, lean=pose.lean + build.stoop) if upright else pose
    lean = math.radians(held.lean)
    along = (math.sin(lean), -math.cos(lean))
    hip = (0.0, 0.0)
    neck = (build.torso * along[0], build.torso * along[1])
    tilt = math.radians(held.lean * 0.55 + held.nod)
    reach = build.head * 0.58 + 0.012
    head = (neck[0] + reach * math.sin(tilt) + 0.008, neck[1] - reach * math.cos(tilt))
    drop = build.torso * 0.13
    near_shoulder = (neck[0] - along[0] * drop - 0.016, neck[1] - along[1] * drop)
    far_shoulder = (neck[0] - along[0] * drop + 0.026, neck[1] - along[1] * drop)
    parts = {
        "near_arm": _limb(near_shoulder, held.near_arm, build.arm),
        "far_arm": _limb(far_shoulder, held.far_arm, build.arm),
        "near_leg": _limb((-0.012, 0.0), held.near_leg, build.leg),
        "far_leg": _limb((0.018, 0.0), held.far_leg, build.leg),
    }
    lowest = max(p[1] for limb in ("near_leg", "far_leg") for p in parts[limb])
    shift = -(lowest + 0.028 + held.lift)

    def down(joint: Joint) -> Joint:
        return joint[0], joint[1] + shift

    limbs = {name: tuple(down(joint) for joint in limb) for name, limb in parts.items()}
    return Skeleton(
        hip=down(hip),
        neck=down(neck),
        head=down(head),
        head_tilt=tilt,
        **limbs,  # type: ignore[arg-type]
    )
