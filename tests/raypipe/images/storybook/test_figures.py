"""People and animals: looks, poses, outlines."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.figures.acts import pose_for, pose_in_text
from raypipe.images.storybook.figures.beast import cut_beast
from raypipe.images.storybook.figures.body import make_body
from raypipe.images.storybook.figures.breeds import ALIASES, BREEDS, STANCES, breed_of, stance_for
from raypipe.images.storybook.figures.hats import HATS
from raypipe.images.storybook.figures.look import Look, person_look
from raypipe.images.storybook.figures.person import cut_person
from raypipe.images.storybook.figures.pose import BUILDS, POSES, skeleton
from raypipe.images.storybook.palette import FAMILIES, Ink

FAMILY = FAMILIES["expedition"]


def _look(look="", *, name="Elena", kind="woman", genre="adventure", language="en", seed=1) -> Look:
    return person_look(
        name, kind, look, family=FAMILY, genre=genre, language=language, story_seed=seed
    )


@pytest.mark.parametrize(
    ("action", "pose"),
    [
        ("lifting the glowing crystal", "raise"),
        ("holding the last torch high", "raise"),
        ("holding a torch", "hold"),
        ("running between falling pillars", "run"),
        ("crying out", "shout"),
        ("crying", "weep"),
        ("run", "run"),
        ("jumped", "leap"),
        ("washing clothes", "kneel"),
        ("crystal throwing a map of stars", None),
        ("golden", None),
        ("the old doors closing", None),
        ("", None),
    ],
)
def test_actions_become_poses(action, pose):
    assert pose_for([action]) == pose


def test_the_most_vivid_action_wins():
    assert pose_for(["watching sheep", "bringing villagers", "crying out"]) == "shout"
    assert pose_in_text("Elena ran between falling pillars while the floor broke.") == "run"


def test_every_pose_an_action_can_name_exists():
    from raypipe.images.storybook.figures.acts import _STEMS

    assert {pose for pose, _ in _STEMS} <= set(POSES)


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("kind", BUILDS)
def test_bodies_stand_on_the_ground(pose, kind):
    joints = skeleton(POSES[pose], BUILDS[kind])
    feet = [limb[2][1] for limb in (joints.near_leg, joints.far_leg)]
    knees = [limb[1][1] for limb in (joints.near_leg, joints.far_leg)]
    assert max(*feet, *knees) == pytest.approx(-0.028 - POSES[pose].lift)
    assert 0.2 < joints.top < 1.25


def test_bodies_keep_their_proportions_in_every_pose():
    for pose, kind in itertools.product(POSES.values(), BUILDS.values()):
        joints = skeleton(pose, kind)
        for shoulder, elbow, hand in (joints.near_arm, joints.far_arm):
            assert np.hypot(*np.subtract(elbow, shoulder)) == pytest.approx(kind.arm / 2)
            assert np.hypot(*np.subtract(hand, elbow)) == pytest.approx(kind.arm / 2)


def test_facing_left_mirrors():
    right = make_body("man", "point", x=100, y=500, height=300, facing=1)
    left = make_body("man", "point", x=100, y=500, height=300, facing=-1)
    assert right.near_hand[0] - 100 == pytest.approx(100 - left.near_hand[0])
    assert right.near_hand[0] > 150


@pytest.mark.parametrize("kind", BUILDS)
def test_every_person_can_be_cut_in_every_pose_and_hat(kind):
    for pose, hat in zip(
        itertools.cycle(POSES), [*HATS, "", "scarf", "cape", "long beard"] * 2, strict=False
    ):
        look = _look(f"red {hat}, kimono, glasses, satchel", kind=kind)
        body = make_body(kind, pose, x=200, y=400, height=300, facing=1)
        low, high = cut_person(body, look, pose).bounds()
        assert (high - low > 60).all()
        assert (high - low < 700).all()


def test_the_look_gives_garments_and_colours():
    look = _look("red scarf, brown leather jacket, dark hair in a ponytail, round glasses")
    assert look.scarf == FAMILY.dyes["red"]
    assert look.garment == "coat"
    assert look.main == FAMILY.earth
    assert look.hair == "ponytail"
    assert look.glasses
    robe = _look("emerald robe, white turban, long black beard", kind="man")
    assert (robe.garment, robe.main, robe.hat, robe.beard) == (
        "robe",
        FAMILY.dyes["green"],
        "turban",
        "long",
    )
    assert robe.hat_ink == FAMILY.dyes["white"]


def test_the_same_person_looks_the_same_and_others_do_not():
    assert _look() == _look()
    others = {_look(name=name) for name in ("Ada", "Bea", "Cleo", "Dora", "Eve", "Fay")}
    assert len(others) >= 5


def test_clothes_follow_the_storys_world():
    assert _look(language="ja", genre="folklore").garment == "kimono"
    assert _look(language="ar", genre="folklore").hat == "headscarf"


def test_children_and_the_old_are_built_otherwise():
    assert BUILDS["boy"].head > BUILDS["man"].head
    assert BUILDS["old man"].stoop > 0
    assert _look(kind="old woman", look="").hair_ink == FAMILY.paper


@pytest.mark.parametrize("breed", BREEDS)
def test_every_animal_stands_in_every_stance(breed):
    for stance in STANCES:
        block = cut_beast(breed, stance, x=300, y=400, height=100, facing=-1, family=FAMILY)
        low, high = block.bounds()
        lift = STANCES[stance].lift * 100
        assert high[1] == pytest.approx(400 - lift, abs=16)
        assert 60 < high[1] - low[1] < 260
        assert 80 < high[0] - low[0] < 420


def test_nouns_name_breeds():
    assert breed_of("the grey Wolf") == "wolf"
    assert breed_of("vixen") == "fox"
    assert breed_of("table") is None
    assert set(ALIASES.values()) <= set(BREEDS)


def test_every_pose_has_an_animals_counterpart():
    assert {stance_for(pose, breed) for pose in POSES for breed in BREEDS} <= set(STANCES)


def test_what_has_hooves_does_not_sit():
    sitting = [pose for pose in POSES if stance_for(pose, "dog") == "sit"]
    assert sitting
    assert {stance_for(pose, "horse") for pose in sitting} == {"stand"}


@pytest.mark.parametrize("kind", ["girl", "boy"])
def test_children_have_childrens_proportions(kind):
    """Of six to ten years, a head is about a quarter to a fifth of the height, an eye half down."""
    child = make_body(kind, "stand", x=0, y=0, height=1000, facing=1)
    head = child.build.head
    assert 0.2 < head < 0.3
    assert child.is_child
    upright = head + child.build.torso + child.build.leg
    assert 0.85 < upright < 1.0

    def eyes(kind):
        body = make_body(kind, "stand", x=0, y=0, height=1000, facing=1)
        parts = cut_person(body, _look(kind=kind), "stand").parts
        spark = Ink(255, 250, 240)
        ys = [shape[:, 1].mean() for part in parts if part.ink == spark for shape in part.shapes]
        return (np.mean(ys) - body.head[1]) / (body.build.head * 1000)

    assert eyes(kind) > eyes("woman") + 0.05


@pytest.mark.parametrize("breed", sorted(set(BREEDS) - {"lion"}))  # whose mane is another part
@pytest.mark.parametrize("colour", ["white", "green", "blue"])
def test_an_animal_has_the_coat_that_is_told(breed, colour):
    look = f"{colour} {breed}"
    block = cut_beast(breed, "stand", x=0, y=0, height=100, facing=1, family=FAMILY, look=look)
    body = max(block.parts, key=lambda part: len(part.shapes)).ink
    assert math.dist(body, FAMILY.dyes[colour]) < 40


def test_a_coat_is_coloured_by_the_word_before_the_animal():
    def body(look):
        block = cut_beast("fox", "stand", x=0, y=0, height=100, facing=1, family=FAMILY, look=look)
        inks = [part.ink for part in block.parts]
        return max(set(inks), key=inks.count)

    assert body("slender russet fox with black paws") == body("")
    assert body("white fox") == FAMILY.paper


def _bright_spots(pose: str) -> int:
    """Count the sparks in the eyes."""
    body = make_body("woman", pose, x=0, y=0, height=1000, facing=1)
    block = cut_person(body, _look("long black hair"), pose)
    return sum(piece.ink == (255, 250, 240) for piece in block.parts)


def test_who_stands_looks_out_with_two_eyes_and_who_runs_is_in_profile():
    assert _bright_spots("stand") == 2
    assert _bright_spots("run") == 0


@pytest.mark.parametrize("facing", [-1, 1])
def test_open_hands_have_fingers_and_hands_that_hold_close(facing):
    body = make_body("man", "point", x=0, y=0, height=1000, facing=facing)
    held = cut_person(body, _look(kind="man"), "point", near=Block(), far=Block())
    free = cut_person(body, _look(kind="man"), "point")
    shapes = [sum(len(piece.shapes) for piece in block.parts) for block in (held, free)]
    assert shapes[1] - shapes[0] == 8


@pytest.mark.parametrize("stance", ["stand", "walk", "sulk"])
def test_hind_legs_bend_forward_at_the_knee_and_back_at_the_hock(stance):
    thigh, shank = STANCES[stance].legs[1]
    assert thigh > 10
    assert shank < -5


@pytest.mark.parametrize("name", ["reach", "laugh", "point", "attack", "run", "raise"])
def test_hands_do_different_things_where_nothing_is_held(name):
    joints = skeleton(POSES[name], BUILDS["woman"])
    near, far = joints.near_arm[2], joints.far_arm[2]
    assert np.hypot(near[0] - far[0], near[1] - far[1]) > 0.15
