"""A body on the canvas: the joints of a pose, in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raypipe.images.storybook.figures.pose import (
    BUILDS,
    POSES,
    Build,
    Joint,
    Skeleton,
    skeleton,
)
from raypipe.images.storybook.shapes import Outline, Points, outline


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
        moved: Outline = p + np.array([self.x, self.y])
        return moved

    @property
    def is_child(self) -> bool:
        """Return whether the head is large for the body."""
        return self.build.head > 0.19

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
