"""How one story is rendered: settings made definite, small enough to travel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from raypipe.choice import Choice
from raypipe.encode.quality import Quality
from raypipe.revisions import embedded_revision
from raypipe.store.content import StoreConfig
from raypipe.story.model import AspectRatio
from raypipe.timeline.model import TextStyle


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What to render a plan with.

    ``images``, ``speech`` and ``encoder`` may name ``auto``; the pipeline then asks the cluster
    what it can really run. ``music`` is ``ambient``, ``none`` or a file of the caller's machine;
    ``music_volume_db`` is against its usual level.
    ``submitted_s`` (seconds since the epoch) orders stories of equal priority. A ``preview`` is a
    quarter of the size, and comes without sheets; its pictures and narration are the video's own.
    ``cast`` holds (who, voice), as `raypipe.speech.cast.VoiceCast` reads them.
    ``aspects`` are the formats that pictures must serve, where they are more than the plan's own.
    ``asker`` names this run in the pools' queues, where a story may have several: a job that is
    cancelled must not take with it what the next one of the same story asks for.
    """

    fps: int
    quality: Quality
    max_bitrate: int
    images: str
    speech: str
    encoder: str
    voice: str | None
    music: str
    captions: bool
    caption_style: TextStyle
    platforms: tuple[str, ...]
    store: StoreConfig
    music_volume_db: float = 0.0
    ducking_db: float = 10.0
    priority: int = 1
    submitted_s: float = 0.0
    preview: bool = False
    models_dirs: tuple[Path, ...] = ()
    aspects: tuple[AspectRatio, ...] = ()
    asker: str = ""
    cast: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """A voice that reads for ``who``: the cast names it ``wanted``, its engine ``voice``."""

    wanted: str
    choice: Choice
    voice: str | None
    revision: str
    who: tuple[str, ...] = ()

    @classmethod
    def embedded(cls, engine: str) -> Reader:
        """Return the own voice of an embedded engine."""
        return cls(engine, Choice(engine, "embedded"), None, embedded_revision(engine) or "")

    @property
    def name(self) -> str:
        """The engine and, if it has several, its voice."""
        return f"{self.choice.name} ({self.voice})" if self.voice else self.choice.name


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines that a story is really made with, each with the reason for its choice.

    ``cast`` are the voices of those who speak beside the narrator.
    """

    images: Choice
    speech: Choice
    encoder: Choice
    image_revision: str
    speech_revision: str
    cast: tuple[Reader, ...] = ()
