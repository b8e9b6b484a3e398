"""The temple in ruins: a great arch, a colonnade, or a hall with an idol."""

from __future__ import annotations

import math
import re

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.grounds.rooms import floor_lines
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.frames import pool_of_light
from raypipe.images.storybook.scenery.stone import arch, column, rock, stone_ink, toppling_column
from raypipe.images.storybook.scenery.trees import bush
from raypipe.images.storybook.shapes import ellipse, jagged, lens, rectangle, smooth
from raypipe.images.storybook.sky import paint_gradient
from raypipe.images.storybook.stage import Stage

_FALL = re.compile(r"\b(fall|fell|falling|collaps\w*|crumbl\w*|break\w*|broke|shak\w*|quak\w*)\b")
_STONEWORK = re.compile(
    r"\b(pillar|column|wall|ceiling|roof|vault|floor|ground|earth|stone|rock|temple|hall|tomb|ruin)"
)
_DOORS = re.compile(r"\b(door|gate)s?\b")
_CLOSE = re.compile(r"\b(clos|shut|slam|lock)")


def ruins_back(stage: Stage) -> None:
    """Paint the hall of a temple: its far wall, columns, beams of light, rubble."""
    chance = stage.chance.branch("ruins")
    w, h = stage.width, stage.height
    floor_y = stage.camera.horizon + (stage.camera.base - stage.camera.horizon) * 0.16
    dark = mix(stage.scheme.shade, stage.ink("deep"), 0.35)
    warm = mix(stone_ink(stage), stage.ink("earth"), 0.4)
    stone = mix(stone_ink(stage), warm, Chance("stone", stage.scene.story_seed).between(0.3, 0.9))
    pale = mix(stage.scheme.sky[2], stage.scheme.light, 0.5)
    warm_share = 0.2 if stage.scene.hour == "night" else 0.55
    light = mix(pale, stage.family.glow, warm_share)
    stops = [
        (0.0, mix(dark, stage.ink("ink"), 0.5)),
        (0.5, mix(dark, stone, 0.4)),
        (1.0, mix(stone, light, 0.25)),
    ]
    paint_gradient(stage, stops, bottom=floor_y)
    cx = w * (0.5 - stage.composition.side * 0.1)
    hall = min(w * 0.46, h * 0.3)
    # Three halls in turn, so that scenes in one temple are different rooms of it.
    kind = (stage.scene.scene_index + Chance("hall", stage.scene.story_seed).whole(0, 2)) % 3
    if _told(stage, _DOORS):
        kind = 0
    (_arch_wall, _colonnade, _idol_wall)[kind](stage, cx, floor_y, hall, stone, dark, light)
    _shafts(stage, cx, floor_y, light)
    slab = mix(stone, stage.ink("soft"), 0.3)
    foot = mix(dark, stage.ink("ink"), 0.3)
    stage.canvas.shape(
        rectangle(-5, floor_y, w + 5, h + 5), slab, shade=foot, amount=1.0, start=0.06
    )
    floor_lines(stage, mix(slab, dark, 0.6), y=floor_y)
    reach = h - floor_y
    pool_of_light(stage, cx, floor_y + reach * 0.2, w * 0.36, reach * 0.16, light, 0.5)
    if kind != 1:
        _side_columns(stage, cx, floor_y, hall, chance)
    if _is_collapsing(stage):
        _toppling_columns(stage, floor_y)
        _broken_floor(stage, mix(dark, stage.ink("ink"), 0.55), mix(slab, light, 0.25))
    for _ in range(7):
        x, y = chance.between(0, w), stage.camera.ground_at(chance.between(0.4, 0.85))
        size = stage.unit * chance.between(30, 110)
        rock(stage, x, y, size, size * 0.55, depth=0.1, chance=chance)
    for _ in range(5):
        x = chance.pick((0.04, 0.1, 0.9, 0.97)) * w
        y = stage.camera.ground_at(chance.between(0.5, 1.0))
        bush(stage, x, y, stage.unit * chance.between(60, 130), depth=0.1, chance=chance)


def _told(stage: Stage, words: re.Pattern[str]) -> bool:
    """Return whether the things or deeds of the scene hold one of these words."""
    return words.search(" ".join((*stage.scene.subjects, *stage.scene.actions)).lower()) is not None


def _is_collapsing(stage: Stage) -> bool:
    told = " ".join((*stage.scene.actions, stage.scene.text)).lower()
    return _FALL.search(told) is not None and _STONEWORK.search(told) is not None


def _toppling_columns(stage: Stage, floor_y: float) -> None:
    """Let a column fall on either side, their tops towards each other."""
    chance = stage.chance.branch("toppling")
    w, h = stage.width, stage.height
    wide = min(w * 0.12, h * 0.11)
    for side in (-1, 1):
        toppling_column(
            stage,
            w * (0.5 + side * chance.between(0.36, 0.42)),
            floor_y + (h - floor_y) * chance.between(0.02, 0.08),
            wide,
            min(h * 0.5, w * 0.62),
            lean=-side * chance.between(0.45, 0.62),
            chance=chance,
        )


def _broken_floor(stage: Stage, depth: Ink, edge: Ink) -> None:
    """Open the floor behind the first figure, with cracks that run on."""
    chance = stage.chance.branch("broken floor")
    hero = next((p for p in stage.composition.placements if p.role == "hero"), None)
    side = -hero.facing if hero is not None else stage.composition.side
    from_x = hero.x if hero is not None else stage.width * 0.5
    x, y = from_x + side * stage.width * 0.36, stage.camera.ground_at(0.96)
    rx, ry = stage.width * 0.26, (stage.height - stage.camera.horizon) * 0.09
    hole = jagged(chance, ellipse(x, y, rx, ry, count=9), amount=ry * 0.35, pieces=2)
    stage.canvas.fill(hole - (0.0, ry * 0.14), edge)
    stage.canvas.fill(hole, depth)
    for number in range(6):
        angle = math.pi * (0.2 + 1.6 * number / 5) * (1 if side > 0 else -1)
        start = np.array([x - side * rx * 0.8 * math.cos(angle), y + ry * 0.8 * math.sin(angle)])
        way = np.array([-side * math.cos(angle) * rx, math.sin(angle) * ry * 2.2])
        bends = [start + way * t + (0.0, ry * 0.3 * chance.sign()) for t in (0.4, 0.7)]
        crack = np.array([start, *bends, start + way])
        stage.canvas.trace(crack, 3.2 * stage.unit, depth)


def _carving_ink(stage: Stage, stone: Ink) -> Ink:
    """Return the ink of the carvings: they shine where the scene has a crystal."""
    wonder = any("crystal" in word or "gem" in word for word in stage.scene.subjects)
    return (
        mix(stage.family.cool, stage.family.paper, 0.55)
        if wonder
        else mix(stone, stage.scheme.light, 0.25)
    )


def _arch_wall(
    stage: Stage, cx: float, floor_y: float, hall: float, stone: Ink, dark: Ink, light: Ink
) -> None:
    """Paint a gate within a gate, at the head of a flight of stairs."""
    opening = arch(cx - hall * 0.5, cx + hall * 0.5, floor_y + 3, floor_y - hall * 0.9)
    frame = (opening - (cx, floor_y)) * (1.28, 1.16) + (cx, floor_y)
    stage.canvas.shape(
        frame, mix(stone, dark, 0.3), shade=dark, amount=0.8, toward=(0.0, -1.0), start=0.3
    )
    blocks = []
    for number in range(13):
        a = np.pi * (1 + (number + 0.5) / 13)
        c, s = np.cos(a), np.sin(a)
        blocks.append(
            lens(
                (cx + hall * 0.52 * c, floor_y - hall * 0.9 + hall * 0.52 * s),
                (cx + hall * 0.63 * c, floor_y - hall * 0.95 + hall * 0.66 * s),
                5 * stage.unit,
            )
        )
    stage.canvas.marks(blocks, dark)
    glow = mix(light, stage.scheme.family.glow, 0.3)
    stage.canvas.shape(
        opening, mix(stage.scheme.sky[1], light, 0.3), shade=glow, amount=1.0, start=0.2
    )
    if _told(stage, _DOORS):
        _door_leaves(stage, cx, floor_y, hall, dark)
    else:
        inside = arch(cx - hall * 0.3, cx + hall * 0.3, floor_y + 3, floor_y - hall * 0.52)
        far = mix(stage.scheme.sky[0], dark, 0.5)
        stage.canvas.shape(inside, far, shade=light, amount=0.7, start=0.35)
    _stairs(stage, cx, floor_y, hall, stone, dark)
    _carvings(stage, cx, hall, floor_y, _carving_ink(stage, stone))


def _door_leaves(stage: Stage, cx: float, floor_y: float, hall: float, dark: Ink) -> None:
    """Hang two leaves of a door into the gate: a gap is left where they close, else a gateway."""
    half, spring, foot = hall * 0.5, floor_y - hall * 0.9, floor_y + 3
    share = 0.86 if _CLOSE.search(stage.scene.text.lower()) or _told(stage, _CLOSE) else 0.34
    wood = mix(mix(stage.ink("earth"), dark, 0.35), stage.ink("soft"), 0.08)
    line = mix(wood, dark, 0.75)
    iron = mix(dark, stage.ink("ink"), 0.4)
    for side in (-1, 1):

        def at(t: float, y: float, side: int = side) -> tuple[float, float]:
            """Return a point of the leaf, ``t`` from the hinge (0) to its free edge (1)."""
            return cx + side * half * (1 - share * t), y

        def top(t: float) -> float:
            out = 1 - share * t
            return spring - half * math.sqrt(max(0.0, 1 - out * out))

        ends = np.linspace(0, 1, 12)
        leaf = [at(0, foot), *(at(float(t), top(float(t))) for t in ends), at(1, foot)]
        stage.canvas.shape(leaf, wood, shade=line, amount=0.9, toward=(side, 0.2), start=0.25)
        planks = [lens(at(t, foot), at(t, top(t) + 8), 5 * stage.unit) for t in (0.25, 0.5, 0.75)]
        stage.canvas.marks(planks, line)
        for y in (spring + hall * 0.1, spring + hall * 0.6):
            band = [at(0, y), at(0.9, y), at(0.9, y + hall * 0.05), at(0, y + hall * 0.05)]
            stage.canvas.fill(band, iron)
        ring_x, ring_y = at(0.84, spring + hall * 0.38)
        ring = ellipse(ring_x, ring_y, hall * 0.03, hall * 0.04)
        stage.canvas.trace(ring, 4 * stage.unit, iron, closed=True)
        edge = [at(1, foot), at(1, top(1)), at(0.96, top(0.96)), at(0.96, foot)]
        stage.canvas.fill(edge, mix(wood, stage.scheme.light, 0.55))


def _colonnade(
    stage: Stage, cx: float, floor_y: float, hall: float, stone: Ink, dark: Ink, light: Ink
) -> None:
    """Paint two rows of columns that run towards a bright door."""
    chance = stage.chance.branch("colonnade")
    w, h = stage.width, stage.height
    door = arch(cx - hall * 0.2, cx + hall * 0.2, floor_y + 2, floor_y - hall * 0.4)
    stage.canvas.glow(cx, floor_y - hall * 0.3, w * 0.7, light, strength=0.6)
    stage.canvas.shape(
        door,
        light,
        shade=mix(stage.scheme.sky[1], light, 0.4),
        amount=0.8,
        toward=(0.0, -1.0),
        start=0.3,
    )
    ceiling = [
        (cx - hall * 0.3, floor_y - hall * 0.8),
        (cx + hall * 0.3, floor_y - hall * 0.8),
        (w * 1.3, -h * 0.1),
        (-w * 0.3, -h * 0.1),
    ]
    roof = mix(dark, stage.ink("ink"), 0.35)
    stage.canvas.shape(ceiling, roof, shade=mix(roof, stone, 0.5), amount=0.7, start=0.4)
    ribs = []
    for t in (0.12, 0.26, 0.44, 0.7):
        y = floor_y - hall * 0.8 + (-h * 0.1 - floor_y + hall * 0.8) * t
        half = hall * 0.3 + (w * 0.8 - hall * 0.3) * t
        ribs.append(lens((cx - half, y), (cx + half, y), 14 * stage.unit * (0.4 + t)))
    stage.canvas.marks(ribs, mix(roof, stone, 0.45))
    for number in range(5):
        t = (number / 4) ** 1.5
        for side in (-1, 1):
            x = cx + side * (hall * 0.36 + (w * 0.6 - hall * 0.36) * t)
            y = floor_y + (h - floor_y) * 0.34 * t
            tall = hall * 0.82 + (h * 0.72 - hall * 0.82) * t
            broken = number > 1 and chance.often(0.25)
            column(
                stage,
                x,
                y,
                w * (0.04 + 0.1 * t),
                tall * (0.6 if broken else 1.0),
                depth=0.55 * (1 - t),
                chance=chance,
                broken=broken,
            )


def _idol_wall(
    stage: Stage, cx: float, floor_y: float, hall: float, stone: Ink, dark: Ink, light: Ink
) -> None:
    """Paint a great stone face above an altar, with braziers."""
    size = hall * 1.15
    middle = floor_y - size * 0.86
    niche = arch(cx - size * 0.62, cx + size * 0.62, floor_y + 3, middle - size * 0.1)
    stage.canvas.shape(
        niche, mix(dark, stage.ink("ink"), 0.3), shade=mix(stone, dark, 0.4), amount=0.7, start=0.3
    )
    face = smooth(
        [
            (cx - size * 0.4, middle - size * 0.36),
            (cx, middle - size * 0.5),
            (cx + size * 0.4, middle - size * 0.36),
            (cx + size * 0.42, middle + size * 0.16),
            (cx + size * 0.2, middle + size * 0.5),
            (cx - size * 0.2, middle + size * 0.5),
            (cx - size * 0.42, middle + size * 0.16),
        ],
        steps=5,
    )
    stage.canvas.shape(face, mix(stone, light, 0.15), shade=dark, amount=0.9, start=0.35)
    band = rectangle(cx - size * 0.44, middle - size * 0.38, cx + size * 0.44, middle - size * 0.24)
    stage.canvas.fill(band, mix(stone, dark, 0.5))
    glow = _carving_ink(stage, stone)
    for t in np.linspace(-0.36, 0.36, 7):
        stage.canvas.fill(
            lens(
                (cx + t * size, middle - size * 0.36),
                (cx + t * size, middle - size * 0.26),
                size * 0.03,
            ),
            glow,
        )
    for side in (-1, 1):
        eye = lens(
            (cx + side * size * 0.08, middle - size * 0.06),
            (cx + side * size * 0.32, middle - size * 0.1),
            size * 0.1,
            bend=-side * size * 0.02,
        )
        stage.canvas.fill(eye, dark)
        stage.canvas.fill(
            lens(
                (cx + side * size * 0.13, middle - size * 0.07),
                (cx + side * size * 0.27, middle - size * 0.09),
                size * 0.04,
            ),
            glow,
        )
        stage.canvas.fill(
            lens(
                (cx + side * size * 0.06, middle - size * 0.17),
                (cx + side * size * 0.36, middle - size * 0.2),
                size * 0.05,
                bend=-side * size * 0.03,
            ),
            dark,
        )
        for step in range(2):
            cheek = lens(
                (cx + side * size * 0.2, middle + size * (0.1 + 0.07 * step)),
                (cx + side * size * 0.36, middle + size * (0.06 + 0.07 * step)),
                size * 0.03,
            )
            stage.canvas.fill(cheek, mix(stone, dark, 0.6))
    stage.canvas.fill(
        [
            (cx - size * 0.05, middle - size * 0.12),
            (cx + size * 0.05, middle - size * 0.12),
            (cx + size * 0.1, middle + size * 0.14),
            (cx - size * 0.1, middle + size * 0.14),
        ],
        mix(stone, dark, 0.35),
    )
    stage.canvas.fill(
        lens(
            (cx - size * 0.2, middle + size * 0.28),
            (cx + size * 0.2, middle + size * 0.28),
            size * 0.07,
        ),
        dark,
    )
    _stairs(stage, cx, floor_y, hall * 1.2, stone, dark)
    _carvings(stage, cx, hall * 1.3, floor_y, glow)
    for side in (-1, 1):
        _brazier(stage, cx, floor_y, hall, side, dark)


_BRAZIERS = (0.7, 0.5)
"""Where a brazier may stand, in halls from the middle; the best place first."""


def _brazier(stage: Stage, cx: float, floor_y: float, hall: float, side: int, dark: Ink) -> None:
    """Light a bowl of fire on a post, where nobody stands before it; else leave it out."""
    y = floor_y - hall * 0.3
    places = (cx + side * hall * place for place in _BRAZIERS)
    flame_y, radius = y - hall * 0.1, hall * 0.2
    free = [x for x in places if not stage.is_behind_a_figure(x, flame_y, radius=radius)]
    if not free:
        return
    x = free[0]
    stage.canvas.glow(x, y - hall * 0.1, hall * 0.7, stage.family.glow, strength=0.45)
    post = [(-0.03, 0.3), (0.03, 0.3), (0.02, 0.0), (-0.02, 0.0)]
    bowl = [(-0.1, -0.05), (0.1, -0.05), (0.05, 0.03), (-0.05, 0.03)]
    for shape in (post, bowl):
        stage.canvas.fill([(x + px * hall, y + py * hall) for px, py in shape], dark)
    flame = [(-0.08, -0.05), (-0.09, -0.12), (-0.02, -0.26), (0.04, -0.18), (0.09, -0.14),
             (0.08, -0.05)]  # fmt: skip
    for scale, ink in ((1.0, stage.family.accent), (0.6, stage.family.glow)):
        points = [(x + px * hall * scale, y + py * hall * scale) for px, py in flame]
        stage.canvas.fill(smooth(points, steps=4), ink)


def _side_columns(stage: Stage, cx: float, floor_y: float, hall: float, chance: Chance) -> None:
    w, h = stage.width, stage.height
    for number in range(3):
        t = number / 2
        for side in (-1, 1):
            x = cx + side * (hall * 0.78 + w * (0.06 + 0.2 * t))
            tall = h * (0.42 + 0.16 * t) * chance.between(0.95, 1.1)
            broken = chance.often(0.28)
            y = floor_y + (h - floor_y) * (0.03 + 0.12 * t)
            column(
                stage,
                x,
                y,
                w * (0.075 + 0.045 * t),
                tall * (0.62 if broken else 1.0),
                depth=0.3 * (1 - t),
                chance=chance,
                broken=broken,
            )


def _stairs(stage: Stage, cx: float, floor_y: float, hall: float, stone: Ink, dark: Ink) -> None:
    steps = 6
    for number in range(steps):
        t = number / steps
        wide = hall * (0.34 + 0.42 * t)
        y0 = floor_y - hall * 0.26 * (1 - t)
        y1 = floor_y - hall * 0.26 * (1 - t - 1 / steps)
        stage.canvas.fill(rectangle(cx - wide, y0, cx + wide, y1 + 1), mix(stone, dark, 0.45))
        stage.canvas.fill(
            rectangle(cx - wide, y0, cx + wide, y0 + (y1 - y0) * 0.42),
            mix(stone, stage.scheme.light, 0.3),
        )


def _carvings(stage: Stage, cx: float, hall: float, floor_y: float, ink: Ink) -> None:
    """Carve rows of signs into the back wall: spirals, eyes, zigzags."""
    chance = stage.chance.branch("carvings")
    size = stage.unit * 30
    for row in range(6):
        y = stage.height * 0.13 + row * size * 2.1
        if y > floor_y - size * 3:
            break
        for x in np.arange(size, stage.width, size * 2.0):
            if abs(x - cx) < hall * 0.75 and y > floor_y - hall * 1.55:
                continue
            sign = chance.whole(0, 4)
            if sign == 0:
                a = np.linspace(0, 4.2 * np.pi, 40)
                spiral = np.stack(
                    [x + size * 0.045 * a * np.cos(a), y + size * 0.045 * a * np.sin(a)], axis=1
                )
                stage.canvas.trace(spiral, 1.9 * stage.unit, ink)
            elif sign == 1:
                stage.canvas.trace(
                    lens((x - size * 0.6, y), (x + size * 0.6, y), size * 0.5),
                    1.9 * stage.unit,
                    ink,
                    closed=True,
                )
                stage.canvas.disc(x, y, size * 0.12, ink)
            elif sign == 2:
                zig = [
                    (x - size * 0.6 + size * 0.3 * n, y + size * 0.22 * (-1) ** n) for n in range(5)
                ]
                stage.canvas.trace(zig, 1.9 * stage.unit, ink)
            elif sign == 3:
                stage.canvas.trace(
                    rectangle(x - size * 0.35, y - size * 0.45, x + size * 0.35, y + size * 0.45),
                    1.9 * stage.unit,
                    ink,
                    closed=True,
                )
                stage.canvas.disc(x, y, size * 0.1, ink)


def _shafts(stage: Stage, cx: float, floor_y: float, light: Ink) -> None:
    """Let light fall in through the broken roof."""
    chance = stage.chance.branch("shafts")
    w = stage.width
    lean = stage.composition.side * w * 0.36
    centre = stage.lamp.x if stage.lamp.kind == "opening" else cx
    strength = 0.3 if stage.scene.hour != "night" else 0.16
    for _ in range(3):
        x, wide = centre + chance.between(-0.25, 0.3) * w, w * chance.between(0.05, 0.12)
        foot = floor_y + 40
        beam = [
            (x - wide * 0.5, -5),
            (x + wide * 0.5, -5),
            (x + wide + lean, foot),
            (x - wide + lean, foot),
        ]
        stage.canvas.veil(beam, light, amount=0.95, strength=strength)


def _falling_stones(stage: Stage) -> None:
    """Bring the roof down: stones in the air with their tracks, and dust on the floor."""
    chance = stage.chance.branch("falling")
    w, u = stage.width, stage.unit
    stone = mix(stone_ink(stage), stage.ink("earth"), 0.4)
    dark = mix(stone, stage.ink("ink"), 0.6)
    x0, y0 = stage.composition.focus
    for number in range(15):
        x, y = chance.between(0.04, 0.96) * w, chance.between(0.04, 0.62) * stage.height
        if math.hypot(x - x0, y - y0) < 0.3 * w:
            continue
        size = u * chance.between(14, 58) * (1.0 if number % 3 else 1.5)
        if stage.is_behind_a_figure(x, y, radius=size):
            continue  # it would hide arms and legs
        track = lens((x, y - size * 0.4), (x + size * 0.2, y - size * 4.2), size * 0.3)
        stage.canvas.veil(track, stage.scheme.light, amount=0.8, strength=0.35)
        angles = np.sort(chance.rng.uniform(0, 6.28, 7))
        reach = chance.rng.uniform(0.7, 1.05, 7) * size
        shape = np.stack([x + reach * np.cos(angles), y + reach * 0.85 * np.sin(angles)], axis=1)
        stage.canvas.shape(shape, stone, shade=dark, amount=1.0, toward=(0.4, 0.8), start=0.3)
    dust = mix(stone, stage.scheme.light, 0.5)
    for _ in range(9):
        x, y = chance.between(0, 1) * w, stage.camera.ground_at(chance.between(0.3, 1.1))
        cloud = ellipse(x, y, u * chance.between(60, 150), u * chance.between(16, 36))
        stage.canvas.veil(cloud, dust, toward=(0.0, -1.0), amount=0.9, strength=0.4)


def ruins_front(stage: Stage) -> None:
    """Stand a dark column, or fallen stones, in front."""
    if _is_collapsing(stage):
        _falling_stones(stage)
    chance = stage.chance.branch("frame")
    side = -stage.composition.side
    w, h = stage.width, stage.height
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.72)
    if chance.often(0.65):
        x0, x1 = (-0.06 * w, 0.085 * w) if side < 0 else (0.915 * w, 1.06 * w)
        stage.canvas.shape(
            rectangle(x0, -5, x1, h + 5),
            ink,
            shade=stage.ink("ink"),
            amount=0.9,
            toward=(side, 0.0),
            start=0.2,
        )
        flutes = [
            lens((x0 + (x1 - x0) * t, -h), (x0 + (x1 - x0) * t, 2 * h), 6 * stage.unit)
            for t in (0.2, 0.45, 0.7, 0.9)
        ]
        stage.canvas.marks(flutes, mix(ink, stage.scheme.light, 0.1))
    for _ in range(4):
        x = w * (0.5 + side * chance.between(0.2, 0.55))
        stage.canvas.fill(
            [
                (x - w * 0.1, h + 5),
                (x - w * 0.08, h * 0.965),
                (x + w * 0.02, h * 0.945),
                (x + w * 0.11, h * 0.975),
                (x + w * 0.13, h + 5),
            ],
            ink,
        )
