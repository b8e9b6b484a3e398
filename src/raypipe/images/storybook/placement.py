"""A scene as data: camera, lamp and figures, before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from raypipe.images.storybook.figures.body import make_body

Shot = Literal["wide", "medium", "close"]
Shape = Literal["tall", "square", "broad"]
Role = Literal["hero", "support", "key", "prop", "backdrop", "aloft", "crowd"]


def river_course(t: float, side: int) -> tuple[float, float]:
    """Return the middle and half width of the river, in shares of the sheet's width.

    Args:
        t: 0 at the horizon, 1 at the sheet's foot.
        side: where the scene's weight lies; the river runs on the other side.
    """
    middle = 0.5 - side * (0.02 + 0.3 * t - 0.1 * math.sin(5.2 * t))
    return middle, 0.006 + 0.3 * t**1.25


@dataclass(frozen=True, slots=True)
class Camera:
    """The sheet and its perspective, in pixels.

    ``horizon`` is where the ground ends, ``base`` where the main figures stand, ``adult`` how
    tall a grown person is there.
    """

    width: int
    height: int
    horizon: float
    base: float
    adult: float

    @property
    def format(self) -> Shape:
        """Return the sheet's shape: 9:16 is tall, 16:9 broad, 4:5 and 1:1 square."""
        ratio = self.width / self.height
        return "tall" if ratio < 0.72 else "square" if ratio < 1.25 else "broad"

    def ground_at(self, scale: float) -> float:
        """Return the ``y`` at which figures appear at ``scale`` of their size at `base`."""
        return self.horizon + (self.base - self.horizon) * scale


@dataclass(frozen=True, slots=True)
class Lamp:
    """Where the light comes from: the sun or moon, a window, or a shining thing, in pixels."""

    x: float
    y: float
    radius: float
    kind: Literal["sun", "moon", "window", "opening", "thing"]


@dataclass(frozen=True, slots=True)
class Held:
    """A thing in somebody's hand, ``height`` pixels tall, of a told ``colour`` or ""."""

    name: str
    hand: Literal["near", "far"]
    height: float
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """One figure: its foot (``x``, ``y``) and ``height`` in pixels, ``depth`` 0 near to 1 far.

    ``kind`` says who draws it; ``name`` is a character's name, a breed, or a thing's noun;
    ``look`` are words of a person's or an animal's look, ``colour`` is a thing's, or "", and
    ``afloat`` says that they are in a boat, of the colour that is told;
    ``raised`` is how far it stands above the ground, on a table, in pixels;
    ``drawing`` that of a thing which the scene has drawn otherwise than its noun says.
    """

    kind: Literal["person", "beast", "thing"]
    name: str
    x: float
    y: float
    height: float
    facing: int = 1
    pose: str = "stand"
    depth: float = 0.0
    person_kind: str = ""
    look: str = ""
    role: Role = "prop"
    held: tuple[Held, ...] = ()
    colour: str = ""
    drawing: str = ""
    raised: float = 0.0
    afloat: bool = False

    def hand(self, held: Held) -> tuple[float, float]:
        """Return where a person's hand is, in pixels."""
        body = make_body(
            self.person_kind, self.pose, x=self.x, y=self.y, height=self.height, facing=self.facing
        )
        return body.near_hand if held.hand == "near" else body.far_hand

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Return what the figure and what it holds cover: left, top, right, bottom, in pixels."""
        if self.kind != "person":
            half = self.height * (1.25 if self.kind == "beast" else 0.6)
            up = self.height * (1.4 if self.kind == "beast" else 1.0)
            return self.x - half, self.y - up, self.x + half, self.y
        body = make_body(
            self.person_kind, self.pose, x=self.x, y=self.y, height=self.height, facing=self.facing
        )
        joints = body.joints
        limbs = (joints.near_arm, joints.far_arm, joints.near_leg, joints.far_leg)
        points = [body.at(joint) for limb in limbs for joint in limb]
        head_x, head_y = body.head
        around = self.height * body.build.head
        points += [(head_x - around, head_y - around), (head_x + around, head_y)]
        for held in self.held:
            x, y = self.hand(held)
            points += [(x - held.height * 0.5, y - held.height), (x + held.height * 0.5, y)]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return min(xs), min(ys), max(xs), max(*ys, self.y)

    @property
    def focus(self) -> tuple[float, float]:
        """Return the point of the figure that draws the eye: a head, else the upper middle."""
        if self.kind == "person":
            body = make_body(
                self.person_kind,
                self.pose,
                x=self.x,
                y=self.y,
                height=self.height,
                facing=self.facing,
            )
            return body.head
        ahead = 0.7 * self.facing * self.height if self.kind == "beast" else 0.0
        return self.x + ahead, self.y - self.height * (0.95 if self.kind == "beast" else 0.6)


@dataclass(frozen=True, slots=True)
class Composition:
    """A scene ready to be drawn; ``placements`` from back to front.

    ``side`` (-1 left, 1 right) is where the weight lies; ``focus`` the point, in pixels, that
    the eye should go to.
    """

    camera: Camera
    shot: Shot
    lamp: Lamp
    side: int
    focus: tuple[float, float]
    placements: tuple[Placement, ...]
