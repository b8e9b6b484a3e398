"""What travels between a story's pipeline, the dispatchers and the workers."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, cast

from raypipe.encode.quality import Quality
from raypipe.images.engine import ImageRequest
from raypipe.picture.light import LightMap
from raypipe.speech.engine import SpeechRequest
from raypipe.store.content import StoreConfig
from raypipe.timeline.model import Rect, SegmentSpec

PoolKind = Literal["image", "speech", "render"]

NAMESPACE = "raypipe"
"""The Ray namespace of all detached actors of this project."""

DISPATCHER_PREFIX = "pool:"
"""How the names of dispatchers begin; those of their workers have a ``#`` besides."""


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sealed(Generic[Value]):
    """A value as it travels: who only passes it on does not have to make its objects.

    The words and times of two scenes are 90 kB as objects and 6 kB so, and a dispatcher has those
    of all segments that wait.
    """

    content: bytes

    @classmethod
    def of(cls, value: Value) -> Sealed[Value]:
        """Return ``value``, sealed."""
        return cls(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))

    def open(self) -> Value:
        """Return the value; to be called on what this process was sent by one of ours."""
        return cast("Value", pickle.loads(self.content))  # noqa: S301 - as Ray does with the rest


@dataclass(frozen=True, slots=True)
class ImageJob:
    """Draw one picture and keep it under ``key``."""

    key: str
    request: ImageRequest
    store: StoreConfig


@dataclass(frozen=True, slots=True)
class ImageDone:
    """A picture drawn; the array itself travels by reference. ``notes`` say what it leaves out."""

    key: str
    width: int
    height: int
    focus: Rect
    light: LightMap
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """Speak one text and keep it under ``key``."""

    key: str
    request: SpeechRequest
    store: StoreConfig


@dataclass(frozen=True, slots=True)
class Encoding:
    """How segments are encoded; ``revision`` is part of their keys."""

    encoder: str
    quality: Quality
    max_bitrate: int


@dataclass(frozen=True, slots=True)
class RenderJob:
    """Compose and encode one segment and keep it under ``key``.

    ``pictures`` holds (content key, reference to the array uint8 (h, w, 3)).
    """

    key: str
    spec: Sealed[SegmentSpec]
    pictures: tuple[tuple[str, Any], ...]
    encoding: Encoding
    store: StoreConfig


@dataclass(frozen=True, slots=True)
class RenderDone:
    """A segment encoded; its bytes travel by reference.

    So does the luma, uint8 (height, width), of its sample frame as it was composed.
    """

    key: str
    frame_count: int
    byte_count: int
    encode_s: float
    wait_s: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What a worker is to do in one call of its engine; ``call`` is the name to stop it by."""

    call: str
    jobs: tuple[ImageJob | SpeechJob | RenderJob, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request to a pool. Equal ``request_id`` (a content key) means the same work.

    ``priority`` is 0 (high), 1 (normal) or 2 (low); ``story_since_s`` is when the story was
    submitted (seconds since the epoch) and ``order`` the place in it; requests of equal
    ``batch_key`` may share a call of the engine. A request that is not done ``timeout_s`` after it
    was submitted fails with `DeadlineError`; 0 waits for as long as it takes.
    """

    request_id: str
    story: str
    order: int
    job: ImageJob | SpeechJob | RenderJob
    priority: int = 1
    story_since_s: float = 0.0
    batch_key: str = ""
    near_node: str = ""
    timeout_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a ticket: ``done``, and references to what was made for it.

    Those are a picture's array; or a segment's bytes, and the luma of its sample.

    ``run_s`` is the time of the call that made it, with what shared the call; ``gpu_s`` is this
    ticket's part of what that call took of a GPU.
    """

    done: Any
    refs: tuple[Any, ...]
    worker_id: str
    attempts: int
    queue_s: float
    run_s: float
    gpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a warm worker says of itself: ``started_s`` is seconds since the epoch.

    It takes ``streams`` calls at once, and works on ``device``: ``cpu``, or a GPU's index and name.
    A speech engine speaks ``languages`` with ``voices``, as `raypipe.speech.engine.SpeechEngine`.
    """

    worker_id: str
    node_id: str
    pid: int
    engine: str
    revision: str
    max_batch: int
    warm_up_s: float
    detail: str = ""
    started_s: float = 0.0
    streams: int = 1
    device: str = "cpu"
    languages: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """What a worker takes: ``rss_bytes`` of its node's memory, shared pages included.

    ``gpu_used_bytes`` of ``gpu_total_bytes`` are taken on its whole GPU, by whomever; both are 0
    for a worker without CUDA.
    """

    rss_bytes: int = 0
    gpu_used_bytes: int = 0
    gpu_total_bytes: int = 0


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker in a pool's status; ``started_s`` is 0 while it warms up, ``device`` empty."""

    worker_id: str
    state: str
    node_id: str
    pid: int
    started_s: float = 0.0
    device: str = ""
    memory: WorkerMemory = WorkerMemory()


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """A pool at one moment.

    ``p50_s`` and ``p95_s`` are of the latest 200 requests, from submission to end. ``batch`` is how
    many requests the latest calls served on average, of ``max_batch``. ``speed`` is work a second
    while at work, in the last minute, in ``unit``: images, s of speech, or frames; 0 if there was
    none.
    """

    kind: PoolKind
    engine: str
    revision: str
    detail: str
    queued: int
    running: int
    done: int
    failed: int
    retried: int
    p50_s: float
    p95_s: float
    workers: tuple[WorkerStatus, ...] = field(default_factory=tuple)
    gpus: float = 0.0
    """GPUs, or the share of one, that each worker takes."""
    cancelled: int = 0
    batch: float = 0.0
    max_batch: int = 1
    speed: float = 0.0
    unit: str = "images"
