import pytest

from raypipe.errors import SettingsError
from raypipe.images.storybook.palette import FAMILIES
from raypipe.settings import VideoSettings
from raypipe.story.plan import AudioScript, ScenePlan, ScriptSegment, StoryPlan
from raypipe.text.contrast import MINIMUM, contrast_ratio
from raypipe.timeline.caption_style import choose_caption_style


def a_plan(genre="adventure"):
    return StoryPlan(
        story_id="s",
        title="T",
        genre=genre,
        scenes=(ScenePlan(scene_id="one", text="a", image_prompt="", duration=3, seed=1),),
        audio_script=AudioScript(segments=(ScriptSegment(scene_id="one", text="a", start_time=0),)),
    )


def test_captions_take_the_storys_palette():
    adventure, horror = (
        choose_caption_style(a_plan(genre), VideoSettings()) for genre in ("adventure", "horror")
    )

    assert adventure.highlight != adventure.colour == (255, 255, 255)
    assert adventure.outline_colour != horror.outline_colour


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_palette_keeps_letters_readable(name):
    family = FAMILIES[name]
    ink, glow = tuple(family.ink), tuple(family.glow)

    assert contrast_ratio((255, 255, 255), ink) >= MINIMUM
    assert contrast_ratio(glow, ink) >= MINIMUM


def test_settings_say_every_part_of_the_style():
    video = VideoSettings(
        caption_style="box",
        caption_position="top",
        caption_size=80,
        caption_colour="#102030",
        caption_outline=2,
        caption_outline_colour="#FFFFFF",
        caption_shadow=False,
        caption_highlight="none",
        caption_animation="rise",
        safe_area="tiktok",
        emoji="outline",
    )

    style = choose_caption_style(a_plan(), video)

    assert (style.position, style.size_px, style.colour) == ("top", 80, (16, 32, 48))
    assert (style.outline_px, style.outline_colour, style.shadow) == (2, (255, 255, 255), False)
    assert (style.box, style.highlight, style.animation) == (True, None, "rise")
    assert (style.area, style.emoji_font) == ("tiktok", "")


@pytest.mark.parametrize("field", ["caption_font", "emoji"])
def test_a_font_that_is_none_is_refused(field):
    with pytest.raises(SettingsError, match="nowhere"):
        choose_caption_style(a_plan(), VideoSettings.model_validate({field: "nowhere.ttf"}))
