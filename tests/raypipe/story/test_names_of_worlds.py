import pytest

from raypipe.story.model import Story
from raypipe.story.planner import plan_story


def plan(text, *, genre=""):
    story = Story.model_validate(
        {"story_id": "w", "title": "W", "content": text, "metadata": {"genre": genre}}
    )
    return plan_story(story, target_duration=30, aspect_ratio="9:16")


def cast(told):
    return {who.name for scene in told.scenes for who in scene.characters}


def subjects(told):
    return {subject for scene in told.scenes for subject in scene.subjects}


def test_planets_of_a_voyage_are_nobody():
    told = plan(
        "The spaceship flew on. Jupiter hung behind them. Then Jupiter was gone. Mars was near.",
        genre="sci-fi",
    )
    assert not cast(told) & {"Jupiter", "Mars"}
    assert {"jupiter", "mars"} <= subjects(told)


def test_the_god_is_somebody():
    told = plan("Jupiter sat on his throne. Jupiter laughed. He was the king of the gods.")
    assert "Jupiter" in cast(told)


@pytest.mark.parametrize("phrase", ["the rings of Saturn", "Saturn's rings"])
def test_the_rings_of_saturn_are_saturn(phrase):
    told = plan(f"The spaceship passed {phrase}. It was dark. They slept.", genre="sci-fi")
    assert "saturn" in subjects(told)
    assert "ring" not in subjects(told)


def test_a_ship_with_a_name_is_a_ship():
    told = plan("The silver spaceship Aurora left. It was dark. They slept.", genre="sci-fi")
    assert "silver spaceship" in subjects(told)
    assert not any("aurora" in subject for subject in subjects(told))


def test_the_two_children_are_those_who_were_told_of():
    told = plan("Lily met Max. They played. At night the two children slept.", genre="children")
    assert {who.name for who in told.scenes[-1].characters} == {"Lily", "Max"}


def test_many_are_named_so():
    told = plan("A hen had laid five eggs. Two red apples lay there. It was day.")
    assert {"eggs", "red apples"} <= subjects(told)
