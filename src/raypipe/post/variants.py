"""Each platform's own wording of title, text and hashtags, within its limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

import emoji
from pydantic import BaseModel, ConfigDict

from raypipe.post.platforms import TEXT_LIMITS, YOUTUBE_CATEGORIES
from raypipe.post.summary import shorten

_MAX_HASHTAG_CHARACTERS = 40
_LINK = re.compile(r"\b(?:https?://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_LINK_WEIGHT = 23
_LIGHT = ((0x0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""Code points that count 1: "ranges" of twitter-text configuration v3."""


class _Variant(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class YouTubeText(_Variant):
    """Fields of ``snippet`` and ``status``; the title has no ``<`` or ``>``."""

    title: str
    description: str
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]
    category_id: int
    category: str
    default_language: str
    short: bool
    contains_synthetic_media: bool = True


class InstagramText(_Variant):
    """``caption`` holds the hashtags too."""

    caption: str
    hashtags: tuple[str, ...]
    is_ai_generated: bool = True


class TikTokText(_Variant):
    """``title`` is the whole caption, as the API calls it."""

    title: str
    hashtags: tuple[str, ...]
    is_aigc: bool = True


class XText(_Variant):
    """``weighted_length`` is that of ``text``, at most 280."""

    text: str
    hashtags: tuple[str, ...]
    weighted_length: int
    made_with_ai: bool = True


class FacebookText(_Variant):
    """``description`` holds the hashtags too."""

    title: str
    description: str
    hashtags: tuple[str, ...]
    is_ai_generated: bool = True


class PlatformTexts(_Variant):
    """One variant for each platform. AI labels default to true: EU AI Act, article 50."""

    youtube: YouTubeText
    instagram: InstagramText
    tiktok: TikTokText
    x: XText
    facebook: FacebookText


def build_variants(
    *,
    title: str,
    summary: str,
    tags: Sequence[str],
    hashtags: Sequence[str],
    genre: str,
    language: str,
    is_short: bool,
) -> PlatformTexts:
    """Word title, summary and hashtags for each platform.

    Args:
        title: of the story.
        summary: a description without hashtags.
        tags: search tags, best first.
        hashtags: with their ``#``, best first.
        genre: as `raypipe.post.tag_tables` knows it.
        language: BCP 47 tag.
        is_short: whether the video is short and not wide, so that YouTube takes it as a Short.
    """
    category_id, category = YOUTUBE_CATEGORIES.get(genre, YOUTUBE_CATEGORIES[""])
    youtube = TEXT_LIMITS["youtube"]
    tube_marks = [*hashtags[:3], *(["#Shorts"] if is_short else []), *hashtags[3:]]
    tube_marks = tube_marks[: youtube.hashtags]
    facebook = TEXT_LIMITS["facebook"]
    text, x_marks = _post_on_x(title, summary, hashtags)
    return PlatformTexts(
        youtube=YouTubeText(
            title=_no_brackets(shorten(title, youtube.title_characters or len(title))),
            description=_fit(_no_brackets(summary), tube_marks, youtube.body, _utf8_length),
            tags=fit_tags(tags, youtube.tags_characters or 0),
            hashtags=tuple(tube_marks),
            category_id=category_id,
            category=category,
            default_language=language,
            short=is_short,
        ),
        instagram=InstagramText(
            caption=_caption(title, summary, hashtags, "instagram", len),
            hashtags=tuple(hashtags[: TEXT_LIMITS["instagram"].hashtags]),
        ),
        tiktok=TikTokText(
            title=_caption(title, summary, hashtags, "tiktok", utf16_length),
            hashtags=tuple(hashtags[: TEXT_LIMITS["tiktok"].hashtags]),
        ),
        x=XText(text=text, hashtags=x_marks, weighted_length=weighted_length(text)),
        facebook=FacebookText(
            title=shorten(title, facebook.title_characters or len(title)),
            description=_fit(summary, hashtags[: facebook.hashtags], facebook.body, len),
            hashtags=tuple(hashtags[: facebook.hashtags]),
        ),
    )


def to_hashtag(text: str) -> str:
    """Return ``text`` as one hashtag, or "" where it has no letter or is too long.

    Words are joined by capitals in scripts that have them, by ``_`` in others; accents stay, vowel
    points (Arabic, Hebrew) go, for searches leave them out. Emoji and punctuation are dropped.
    """
    plain = unicodedata.normalize("NFC", text)
    plain = re.sub(r"['’]s?\b", "", plain)  # noqa: RUF001 both apostrophes
    plain = "".join(char for char in plain if not _is_vowel_point(char))
    words = _keep_marks(plain).split()
    if not words or not any(char.isalpha() for char in plain):
        return ""
    cased = any(char.lower() != char.upper() for char in plain)
    if len(words) == 1:
        joined = words[0]
    elif cased:
        joined = "".join(word[:1].upper() + word[1:] for word in words)
    else:
        joined = "_".join(words)
    return f"#{joined}" if len(joined) <= _MAX_HASHTAG_CHARACTERS else ""


def _keep_marks(text: str) -> str:
    """Return ``text`` with all but letters, digits and combining marks made spaces."""
    return "".join(
        char if char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"} else " "
        for char in text
    )


def _is_vowel_point(char: str) -> bool:
    return "\u0591" <= char <= "\u05c7" or "\u064b" <= char <= "\u0652" or char in "\u0640\u0670"


def fit_tags(tags: Sequence[str], max_characters: int) -> tuple[str, ...]:
    """Return as many ``tags`` as the limit takes.

    YouTube counts the commas between tags, and two quotation marks for a tag with a space.
    """
    kept: list[str] = []
    used = 0
    for tag in (_no_brackets(tag).replace(",", " ") for tag in tags):
        cost = len(tag) + 2 * (" " in tag) + bool(kept)
        if used + cost <= max_characters:
            kept.append(tag)
            used += cost
    return tuple(kept)


def weighted_length(text: str) -> int:
    """Return the length of ``text`` as X counts it (twitter-text configuration v3).

    Latin and the like count 1, all other characters 2, an emoji sequence 2, a link 23.
    """
    plain = unicodedata.normalize("NFC", text)
    links = list(_LINK.finditer(plain))
    for link in reversed(links):
        plain = plain[: link.start()] + plain[link.end() :]
    sequences = emoji.emoji_list(plain)
    plain = emoji.replace_emoji(plain, "")
    total = len(links) * _LINK_WEIGHT + len(sequences) * 2
    return total + sum(1 if _is_light(ord(char)) else 2 for char in plain)


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units of ``text``."""
    return len(text.encode("utf-16-le")) // 2


def _is_light(code: int) -> bool:
    return any(first <= code <= last for first, last in _LIGHT)


def _caption(
    title: str,
    summary: str,
    hashtags: Sequence[str],
    platform: str,
    length: Callable[[str], int],
) -> str:
    limit = TEXT_LIMITS[platform]  # type: ignore[index]
    return _fit(f"{title}\n\n{summary}", hashtags[: limit.hashtags], limit.body, length)


def _fit(body: str, hashtags: Sequence[str], limit: int, length: Callable[[str], int]) -> str:
    """Return body and hashtags, the body shortened until ``length`` of all is within ``limit``."""
    tail = f"\n\n{' '.join(hashtags)}" if hashtags else ""
    room = len(body)
    while length(shorten(body, room) + tail) > limit and room > 1:
        room -= max(1, (length(shorten(body, room) + tail) - limit) // 4)
    return shorten(body, room) + tail


def _post_on_x(title: str, summary: str, hashtags: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the post and its hashtags: title and as much of the summary as goes in."""
    limit = TEXT_LIMITS["x"]
    marks = tuple(hashtags[: limit.hashtags])
    while marks and weighted_length(f"{title}\n\n{' '.join(marks)}") > limit.body * 3 // 4:
        marks = marks[:-1]
    return _fit(f"{title}\n\n{summary}", marks, limit.body, weighted_length), marks


def _no_brackets(text: str) -> str:
    """Return ``text`` with angle brackets that YouTube takes."""
    return text.replace("<", "‹").replace(">", "›")  # noqa: RUF001 look-alikes on purpose


def _utf8_length(text: str) -> int:
    return len(text.encode())
