"""Embedded engines in the caller's process, in place of pools."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from raypipe.errors import ClusterError, EngineError, GenerationError
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.images.open import open_image_engine
from raypipe.speech.engine import SpeechRequest
from raypipe.speech.open import open_speech_engine
from raypipe.spool import Spool
from raypipe.stopping import check_stop
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.products import focus_of, get_picture, get_speech, light_of, notes_of
from raypipe_actors.messages import ImageJob, Reply, SpeechJob, Ticket
from raypipe_actors.near import NearLink, NearMaker

REQUEST = ImageRequest(
    "", "", 192, 320, 3, SceneFacts(text="x", setting="forest", subjects=("wolf",), story_seed=7)
)


class Faulty:
    """Raises the given errors, one a call, then draws grey; tells how often it was called."""

    name, revision, max_batch = "card", "1", 1

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    def generate(self, requests):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return [np.full((r.height, r.width, 3), 99, np.uint8) for r in requests]

    def notes_on(self, request):
        return (f"left out {request.seed}",)

    def close(self):
        pass


def refuse_to_connect() -> None:
    raise AssertionError("nothing that needs Ray was asked for")


def link_here() -> NearLink:
    return NearLink(refuse_to_connect, local=True)


def picture_of(store: StoreConfig) -> Ticket:
    return Ticket("image/a", "story", 0, ImageJob("image/a", REQUEST, store))


def ask(kind: str, engine: str, ticket: Ticket) -> Reply:
    async def submit() -> Reply:
        link = link_here()
        reply = await (await link.maker(kind, engine)).submit(ticket)
        await link.flush()
        return reply

    return asyncio.run(submit())


def submit_to(engine: object, store: StoreConfig) -> Reply:
    async def submit() -> Reply:
        maker = NearMaker("card", Spool())
        maker._engine = engine
        reply = await maker.submit(picture_of(store))
        await maker.flush()
        return reply

    return asyncio.run(submit())


def test_a_picture_is_drawn_and_kept_without_a_cluster(store):
    reply = ask("image", "storybook", picture_of(store))
    (drawn,) = open_image_engine("storybook").generate([REQUEST])
    kept, _ = get_picture(ContentStore(store), "image/a")
    assert np.array_equal(reply.refs[0], drawn)
    assert np.array_equal(kept, drawn)
    entry = ContentStore(store).get("image/a")
    assert (focus_of(entry), light_of(entry)) == (reply.done.focus, reply.done.light)
    assert (reply.done.width, reply.done.height, reply.attempts) == (192, 320, 1)


def test_a_text_is_spoken_and_kept_without_a_cluster(store):
    request = SpeechRequest("The lamp is lit.")
    reply = ask(
        "speech", "espeak:en", Ticket("speech/a", "s", 0, SpeechJob("speech/a", request, store))
    )
    spoken = open_speech_engine("espeak:en").synthesize(request)
    kept = get_speech(ContentStore(store), "speech/a")
    for speech in (reply.done, kept):
        assert np.array_equal(speech.samples, spoken.samples)
        assert speech.words == spoken.words


def test_an_engine_is_opened_once():
    async def both() -> tuple[object, object]:
        link = link_here()
        return await link.maker("image", "card"), await link.maker("image", "card")

    first, second = asyncio.run(both())
    assert first is second


def test_what_may_succeed_is_tried_again(store):
    engine = Faulty(GenerationError("once"), GenerationError("twice"))
    reply = submit_to(engine, store)
    assert (reply.attempts, engine.calls) == (3, 3)
    assert reply.done.notes == notes_of(ContentStore(store).get("image/a")) == ("left out 3",)


def test_what_fails_each_time_is_told(store):
    engine = Faulty(*(GenerationError(str(number)) for number in range(9)))
    with pytest.raises(GenerationError, match="2"):
        submit_to(engine, store)
    assert engine.calls == 3


def test_what_will_not_succeed_is_tried_once(store):
    engine = Faulty(EngineError("never"))
    with pytest.raises(EngineError, match="never"):
        submit_to(engine, store)
    assert engine.calls == 1


def test_what_a_library_raises_is_one_of_ours(store):
    with pytest.raises(ClusterError, match="ZeroDivisionError: by zero"):
        submit_to(Faulty(ZeroDivisionError("by zero")), store)


def test_who_is_cancelled_stops_the_engine_at_its_next_step(store):
    begun, ended = threading.Event(), threading.Event()

    class Endless(Faulty):
        def generate(self, requests):
            self.calls += len(requests)
            begun.set()
            try:
                while True:
                    check_stop()
            finally:
                ended.set()

    async def give_up() -> None:
        maker = NearMaker("card", Spool())
        maker._engine = Endless()
        asked = asyncio.ensure_future(maker.submit(picture_of(store)))
        await asyncio.to_thread(begun.wait, 10)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(give_up())
    assert ended.wait(10)


def test_requests_are_worked_on_side_by_side(store):
    both_are_there = threading.Barrier(2, timeout=30)

    class Meeting(Faulty):
        def generate(self, requests):
            both_are_there.wait()
            return super().generate(requests)

    async def ask_twice() -> list[Reply]:
        maker = NearMaker("card", Spool(), at_once=2)
        maker._engine = Meeting()
        return await asyncio.gather(*(maker.submit(picture_of(store)) for _ in range(2)))

    assert [reply.attempts for reply in asyncio.run(ask_twice())] == [1, 1]


def test_models_are_asked_for_of_the_cluster():
    async def ask_for(engine: str) -> object:
        return await link_here().maker("image", engine)

    with pytest.raises(AssertionError, match="needs Ray"):
        asyncio.run(ask_for("diffusers:/models/sd15"))


def test_an_array_stays_here():
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert np.array_equal(asyncio.run(link_here().put(picture)), picture)
