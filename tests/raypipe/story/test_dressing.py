import pytest

from raypipe.story.dressing import choose_direction, choose_effects, choose_through, dress_plan


def scene(plan, **changes):
    return plan.scenes[0].model_copy(update=changes)


@pytest.fixture
def plan(plan_of):
    return plan_of("lost_artifact")


def test_every_scene_says_its_effects_and_direction(plan):
    dressed = dress_plan(plan)

    assert all(scene.effects and "ken_burns" in scene.effects for scene in dressed.scenes)
    assert all(scene.transition_direction and scene.transition_through for scene in dressed.scenes)
    assert [s.transition for s in dressed.scenes] == [s.transition for s in plan.scenes]
    assert dress_plan(dressed) == dressed


def test_a_story_begins_with_a_picture_and_goes_to_black(plan):
    scenes = dress_plan(plan).scenes

    assert not any("fade_in" in (scene.effects or ()) for scene in scenes)
    fading = [index for index, scene in enumerate(scenes) if "fade_out" in (scene.effects or ())]
    assert fading == [len(scenes) - 1]


@pytest.mark.parametrize(
    ("mood", "hour", "genre", "expected"),
    [
        ("calm", "day", "adventure", set()),
        ("dark", "night", "adventure", {"vignette"}),
        ("tense", "day", "", {"vignette"}),
        ("calm", "day", "noir", set()),
        ("dark", "night", "historical fiction", {"vignette"}),
        ("joyful", "dusk", "children", {"light_leak"}),
        ("romantic", "day", "love story", {"light_leak"}),
        ("dark", "dusk", "romance", {"vignette"}),
    ],
)
def test_effects_follow_mood_hour_and_genre(plan, mood, hour, genre, expected):
    told = scene(plan, mood=mood, hour=hour, weather="clear", setting="field")

    chosen = choose_effects(told, genre=genre, may_leak=True)

    assert set(chosen) - {"ken_burns"} == expected


def test_light_leaks_are_rare(plan):
    warm = tuple(
        s.model_copy(
            update={"mood": "joyful", "hour": "dusk", "weather": "clear", "setting": "field"}
        )
        for s in plan.scenes
    )
    dressed = dress_plan(plan.model_copy(update={"scenes": warm}))

    leaks = [index for index, s in enumerate(dressed.scenes) if "light_leak" in (s.effects or ())]
    assert leaks == list(range(0, len(warm), 3))


def test_what_a_plan_says_stays(plan):
    own = {"effects": (), "transition_direction": "up", "transition_through": "white"}
    edited = plan.model_copy(update={"scenes": (scene(plan, **own), *plan.scenes[1:])})

    first = dress_plan(edited, effects=("grain",)).scenes[0]

    assert (first.effects, first.transition_direction, first.transition_through) == (
        (),
        "up",
        "white",
    )


def test_wishes_hold_for_the_whole_story_but_its_end(plan):
    dressed = dress_plan(plan, effects=("grain",), transitions="wipe")

    assert {s.effects for s in dressed.scenes} == {("grain",)}
    assert {s.transition for s in dressed.scenes[:-1]} == {"wipe"}
    assert dressed.scenes[-1].transition == plan.scenes[-1].transition


@pytest.mark.parametrize(
    ("way", "seen", "rtl", "direction"),
    [
        (("village", "forest"), (), False, "left"),
        (("village", "forest"), (), True, "right"),
        (("forest", "village"), ("village",), False, "right"),
        (("forest", "village"), ("village",), True, "left"),
        (("forest", "mountain"), (), False, "down"),
        (("field", "cave"), (), True, "up"),
        (("cave", "field"), ("field",), False, "down"),
        (("field", "field"), ("field",), False, "left"),
    ],
)
def test_pictures_move_as_the_story_does(plan, way, seen, rtl, direction):
    before, after = (scene(plan, setting=place) for place in way)

    assert choose_direction(before, after, seen=frozenset(seen), rtl=rtl) == direction


def test_stories_in_arabic_move_the_other_way(plan_of):
    arabic = dress_plan(plan_of("ali"))

    forward = [
        scene.transition_direction
        for scene, after in zip(arabic.scenes, arabic.scenes[1:], strict=False)
        if scene.setting == after.setting
    ]
    assert set(forward) == {"right"}


def test_a_fade_is_white_only_into_a_bright_morning(plan):
    assert choose_through(scene(plan, mood="joyful", hour="dawn")) == "white"
    assert choose_through(scene(plan, mood="joyful", hour="night")) == "black"
    assert choose_through(scene(plan, mood="sad", hour="dawn")) == "black"
    assert choose_through(None) == "black"
