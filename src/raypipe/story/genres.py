"""Genres: how they are spelt, and the style of picture that suits each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from raypipe.story.quoting import nearest


@dataclass(frozen=True, slots=True)
class GenreStyle:
    """``style`` ends each prompt; ``avoid`` goes into the negative prompt; ``era`` dresses people.

    ``painted`` says that the style is not photographic.
    """

    style: str
    avoid: str
    era: str
    painted: bool = True


_STYLES: Final[dict[str, GenreStyle]] = {
    "adventure": GenreStyle(
        "cinematic adventure concept art, rich colour, dramatic depth, highly detailed",
        "flat lighting, cartoon", "modern"),
    "sci-fi": GenreStyle(
        "cinematic science fiction concept art, clean hard-surface detail, volumetric light",
        "medieval clothing, cartoon", "future"),
    "fantasy": GenreStyle(
        "epic fantasy digital painting, ornate detail, luminous colour, painterly",
        "modern clothing, cars", "medieval"),
    "fairy tale": GenreStyle(
        "storybook fairy tale illustration, gouache and ink, delicate detail, warm palette",
        "modern clothing, cars, photograph", "folk"),
    "fable": GenreStyle(
        "classic fable book illustration, ink and watercolour, textured paper, warm earth tones",
        "photograph, modern objects", "folk"),
    "folklore": GenreStyle(
        "traditional folk tale illustration, woodblock print texture, bold shapes, muted colours",
        "photograph, modern objects", "folk"),
    "horror": GenreStyle(
        "gothic horror film still, deep shadows, desaturated colour, film grain",
        "cheerful, bright colours, cartoon", "victorian", painted=False),
    "mystery": GenreStyle(
        "film noir still, hard side light, long shadows, muted teal and amber",
        "bright colours, cartoon", "retro", painted=False),
    "thriller": GenreStyle(
        "modern thriller film still, high contrast, cold colour grade, shallow focus",
        "cheerful, cartoon", "modern", painted=False),
    "romance": GenreStyle(
        "romantic film still, soft focus, warm pastel palette, gentle bokeh",
        "harsh contrast, gore", "modern", painted=False),
    "comedy": GenreStyle(
        "playful animated film illustration, exaggerated poses, bright clean colours",
        "gloomy, photorealistic", "modern"),
    "drama": GenreStyle(
        "intimate drama film still, natural light, restrained colour, shallow depth of field",
        "cartoon, oversaturated", "modern", painted=False),
    "history": GenreStyle(
        "historical oil painting, chiaroscuro, period costume and architecture, fine detail",
        "modern clothing, cars, plastic", "historical"),
    "war": GenreStyle(
        "war film still, smoke and dust, desaturated colour, film grain",
        "cartoon, cheerful", "historical", painted=False),
    "western": GenreStyle(
        "western film still, sun-bleached colour, wide vistas, film grain",
        "modern cars, cartoon", "western", painted=False),
    "children": GenreStyle(
        "children's picture book illustration, soft rounded shapes, crayon and watercolour",
        "scary, gore, photograph", "modern"),
    "documentary": GenreStyle(
        "documentary photograph, natural light, true colour, 35mm lens, crisp detail",
        "painting, illustration, oversaturated", "modern", painted=False),
    "poetry": GenreStyle(
        "impressionist painting, visible brush strokes, airy light, harmonious colour",
        "photograph, clutter", "timeless"),
    "": GenreStyle(
        "detailed narrative illustration, cohesive palette, painterly light",
        "photograph, flat lighting", "modern"),
}  # fmt: skip

_ALIASES: Final = {
    "science fiction": "sci-fi", "scifi": "sci-fi", "sf": "sci-fi", "space opera": "sci-fi",
    "cyberpunk": "sci-fi", "dystopia": "sci-fi", "fairytale": "fairy tale", "fairy-tale":
    "fairy tale", "folk tale": "folklore", "folktale": "folklore", "myth": "folklore",
    "mythology": "folklore", "legend": "folklore", "parable": "fable", "ghost story": "horror",
    "gothic": "horror", "detective": "mystery", "crime": "mystery", "noir": "mystery", "suspense":
    "thriller", "action": "adventure", "love": "romance", "love story": "romance", "humor":
    "comedy", "humour": "comedy", "satire": "comedy", "historical": "history",
    "historical fiction": "history", "biography": "history", "kids": "children", "children's":
    "children", "childrens": "children", "bedtime": "children", "nonfiction": "documentary",
    "non-fiction": "documentary", "educational": "documentary", "science": "documentary",
    "nature": "documentary", "slice of life": "drama", "family": "drama", "literary": "drama",
    "magic realism": "fantasy", "steampunk": "fantasy", "travel": "adventure", "sea story":
    "adventure", "poem": "poetry", "aventura": "adventure", "fábula": "fable", "terror": "horror",
    "amor": "romance", "ciencia ficción": "sci-fi", "cuento": "fairy tale", "conte": "fairy tale",
    "märchen": "fairy tale", "童話": "fairy tale", "昔話": "folklore", "民話": "folklore",
    "حكاية شعبية": "folklore",
}  # fmt: skip


def name_genre(genre: str) -> str:
    """Return the known genre that ``genre`` means, or "" for an unknown one."""
    key = " ".join(genre.lower().replace("_", " ").split())
    if key in _STYLES:
        return key
    if key in _ALIASES:
        return _ALIASES[key]
    for part in key.replace("/", ",").split(","):
        part = part.strip()  # noqa: PLW2901
        if part in _STYLES or part in _ALIASES:
            return _ALIASES.get(part, part)
    words = [word for word in key.split() if word in _STYLES or word in _ALIASES]
    if words:
        return _ALIASES.get(words[-1], words[-1])
    close = nearest(key, [name for name in _STYLES if name]) if len(key) > 4 else None  # noqa: PLR2004
    return close or ""


def find_style(genre: str) -> GenreStyle:
    """Return the style of a genre as `name_genre` gives it."""
    return _STYLES[genre]
