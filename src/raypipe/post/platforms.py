"""What the platforms accept: sizes, lengths and text, as data with its sources.

Where the specification and the platform's own documents (November 2026) differ both are kept;
`Placement.max_bytes` and `Placement.max_s` are the stricter, so that a file that passes is fit
for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from raypipe.story.model import AspectRatio

PlatformName = Literal["youtube", "instagram", "tiktok", "x", "facebook"]
PLATFORMS: Final[tuple[PlatformName, ...]] = ("youtube", "instagram", "tiktok", "x", "facebook")

_MB = 1_000_000
_MIB = 1024 * 1024
_GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Placement:
    """One place on a platform where a video can go.

    ``specified`` and ``documented`` are (seconds, bytes) as the specification and the platform
    say; None where they are silent. ``source`` is the platform's document.
    """

    name: str
    platform: PlatformName
    aspect_ratios: tuple[AspectRatio, ...]
    specified: tuple[float, int] | None
    documented: tuple[float | None, int | None] | None
    min_s: float = 0.0
    source: str = ""

    @property
    def max_s(self) -> float | None:
        """The longest video that both sources allow, seconds."""
        return _least(pair[0] for pair in (self.specified, self.documented) if pair)

    @property
    def max_bytes(self) -> int | None:
        """The largest file that both sources allow."""
        size = _least(pair[1] for pair in (self.specified, self.documented) if pair)
        return None if size is None else int(size)


def _least(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


_ALL: Final[tuple[AspectRatio, ...]] = ("9:16", "1:1", "16:9", "4:5")
_INSTAGRAM = "developers.facebook.com/docs/instagram-platform, IG User Media"
_YOUTUBE = "support.google.com/youtube, upload limits"
_FACEBOOK = "developers.facebook.com/docs/video-api, Reels and Stories"

PLACEMENTS: Final[tuple[Placement, ...]] = (
    Placement(
        "instagram_stories", "instagram", ("9:16",), (60, 100 * _MB), (60, 100 * _MB), 3, _INSTAGRAM
    ),
    Placement(
        "instagram_reels", "instagram", ("9:16",), (90, 100 * _MB), (900, 300 * _MB), 3, _INSTAGRAM
    ),
    Placement("instagram_posts", "instagram", ("1:1", "4:5"), (60, 100 * _MB), None, 3, _INSTAGRAM),
    Placement(
        "youtube_shorts", "youtube", ("9:16", "1:1", "4:5"), (60, 256 * _MB), (180, 256 * _GB),
        0, _YOUTUBE,
    ),
    Placement("youtube", "youtube", _ALL, None, (900, 256 * _GB), 0, _YOUTUBE),
    Placement(
        "tiktok", "tiktok", _ALL, (60, 287_600_000), (600, 4 * _GB), 0,
        "developers.tiktok.com, Content Posting API media transfer guide",
    ),
    Placement(
        "x", "x", _ALL, (140, 512 * _MB), (1200, 8 * _GB), 0.5,
        "docs.x.com, media best practices",
    ),
    Placement("facebook_reels", "facebook", ("9:16",), None, (90, None), 3, _FACEBOOK),
    Placement("facebook_stories", "facebook", ("9:16",), None, (60, None), 3, _FACEBOOK),
    Placement(
        "facebook_posts", "facebook", _ALL, None, (4 * 3600, 2 * _GB), 0,
        "developers.facebook.com/docs/graph-api, Page Videos",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How much text a platform takes; None is no limit that matters.

    ``title_characters`` count code points, ``tags_characters`` those of all tags with the commas
    between them, ``body_unit`` says what ``body`` counts.
    """

    title_characters: int | None
    body: int
    body_unit: Literal["characters", "bytes", "utf16", "weighted"]
    hashtags: int
    tags_characters: int | None
    source: str


TEXT_LIMITS: Final[dict[PlatformName, TextLimits]] = {
    "youtube": TextLimits(
        100, 5000, "bytes", 15, 500,
        "developers.google.com/youtube/v3/docs/videos: snippet; over 60 hashtags are all ignored",
    ),
    "instagram": TextLimits(
        None, 2200, "characters", 5, None, "IG User Media: caption; 5 hashtags reported enforced"
    ),
    "tiktok": TextLimits(
        None, 2200, "utf16", 5, None, "Content Posting API: post_info.title, UTF-16 code units"
    ),
    "x": TextLimits(
        None, 280, "weighted", 2, None, "docs.x.com, counting characters: twitter-text weights"
    ),
    "facebook": TextLimits(255, 2200, "characters", 3, None, "Page Videos: title, description"),
}  # fmt: skip

YOUTUBE_CATEGORIES: Final[dict[str, tuple[int, str]]] = {
    "documentary": (27, "Education"),
    "educational": (27, "Education"),
    "history": (27, "Education"),
    "science": (28, "Science & Technology"),
    "comedy": (23, "Comedy"),
    "travel": (19, "Travel & Events"),
    "news": (25, "News & Politics"),
    "": (24, "Entertainment"),
}
"""Category ids of videoCategories.list; "" is for every other genre."""
