"""The workers: detached actors that hold a warm model or an encoder.

A worker is built from small arguments, warms up in its constructor, and tells in `ready` why it
cannot work, for an exception in a constructor reaches nobody in one piece.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import ray

from raypipe.device import OnDevice, gpu_memory, name_device
from raypipe.errors import CancelledError, EngineError, RaypipeError, RenderError
from raypipe.stopping import check_stop
from raypipe.timeline.model import SegmentSpec
from raypipe_actors.faults import as_raypipe_error
from raypipe_actors.frames import FrameStream, start_composer
from raypipe_actors.keeping import Keeper
from raypipe_actors.making import draw_pictures, speak_text, tell_picture
from raypipe_actors.messages import (
    Batch,
    ImageDone,
    ImageJob,
    RenderDone,
    RenderJob,
    SpeechJob,
    WorkerInfo,
    WorkerMemory,
)
from raypipe_actors.packing import Packed, pack, unpack
from raypipe_actors.stops import Stops

_FLUSH_S = 60.0
_TELL_S = 0.4
"""Seconds between two words on a segment's progress, which is asked for twice a second."""


class _Worker:
    """What all workers share: their identity and the outcome of their warm-up."""

    def __init__(self, worker_id: str, engine: str, dispatcher_name: str) -> None:
        self.worker_id = worker_id
        self.engine_name = engine
        self._dispatcher_name = dispatcher_name
        ray.get_actor(dispatcher_name).placed.remote(worker_id)
        self._started_s: float = time.time()
        self._problem: RaypipeError | None = None
        self._keeper: Keeper = Keeper()
        self._stops: Stops = Stops()
        # On a busy machine OpenCV's threads wait for each other, up to 0.8 s for 2 ms of work.
        cv2.setNumThreads(1)
        started = time.perf_counter()
        try:
            self._warm_up()
        except RaypipeError as error:
            self._problem = error
        except Exception as error:  # noqa: BLE001 - an actor's boundary: libraries raise anything
            self._problem = EngineError(
                f"warm-up failed with {type(error).__name__}: {error}", where=engine
            )
        self._warm_up_s: float = time.perf_counter() - started

    _streams = 1
    """Requests that `run` may work on at once."""

    def _warm_up(self) -> None:
        raise NotImplementedError

    def _facts(self) -> tuple[str, int, str]:
        """Return revision, largest useful batch, and a detail for people."""
        raise NotImplementedError

    def run(self, packed: Packed) -> Any:
        """Do a `Batch`, all in one call of the engine, until done or told to `stop`.

        Returns:
            What travels by reference, then the packed list of what was done, for each job; only
            that list where nothing travels by reference.

        Raises:
            CancelledError: the call was told to stop.
        """
        batch = unpack(packed, Batch)
        with self._stops.watch(batch.call):
            check_stop()
            return self._work(batch.jobs)

    def _work(self, jobs: Sequence[Any]) -> Any:
        raise NotImplementedError

    @ray.method(concurrency_group="control")
    def stop(self, call: str) -> None:
        """Have a running `run` end at its next step: nobody waits for it any more."""
        self._stops.tell(call)

    def _speaks(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return languages and voices of a speech engine."""
        return (), ()

    @ray.method(concurrency_group="control")
    def ready(self) -> WorkerInfo:
        """Return what this worker is, or raise why it cannot work."""
        if self._problem is not None:
            raise self._problem
        revision, max_batch, detail = self._facts()
        languages, voices = self._speaks()
        return WorkerInfo(
            worker_id=self.worker_id,
            node_id=ray.get_runtime_context().get_node_id(),
            pid=os.getpid(),
            engine=self.engine_name,
            revision=revision,
            max_batch=max_batch,
            streams=self._streams,
            warm_up_s=self._warm_up_s,
            detail=detail,
            started_s=self._started_s,
            device=name_device(self._device()),
            languages=languages,
            voices=voices,
        )

    @ray.method(concurrency_group="control")
    def flush(self) -> bool:
        """Return once all products so far are in the store."""
        return self._keeper.flush(_FLUSH_S)

    @ray.method(concurrency_group="control")
    def memory(self) -> WorkerMemory:
        """Return what this process, and its GPU if it has one, have taken."""
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - procfs
            rss_bytes = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return WorkerMemory(rss_bytes, *gpu_memory(self._device()))

    def _device(self) -> str:
        """Return what the engine computes on, as torch names it."""
        engine = getattr(self, "_engine", None)
        return engine.device if isinstance(engine, OnDevice) else "cpu"


class ImageWorker(_Worker):
    """Holds an image engine.

    What is told of a picture, above all its focus, is found out on a thread of its own while Ray
    copies the picture into the object store, for whoever asked waits for both.
    """

    def __init__(self, worker_id: str, engine: str, dispatcher_name: str) -> None:
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="beside")
        super().__init__(worker_id, engine, dispatcher_name)

    def _warm_up(self) -> None:
        from raypipe.images.open import open_image_engine

        self._engine = open_image_engine(self.engine_name)

    def _facts(self) -> tuple[str, int, str]:
        return self._engine.revision, self._engine.max_batch, ""

    def _work(self, jobs: Sequence[ImageJob]) -> Iterator[Any]:
        """Draw each job's picture; return the pictures, then what was done."""
        pictures = draw_pictures(self._engine, jobs)
        done = [
            self._beside.submit(tell_picture, self._engine, job, picture, self._keeper)
            for job, picture in zip(jobs, pictures, strict=True)
        ]
        return _in_turn(pictures, done)

    def close(self) -> None:
        """Store what waits, and free the engine."""
        self._beside.shutdown()
        self._keeper.close()
        self._engine.close()


def _in_turn(
    pictures: Sequence[npt.NDArray[np.uint8]], done: Sequence[Future[ImageDone]]
) -> Iterator[Any]:
    """Yield ``pictures``, then what was done: Ray copies each before it asks for the next."""
    yield from pictures
    yield pack([each.result() for each in done])


class SpeechWorker(_Worker):
    """Holds a speech engine."""

    def _warm_up(self) -> None:
        from raypipe.speech.open import open_speech_engine

        self._engine = open_speech_engine(self.engine_name)

    def _facts(self) -> tuple[str, int, str]:
        return self._engine.revision, 1, ""

    def _speaks(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self._engine.languages, self._engine.voices

    def _work(self, jobs: Sequence[SpeechJob]) -> Packed:
        """Speak each job's text; return the speech, small enough to travel by value."""
        return pack([speak_text(self._engine, job, self._keeper) for job in jobs])

    def close(self) -> None:
        """Store what waits, and free the engine."""
        self._keeper.close()
        self._engine.close()


class RenderWorker(_Worker):
    """Turns streams of frames into segments with the encoder that was found to work here.

    Encodes as many segments at once as keep its encoder busy, each in a thread and with a composer
    of its own. What goes wrong in one stream does not touch the others.

    Args:
        worker_id: its name in the pool.
        engine: the encoder, or ``auto``.
        dispatcher_name: the actor that is told of progress.
        streams: segments at once; None leaves it to the encoder's kind.
    """

    def __init__(
        self,
        worker_id: str,
        engine: str,
        dispatcher_name: str,
        *,
        streams: int | None = None,
    ) -> None:
        self._wanted_streams = streams
        self._composers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        super().__init__(worker_id, engine, dispatcher_name)

    def _warm_up(self) -> None:
        from raypipe.encode.probe import choose_encoder, segments_at_once

        self._streams = self._wanted_streams or 1
        self._composers.put(start_composer())  # warms up while encoders are tried
        self._choice = choose_encoder(self.engine_name)
        self._streams = self._wanted_streams or segments_at_once(self._choice.name)
        for _ in range(self._streams - 1):
            self._composers.put(start_composer())

    def _facts(self) -> tuple[str, int, str]:
        rejected = "; ".join(f"{name}: {why}" for name, why in self._choice.rejected)
        return self._choice.name, 1, f"{self._choice.reason}|{rejected}"

    def _device(self) -> str:
        # Encoders of libavcodec are named by codec and device: h264_nvenc, h264_vaapi.
        return self._choice.name.partition("_")[2] or "cpu"

    def _work(self, jobs: Sequence[RenderJob]) -> tuple[Any, ...]:
        """Compose and encode one segment; return its bytes, a frame's luma, then what was done."""
        (job,) = jobs
        spec = job.spec.open()
        composer = self._composers.get()
        stream = FrameStream(composer, spec, job.pictures)
        try:
            return self._render(job, spec, stream)
        except CancelledError:
            stream.stop()  # the composer stays, warm
            raise
        except BaseException as error:
            # It may be dead, or wait for ever for somebody to take the rest of its frames.
            ray.kill(composer)
            composer = start_composer()
            if isinstance(error, ray.exceptions.RayError):
                raise as_raypipe_error(error, where=f"scene {spec.scene.scene_id}") from error
            raise
        finally:
            self._composers.put(composer)

    def _render(self, job: RenderJob, spec: SegmentSpec, stream: FrameStream) -> tuple[Any, ...]:
        from raypipe.encode.segment import SegmentEncoder
        from raypipe.store.content import ContentStore

        encoding = job.encoding
        started = time.perf_counter()
        waited, told = 0.0, started
        sample = None
        listener = ray.get_actor(self._dispatcher_name)
        with SegmentEncoder(
            width=spec.width,
            height=spec.height,
            fps=spec.fps,
            encoder=encoding.encoder,
            quality=encoding.quality,
            max_bitrate=encoding.max_bitrate,
            threads=1,
        ) as encoder:
            mark = time.perf_counter()
            for ref in stream:
                check_stop()
                frames = ray.get(ref)
                waited += time.perf_counter() - mark
                place = spec.sample_frame - encoder.frame_count
                if 0 <= place < len(frames):
                    sample = frames[place, : spec.height].copy()
                encoder.feed(frames)
                del frames, ref
                mark = time.perf_counter()
                if mark - told >= _TELL_S:  # each call costs the dispatcher 2 ms
                    told = mark
                    listener.report.remote(job.key, encoder.frame_count)
            if encoder.frame_count != spec.frame_count:
                raise RenderError(
                    f"expected {spec.frame_count} frames, got {encoder.frame_count}",
                    where=f"scene {spec.scene.scene_id}",
                )
            segment = encoder.close()
        store, header = ContentStore(job.store), {"frames": spec.frame_count}
        self._keeper.keep(store.put, job.key, segment, header)
        spent = time.perf_counter() - started
        done = RenderDone(job.key, spec.frame_count, len(segment), spent - waited, waited)
        return segment, sample, pack([done])

    def close(self) -> None:
        """Store what waits; end the composers at rest, the others end with this process."""
        self._keeper.close()
        while True:
            try:
                ray.kill(self._composers.get_nowait())
            except queue.Empty:
                return
