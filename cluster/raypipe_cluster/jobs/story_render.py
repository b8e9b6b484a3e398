"""The render of a job: what `raypipe render` does, with the story and the options of a claim."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from raypipe.output import StagedFolder
from raypipe.post.report import Report
from raypipe.progress import ProgressSink
from raypipe.settings import Settings
from raypipe.story.plan import StoryPlan
from raypipe.story.read import parse_source
from raypipe_cluster.app import plan_read, require_room
from raypipe_cluster.formats import make_formats, plan_formats
from raypipe_cluster.jobs.facts import job_facts
from raypipe_cluster.jobs.job_run import Made
from raypipe_cluster.jobs.model import Claim
from raypipe_cluster.jobs.order import JobOrder
from raypipe_cluster.jobs.rules import PRIORITIES

if TYPE_CHECKING:
    from raypipe_actors.link import ClusterLink
    from raypipe_cluster.outcome import RenderOutcome


class StoryRender:
    """Renders claims on a cluster.

    Args:
        own: the cluster's own settings: limits and storage; see `JobOrder.settings_on`.
        open_link: makes the link of one story to the cluster.
    """

    def __init__(self, own: Settings, open_link: Callable[[], ClusterLink]) -> None:
        self._own = own
        self._open_link = open_link

    async def __call__(self, claim: Claim, folder: Path, on_event: ProgressSink) -> Made:
        """Render the story of ``claim``; see `Render`.

        Raises:
            RaypipeError: as `raypipe_cluster.app.render`.
        """
        order = JobOrder.read(claim.job.options)
        settings = order.settings_on(self._own)
        plan = await asyncio.to_thread(plan_claim, claim, settings, order)
        plans = plan_formats(plan, settings)
        outcome = await self._make(claim, plans, settings, folder, on_event)
        return await asyncio.to_thread(_describe, outcome, settings.storage.output_dir)

    async def _make(
        self,
        claim: Claim,
        plans: tuple[StoryPlan, ...],
        settings: Settings,
        folder: Path,
        on_event: ProgressSink,
    ) -> RenderOutcome:
        from raypipe_cluster import running

        aspects = tuple(plan.aspect_ratio for plan in plans) if len(plans) > 1 else ()
        options = replace(
            running.render_options(plans[0], settings, aspects=aspects),
            priority=PRIORITIES.index(claim.job.priority),
            submitted_s=claim.job.submitted_ms / 1000,
            asker=f"{claim.job.job_id}.{claim.job.epoch}",
        )
        await asyncio.to_thread(running.require_music, options.music)
        require_room(folder, videos=len(plans))
        names = [running.file_stem(plans[0]), *(running.format_stem(plan) for plan in plans[1:])]
        link = self._open_link()
        with ExitStack() as stack:
            places = [stack.enter_context(StagedFolder(folder / name)) for name in names]
            makers = [
                partial(running.render_story, plan, options, place, link=link)
                for plan, place in zip(plans, places, strict=True)
            ]
            return await make_formats(plans, makers, on_event=on_event)


def plan_claim(claim: Claim, settings: Settings, order: JobOrder) -> StoryPlan:
    """Return the plan of a claim's story, or the plan that was submitted."""
    name = f"{claim.job.story_id}.json"
    source = parse_source(claim.document.encode(), name=name)
    return plan_read(source, settings=settings, fit=order.fit)


def _describe(outcome: RenderOutcome, output_dir: Path) -> Made:
    report = Report.model_validate_json((outcome.folder / "report.json").read_bytes())
    facts = job_facts(
        report, duration_s=outcome.duration_s, size_bytes=outcome.video.stat().st_size
    )
    root = output_dir.absolute()
    facts["folder"] = str(root / outcome.folder.name)
    facts["video"] = str(root / outcome.folder.name / outcome.video.name)
    facts["folders"] = [str(root / made.folder.name) for made in outcome.formats]
    degraded = tuple(dict.fromkeys(line for made in outcome.formats for line in made.degraded))
    return Made(degraded=degraded, facts=facts)
