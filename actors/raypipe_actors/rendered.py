"""What a story is made of when it has been rendered, and what its formats have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from raypipe.spool import Spool
from raypipe.timeline.model import Timeline
from raypipe.timeline.schedule import Schedule
from raypipe_actors.assets import PictureAsset, PictureShop
from raypipe_actors.narration import Narrator, SpeechAsset
from raypipe_actors.options import Engines
from raypipe_actors.reading import ReadingAhead
from raypipe_actors.rendering import Segment
from raypipe_actors.sheets import Sheets
from raypipe_actors.steps import Soundtrack
from raypipe_actors.story_clock import StageTime


@dataclass(frozen=True, slots=True)
class RenderedStory:
    """All products of a story, before they are joined and checked.

    ``readings`` of its segments may still go on.
    """

    timeline: Timeline
    schedule: Schedule
    pictures: tuple[PictureAsset, ...]
    speech: tuple[SpeechAsset, ...]
    segments: tuple[Segment, ...]
    readings: ReadingAhead
    soundtrack: Soundtrack
    sheets: Sheets
    engines: Engines
    stages: tuple[StageTime, ...]
    degraded: tuple[str, ...]
    notes: tuple[str, ...]

    def with_stages(self, *more: StageTime) -> RenderedStory:
        """Return this story with further stage times."""
        return replace(self, stages=(*self.stages, *more))

    @property
    def cache_hits(self) -> int:
        """Products that came from the store."""
        found = [asset.cached for asset in self.pictures]
        found += [asset.cached for asset in self.speech]
        found += [segment.cached for segment in self.segments]
        return sum(found) + self.soundtrack.cached + self.sheets.cached

    @property
    def cache_misses(self) -> int:
        """Products that had to be made."""
        made = len(self.pictures) + len(self.speech) + len(self.segments) + 2
        return made - self.cache_hits


@dataclass(slots=True)
class StoryAssets:
    """What the formats of one story have in common: made for the first, used for all.

    Empty at first. The same one is given to each run, one after the other.
    """

    opened: tuple[Engines, PictureShop, Narrator] | None = None
    soundtracks: dict[str, Soundtrack] = field(default_factory=dict)
    spool: Spool = field(default_factory=Spool)
