"""What travels arrives as it was sent, and costs those that it passes through little."""

import pickle
import tracemalloc

from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TextLayer,
    TextStyle,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.messages import Sealed


def spec_of(words: int) -> SegmentSpec:
    """Return a segment of a scene with that many captions of one word each."""
    whole = Rect(0, 0, 1, 1)
    texts = tuple(
        TextLayer(
            f"word {n}", 9 * n, 9 * n + 9, TextStyle(), word_frames=((0, 4, 9 * n, 9 * n + 9),)
        )
        for n in range(words)
    )
    picture = VisualLayer("image/1", KenBurns(whole, whole))
    scene = TimelineScene("s1", 0, 9 * words, picture, texts, None, Transition())
    return SegmentSpec(0, 540, 960, 30, 0, 0, 90, scene, None)


def loaded_bytes(message: bytes) -> int:
    """Return what the objects of a pickled message take."""
    tracemalloc.start()
    try:
        value = pickle.loads(message)  # noqa: S301 - our own
        return tracemalloc.get_traced_memory()[0] if value else 0
    finally:
        tracemalloc.stop()


def test_what_was_sealed_is_opened_as_it_was():
    spec = spec_of(20)
    arrived = pickle.loads(pickle.dumps(Sealed.of(spec)))  # noqa: S301 - our own
    assert arrived.open() == spec


def test_to_pass_on_what_is_sealed_takes_a_fraction_of_its_objects():
    spec = spec_of(200)
    sealed = loaded_bytes(pickle.dumps(Sealed.of(spec)))
    assert 0 < sealed < loaded_bytes(pickle.dumps(spec)) / 4
