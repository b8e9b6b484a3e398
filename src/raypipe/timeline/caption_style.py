"""How a story's captions look: as the settings say, in the colours of the story's palette."""

from __future__ import annotations

from raypipe.images.storybook.palette import choose_family
from raypipe.settings import VideoSettings
from raypipe.story.layers import read_colour
from raypipe.story.plan import StoryPlan
from raypipe.text.fonts import colour_emoji_font, named_face
from raypipe.timeline.model import Colour, TextStyle


def choose_caption_style(plan: StoryPlan, video: VideoSettings) -> TextStyle:
    """Return the style of the captions of ``plan``.

    Outline and shadow take the palette's darkest ink, which is softer than black, and the spoken
    word the ink of its lights; each palette keeps them at 4.5:1 and more.

    Raises:
        SettingsError: the font cannot be read.
    """
    named_face(video.caption_font)
    palette = choose_family(genre=plan.genre, language=plan.language, story_seed=plan.seed)
    ink: Colour = (palette.ink.r, palette.ink.g, palette.ink.b)
    glow: Colour = (palette.glow.r, palette.glow.g, palette.glow.b)
    outline, spoken = video.caption_outline_colour, video.caption_highlight
    highlight = None if spoken == "none" else glow if spoken == "story" else read_colour(spoken)
    return TextStyle(
        position=video.caption_position,
        font=video.caption_font,
        size_px=video.caption_size,
        colour=read_colour(video.caption_colour),
        outline_px=video.caption_outline,
        outline_colour=ink if outline == "story" else read_colour(outline),
        shadow=video.caption_shadow,
        box=video.caption_style == "box",
        animation=video.caption_animation,
        highlight=highlight,
        area=video.safe_area,
        emoji_font=_emoji_font(video.emoji),
    )


def _emoji_font(wish: str) -> str:
    if wish == "auto":
        return str(colour_emoji_font() or "")
    if wish == "outline":
        return ""
    named_face(wish)
    return wish
