"""The pictures themselves, measured."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import cv2
import numpy as np
import pytest

from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.engine import StorybookEngine, draw
from raypipe.images.storybook.palette import FAMILIES, ROLES, choose_family
from raypipe.images.storybook.props.registry import cut_thing
from raypipe.images.storybook.vocabulary import find_thing
from raypipe.story.plan import Hour, Mood, Setting, Weather

HUES = [np.linspace(0, 180, 13), np.linspace(0, 256, 5)]


def _hues(picture):
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    counts, _, _ = np.histogram2d(hsv[..., 0].ravel(), hsv[..., 1].ravel(), bins=HUES)
    return counts / counts.sum()


def _distance(first, second):
    """Return 0 for equal histograms, 1 for disjoint ones."""
    return float(np.abs(first - second).sum() / 2)


@pytest.mark.parametrize("setting", get_args(Setting))
def test_every_setting_in_every_hour_and_weather(setting, request_for):
    seen = set()
    for hour, weather in itertools.product(get_args(Hour), get_args(Weather)):
        request = request_for(
            setting=setting, hour=hour, weather=weather, width=64, height=112, subjects=()
        )
        picture = draw(request)
        assert picture.std() > 8
        seen.add(picture.tobytes())
    # Under a roof the weather may not show, the hour does.
    assert len(seen) >= 4


@pytest.mark.parametrize("size", [(540, 960), (960, 540), (600, 600)])
def test_rooms_of_science_fiction_have_stars_in_their_window(size, request_for):
    def bright_specks(genre):
        room = {"setting": "indoors", "hour": "day", "subjects": (), "characters": ()}
        picture = draw(request_for(genre=genre, width=size[0], height=size[1], **room))
        luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[: size[1] // 2]
        above = cv2.subtract(luma, cv2.medianBlur(luma, 15))
        return cv2.connectedComponents((above > 70).astype(np.uint8))[0]

    assert bright_specks("science fiction") > 40 > bright_specks("mystery")


@pytest.mark.parametrize("mood", get_args(Mood))
@pytest.mark.parametrize("size", [(64, 64), (64, 300), (300, 64)])
def test_every_mood_in_odd_formats(mood, size, request_for):
    picture = draw(request_for(mood=mood, setting="field", width=size[0], height=size[1]))
    assert picture.shape == (size[1], size[0], 3)


def test_an_unknown_setting_hour_weather_and_mood_are_drawn_all_the_same(request_for):
    picture = draw(request_for(setting="?", hour="noonish", weather="plague", mood="odd"))
    assert picture.std() > 20


def test_scenes_of_one_story_differ(artifact, request_for):
    pictures = [draw(request_for(scene)) for scene in artifact]
    for first, second in itertools.combinations(pictures, 2):
        assert np.abs(first.astype(int) - second).mean() > 20


def test_two_scenes_of_one_setting_differ(request_for):
    pictures = [
        draw(request_for(scene_index=n, scene_count=6, seed=n, setting="field", characters=()))
        for n in range(1, 5)
    ]
    for first, second in itertools.combinations(pictures, 2):
        assert np.abs(first.astype(int) - second).mean() > 10


def test_a_story_keeps_its_palette_where_another_has_another(request_for):
    """Hues of one story's days are closer than those of stories in other families."""

    def day(seed, n):
        return _hues(
            draw(
                request_for(
                    story_seed=seed, scene_index=n, scene_count=5, seed=n, setting="field",
                    mood="calm", genre="", characters=(), subjects=(),
                )
            )
        )  # fmt: skip

    seeds = {choose_family(genre="", language="en", story_seed=s).name: s for s in range(40)}
    one, other = seeds["harbour"], seeds["heath"]
    within = [_distance(day(one, a), day(one, b)) for a, b in ((1, 2), (2, 3), (3, 4))]
    across = [_distance(day(one, a), day(other, a)) for a in (1, 2, 3)]
    assert np.mean(within) < 0.7 * np.mean(across)


def test_a_night_is_darker_than_its_day(request_for):
    for setting in ("field", "city", "sea", "snow", "forest"):
        day, night = (
            draw(request_for(setting=setting, hour=hour, subjects=())).mean()
            for hour in ("day", "night")
        )
        assert night < 0.85 * day


def _red_scarf(picture, place, height):
    """Return how many pixels near the neck have the hue of the family's accent."""
    x, y = (int(value) for value in place)
    r = int(height * 0.14)
    patch = picture[max(0, y - r // 3) : y + int(r * 1.6), max(0, x - r) : x + r]
    hsv = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2HSV)
    hue = hsv[..., 0].astype(int)
    return int((((hue < 9) | (hue > 171)) & (hsv[..., 1] > 100)).sum())


def test_a_person_wears_the_same_in_every_scene(artifact, request_for):
    """Elena's red scarf is there in each of her scenes, and gone if her look has none."""
    for scene in artifact:
        request = request_for(scene, width=720, height=1280)
        composition = compose(scene, width=720, height=1280, seed=request.seed)
        elena = next(p for p in composition.placements if p.name == "Elena")
        with_scarf = _red_scarf(draw(request), elena.focus, elena.height)
        plain = tuple(
            (name, kind, look.replace("red scarf, ", "")) for name, kind, look in scene.characters
        )
        without = _red_scarf(
            draw(replace(request, scene=replace(scene, characters=plain))),
            elena.focus,
            elena.height,
        )
        assert with_scarf > 1.5 * without + 50


def _contrast(picture, x0, y0, x1, y1):
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[int(y0) : int(y1), int(x0) : int(x1)]
    # Blurred, so that the print's grain, which is everywhere, does not count.
    return float(cv2.GaussianBlur(grey, (0, 0), 2).std())


@pytest.mark.parametrize("setting", ["field", "ruins", "sea", "desert", "indoors", "castle"])
def test_the_eye_goes_to_the_hero_not_to_the_caption_zone(setting, request_for):
    request = request_for(setting=setting, scene_index=1, width=360, height=640)
    picture = draw(request)
    x, y = compose(request.scene, width=360, height=640, seed=request.seed).focus
    x, y = min(max(x, 60), 300), min(max(y, 60), 420)
    focus = _contrast(picture, x - 60, y - 60, x + 60, y + 60)
    captions = _contrast(picture, 40, 540, 320, 630)
    assert focus > 1.4 * captions


@pytest.mark.parametrize(
    "subjects",
    [
        ("qwertyuiop",),
        ("🍑", "桃", "قمر"),
        ("",),
        ("the quick brown fox of the north",),
        ("love", "x", "flag", "woman"),
        tuple(f"thing {n}" for n in range(200)),
        ("sheep", "sheep", "flock of sheep"),
    ],
)
def test_unknown_subjects_are_left_out(subjects, request_for):
    picture = draw(request_for(subjects=subjects))
    assert picture.shape == (320, 180, 3)


@pytest.mark.parametrize(
    "character",
    [
        ("?", "", ""),
        ("鬼", "ogre", "red ogre with horns"),
        ("X" * 100, "something never heard of", "look " * 80),
        ("Zorra", "fox", "slender russet fox with black paws"),
        ("Smaug", "dragon", ""),
        ("猿", "monkey", "brown monkey"),
    ],
)
def test_any_character_can_be_drawn(character, request_for):
    alone = draw(request_for(characters=(character,), setting="field", subjects=()))
    empty = draw(request_for(characters=(), setting="field", subjects=()))
    assert np.abs(alone.astype(int) - empty).max() > 60


def test_a_crowd_of_characters_is_drawn_as_far_as_it_fits(request_for):
    many = tuple((f"N{n}", "person", "") for n in range(12))
    assert draw(request_for(characters=many)).shape == (320, 180, 3)


def test_subjects_change_the_picture(request_for):
    plain = draw(request_for(subjects=(), actions=(), setting="field"))
    for subject in ("crystal", "ship", "castle", "grapes", "sheep", "dragon", "treasure", "wolves"):
        with_it = draw(request_for(subjects=(subject,), actions=(), setting="field"))
        assert (np.abs(with_it.astype(int) - plain).max(axis=2) > 30).mean() > 0.003, subject


def test_colours_come_from_the_familys_inks(request_for):
    """Nearly every pixel of a flat, calm scene lies within the hull its inks span."""
    request = request_for(setting="snow", mood="calm", subjects=(), characters=())
    family = choose_family(genre="adventure", language="en", story_seed=request.scene.story_seed)
    assert family.name in FAMILIES
    inks = np.array([getattr(family, role) for role in ROLES], float)
    low, high = inks.min(axis=0) * 0.5, np.minimum(255, inks.max(axis=0) * 1.1)
    inside = ((draw(request) >= low) & (draw(request) <= high)).all(axis=2)
    assert inside.mean() > 0.99


def test_the_revision_names_the_code_and_its_parts():
    engine = StorybookEngine()
    assert engine.revision == StorybookEngine().revision
    assert "+" in engine.revision


def test_a_star_over_a_river_is_drawn(request_for):
    picture = draw(request_for(setting="river", hour="night", subjects=("star", "tent")))
    assert picture.std() > 8


def test_clothes_that_somebody_wears_do_not_stand_about(request_for):
    request = request_for(setting="city", subjects=("coat", "violin"))
    placed = compose(request.scene, width=600, height=1000, seed=1).placements
    names = {thing.name for figure in placed for thing in (figure, *figure.held)}
    assert request.scene.characters
    assert "coat" not in names
    assert "violin" in names


@pytest.mark.parametrize(
    ("genre", "kind"), [("science fiction", "spaceship"), ("adventure", "ship")]
)
def test_a_ship_is_of_its_genre(genre, kind, request_for):
    request = request_for(setting="shore", genre=genre, subjects=("ship",))
    placed = compose(request.scene, width=600, height=1000, seed=1).placements
    assert kind in {figure.name for figure in placed}


def test_a_creature_with_a_part_keeps_its_colours_in_company(request_for, monkeypatch):
    seen = []

    def watch(drawing, **facts):
        if drawing == find_thing("snail").drawing:
            seen.append(facts["chance"].between(0, 1))
        return cut_thing(drawing, **facts)

    monkeypatch.setattr("raypipe.images.storybook.engine.cut_thing", watch)
    snail = ("Pim", "snail", "a little snail")
    draw(request_for(setting="garden", characters=(snail,), subjects=()))
    draw(
        request_for(setting="garden", characters=(("Ada", "woman", ""), snail), subjects=("tree",))
    )
    assert len(seen) == 2
    assert seen[0] == seen[1]


@pytest.mark.parametrize("size", [(270, 480), (480, 270), (400, 400)])
def test_no_fire_burns_behind_a_head(size, request_for, monkeypatch):
    fires = 0
    for index in range(6):
        request = request_for(
            setting="ruins", scene_index=index, subjects=(), width=size[0], height=size[1]
        )
        lit = draw(request)
        with monkeypatch.context() as patch:
            patch.setattr("raypipe.images.storybook.grounds.ruins._BRAZIERS", ())
            dark = draw(request)
        changed = np.abs(lit.astype(int) - dark).max(axis=2) > 70
        fires += bool(changed.any())
        (hero,) = compose(
            request.scene, width=size[0], height=size[1], seed=request.seed
        ).placements
        left, top, right, bottom = (max(0, round(edge)) for edge in hero.box)
        assert not changed[top:bottom, left:right].any()
    assert fires


def test_only_stone_that_falls_brings_the_temple_down(request_for):
    def picture(text):
        return draw(request_for(setting="ruins", text=text, actions=("waiting",), subjects=()))

    still = picture("She waited for the evening.")
    assert np.array_equal(picture("Night fell."), still)
    assert np.abs(picture("The pillars fell.").astype(int) - still).mean() > 5


def test_the_doors_of_a_temple_close(request_for):
    def light(text):
        picture = draw(
            request_for(setting="ruins", text=text, actions=(), subjects=("door",), characters=())
        )
        luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return (luma[: luma.shape[0] // 2] > 190).mean()

    assert light("The doors began to close.") < 0.6 * light("The doors stood there.")


@pytest.mark.parametrize(("action", "setting", "covered"), [
    ("hiding from the thieves", "mountain", True),
    ("creeping up to them", "mountain", False),
    ("hiding from the thieves", "indoors", False),
])  # fmt: skip
def test_who_hides_out_of_doors_is_behind_a_rock(
    action, setting, covered, request_for, monkeypatch
):
    cut = []

    def watched(drawing, **how):
        cut.append(drawing)
        return cut_thing(drawing, **how)

    monkeypatch.setattr("raypipe.images.storybook.engine.cut_thing", watched)
    draw(request_for(setting=setting, actions=(action,), subjects=()))
    assert ("rock" in cut) == covered
