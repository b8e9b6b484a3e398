"""The pictures of a story: from the store, from the pools, or from the last resort.

The ladder of a request: the store, then the engine (whose dispatcher tries again by itself), then
``card``. What comes from the last rung is marked degraded, with the reason. Only a mistake of the
caller's is told instead of covered up, and what somebody cancelled is made up by nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from raypipe.errors import CancelledError, InputError, RaypipeError, StorageError
from raypipe.images.coverage import cover_frames
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.picture.light import LightMap
from raypipe.spool import let_go
from raypipe.store.content import ContentStore
from raypipe.store.keys import content_key
from raypipe.store.products import (
    Picture,
    focus_of,
    get_picture,
    light_of,
    notes_of,
    picture_size,
    put_picture,
)
from raypipe.story.model import FRAME_SIZES, AspectRatio
from raypipe.story.plan import ScenePlan, StoryPlan
from raypipe.timeline.model import Rect
from raypipe_actors.faults import fetched
from raypipe_actors.link import ClusterLink
from raypipe_actors.messages import ImageDone, ImageJob, SpeechJob, Ticket
from raypipe_actors.options import Engines, RenderOptions

logger = logging.getLogger(__name__)

_ARRAYS_HELD = 4
"""Of 8 MB each: two are shown at once, and neighbours often show the same."""


@dataclass(frozen=True, slots=True)
class PictureAsset:
    """A scene's picture in the store, ``size`` (width, height) in pixels.

    ``notes`` say what it leaves out of what was asked for; ``ref`` is a reference to its array, or
    that itself where it was made in this process.
    """

    key: str
    size: tuple[int, int]
    focus: Rect
    light: LightMap | None
    engine: str
    cached: bool
    attempts: int
    degraded: str | None
    ref: Any = None
    gpu_s: float = 0.0
    notes: tuple[str, ...] = ()


def picture_request(
    plan: StoryPlan, index: int, *, aspects: tuple[AspectRatio, ...] = ()
) -> ImageRequest:
    """Return what an image engine is asked for scene ``index``.

    The picture serves the plan's own format, or all of ``aspects`` if there are any; the request
    is then the same whichever of them the plan has.
    """
    scene = plan.scenes[index]
    picture = cover_frames([FRAME_SIZES[aspect] for aspect in aspects or (plan.aspect_ratio,)])
    return ImageRequest(
        prompt=scene.image_prompt,
        negative_prompt=scene.negative_prompt,
        width=picture.width,
        height=picture.height,
        seed=scene.seed,
        scene=_facts(plan, scene, index),
        safe=picture.safe,
    )


def _facts(plan: StoryPlan, scene: ScenePlan, index: int) -> SceneFacts:
    return SceneFacts(
        text=scene.text,
        title=plan.title,
        genre=plan.genre,
        language=plan.language,
        mood=scene.mood,
        setting=scene.setting,
        hour=scene.hour,
        weather=scene.weather,
        subjects=scene.subjects,
        characters=tuple((person.name, person.kind, person.look) for person in scene.characters),
        actions=scene.actions,
        story_seed=plan.seed,
        scene_index=index,
        scene_count=len(plan.scenes),
    )


class StoryClient:
    """One story as the pools see it: what its requests to them have in common."""

    def __init__(
        self,
        plan: StoryPlan,
        options: RenderOptions,
        engines: Engines,
        link: ClusterLink,
    ) -> None:
        self._plan = plan
        self._options = options
        self._engines = engines
        self._link = link
        self._store = ContentStore(options.store)

    def ticket(
        self, key: str, index: int, job: ImageJob | SpeechJob, *, batch_key: str = ""
    ) -> Ticket:
        """Return a request to a pool for scene ``index``, with what all of a story share."""
        return Ticket(
            request_id=key,
            story=self._options.asker or self._plan.story_id,
            order=index,
            job=job,
            priority=self._options.priority,
            story_since_s=self._options.submitted_s,
            batch_key=batch_key,
        )


class PictureShop(StoryClient):
    """Gets the pictures of one story, each once, however many formats are cut from it."""

    def __init__(
        self, plan: StoryPlan, options: RenderOptions, engines: Engines, link: ClusterLink
    ) -> None:
        super().__init__(plan, options, engines, link)
        self._assets: dict[int, PictureAsset] = {}
        self._loading: dict[int, asyncio.Future[Any]] = {}
        self._arrays: dict[int, asyncio.Future[Picture]] = {}

    async def get(self, index: int, *, on_retry: Callable[[str], None]) -> PictureAsset:
        """Return the picture of scene ``index``; ``on_retry`` is told of a fall to the card."""
        held = self._assets.get(index)
        if held is not None:
            if held.degraded is not None:
                on_retry(held.degraded)
            return replace(held, cached=True, attempts=0, gpu_s=0.0)
        request = self._request(index)
        engine, revision = self._engines.images.name, self._engines.image_revision
        key = content_key("image", engine=engine, revision=revision, request=request)
        asset = await asyncio.to_thread(self._stored, key, engine)
        if asset is None:
            try:
                asset = await self._drawn(index, key, request, engine)
            except (InputError, CancelledError):
                raise
            except RaypipeError as error:
                on_retry(str(error))
                asset = await self._carded(request, str(error))
        self._assets[index] = asset
        return asset

    async def reference(self, index: int) -> Any:
        """Return a reference to the array of a picture that `get` has returned."""
        loading = self._loading.get(index)
        if loading is None:
            loading = self._loading[index] = asyncio.ensure_future(self._load(self._assets[index]))
        return await asyncio.shield(loading)

    async def array(self, index: int) -> Picture:
        """Return a picture that `get` has returned: uint8 (h, w, 3) RGB, read-only.

        The last few are held, for whoever shows one picture after the other.

        Raises:
            ObjectGoneError: it was lost with its owner; `renew` it.
            StorageError: it has gone from the store.
        """
        fetching = self._arrays.pop(index, None) or asyncio.ensure_future(self._fetch(index))
        self._arrays[index] = fetching
        while len(self._arrays) > _ARRAYS_HELD:
            _leave(self._arrays.pop(next(iter(self._arrays))))
        return await asyncio.shield(fetching)

    async def _fetch(self, index: int) -> Picture:
        asset = self._assets[index]
        if asset.ref is None:
            return await self._kept(asset)
        where = f"picture of {self._plan.scenes[index].scene_id}"
        picture: Picture = await fetched(asset.ref, where=where)
        return picture

    async def _load(self, asset: PictureAsset) -> Any:
        return asset.ref if asset.ref is not None else await self._link.put(await self._kept(asset))

    async def _kept(self, asset: PictureAsset) -> Picture:
        """Read a kept picture here, where the store was just seen to hold it.

        A task for it would first have to start a process, which takes ten times as long.
        """
        found = await asyncio.to_thread(get_picture, self._store, asset.key)
        if found is None:
            raise StorageError(
                "the picture has gone from the store while its story was rendered",
                remedy="render again; raise storage.cache_max_bytes if the store is too small",
                where=asset.key,
            )
        return found[0]

    async def renew(self, index: int) -> None:
        """Make the array of a picture anew after its reference was lost with its owner."""
        asset = self._assets[index]
        fresh = await asyncio.to_thread(self._stored, asset.key, asset.engine)
        if fresh is None:
            request = self._request(index)
            fresh = await self._drawn(index, asset.key, request, asset.engine)
        self._assets[index] = replace(fresh, degraded=asset.degraded)
        self._loading.pop(index, None)
        self._arrays.pop(index, None)

    def _request(self, index: int) -> ImageRequest:
        return picture_request(self._plan, index, aspects=self._options.aspects)

    def _stored(self, key: str, engine: str) -> PictureAsset | None:
        entry = self._store.get(key)
        if entry is None:
            return None
        return PictureAsset(
            key=key,
            size=picture_size(entry),
            focus=focus_of(entry),
            light=light_of(entry),
            engine=engine,
            cached=True,
            attempts=0,
            degraded=None,
            notes=notes_of(entry),
        )

    async def _drawn(
        self, index: int, key: str, request: ImageRequest, engine: str
    ) -> PictureAsset:
        maker = await self._link.maker("image", engine)
        job = ImageJob(key, request, self._options.store)
        ticket = self.ticket(key, index, job, batch_key=f"{request.width}x{request.height}")
        reply = await maker.submit(ticket)
        done: ImageDone = reply.done
        return PictureAsset(
            key=key,
            size=(done.width, done.height),
            focus=done.focus,
            light=done.light,
            engine=engine,
            cached=False,
            attempts=reply.attempts,
            degraded=None,
            ref=reply.refs[0],
            gpu_s=reply.gpu_s,
            notes=done.notes,
        )

    async def _carded(self, request: ImageRequest, reason: str) -> PictureAsset:
        key = content_key("image", engine="card", request=request)
        picture, focus, light = await asyncio.to_thread(_draw_card, request)
        await asyncio.to_thread(put_picture, self._store, key, picture, focus=focus, light=light)
        return PictureAsset(
            key=key,
            size=(request.width, request.height),
            focus=focus,
            light=light,
            engine="card",
            cached=False,
            attempts=1,
            degraded=reason,
            ref=await self._link.put(picture),
        )


def _leave(fetching: asyncio.Future[Picture]) -> None:
    """Let a picture that lies on disk leave the memory, until it is shown again."""
    if fetching.done() and not fetching.cancelled() and fetching.exception() is None:
        let_go(fetching.result())


def _draw_card(request: ImageRequest) -> tuple[Any, Rect, LightMap]:
    from raypipe.images.open import open_image_engine
    from raypipe.picture.focus import find_focus
    from raypipe.picture.light import map_light

    (picture,) = open_image_engine("card").generate([request])
    return picture, find_focus(picture), map_light(picture)
