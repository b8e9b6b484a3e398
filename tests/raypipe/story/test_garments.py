import pytest

from raypipe.story.garments import dress_in
from raypipe.story.model import Story
from raypipe.story.planner import plan_story


def plan(text, *, genre="", language="en"):
    story = Story.model_validate(
        {
            "story_id": "clothes",
            "title": "Clothes",
            "content": text,
            "metadata": {"genre": genre, "language": language},
        }
    )
    return plan_story(story, target_duration=30, aspect_ratio="9:16")


def looks(text, **story):
    return {who.name: who.look for scene in plan(text, **story).scenes for who in scene.characters}


@pytest.mark.parametrize(
    ("language", "text", "garment"),
    [
        ("en", "Anna put on her blue coat. Then Anna ran home.", "blue coat"),
        ("en", "Anna wore a red dress and a yellow hat. Anna sang.", "yellow hat"),
        ("en", "Anna in a green jacket waved. Anna sang.", "green jacket"),
        ("de", "Anna trug einen roten Mantel. Anna lachte.", "red coat"),
        ("de", "Anna in der blauen Jacke winkte. Anna lachte.", "blue jacket"),
        ("es", "Anna llevaba un abrigo rojo. Anna cantaba.", "red coat"),
        ("fr", "Anna portait un manteau rouge. Anna chantait.", "red coat"),
        ("it", "Anna indossava un cappotto rosso. Anna cantava.", "red coat"),
        ("pt", "Anna vestia um casaco vermelho. Anna cantava.", "red coat"),
    ],
)
def test_what_somebody_is_told_to_wear_is_in_the_look(language, text, garment):
    # Of three sentences none is cut into clauses.
    assert garment in looks(f"{text} Anna!", language=language)["Anna"]


@pytest.mark.parametrize(
    "text",
    [
        "Anna saw a red coat on the chair. Anna left.",
        "Anna had no red coat. Anna left.",
        "A red coat lay there. Anna left.",
        "Anna put on her coat. Anna left.",
    ],
)
def test_clothes_that_nobody_is_told_to_wear_dress_nobody(text):
    assert "red coat" not in looks(text)["Anna"]


def test_each_wears_their_own():
    found = looks("Lily put on her yellow raincoat and Max his blue hat. Lily and Max ran.")
    assert "yellow raincoat" in found["Lily"]
    assert "blue hat" not in found["Lily"]
    assert "blue hat" in found["Max"]


@pytest.mark.parametrize(
    ("clothes", "worn", "expected"),
    [
        ("navy jacket and grey shirt", [("body", "red coat")], "red coat"),
        ("mustard coat and blue scarf", [("body", "red coat")], "red coat and blue scarf"),
        ("grey trench coat and fedora", [("head", "red hat")], "red hat and grey trench coat"),
        ("khaki field jacket, leather satchel", [("head", "red cap")],
         "red cap, khaki field jacket and leather satchel"),
        ("red jacket and jeans", [("body", "blue dress")], "blue dress"),
        ("long grey coat", [], "long grey coat"),
    ],
)  # fmt: skip
def test_what_is_told_takes_the_place_of_its_like(clothes, worn, expected):
    assert dress_in(clothes, worn) == expected


def test_the_subjects_say_the_colours_that_are_told():
    scenes = plan(
        "Behind the red door stood two black chairs. A white horse waited. A green boat lay there."
    ).scenes
    said = {subject for scene in scenes for subject in scene.subjects}
    assert {"red door", "green boat"} <= said
    assert "white horse" in {who.look for scene in scenes for who in scene.characters}


def test_in_a_story_for_children_whoever_has_but_a_name_is_a_child():
    told = "Lily played with Mrs. Brown. Lily laughed. Mrs. Brown waved."
    kinds = {
        who.name: who.kind
        for scene in plan(told, genre="children").scenes
        for who in scene.characters
    }
    assert kinds["Lily"] == "girl"
    assert kinds["Mrs. Brown"] == "woman"
    grown = {who.kind for scene in plan(told).scenes for who in scene.characters}
    assert grown == {"woman"}


def test_little_before_a_name_makes_a_child():
    kinds = {
        who.kind
        for scene in plan("Die kleine Anna lachte. Anna sang.", language="de").scenes
        for who in scene.characters
    }
    assert kinds == {"girl"}
