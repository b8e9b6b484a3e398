"""metadata.json: what a platform and its viewers are told about a video."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from raypipe.post.keywords import (
    character_names,
    find_keywords,
    fold,
    ranked,
    short_name,
    unique,
)
from raypipe.post.summary import summarize
from raypipe.post.tag_tables import (
    GENRE_ALIASES,
    GENRE_TAGS,
    LOCAL_GENRES,
    LOCAL_STORY_TAGS,
    STORY_TAGS,
)
from raypipe.post.variants import PlatformTexts, build_variants, to_hashtag
from raypipe.story.plan import StoryPlan

_MAX_TAGS = 25
_MAX_HASHTAGS = 15
_MAX_DESCRIPTION_HASHTAGS = 5
_MAX_TAG_CHARACTERS = 60
_MAX_TITLE_TAG_WORDS = 6


class VideoFormat(BaseModel):
    """The file: ``resolution`` as "1080x1920", ``file_size`` in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolution: str
    aspect_ratio: str
    codec: str
    file_size: int = Field(ge=0)


class Metadata(BaseModel):
    """All of metadata.json. ``duration`` is seconds, ``created_at`` UTC in ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    description: str
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]
    duration: float = Field(ge=0, allow_inf_nan=False)
    created_at: str
    format: VideoFormat
    platforms: PlatformTexts
    language: str = "en"
    genre: str = ""

    def to_json(self) -> str:
        """Return the text of metadata.json, with a final line break."""
        return self.model_dump_json(indent=2) + "\n"


def build_metadata(
    plan: StoryPlan,
    *,
    duration_s: float,
    width: int,
    height: int,
    file_size_bytes: int,
    codec: str = "h264",
    created_at: datetime | None = None,
) -> Metadata:
    """Write the metadata of a finished video from its plan.

    Args:
        plan: what was told.
        duration_s: of the file.
        width: of the frame, pixels.
        height: of the frame, pixels.
        file_size_bytes: of the file.
        codec: of the picture.
        created_at: an aware time; None is now.
    """
    genre = canonical_genre(plan.genre)
    summary = summarize(plan)
    tags = build_tags(plan)
    hashtags = build_hashtags(plan, tags)
    shown = " ".join(hashtags[:_MAX_DESCRIPTION_HASHTAGS])
    return Metadata(
        title=plan.title,
        description=f"{summary}\n\n{shown}",
        tags=tags,
        hashtags=hashtags,
        duration=round(duration_s, 3),
        created_at=(created_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
        format=VideoFormat(
            resolution=f"{width}x{height}",
            aspect_ratio=plan.aspect_ratio,
            codec=codec,
            file_size=file_size_bytes,
        ),
        platforms=build_variants(
            title=plan.title,
            summary=summary,
            tags=tags,
            hashtags=hashtags,
            genre=genre,
            language=plan.language,
            is_short=plan.aspect_ratio != "16:9" and duration_s <= 180,  # noqa: PLR2004 Shorts: 3 min
        ),
        language=plan.language,
        genre=plan.genre,
    )


def canonical_genre(genre: str) -> str:
    """Return the genre as the tables know it, or as it was written, in lower case."""
    plain = " ".join(genre.casefold().replace("_", " ").split())
    plain = GENRE_ALIASES.get(plain, plain)
    return GENRE_ALIASES.get(plain.replace("-", " "), plain)


def build_tags(plan: StoryPlan) -> tuple[str, ...]:
    """Return search tags, the most telling first: the story's own words, then its genre's."""
    genre = canonical_genre(plan.genre)
    primary = plan.language.partition("-")[0]
    people = [_tidy(short_name(name)) for name in character_names(plan)]
    places = [_tidy(place) for place in ranked(p for s in plan.scenes for p in s.locations)]
    subjects = ranked(subject for scene in plan.scenes for subject in scene.subjects)
    parts = {fold(part) for name in people for part in name.split()}
    words = [_lower(w, primary) for w in find_keywords(plan) if fold(w) not in parts]
    title = [plan.title] if len(plan.title.split()) <= _MAX_TITLE_TAG_WORDS else []
    local_genre = LOCAL_GENRES.get(primary, {}).get(genre, "")
    content = (*title, *people[:4], *words[:8], *places[:3], *subjects[:6])
    kind = (local_genre, *GENRE_TAGS.get(genre, (genre,)), *LOCAL_STORY_TAGS.get(primary, ()))
    # The story's own words never crowd out its genre: that is what strangers search for.
    room = _MAX_TAGS - len([tag for tag in (*kind, *STORY_TAGS) if tag])
    own = [tag for tag in unique(content) if len(tag) <= _MAX_TAG_CHARACTERS][: max(8, room)]
    return unique((*own, *kind, *STORY_TAGS))[:_MAX_TAGS]


def build_hashtags(plan: StoryPlan, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return hashtags, the best to show first: the title, a person, the genre, then the tags."""
    genre = canonical_genre(plan.genre)
    primary = plan.language.partition("-")[0]
    people = [short_name(name) for name in character_names(plan)]
    first = (
        *([plan.title] if len(plan.title.split()) <= _MAX_TITLE_TAG_WORDS else []),
        *people[:1],
        LOCAL_GENRES.get(primary, {}).get(genre, ""),
        *GENRE_TAGS.get(genre, (genre,))[:1],
        *LOCAL_STORY_TAGS.get(primary, ())[:1],
        "storytelling",
    )
    marks = (to_hashtag(value) for value in (*first, *tags))
    return unique(mark for mark in marks if mark)[:_MAX_HASHTAGS]


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _lower(word: str, language: str) -> str:
    """Return ``word`` in lower case where capitals only mark a sentence's start."""
    return word if language == "de" or word.isupper() else word.lower()
