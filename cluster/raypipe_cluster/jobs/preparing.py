"""From a story to its submission: checked and planned here, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from raypipe.errors import InputError, MediaError
from raypipe.settings import Settings
from raypipe.story.collection import Gathered
from raypipe.story.model import Story
from raypipe.story.plan import StoryPlan
from raypipe_cluster.app import Fit, plan_read
from raypipe_cluster.jobs.model import Submission
from raypipe_cluster.jobs.order import JobOrder
from raypipe_cluster.jobs.rules import Priority
from raypipe_cluster.overrides import Overrides

_NO_FILES: Final = frozenset({"ambient", "none", ""})


@dataclass(frozen=True, slots=True)
class Wish:
    """How stories are to be rendered, and how soon.

    Attributes:
        settings: what the command line, the environment and the settings file say.
        overrides: what goes before a story's own metadata.
        fit: whether sentences may be dropped to meet the target duration.
        priority: of the jobs.
        far: the cluster is not this machine, so files of this machine mean nothing there.
    """

    settings: Settings
    overrides: Overrides = field(default_factory=Overrides)
    fit: Fit = "natural"
    priority: Priority = "normal"
    far: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """The submission of what stood at ``place``, or why there is none."""

    place: str
    submission: Submission | None = None
    error: InputError | None = None


def prepare(gathered: Sequence[Gathered], wish: Wish) -> list[Prepared]:
    """Return a submission, or the reason why there is none, for each of ``gathered``.

    Every story is planned here, so that one that cannot be planned is never sent. What is sent is
    the story, with the overrides in it; the cluster plans it again, to the same plan.
    """
    options = JobOrder.of(wish.settings, fit=wish.fit).options()
    prepared = []
    for entry in gathered:
        if entry.source is None:
            prepared.append(Prepared(entry.place, error=entry.error))
            continue
        try:
            source = _checked(entry.source, wish)
            submission = Submission.of(
                source,
                options=options,
                priority=wish.priority,
                max_attempts=wish.settings.processing.max_retries + 1,
            )
        except InputError as error:
            prepared.append(Prepared(entry.place, error=error))
        else:
            prepared.append(Prepared(entry.place, submission))
    return prepared


def _checked(source: Story | StoryPlan, wish: Wish) -> Story | StoryPlan:
    source = _with_music(wish.overrides.apply(source), wish)
    plan_read(source, settings=wish.settings, fit=wish.fit)
    return source


def _with_music(source: Story | StoryPlan, wish: Wish) -> Story | StoryPlan:
    """Return ``source`` with music that means the same on the cluster as it does here.

    Raises:
        MediaError: it names a file that is not there, or that the cluster cannot have.
    """
    music = source.metadata.music if isinstance(source, Story) else source.music
    if music is None or music in _NO_FILES:
        return source
    if wish.far:
        if PurePosixPath(music).is_absolute():
            return source
        raise MediaError(
            f"expected 'ambient', 'none' or the whole path of a file on the cluster, got {music!r}",
            remedy="put the sound file where the cluster's nodes can read it, and name that path",
            where="music",
        )
    path = Path(music)
    if not path.is_file():
        raise MediaError(
            f"expected a sound file, 'ambient' or 'none', found no file {music!r}",
            remedy="correct the path in metadata.music or --music",
            where="music",
        )
    return Overrides(music=str(path.absolute())).apply(source)
