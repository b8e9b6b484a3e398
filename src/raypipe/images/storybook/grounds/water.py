"""Water: sea, shore, river and underwater."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.grounds.land import frame_corner, ground, hills
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.placement import river_course
from raypipe.images.storybook.scenery.stone import rock
from raypipe.images.storybook.scenery.trees import broadleaf, bush, grass, palm
from raypipe.images.storybook.shapes import Outline, ellipse, lens, smooth
from raypipe.images.storybook.sky import cloud_shape, paint_gradient, paint_sky
from raypipe.images.storybook.stage import Stage


def water_ink(stage: Stage, depth: float = 0.0) -> Ink:
    """Return the ink of water here."""
    return mix(stage.ink("cool", depth), stage.ink("deep", depth), 0.4)


def water(stage: Stage, y0: float, y1: float, *, name: str, rough: float = 1.0) -> None:
    """Paint water between two heights: bands, carved ripples and the light's path."""
    far = mix(water_ink(stage, 0.5), stage.scheme.sky[2], 0.22)
    near = mix(water_ink(stage), stage.ink("ink"), 0.25)
    w = stage.width
    stage.canvas.shape(
        [(-4, y0), (w + 4, y0), (w + 4, y1), (-4, y1)], far, shade=near, amount=1.0, start=0.02
    )
    light = mix(far, stage.ink("paper"), 0.5)
    dark = mix(near, stage.ink("ink"), 0.35)
    stage.gouges(
        int(120 * rough),
        name=(name, "light"),
        y0=y0 + 4,
        y1=y1,
        length=130 * stage.unit,
        width=5.5 * stage.unit * rough,
        ink=light,
    )
    stage.gouges(
        int(110 * rough),
        name=(name, "dark"),
        y0=y0 + 4,
        y1=y1,
        length=150 * stage.unit,
        width=7 * stage.unit * rough,
        ink=dark,
    )
    if stage.lamp.kind in ("sun", "moon") and stage.scene.weather in ("clear", "wind", "cloud"):
        _light_path(stage, y0, y1)


def _light_path(stage: Stage, y0: float, y1: float) -> None:
    chance = stage.chance.branch("light path")
    marks = []
    for t in np.linspace(0.01, 0.95, 34):
        y = y0 + (y1 - y0) * float(t) ** 1.3
        spread = stage.lamp.radius * (0.75 + 0.9 * float(t))
        for _ in range(2):
            x = stage.lamp.x + chance.between(-0.75, 0.75) * spread
            long = spread * chance.between(0.3, 0.8)
            marks.append(
                lens((x - long / 2, y), (x + long / 2, y), stage.unit * (3 + 6 * float(t)))
            )
    stage.canvas.marks(marks, mix(stage.scheme.light, stage.scheme.sky[2], 0.15))


def wave_row(
    stage: Stage, y: float, tall: float, long: float, ink: Ink, foam: Ink, *, name: object
) -> None:
    """Paint one row of rolling waves with carved foam lines and curling crests."""
    chance = stage.chance.branch("waves", name)
    count = int(stage.width / long) + 3
    shift = chance.between(-1, 0) * long
    top: list[tuple[float, float]] = []
    lines: list[Outline] = []
    for number in range(count):
        x = shift + number * long
        high = tall * chance.between(0.7, 1.1)
        top += [
            (x, y),
            (x + long * 0.3, y - high * 0.45),
            (x + long * 0.52, y - high),
            (x + long * 0.66, y - high * 0.86),
            (x + long * 0.6, y - high * 0.5),
            (x + long * 0.78, y - high * 0.1),
        ]
        for step in range(3):
            s = 0.16 + 0.2 * step
            lines.append(
                lens(
                    (x + long * (0.1 + s * 0.3), y + tall * s),
                    (x + long * (0.5 + s * 0.16), y - high * (0.84 - s * 1.3)),
                    tall * 0.085,
                    bend=-long * 0.05,
                )
            )
        lines.append(
            lens(
                (x + long * 0.3, y - high * 0.5),
                (x + long * 0.63, y - high * 0.86),
                tall * 0.16,
                bend=-tall * 0.1,
            )
        )
    stage.plane(
        smooth(top, closed=False, steps=4),
        ink,
        shade=mix(ink, stage.ink("ink"), 0.4),
        amount=0.85,
        start=0.1,
    )
    stage.canvas.marks(lines, foam)
    drops = chance.branch("foam")
    for number in range(count * 2):
        x = shift + (number + drops.between(0, 1)) * long / 2
        stage.canvas.disc(
            x, y - tall * drops.between(0.7, 1.25), tall * drops.between(0.02, 0.05), foam
        )


def sea_back(stage: Stage) -> None:
    """Paint the open sea: horizon, ripples, then rows of waves."""
    paint_sky(stage)
    camera, h = stage.camera, stage.camera.horizon
    chance = stage.chance.branch("sea")
    if chance.often(0.5):
        ink = mix(stage.ink("deep", 0.85), stage.ink("leaf", 0.85), 0.3)
        x = stage.width * (0.5 + stage.composition.side * chance.between(0.2, 0.4))
        isle = smooth(
            [
                (x - stage.width * 0.24, h + 4),
                (x - stage.width * 0.1, h - stage.height * 0.016),
                (x, h - stage.height * 0.035),
                (x + stage.width * 0.12, h - stage.height * 0.014),
                (x + stage.width * 0.26, h + 4),
            ],
            closed=False,
        )
        stage.plane(isle, ink, floor=h + 6)
    rough = 1.5 if stage.scene.weather in ("storm", "wind") else 1.0
    water(stage, h, stage.height + 4, name="sea", rough=rough)
    foam = mix(stage.ink("paper"), stage.ink("cool"), 0.12)
    reach = camera.base - h
    for number, share in enumerate((0.28, 0.6)):
        ink = mix(water_ink(stage, 0.3 * (1 - share)), stage.ink("ink"), 0.1 * number)
        size = stage.unit * (28 + 40 * share) * rough
        wave_row(
            stage,
            h + reach * share + size,
            size,
            size * 4.6,
            ink,
            mix(foam, ink, 0.25),
            name=("back", number),
        )


def sea_front(stage: Stage) -> None:
    """Roll the nearest waves in front of hulls and figures."""
    rough = 1.5 if stage.scene.weather in ("storm", "wind") else 1.0
    foam = mix(stage.ink("paper"), stage.ink("cool"), 0.15)
    camera = stage.camera
    for number, share in enumerate((0.0, 0.55)):
        ink = mix(water_ink(stage), stage.ink("ink"), 0.22 + 0.28 * number)
        y = camera.base + (stage.height - camera.base) * share
        size = stage.unit * (76 + 50 * number) * rough * 0.8
        wave_row(
            stage,
            y + size * 0.6,
            size,
            size * 4.2,
            ink,
            mix(foam, ink, 0.35 + 0.3 * number),
            name=("front", number),
        )


def shore_back(stage: Stage) -> None:
    """Paint the beach: sea beyond, the wet edge, sand and shells."""
    paint_sky(stage)
    camera, chance = stage.camera, stage.chance.branch("shore")
    h = camera.horizon
    edge = h + (camera.base - h) * chance.between(0.42, 0.6)
    water(stage, h, edge + stage.height * 0.06, name="shore")
    foam = mix(stage.ink("paper"), stage.ink("cool"), 0.08)
    size = stage.unit * 20
    wave_row(
        stage, h + (edge - h) * 0.72, size, size * 6, water_ink(stage, 0.1), foam, name="breaker"
    )
    sand = mix(stage.ink("soft"), stage.ink("glow"), 0.3)
    wet = mix(sand, stage.ink("earth"), 0.4)
    slope = stage.composition.side * stage.height * 0.025
    for number, (ink, drop) in enumerate(((foam, 0.0), (wet, 0.012), (sand, 0.034))):
        ridge = stage.ridge(
            edge + stage.height * drop,
            stage.height * 0.01,
            name=("edge", min(number, 1)),
            hills=3,
            octaves=2,
        )
        ridge[:, 1] += np.linspace(-slope, slope, len(ridge))
        stage.plane(
            ridge,
            ink,
            shade=mix(ink, stage.ink("earth"), 0.45) if number == 2 else None,
            amount=0.8,
            start=0.1,
        )
    stage.gouges(
        60,
        name="sand",
        y0=edge + stage.height * 0.05,
        y1=stage.height * 0.92,
        length=100 * stage.unit,
        width=4 * stage.unit,
        ink=mix(sand, stage.ink("earth"), 0.35),
    )
    for _ in range(18):
        t = chance.between(0.1, 1)
        y = edge + stage.height * 0.06 + (stage.height - edge) * t * 0.8
        stage.canvas.fill(
            ellipse(
                chance.between(0, stage.width),
                y,
                stage.unit * (3 + 6 * t),
                stage.unit * (2 + 3 * t),
            ),
            stage.ink(chance.pick(("paper", "accent", "earth"))),
        )
    if chance.often(0.6):
        palm(
            stage,
            stage.width * (0.5 - stage.composition.side * 0.42),
            camera.ground_at(0.85),
            stage.height * 0.36,
            depth=0.05,
            chance=chance,
        )
    else:
        for number in range(3):
            rock(
                stage,
                stage.width * (0.5 - stage.composition.side * (0.34 + 0.07 * number)),
                edge + stage.height * 0.03 * number,
                stage.unit * 150,
                stage.unit * 90,
                depth=0.2,
                chance=chance,
            )


def shore_front(stage: Stage) -> None:
    """Put dune grass at the foot."""
    chance = stage.chance.branch("frame")
    ink = mix(mix(stage.ink("leaf"), stage.ink("deep"), 0.6), stage.ink("ink"), 0.5)
    for x in stage.spread(11, name="dune grass", margin=-0.05):
        edge = abs(float(x) / stage.width - 0.5) * 2
        grass(
            stage,
            float(x),
            stage.height + 6,
            stage.height * (0.04 + 0.1 * edge**2),
            ink=ink,
            chance=chance,
        )


def river_back(stage: Stage) -> None:
    """Paint a river that comes down from the hills, with banks, reeds and willows."""
    paint_sky(stage)
    hills(stage, "leaf")
    camera, chance = stage.camera, stage.chance.branch("river")
    h, w = camera.horizon, stage.width
    far = mix(stage.ink("leaf", 0.28), stage.ink("glow", 0.28), 0.22)
    near = mix(stage.ink("leaf"), stage.ink("deep"), 0.5)
    for x in stage.spread(8, name="bank trees"):
        broadleaf(
            stage,
            float(x),
            h + 6,
            stage.height * chance.between(0.05, 0.1),
            depth=0.5,
            chance=chance,
        )
    ground(stage, far, near, name="meadow")
    side = stage.composition.side
    left, right = [], []
    for t in np.linspace(0, 1, 18):
        y = h + 3 + (stage.height + 10 - h) * t
        x, half = river_course(float(t), side)
        left.append((w * (x - half), y))
        right.append((w * (x + half), y))
    shape = np.vstack(
        [smooth(left, closed=False, steps=3), smooth(right, closed=False, steps=3)[::-1]]
    )
    bank = mix(stage.ink("earth"), stage.ink("soft"), 0.3)
    stage.canvas.fill(shape - np.array([0.0, 0.005 * stage.height]), bank)
    stream = mix(stage.ink("cool"), stage.scheme.sky[2], 0.25)
    stage.canvas.shape(
        shape,
        stream,
        shade=mix(stage.ink("cool"), stage.ink("deep"), 0.55),
        amount=0.95,
        start=0.08,
    )
    marks: list[Outline] = []
    shadows: list[Outline] = []
    for _ in range(130):
        t = chance.between(0.02, 1.0)
        row = min(16, int(t * 17))
        span = right[row][0] - left[row][0]
        x = left[row][0] + span * chance.between(0.06, 0.94)
        long = min(span * 0.34, stage.unit * (20 + 110 * t))
        flow = side * -0.1 * long
        mark = lens(
            (x - long / 2, left[row][1] - flow),
            (x + long / 2, left[row][1] + flow),
            stage.unit * (1 + 5.5 * t),
        )
        (marks if chance.often(0.55) else shadows).append(mark)
    stage.canvas.marks(shadows, mix(stage.ink("cool"), stage.ink("deep"), 0.6))
    stage.canvas.marks(marks, mix(stream, stage.ink("paper"), 0.65))
    for _ in range(12):
        t = chance.between(0.1, 0.6)
        row = min(16, int(t * 17))
        x = (left if chance.often(0.5) else right)[row][0]
        if chance.often(0.5):
            rock(
                stage,
                x,
                left[row][1] + 4,
                stage.unit * (16 + 60 * t),
                stage.unit * (10 + 34 * t),
                depth=0.3 * (1 - t),
                chance=chance,
            )
        else:
            grass(
                stage,
                x,
                left[row][1] + 4,
                stage.unit * (24 + 90 * t),
                ink=mix(near, stage.ink("ink"), 0.2),
                chance=chance,
            )
    if chance.often(0.8):
        broadleaf(
            stage,
            w * (0.5 + side * 0.44),
            camera.ground_at(0.5),
            stage.height * 0.26,
            depth=0.15,
            chance=chance,
        )
    bush(
        stage,
        w * (0.5 - side * 0.46),
        camera.ground_at(0.62),
        stage.unit * 190,
        depth=0.15,
        chance=chance,
    )


def river_front(stage: Stage) -> None:
    """Frame with reeds or leaves."""
    ink = mix(mix(stage.ink("leaf"), stage.ink("deep"), 0.5), stage.ink("ink"), 0.6)
    frame_corner(stage, ink)


def underwater_back(stage: Stage) -> None:
    """Paint the sea's floor: beams from above, coral ridges, weed and bubbles."""
    f = stage.scheme
    top = mix(mix(f.family.cool, f.family.paper, 0.35), f.shade, f.night * 0.6)
    middle, deep = mix(f.family.cool, f.family.deep, 0.4), mix(f.family.deep, f.family.ink, 0.45)
    paint_gradient(stage, [(0.0, top), (0.4, middle), (1.0, deep)], bottom=stage.height * 0.95)
    chance = stage.chance.branch("underwater")
    w, h = stage.width, stage.height
    for _ in range(6):
        x = stage.lamp.x + chance.between(-0.4, 0.4) * w
        foot = x + (x - stage.lamp.x) * 0.8 + chance.between(-0.1, 0.1) * w
        wide = w * chance.between(0.04, 0.11)
        beam = np.array(
            [
                (x - wide * 0.2, -5),
                (x + wide * 0.2, -5),
                (foot + wide, h * 0.8),
                (foot - wide, h * 0.8),
            ]
        )
        stage.canvas.veil(beam, mix(top, f.family.paper, 0.4), strength=0.34)
    for number in range(4):
        ink = mix(mix(middle, deep, number / 3), f.family.accent, 0.05 + 0.06 * number)
        y = stage.camera.horizon + (stage.camera.base - stage.camera.horizon) * (
            0.1 + 0.36 * number
        )
        stage.plane(
            stage.ridge(y, h * 0.035, name=("reef", number), hills=3 + number, octaves=5),
            ink,
            shade=mix(ink, deep, 0.7),
            amount=0.8,
        )
        for x in stage.spread(7, name=("weed", number), margin=-0.02):
            _weed(
                stage,
                float(x),
                y + h * 0.02,
                h * chance.between(0.05, 0.13) * (0.5 + 0.25 * number),
                mix(mix(f.family.leaf, middle, 0.6 - 0.17 * number), deep, 0.25),
                chance,
            )
    for _ in range(40):
        x, y, r = (
            chance.between(0, w),
            chance.between(0, h * 0.8),
            stage.unit * chance.between(2, 7),
        )
        stage.canvas.trace(
            ellipse(x, y, r, r, count=18),
            stage.unit * 1.2,
            mix(top, f.family.paper, 0.5),
            closed=True,
        )
    for _ in range(9):
        x, y, size = (
            chance.between(0, w),
            chance.between(0.2, 0.6) * h,
            stage.unit * chance.between(9, 20),
        )
        body = ellipse(x, y, size, size * 0.42)
        tail = [
            (x - size * 0.8, y),
            (x - size * 1.5, y - size * 0.45),
            (x - size * 1.5, y + size * 0.45),
        ]
        ink = mix(mix(f.family.accent, f.family.glow, chance.between(0, 0.8)), middle, 0.35)
        stage.canvas.fill(tail, ink)
        stage.canvas.fill(body, ink)


def _weed(stage: Stage, x: float, y: float, tall: float, ink: Ink, chance: Chance) -> None:
    for number in range(4):
        bend = chance.between(-0.3, 0.3) * tall
        foot = (x + (number - 1.5) * tall * 0.08, y)
        tip = (foot[0] + bend, y - tall * chance.between(0.7, 1.1))
        stage.canvas.fill(lens(foot, tip, tall * 0.075, bend=-bend * 0.5), ink)


def underwater_front(stage: Stage) -> None:
    """Put dark weed into the lower corners."""
    chance = stage.chance.branch("frame")
    ink = mix(stage.family.deep, stage.family.ink, 0.7)
    for x in stage.spread(14, name="front weed", margin=-0.05):
        edge = abs(float(x) / stage.width - 0.5) * 2
        _weed(
            stage, float(x), stage.height + 8, stage.height * (0.05 + 0.24 * edge**2), ink, chance
        )


def sky_back(stage: Stage) -> None:
    """Paint the air itself: towering clouds, and the land far below."""
    paint_sky(stage)
    camera, chance = stage.camera, stage.chance.branch("sky")
    top, middle, low = stage.scheme.sky
    h = camera.horizon
    hills(stage, "leaf", count=2, amplitude=0.02)
    land = mix(stage.ink("leaf", 0.6), stage.ink("glow", 0.6), 0.3)
    stage.plane(
        stage.ridge(h + stage.height * 0.012, stage.height * 0.006, name="land"),
        land,
        shade=mix(land, stage.scheme.air, 0.5),
    )
    for number in range(4):
        t = number / 3
        y = h + (stage.height * 1.02 - h) * (0.1 + 0.9 * t)
        light = mix(mix(stage.family.paper, low, 0.3), stage.scheme.shade, stage.scheme.night * 0.7)
        ink = mix(light, middle, 0.55 - 0.3 * t)
        dark = mix(ink, mix(middle, top, 0.4), 0.6)
        for x in stage.spread(4, name=("bank", number), margin=-0.1):
            wide = stage.width * chance.between(0.4, 0.7)
            for part in cloud_shape(chance, float(x), y, wide, wide * chance.between(0.16, 0.26)):
                stage.canvas.shape(part, ink, shade=dark, amount=0.8, start=0.3)


def sky_front(stage: Stage) -> None:
    """Bring one cloud to the front."""
    chance = stage.chance.branch("front cloud")
    light = mix(
        mix(stage.family.paper, stage.scheme.sky[1], 0.35),
        stage.scheme.shade,
        min(0.7, stage.scheme.night + 0.15),
    )
    for part in cloud_shape(
        chance,
        stage.width * (0.5 - stage.composition.side * 0.35),
        stage.height * 1.02,
        stage.width * 0.9,
        stage.width * 0.16,
    ):
        stage.canvas.shape(
            part, light, shade=mix(light, stage.scheme.sky[0], 0.6), amount=0.8, start=0.25
        )
