"""The segments of a story: each asked for as soon as the pictures it shows are there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raypipe.encode.join import SegmentFormat, segment_format
from raypipe.encode.segment import encoder_revision
from raypipe.encode.sessions import is_software
from raypipe.errors import EncoderError, RaypipeError
from raypipe.post.facts import Luma
from raypipe.spool import Spool, Spooled
from raypipe.store.content import ContentStore
from raypipe.store.keys import code_revision
from raypipe.timeline.model import SegmentSpec
from raypipe.timeline.segments import segment_key
from raypipe_actors.assets import PictureShop
from raypipe_actors.faults import ObjectGoneError, fetched
from raypipe_actors.link import ClusterLink
from raypipe_actors.messages import Encoding, RenderDone, RenderJob, Sealed, Ticket
from raypipe_actors.options import RenderOptions

if TYPE_CHECKING:
    from raypipe_actors.pools import Pool

FramesTold = Callable[[int, int], None]
"""Is told a segment's index, and how many of its frames are done."""

_POLL_S = 0.5
_ASKED_AT_ONCE = 64
"""Segments of a story that its dispatcher knows of; each takes 90 kB of it, most of that Ray's."""
_MAX_LOSSES = 3
"""How often the pictures of a segment may be lost with their owner before it is an error."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame of a segment as it was composed: its number there, and its luma uint8 (h, w).

    It lies on disk, too: where many encode, many wait to be compared.
    """

    frame: int
    luma: Luma


@dataclass(frozen=True, slots=True)
class Segment:
    """An encoded segment: ``data`` is an MP4 with one video track, on disk until it is joined.

    Of one that was made now, ``sample`` is a frame to compare with what is decoded.
    """

    index: int
    data: Spooled
    cached: bool
    encode_s: float
    attempts: int
    sample: Sample | None = None


class SegmentShop:
    """Gets the segments of one story.

    Args:
        story: who asks, for the queue.
        options: quality, bit rate, store.
        encoder: the encoder's name, as the render pool found it.
        pictures: where references to pictures come from.
        link: the cluster.
        on_frames: told (segment index, frames done) now and then.
        turns: as many segments are made at a time as there are; None leaves that to the pool.
    """

    def __init__(
        self,
        story: str,
        options: RenderOptions,
        *,
        encoder: str,
        pictures: PictureShop,
        link: ClusterLink,
        on_frames: FramesTold,
        turns: asyncio.Semaphore | None = None,
    ) -> None:
        self._story = story
        self._options = options
        quality = "draft" if options.preview else options.quality
        self._encoding = Encoding(encoder, quality, options.max_bitrate)
        self._encoding_revision = encoder_revision(
            encoder, quality, fps=options.fps, max_bitrate=options.max_bitrate
        )
        self._code = code_revision("raypipe.picture", "raypipe.text")
        self._pictures = pictures
        self._link = link
        self._store = ContentStore(options.store)
        self._spool = Spool()
        self._on_frames = on_frames
        self._index_of: dict[str, int] = {}
        self._format: SegmentFormat | None = None
        self._turns = turns or asyncio.Semaphore(_ASKED_AT_ONCE)

    async def get(self, spec: SegmentSpec, scenes: tuple[int, ...]) -> Segment:
        """Return the segment of ``spec``, which shows the pictures of ``scenes``.

        Raises:
            EncoderError: the encoder failed, or another GPU or driver made a segment that cannot
                be joined with the others.
            RaypipeError: it could not be made.
        """
        segment = await self._get(spec, scenes)
        if not is_software(self._encoding.encoder):
            where = f"segment {spec.index}"
            found = await asyncio.to_thread(segment_format, segment.data, where)
            self._format = self._format or found
            if found != self._format:
                raise EncoderError(
                    f"expected one format of {self._encoding.encoder} in a video, got two",
                    remedy="use GPUs and drivers of one kind, or the encoder libx264",
                    where=where,
                )
        return segment

    async def give_up(self) -> None:
        """Drop what still waits to be encoded for this story."""
        pool = await self._link.pool("render", self._options.encoder)
        await pool.cancel(self._story)

    async def _get(self, spec: SegmentSpec, scenes: tuple[int, ...]) -> Segment:
        key = segment_key(spec, encoding=self._encoding_revision, code=self._code)
        entry = await asyncio.to_thread(self._store.get, key)
        if entry is not None:
            self._on_frames(spec.index, spec.frame_count)
            data = await asyncio.to_thread(self._spool.put, entry.payload)
            return Segment(spec.index, data, cached=True, encode_s=0.0, attempts=0)
        self._index_of[key] = spec.index
        for loss in range(_MAX_LOSSES + 1):
            try:
                return await self._make(spec, key, scenes)
            except ObjectGoneError:
                if loss == _MAX_LOSSES:
                    raise
                for scene in scenes:
                    await self._pictures.renew(scene)
        raise AssertionError("unreachable: the last loss is raised")

    async def _make(self, spec: SegmentSpec, key: str, scenes: tuple[int, ...]) -> Segment:
        pool = await self._link.pool("render", self._options.encoder)
        names = [scene.visual.image_key for scene in spec.shown]
        refs = [await self._pictures.reference(scene) for scene in scenes]
        job = RenderJob(
            key=key,
            spec=Sealed.of(spec),
            pictures=tuple(zip(names, refs, strict=True)),
            encoding=self._encoding,
            store=self._options.store,
        )
        ticket = Ticket(
            request_id=key,
            story=self._story,
            order=spec.index,
            job=job,
            priority=self._options.priority,
            story_since_s=self._options.submitted_s,
        )
        async with self._turns:
            reply = await pool.submit(ticket)
        done: RenderDone = reply.done
        where = f"segment {spec.index}"
        encoded, luma = [await fetched(ref, where=where) for ref in reply.refs]
        data = await asyncio.to_thread(self._spool.put, encoded)
        luma = await asyncio.to_thread(self._spool.keep, luma)
        self._on_frames(spec.index, spec.frame_count)
        return Segment(
            spec.index,
            data,
            cached=False,
            encode_s=done.encode_s,
            attempts=reply.attempts,
            sample=Sample(spec.sample_frame, luma),
        )

    async def watch(self) -> None:
        """Tell of frames as they are encoded, until cancelled."""
        pool: Pool | None = None
        while True:
            await asyncio.sleep(_POLL_S)
            if not self._index_of:
                continue
            pool = pool or await self._link.pool("render", self._options.encoder)
            with contextlib.suppress(RaypipeError):
                for key, frames in (await pool.progress(self._story)).items():
                    if key in self._index_of:
                        self._on_frames(self._index_of[key], frames)
