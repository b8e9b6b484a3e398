"""Space as the story tells it: worlds, ships under way, suits, and no ground in open space."""

from __future__ import annotations

import numpy as np
import pytest

from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.engine import draw
from raypipe.images.storybook.placing_things import thing_of, things_of, world_seen


def _scene(request_for, **changes):
    plain = {"characters": (), "actions": (), "genre": "sci-fi", "hour": "night"}
    return request_for(**{**plain, "setting": "space", **changes})


def _placed(request, size=(600, 1000)):
    return compose(request.scene, width=size[0], height=size[1], seed=1).placements


def _drawings(request):
    return {thing_of(figure).drawing for figure in _placed(request) if thing_of(figure)}


@pytest.mark.parametrize(
    ("subject", "drawing"),
    [
        ("saturn", "saturn"), ("jupiter", "jupiter"), ("earth", "earth"), ("moons", "moon"),
        ("comet", "comet"), ("galaxy", "galaxy"), ("silver spaceship", "spaceship"),
    ],
)  # fmt: skip
def test_what_a_voyage_passes_is_drawn(subject, drawing, request_for):
    assert _drawings(_scene(request_for, subjects=(subject,))) == {drawing}


def test_the_earth_that_shook_is_no_globe(request_for):
    request = _scene(request_for, subjects=("earth", "moon"), genre="fable", setting="field")
    assert things_of(request.scene) == []


@pytest.mark.parametrize("size", [(600, 1000), (1000, 600), (800, 800)])
def test_worlds_stand_side_by_side_within_the_sheet(size, request_for):
    placed = _placed(_scene(request_for, subjects=("saturn", "spaceship", "moons")), size)
    assert len(placed) == 4
    for figure in placed:
        half = figure.height * thing_of(figure).aspect / 2
        assert -1 <= figure.x - half < figure.x + half <= size[0] + 1
    assert len({(round(figure.x), round(figure.y)) for figure in placed}) == len(placed)


def test_a_ship_under_way_has_no_ground_under_it(request_for):
    ship = draw(_scene(request_for, subjects=("spaceship",))).astype(int)
    walker = draw(
        _scene(request_for, subjects=("spaceship",), characters=(("Mara", "woman", "spacesuit"),))
    ).astype(int)
    foot = slice(int(0.9 * ship.shape[0]), None)
    assert np.abs(ship[foot] - walker[foot]).mean() > 8


def test_a_rocket_that_rises_has_its_own_fire(request_for):
    request = _scene(
        request_for, subjects=("rocket", "fire"), actions=("rocket rising on a tail of fire",)
    )
    assert _drawings(request) == {"liftoff"}


def test_a_porthole_shows_the_world_that_is_told(request_for):
    inside = {"setting": "indoors", "characters": ()}
    request = _scene(request_for, subjects=("gold planet",), **inside)
    assert world_seen(request.scene).colour == "gold"
    assert _drawings(request) == set()
    other = _scene(request_for, subjects=("earth",), **inside)
    assert (draw(request) != draw(other)).any()


def test_an_orange_flag_is_a_flag(request_for):
    request = _scene(request_for, subjects=("orange flag",), actions=("planting an orange flag",))
    assert _drawings(request) == {"flag"}


def test_the_nights_own_stars_are_no_single_star(request_for):
    field = {"genre": "", "setting": "field"}
    assert _drawings(_scene(request_for, subjects=("stars",), **field)) == set()
    assert _drawings(_scene(request_for, subjects=("star",), **field)) == {"star"}


def test_what_flies_is_in_the_air(request_for):
    kite = {"genre": "", "setting": "field", "hour": "day", "characters": (("A", "boy", ""),)}
    (held,) = (
        figure.held
        for figure in _placed(_scene(request_for, subjects=("red balloon",), **kite))
        if figure.kind == "person"
    )
    assert held
    flown = _placed(
        _scene(request_for, subjects=("red balloon",), actions=("balloon flying away",), **kite)
    )
    assert {figure.role for figure in flown if figure.kind == "thing"} == {"aloft"}


def test_what_drifts_on_a_river_is_not_in_the_air(request_for):
    peach = {"genre": "", "setting": "river", "hour": "day", "subjects": ("peach",)}
    (floating,) = _placed(_scene(request_for, actions=("peach drifting down",), **peach))
    assert floating.role != "aloft"


def test_small_things_stand_on_the_table(request_for):
    placed = _placed(
        _scene(request_for, setting="indoors", genre="", subjects=("table", "blue cup", "apple"))
    )
    table = next(figure for figure in placed if figure.name == "table")
    others = [figure for figure in placed if figure.name != "table"]
    assert {figure.name for figure in others} == {"cup", "apple"}
    for figure in others:
        assert table.y - table.height <= figure.y < table.y - table.height * 0.8
        assert placed.index(figure) > placed.index(table)


@pytest.mark.parametrize("setting", ["sea", "river"])
def test_whoever_rows_sits_in_the_boat_that_is_told(setting, request_for):
    pair = (("A", "boy", ""), ("B", "girl", ""))
    request = _scene(
        request_for, setting=setting, genre="", hour="day", characters=pair,
        subjects=("green boat",), actions=("rowing the green boat",),
    )  # fmt: skip
    placed = _placed(request)
    assert {(figure.afloat, figure.colour) for figure in placed} == {(True, "green")}
    picture = draw(request).astype(int)
    r, g, b = picture[..., 0], picture[..., 1], picture[..., 2]
    red = draw(_scene(
        request_for, setting=setting, genre="", hour="day", characters=pair,
        subjects=("red boat",), actions=("rowing the red boat",),
    )).astype(int)  # fmt: skip
    greener = (g > r + 25) & (g > b + 10) & (red[..., 0] > red[..., 1] + 40)
    assert greener.mean() > 0.02


def test_who_is_alone_is_seen_from_near(request_for):
    for index in range(1, 9):
        request = _scene(
            request_for, setting="ruins", genre="", characters=(("A", "woman", ""),), subjects=(),
            scene_index=index, scene_count=9,
        )  # fmt: skip
        (hero,) = _placed(request)
        assert hero.height > 0.4 * 1000
