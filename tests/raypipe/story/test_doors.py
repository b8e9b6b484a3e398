import pytest

from raypipe.story.atmosphere import read_atmospheres
from raypipe.story.doors import read_way


@pytest.mark.parametrize(
    ("language", "text", "way"),
    [
        ("en", "She ran outside.", "out"),
        ("en", "They led the white horse outside and fed it.", "out"),
        ("en", "He stepped out of the little house.", "out"),
        ("en", "The children played outdoors all day.", "out"),
        ("en", "Then they went inside, where it was warm.", "in"),
        ("en", "She came back inside.", "in"),
        ("en", "They went outside, but soon ran back inside.", "in"),
        ("en", "Outside, snow was falling.", ""),
        ("en", "She looked inside the box.", ""),
        ("en", "Inside lay a letter from her father.", ""),
        ("en", "He walked outside the town.", ""),
        ("en", '"Go outside!" said the king.', ""),
        ("de", "Dann lief sie nach draußen.", "out"),
        ("de", "Er rannte schnell hinaus.", "out"),
        ("de", "Sie gingen hinein.", "in"),
        ("es", "Salió corriendo de la casa.", "out"),
        ("fr", "Elle courut dehors.", "out"),
        ("it", "Corse fuori.", "out"),
        ("pt", "Ele correu para fora.", "out"),
        ("ru", "Она выбежала на улицу.", "out"),
        ("ja", "女の子は外に出ました。", "out"),
        ("zh", "他跑到外面。", "out"),
    ],
)
def test_ways_out_and_in_are_read(facts_of, language, text, way):
    ways = [read_way(facts) for facts in facts_of(text, language)]
    assert ways[-1] == way


def _settings(facts_of, *scenes, genre=""):
    found = read_atmospheres([facts_of(scene, "en") for scene in scenes], genre=genre)
    return [scene.setting for scene in found]


def test_going_outside_leaves_the_room_and_going_inside_enters_one(facts_of):
    told = _settings(
        facts_of, "They sat in the kitchen.", "They ran outside.", "They laughed.",
        "It grew cold, so they went back inside.",
    )  # fmt: skip
    assert told[0] == told[3] == "indoors"
    assert told[1] == told[2] != "indoors"


def test_outside_is_where_the_story_was_before(facts_of):
    told = _settings(
        facts_of, "They lived in a village.", "In the kitchen they ate.", "Then they went outside."
    )
    assert told == ["village", "indoors", "village"]


@pytest.mark.parametrize(
    "text",
    [
        "Behind the old mill a cat sat on a cart.",
        "A cart stood in front of the inn.",
        "They met beside the house.",
        "Past the barn and behind the house lay a dog.",
    ],
)
def test_what_is_behind_a_house_is_out_of_doors(facts_of, text):
    assert _settings(facts_of, "The village was quiet.", text) == ["village", "village"]


@pytest.mark.parametrize(
    "text", ["In the old mill a cat sat.", "They came from behind, in the inn."]
)
def test_what_is_in_a_house_is_not(facts_of, text):
    assert _settings(facts_of, "The village was quiet.", text) == ["village", "indoors"]


def test_inside_a_cave_is_in_the_cave(facts_of):
    assert _settings(facts_of, "They reached a dark cave.", "They went inside.") == ["cave", "cave"]


def test_whoever_goes_outside_was_within(facts_of):
    told = _settings(facts_of, "Mia read a book.", "She heard a cry.", "She ran outside.")
    assert told[:2] == ["indoors", "indoors"]
    assert told[2] != "indoors"


def test_where_somebody_arrives_the_story_did_not_begin(facts_of):
    told = _settings(
        facts_of, "Tom packed his bag.", "He said goodbye.", "He walked into the deep forest."
    )
    assert told[2] == "forest"
    assert "forest" not in told[:2]


def test_a_place_that_is_told_late_but_not_reached_is_where_the_story_began(facts_of):
    told = _settings(facts_of, "The wolf was hungry.", "An owl called in the forest.")
    assert told == ["forest", "forest"]


def test_whoever_sleeps_in_a_bed_is_in_a_room(facts_of):
    told = _settings(facts_of, "They played by the river.", "At night they slept in a soft bed.")
    assert told == ["river", "indoors"]
