"""What the command line and notebooks call: render, storyboard, up, down, status.

Ray is imported inside the functions, after `raypipe_cluster.ray_environment` has spoken.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import uvloop

from raypipe.errors import ClusterError, DiskFullError, StorageError
from raypipe.output import StagedFolder, make_folder
from raypipe.progress import ProgressEvent, ProgressSink
from raypipe.settings import Settings
from raypipe.story.model import AspectRatio, Story
from raypipe.story.plan import StoryPlan
from raypipe_cluster import local_cluster
from raypipe_cluster.formats import MakeFormat, make_formats, plan_formats
from raypipe_cluster.outcome import WarmStep
from raypipe_cluster.overrides import Overrides
from raypipe_cluster.ray_environment import prepare_ray
from raypipe_cluster.session import RaySession
from raypipe_cluster.start_progress import StartProgress

if TYPE_CHECKING:
    from raypipe_actors.link import ClusterLink
    from raypipe_cluster.outcome import ClusterStatus, RenderOutcome

logger = logging.getLogger(__name__)

Fit = Literal["natural", "condense"]
T = TypeVar("T")

_NEEDED_BYTES = 300_000_000
"""Room for a 60 s video, its segments in the cache and its sheets, with a margin."""


def render(
    source: Path,
    *,
    settings: Settings | None = None,
    out_dir: Path | None = None,
    address: str | None = None,
    fit: Fit = "natural",
    overrides: Overrides | None = None,
    live: bool = False,
    preview: bool = False,
    on_event: ProgressSink | None = None,
) -> RenderOutcome:
    """Render a story or plan to a folder of ``out_dir``; blocks until it is finished.

    Several formats in ``video.aspect_ratio`` are made of the same pictures and sound, each to a
    folder of its own; the others than the first are in `RenderOutcome.further`.

    Args:
        source: a .json, .md or .txt story, or a plan.
        settings: the defaults if None.
        out_dir: where the story's own folder will stand; ``storage.output_dir`` if None.
        address: of a running cluster; None uses the one of `up`, or starts Ray for this call.
        fit: whether sentences may be dropped to meet the target duration.
        overrides: what goes before the story's own metadata.
        live: show what is finished in a folder beside the story's, for players of HLS.
        preview: make one small file and its report instead: a quarter of the size, nothing checked.
        on_event: told of each step.

    Raises:
        RaypipeError: see `raypipe.errors`; nothing is left in ``out_dir`` then but the folders of
            formats that were finished before.
    """
    chosen = settings or Settings()
    plan = plan_source(source, settings=chosen, fit=fit, overrides=overrides)
    session = session_for(address)
    from raypipe_cluster import running

    plans = plan_formats(plan, chosen)
    options = running.render_options(plan, chosen, aspects=_aspects(plans))
    running.require_music(options.music)
    folder = out_dir or chosen.storage.output_dir
    names = [running.file_stem(plan), *(running.format_stem(other) for other in plans[1:])]
    progress = StartProgress(session, on_event or _ignore)
    link = _link(session, progress.connect, near=preview)
    makers: list[MakeFormat]
    with ExitStack() as stack:
        if preview:
            make_folder(folder)
            makers = [
                partial(
                    running.preview_story, each, options, folder / f"{name}_preview.mp4", link=link
                )
                for each, name in zip(plans, names, strict=True)
            ]
        else:
            staged = [stack.enter_context(StagedFolder(folder / name)) for name in names]
            require_room(staged[0].path, videos=len(staged))
            makers = [
                partial(
                    running.render_story,
                    each,
                    options,
                    place,
                    link=link,
                    live=live,
                    last=place is staged[-1],
                )
                for each, place in zip(plans, staged, strict=True)
            ]
        return _run(make_formats(plans, makers, on_event=progress.on_event), session)


def storyboard(
    source: Path,
    *,
    settings: Settings | None = None,
    out: Path = Path("storyboard.jpg"),
    address: str | None = None,
    overrides: Overrides | None = None,
    on_event: ProgressSink | None = None,
) -> Path:
    """Draw the pictures of a story on one sheet, the JPEG file ``out``, and return its path.

    The arguments are those of `render`. The pictures are kept, so that rendering finds them; with
    several formats they serve all, and the sheet shows the first.
    """
    chosen = settings or Settings()
    plan = plan_source(source, settings=chosen, overrides=overrides)
    make_folder(out.absolute().parent)
    session = session_for(address)
    from raypipe_cluster import running

    plan, *others = plan_formats(plan, chosen)
    options = running.render_options(plan, chosen, aspects=_aspects((plan, *others)))
    progress = StartProgress(session, on_event or _ignore)
    link = _link(session, progress.connect, near=True)
    work = running.draw_storyboard(plan, options, link=link, on_event=progress.on_event)
    sheet = _run(work, session)
    return running.write_whole(sheet, out)


def up(
    *,
    settings: Settings | None = None,
    address: str | None = None,
    on_step: Callable[[WarmStep], None] | None = None,
) -> ClusterStatus:
    """Start the local warm cluster, or use ``address``, and warm its pools.

    Jobs that wait in the local store go on. ``on_step`` is told when a pool begins and is warm.

    Raises:
        RaypipeError: Ray did not start, or an engine cannot run there; it says why.
    """
    chosen = settings or Settings()
    tell = on_step or _ignore_step
    began_s = time.perf_counter()
    tell(WarmStep("ray", address or "", "starting", 0.0))

    def tell_retry(phrase: str) -> None:
        tell(WarmStep("ray", "", "starting", time.perf_counter() - began_s, phrase))

    if address is None:
        local_cluster.start(tell_retry)
    session = session_for(address)
    from raypipe_cluster import running, warming

    async def warm() -> ClusterStatus:
        link = _link(session, session.connect)
        await link.shares()
        where = session.address or ""
        tell(WarmStep("ray", where, "warm", time.perf_counter() - began_s))
        await warming.warm_pools(link, chosen, on_step=tell)
        if address is None:
            await asyncio.to_thread(_resume_jobs, session, chosen)
        return await running.cluster_status(session)

    return _run(warm(), session)


def _resume_jobs(session: RaySession, settings: Settings) -> None:
    """Start the job service if it has something to do; a store that is broken stops nothing."""
    from raypipe_cluster.jobs.desk import open_desk
    from raypipe_cluster.jobs.open import store_of

    try:
        with store_of(settings.storage) as store:
            counts = store.counts()
        if counts["queued"] or counts["retrying"] or counts["running"]:
            open_desk(session, settings)
    except StorageError as error:
        logger.warning("jobs not resumed", extra={"error": str(error)})


def down() -> str:
    """End the cluster that `up` started and say so; no other Ray is touched."""
    stopped = local_cluster.stop()
    return (
        f"stopped the cluster at {stopped.address}" if stopped else "no local cluster was running"
    )


def status(address: str | None = None) -> ClusterStatus:
    """Return the state of a running cluster: the one of `up` if ``address`` is None.

    Raises:
        ClusterError: there is none.
    """
    session = session_for(address)
    if session.address is None:
        raise ClusterError("no local cluster is running", remedy="start one with 'raypipe up'")
    from raypipe_cluster import running

    async def ask() -> ClusterStatus:
        await asyncio.to_thread(session.connect)
        return await running.cluster_status(session)

    return _run(ask(), session)


def plan_source(
    source: Path,
    *,
    settings: Settings | None = None,
    fit: Fit = "natural",
    overrides: Overrides | None = None,
) -> StoryPlan:
    """Read ``source`` and return its plan; a plan stays as it is, with the overrides.

    What either leaves open of effects and directions is chosen, so that the plan shows it.
    """
    from raypipe.story.read import naming, read_source

    with naming(source):
        read = (overrides or Overrides()).apply(read_source(source))
        return plan_read(read, settings=settings or Settings(), fit=fit)


def plan_read(read: Story | StoryPlan, *, settings: Settings, fit: Fit = "natural") -> StoryPlan:
    """Return the plan of what was read, with all that it leaves open chosen."""
    from raypipe.story.dressing import dress_plan
    from raypipe.story.planner import plan_story

    if isinstance(read, StoryPlan):
        return dress_plan(read, effects=settings.video.wished_effects)
    plan = plan_story(
        read,
        target_duration=settings.video.target_duration,
        aspect_ratio=settings.video.aspect_ratio[0],
        language=settings.video.language,
        style=settings.images.style,
        fit=fit,
    )
    return dress_plan(
        plan, effects=settings.video.wished_effects, transitions=settings.video.transitions
    )


def session_for(address: str | None) -> RaySession:
    """Return the session to use, with Ray's environment set for it; nothing is opened yet.

    Args:
        address: of a running cluster; None takes the one of `up`, or one of the session's own.
    """
    local = local_cluster.find() if address in {None, "auto"} else None
    if local is not None:
        session = RaySession(local.address, own_cluster=True)
    else:
        session = RaySession(address)
    prepare_ray(own_cluster=session.address is None or session.own_cluster)
    return session


def _link(session: RaySession, connect: Callable[[], None], *, near: bool = False) -> ClusterLink:
    """Return a link to the session's cluster; ``near``, what can be made here is made here.

    What is asked of a cluster elsewhere is made there, whatever it is.
    """
    from raypipe_actors.link import ClusterLink
    from raypipe_actors.near import NearLink

    local = session.address is None or session.own_cluster
    link = NearLink if near and local else ClusterLink
    return link(connect, local=local, disconnect=session.close)


def _run(work: Coroutine[Any, Any, T], session: RaySession) -> T:
    """Run ``work`` to its end on an event loop of its own, then close what was opened.

    Ray's processes die with the thread that started them (PR_SET_PDEATHSIG looks at threads), here
    one of the loop's own. So the session is closed before the loop is: otherwise they are gone
    already, and Ray spends 15 s on trying to reach them.
    """

    async def work_and_close() -> T:
        try:
            return await work
        finally:
            session.close()

    def run() -> T:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work_and_close())

    try:
        if not _in_event_loop():
            return run()
        with ThreadPoolExecutor(max_workers=1) as pool:  # a notebook: its thread has a loop already
            return pool.submit(run).result()
    finally:
        session.close()


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _aspects(plans: Sequence[StoryPlan]) -> tuple[AspectRatio, ...]:
    """Return the formats that pictures must serve: none to name where there is but one."""
    return tuple(plan.aspect_ratio for plan in plans) if len(plans) > 1 else ()


def require_room(folder: Path, *, videos: int) -> None:
    """Refuse a disk that is too full for so many ``videos``, before any work is done.

    Raises:
        DiskFullError: says how much is missing.
    """
    free, needed = shutil.disk_usage(folder).free, _NEEDED_BYTES * videos
    if free < needed:
        raise DiskFullError(
            f"expected {needed // 10**6} MB of free space, found {free // 10**6} MB",
            remedy="free some space, or choose another folder with --out",
            where=str(folder.parent),
        )


def _ignore_step(step: WarmStep) -> None:
    """Take no notice of what is started."""


def _ignore(event: ProgressEvent) -> None:
    """Take no notice of progress."""
