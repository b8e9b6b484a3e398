"""The formats that one story is made in, from one generation of pictures and sound."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from raypipe.errors import QualityError
from raypipe.progress import ProgressEvent, ProgressSink
from raypipe.settings import Settings
from raypipe.story.plan import StoryPlan

if TYPE_CHECKING:
    from raypipe_actors.rendered import StoryAssets
    from raypipe_cluster.outcome import RenderOutcome


class MakeFormat(Protocol):
    """Makes one format; ``assets`` hold what those before it have made for all."""

    async def __call__(self, *, on_event: ProgressSink, assets: StoryAssets) -> RenderOutcome:
        """Make it, and say what came of it."""
        ...


def plan_formats(plan: StoryPlan, settings: Settings) -> tuple[StoryPlan, ...]:
    """Return ``plan`` in each format that is wanted, its own first.

    The first of ``video.aspect_ratio`` has been used where a story named none. The others are made
    of every story. A format that was asked for twice is made once, and the first plan says so.
    """
    listed = settings.video.aspect_ratio
    wanted = dict.fromkeys((plan.aspect_ratio, *listed[1:]))
    twice = [aspect for aspect, count in Counter(listed).items() if count > 1]
    notes = tuple(f"{aspect} was asked for more than once; it is made once" for aspect in twice)
    first, *others = wanted
    return (
        plan.model_copy(update={"aspect_ratio": first, "notes": (*plan.notes, *notes)}),
        *(plan.model_copy(update={"aspect_ratio": aspect}) for aspect in others),
    )


async def make_formats(
    plans: Sequence[StoryPlan], makers: Sequence[MakeFormat], *, on_event: ProgressSink
) -> RenderOutcome:
    """Make a story's formats one after the other, with the same pictures and sound.

    A format whose video fails its checks does not keep the others from being made.

    Args:
        plans: equal but for their format, at least one.
        makers: one for each plan.
        on_event: told of each step, on one clock for all formats.

    Returns:
        The first format, with the others in it.

    Raises:
        RaypipeError: a format could not be made; others may stand in their folders.
    """
    # With pixels and sound, which plan_formats does not need.
    from raypipe_actors.rendered import StoryAssets

    began_s = time.perf_counter()
    assets = StoryAssets()
    made: list[RenderOutcome] = []
    failed: list[QualityError] = []
    for number, (plan, make) in enumerate(zip(plans, makers, strict=True), start=1):
        passed_s = time.perf_counter() - began_s
        place = ProgressEvent(
            "start", "queued", passed_s, video=number, videos=len(plans),
            aspect_ratio=plan.aspect_ratio,
        )  # fmt: skip
        try:
            outcome = await make(on_event=_on_one_clock(on_event, place), assets=assets)
        except QualityError as error:
            failed.append(error)
        else:
            took_s = time.perf_counter() - began_s - passed_s
            made.append(replace(outcome, seconds=round(took_s, 3)))
    if failed:
        raise failed[0]
    return replace(made[0], further=tuple(made[1:]))


def _on_one_clock(sink: ProgressSink, place: ProgressEvent) -> ProgressSink:
    """Return a sink for one format's events, which adds the place and the start of that format."""

    def tell(event: ProgressEvent) -> None:
        sink(
            replace(
                event,
                at_s=event.at_s + place.at_s,
                video=place.video,
                videos=place.videos,
                aspect_ratio=place.aspect_ratio,
            )
        )

    return tell
