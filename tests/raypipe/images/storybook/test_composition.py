"""Placement as data: nothing is drawn here."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import pytest

from raypipe.images.engine import SceneFacts
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.composition import choose_shot, compose
from raypipe.images.storybook.figures.beast import cut_beast
from raypipe.images.storybook.palette import FAMILIES
from raypipe.images.storybook.placing_people import _span
from raypipe.images.storybook.placing_things import _up, shown_height, things_of
from raypipe.images.storybook.props.registry import cut_thing
from raypipe.images.storybook.vocabulary import find_thing
from raypipe.story.plan import Setting
from raypipe.timeline.model import Rect

SIZES = ((1216, 2160), (2160, 1216), (1216, 1216), (1216, 1520))


def _scene(**changes):
    return replace(SceneFacts(text="", setting="field", story_seed=5, scene_count=6), **changes)


def _people(count):
    kinds = ("woman", "man", "boy", "old man", "girl", "old woman")
    return tuple((f"P{n}", kinds[n % 6], "") for n in range(count))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_heads_are_inside_the_safe_middle(size, count):
    width, height = size
    for index, setting in itertools.product(range(6), get_args(Setting)):
        scene = _scene(setting=setting, scene_index=index, characters=_people(count))
        people = compose(scene, width=width, height=height, seed=index).placements
        for person in people:
            x, y = person.focus
            assert 0.03 * width < x < 0.97 * width
            assert 0.06 * height < y < 0.78 * height


@pytest.mark.parametrize("size", SIZES)
def test_the_hero_stands_on_a_third_or_near_the_middle(size):
    width, height = size
    sides = []
    for index in range(8):
        scene = _scene(scene_index=index, characters=_people(1), scene_count=8)
        composition = compose(scene, width=width, height=height, seed=index)
        (hero,) = (p for p in composition.placements if p.role == "hero")
        assert 0.05 < abs(hero.x / width - 0.5) < 0.2
        sides.append(hero.x > width / 2)
    assert True in sides
    assert False in sides


def test_two_people_face_each_other():
    scene = _scene(characters=_people(2), scene_index=1, actions=("talking",))
    first, second = (
        p for p in compose(scene, width=1216, height=2160, seed=1).placements if p.kind == "person"
    )
    left, right = sorted((first, second), key=lambda p: p.x)
    assert (left.facing, right.facing) == (1, -1)


def test_shots_vary_over_a_story_and_begin_wide():
    shots = [choose_shot(_scene(scene_index=n), people=1, things=1) for n in range(6)]
    assert shots[0] == "wide"
    assert set(shots) == {"wide", "medium", "close"}


def test_people_are_smaller_in_a_wide_shot():
    tall = {}
    for index in range(6):
        scene = _scene(scene_index=index, characters=_people(1))
        composition = compose(scene, width=1216, height=2160, seed=2)
        tall[composition.shot] = composition.placements[-1].height
    assert tall["wide"] < tall["medium"] < tall["close"]


def test_figures_come_from_back_to_front():
    scene = _scene(subjects=("flock of sheep", "house"), characters=_people(2))
    placements = compose(scene, width=1216, height=2160, seed=3).placements
    roles = [p.role for p in placements]
    assert roles[0] == "backdrop"
    feet = [p.y for p in placements if p.role in ("crowd", "prop", "key")]
    assert feet == sorted(feet)


def test_farther_sheep_are_smaller_and_fainter():
    scene = _scene(subjects=("flock of sheep",), characters=_people(1))
    flock = [
        p for p in compose(scene, width=1216, height=2160, seed=3).placements if p.name == "sheep"
    ]
    assert len(flock) == 5
    flock.sort(key=lambda p: p.y)
    assert flock[0].height < flock[-1].height
    assert flock[0].depth > flock[-1].depth


def test_a_torch_is_held_high_by_who_can_hold_it():
    scene = _scene(subjects=("torch",), characters=_people(1), actions=("standing",))
    (person,) = compose(scene, width=1216, height=2160, seed=1).placements
    assert [held.name for held in person.held] == ["torch"]
    x, y = person.hand(person.held[0])
    assert abs(x - person.x) < person.height
    assert y < person.y - person.height * 0.7


def test_nobody_holds_a_ship():
    scene = _scene(subjects=("ship",), characters=_people(1))
    placements = compose(scene, width=1216, height=2160, seed=1).placements
    assert not any(p.held for p in placements)
    ship = next(p for p in placements if p.name == "ship")
    person = next(p for p in placements if p.kind == "person")
    assert ship.height > person.height


def test_what_actions_name_is_in_the_picture():
    scene = _scene(
        actions=("lifting the glowing crystal from its stone cradle",), characters=_people(1)
    )
    assert [thing.name for thing in things_of(scene)] == ["crystal", "cradle"]


def test_a_character_is_not_drawn_twice():
    scene = _scene(subjects=("wolf", "sheep"), characters=(("wolf", "wolf", "grey"),))
    assert [thing.name for thing in things_of(scene)] == ["sheep"]


def test_the_setting_shows_its_own_nouns():
    assert things_of(_scene(setting="forest", subjects=("tree",))) == []
    assert [t.name for t in things_of(_scene(setting="field", subjects=("tree",)))] == ["tree"]


def test_thieves_come_in_numbers():
    scene = _scene(subjects=("thieves",), characters=_people(1))
    placements = compose(scene, width=1216, height=2160, seed=1).placements
    assert sum(p.name.startswith("thief") for p in placements) == 6


@pytest.mark.parametrize(
    ("small", "large"),
    [("ring", "crown"), ("crown", "sword"), ("mouse", "sheep"), ("house", "castle")],
)
def test_sizes_keep_their_order(small, large):
    heights = []
    for noun in (small, large):
        thing = find_thing(noun)
        assert thing is not None
        heights.append(shown_height(thing, 500))
    assert heights[0] < heights[1]


def test_the_lamp_is_the_torch_in_a_dark_hall_and_the_sun_outside():
    hall = _scene(setting="ruins", subjects=("torch",), characters=_people(1))
    assert compose(hall, width=1216, height=2160, seed=1).lamp.kind == "thing"
    field = _scene(setting="field", characters=_people(1))
    assert compose(field, width=1216, height=2160, seed=1).lamp.kind == "sun"
    night = replace(field, hour="night")
    assert compose(night, width=1216, height=2160, seed=1).lamp.kind == "moon"


def test_equal_facts_give_equal_compositions():
    scene = _scene(subjects=("sheep", "house", "torch"), characters=_people(3))
    first, second = (compose(scene, width=1216, height=2160, seed=9) for _ in range(2))
    assert first == second
    assert compose(scene, width=1216, height=2160, seed=10) != first


def test_a_larger_sheet_shows_the_same_scene_and_more_around_it():
    scene = _scene(characters=_people(2), scene_index=1)
    alone = compose(scene, width=1216, height=1216, seed=3)
    safe = Rect(0.0, 472 / 2160, 1.0, 1216 / 2160)
    moved = compose(scene, width=1216, height=2160, seed=3, safe=safe)
    assert (moved.camera.width, moved.camera.height) == (1216, 2160)
    assert moved.camera.horizon == pytest.approx(alone.camera.horizon + 472)
    assert moved.lamp.y == pytest.approx(alone.lamp.y + 472)
    for there, here in zip(moved.placements, alone.placements, strict=True):
        assert (there.name, there.pose, there.height) == (here.name, here.pose, here.height)
        assert (there.x, there.y) == pytest.approx((here.x, here.y + 472))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["dragon", "fox", "wolf", "tortoise", "horse", "robot", "whale"])
def test_creatures_with_a_part_are_whole_on_the_sheet(size, kind):
    width, height = size
    for index in range(6):
        scene = _scene(scene_index=index, characters=(("It", kind, ""),), actions=("walking",))
        composition = compose(scene, width=width, height=height, seed=index)
        (hero,) = (p for p in composition.placements if p.role == "hero")
        block = (
            cut_beast(hero.name, hero.pose, x=hero.x, y=hero.y, height=hero.height,
                      facing=hero.facing, family=FAMILIES["expedition"])
            if hero.kind == "beast"
            else cut_thing(find_thing(hero.name).drawing, x=hero.x, y=hero.y, height=hero.height,
                           facing=hero.facing, family=FAMILIES["expedition"], chance=Chance(index))
        )  # fmt: skip
        (left, top), (right, bottom) = block.bounds()
        assert 0.03 * width < left
        assert right < 0.97 * width
        assert top > 0
        assert bottom < 0.95 * height


@pytest.mark.parametrize("size", SIZES)
def test_what_is_held_up_stays_on_the_sheet(size):
    width, height = size
    for index in range(6):
        scene = _scene(
            scene_index=index, characters=_people(2), subjects=("torch",),
            actions=("holding the torch high",),
        )  # fmt: skip
        placements = compose(scene, width=width, height=height, seed=index).placements
        (bearer,) = (p for p in placements if p.held)
        _, top, _, _ = bearer.box
        assert top > 0.05 * height


def test_a_box_holds_head_hands_and_what_they_hold():
    scene = _scene(characters=_people(1), subjects=("torch",), actions=("holding the torch high",))
    (person,) = compose(scene, width=1216, height=2160, seed=1).placements
    left, top, right, bottom = person.box
    hand_x, hand_y = person.hand(person.held[0])
    assert left < hand_x < right
    assert top == pytest.approx(hand_y - person.held[0].height)
    assert left < person.focus[0] < right
    assert bottom == pytest.approx(person.y, abs=0.05 * person.height)


@pytest.mark.parametrize("noun", ["cottage", "castle", "lighthouse", "oak", "bridge", "ship"])
def test_rooms_hold_no_buildings_trees_or_ships(noun):
    assert things_of(_scene(setting="indoors", subjects=(noun, "lamp"))) == [find_thing("lamp")]
    assert find_thing(noun) in things_of(_scene(setting="field", subjects=(noun, "lamp")))


@pytest.mark.parametrize("size", [(2160, 1216), (1216, 1216)])
@pytest.mark.parametrize(
    "kinds", [("dragon", "man"), ("dog", "monkey", "pheasant"), ("girl", "wolf"), ("hare", "fox")]
)
def test_who_has_a_part_does_not_hide_another(size, kinds):
    width, height = size
    for index in range(4):
        people = tuple((f"P{n}", kind, "") for n, kind in enumerate(kinds))
        scene = _scene(scene_index=index, characters=people, actions=("walking",))
        placements = compose(scene, width=width, height=height, seed=index).placements
        spans = sorted(_span(p) for p in placements if p.role in ("hero", "support"))
        assert len(spans) == len(kinds)
        for (_, right), (left, _) in itertools.pairwise(spans):
            assert right - left < 0.02 * width


def test_nobody_fights_the_air():
    def lead(**changes):
        scene = _scene(actions=("defeating the ogres", "returning home"), **changes)
        placements = compose(scene, width=1216, height=1216, seed=1).placements
        return next(p.pose for p in placements if p.role == "hero")

    assert lead(characters=_people(1)) == "walk"
    assert lead(characters=_people(2)) == "attack"
    assert lead(characters=_people(1), subjects=("soldiers",)) == "attack"


def test_each_does_what_they_are_said_to_do():
    scene = _scene(
        characters=(("Nina", "woman", ""), ("dog", "dog", ""), ("Bear", "man", "")),
        actions=("dog jumping in every puddle", "walking home", "Bear kneeling"),
    )
    poses = {
        p.name: p.pose
        for p in compose(scene, width=1216, height=1216, seed=1).placements
        if p.role in ("hero", "support")
    }
    assert poses == {"Nina": "walk", "dog": "leap", "Bear": "kneel"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["fox", "boy", "tortoise"])
@pytest.mark.parametrize("action", ["jumping", "waiting", "walking away"])
def test_what_hangs_is_out_of_reach(size, kind, action):
    width, height = size
    for index in range(4):
        scene = _scene(
            scene_index=index, characters=(("It", kind, ""),), subjects=("grapes",),
            actions=(action,),
        )  # fmt: skip
        placements = compose(scene, width=width, height=height, seed=index).placements
        (hero,) = (p for p in placements if p.role == "hero")
        (grapes,) = (p for p in placements if p.name == "grapes")
        top = hero.y - _up(hero) * hero.height
        assert grapes.y < top - 0.05 * hero.height
        assert grapes.y - grapes.height > -0.02 * height
