from __future__ import annotations

import numpy as np
import pytest

from raypipe.images.storybook.block import Block, Lighting, moved
from raypipe.images.storybook.canvas import Canvas, blend, stepped_ramp
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Ink
from raypipe.images.storybook.shapes import (
    capsule,
    ellipse,
    lens,
    noise_line,
    rectangle,
    smooth,
    star,
)

RED, BLUE, WHITE = Ink(255, 0, 0), Ink(0, 0, 255), Ink(255, 255, 255)


def test_edges_are_anti_aliased():
    canvas = Canvas(100, 100)
    canvas.fill(ellipse(50.3, 50.7, 30.4, 30.4), WHITE)
    levels = np.unique(canvas.pixels[..., 0])
    assert levels.size > 20
    assert canvas.pixels[50, 50, 0] == 255
    covered = canvas.pixels[..., 0].sum() / 255
    assert covered == pytest.approx(np.pi * 30.4**2, rel=0.04)


def test_shapes_may_leave_the_sheet():
    canvas = Canvas(80, 60)
    for shape in (ellipse(-500, -500, 20, 20), rectangle(-1e6, -1e6, 1e6, 1e6), star(79, 59, 40)):
        canvas.shape(shape, RED, shade=BLUE)
    canvas.glow(-300, 10, 20, WHITE)
    canvas.glow(70, 50, 400, WHITE)
    canvas.veil(rectangle(-10, -10, 900, 20), BLUE)
    assert canvas.pixels.shape == (60, 80, 3)


def test_grain_covers_in_proportion_to_the_level():
    canvas = Canvas(400, 400)
    box = (0, 0, 400, 400)
    shares = []
    for level in (0, 64, 128, 192, 255):
        plate = np.full((400, 400), level, np.uint8)
        shares.append(canvas.grained(plate, box).mean() / 255)
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[2] == pytest.approx(0.5, abs=0.06)
    assert shares[-1] > 0.95


def test_shade_lies_where_it_is_sent():
    canvas = Canvas(200, 200)
    canvas.shape(rectangle(20, 20, 180, 180), RED, shade=BLUE, toward=(0, 1), start=0.2, amount=1.0)
    blue = canvas.pixels[..., 2].astype(float)
    assert blue[25:45, 30:170].mean() < 5
    assert blue[160:178, 30:170].mean() > 150
    assert blue[:15].max() == 0


def test_the_same_seed_gives_the_same_grain_and_another_another():
    assert (Canvas(90, 90, seed=1).grain == Canvas(90, 90, seed=1).grain).all()
    assert (Canvas(90, 90, seed=1).grain != Canvas(90, 90, seed=2).grain).any()


def test_blend_is_exact_at_both_ends():
    region = np.full((4, 4, 3), 100, np.uint8)
    blend(region, np.zeros((4, 4), np.uint8), RED)
    assert (region == 100).all()
    blend(region, np.full((4, 4), 255, np.uint8), RED)
    assert (region == RED).all()


def test_ramps_are_flat_steps_between_their_ends():
    table = stepped_ramp([(0.0, RED), (1.0, BLUE)], 7)
    assert tuple(table[0]) == RED
    assert tuple(table[255]) == BLUE
    assert len(np.unique(table, axis=0)) == 7


def _light(**changes):
    defaults = {
        "toward": (1.0, 0.0),
        "rim_ink": WHITE,
        "shade_ink": Ink(0, 0, 0),
        "key_ink": Ink(9, 9, 9),
    }
    return Lighting(**{**defaults, "rim": 0.0, "shade": 0.0, "line_px": 3.0, **changes})


def test_a_block_has_a_key_line_around_its_flat():
    canvas = Canvas(100, 100)
    canvas.pixels[:] = 200
    block = Block()
    block.add(rectangle(30, 30, 70, 70), RED)
    block.stamp(canvas, _light())
    assert tuple(canvas.pixels[50, 50]) == RED
    assert tuple(canvas.pixels[50, 28]) == (9, 9, 9)
    assert tuple(canvas.pixels[50, 20]) == (200, 200, 200)


def test_parts_of_a_piece_join_without_a_line():
    canvas = Canvas(100, 100)
    block = Block()
    block.piece([rectangle(20, 30, 55, 70), rectangle(50, 30, 80, 70)], RED)
    block.stamp(canvas, _light())
    assert (canvas.pixels[50, 30:70] == RED).all()


def test_rim_and_shade_lie_on_opposite_sides():
    canvas = Canvas(200, 200)
    block = Block()
    block.add(rectangle(50, 50, 150, 150), Ink(120, 60, 60))
    block.stamp(canvas, _light(rim=1.0, shade=1.0))
    row = canvas.pixels[60:140].mean(axis=(0, 2))
    assert row[145:150].max() > 200
    assert row[52:58].mean() < row[90:130].mean()


def test_an_empty_block_or_one_off_the_sheet_prints_nothing():
    canvas = Canvas(50, 50)
    Block().stamp(canvas, _light())
    block = Block()
    block.add(rectangle(500, 500, 600, 600), RED)
    block.stamp(canvas, _light())
    assert canvas.pixels.max() == 0


def test_moved_masks_lose_what_leaves_and_gain_nothing():
    mask = np.zeros((5, 5), np.uint8)
    mask[2, 2] = 255
    assert moved(mask, 1, -1)[1, 3] == 255
    assert moved(mask, 1, -1).sum() == 255
    assert moved(mask, 9, 0).sum() == 0


def test_outlines_are_what_they_say():
    assert np.ptp(capsule((0, 0), (10, 0), 2, 1)[:, 0]) == pytest.approx(13, abs=0.05)
    assert np.hypot(*ellipse(0, 0, 5, 5).T).max() == pytest.approx(5)
    assert len(star(0, 0, 1, points=8)) == 16
    assert len(lens((0, 0), (10, 0), 2)) == 8
    curve = smooth([(0, 0), (10, 0), (10, 10), (0, 10)])
    for corner in ((0, 0), (10, 0), (10, 10), (0, 10)):
        assert np.hypot(*(curve - corner).T).min() < 1e-9
    assert np.abs(noise_line(Chance("n"), 500)).max() <= 1.4


def test_chance_is_the_same_everywhere_and_branches_are_independent():
    assert Chance("a", 1).between(0, 1) == Chance("a", 1).between(0, 1)
    first, second = Chance("a"), Chance("a")
    second.between(0, 1)
    assert first.branch("x").whole(0, 10**9) == second.branch("x").whole(0, 10**9)
    # A fixed value: numbers must not change with the machine or the version of Python.
    assert Chance("fixed").whole(0, 10**6) == Chance("fixed").whole(0, 10**6)


def test_a_flat_glow_ends_before_its_box_does():
    canvas = Canvas(200, 120)
    canvas.glow(100, 60, 80, WHITE, strength=1.0, power=1.2, flat=0.4)
    lit = canvas.pixels[..., 0] > 0
    y, x = np.nonzero(lit)
    assert lit[60, 100]
    assert (np.hypot((x - 100) / 80, (y - 60) / 32) <= 1.05).all(), "an ellipse, not its box"
    assert (x.max() - x.min()) > 1.8 * (y.max() - y.min())
