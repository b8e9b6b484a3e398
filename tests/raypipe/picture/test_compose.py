import itertools
from dataclasses import replace

import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.picture.colour import frame_to_rgb, planes_of, rgb_to_frame
from raypipe.picture.compose import compose_segment
from raypipe.timeline.model import KenBurns, Rect, TextLayer, TextStyle

TEXTS = (
    TextLayer("Once upon a time", 0, 30, TextStyle(animation="rise")),
    TextLayer("كان علي بابا", 30, 58, TextStyle(animation="typewriter"), "ar"),
)
EFFECTS = ("fade_in", "vignette", "grain", "light_leak")


def composed(spec, pictures, **options):
    return np.concatenate(list(compose_segment(spec, pictures, **options)))


def test_frames_are_i420_in_chunks(pictures, make_scene, make_spec):
    chunks = list(compose_segment(make_spec(make_scene(frames=40)), pictures))

    assert [chunk.shape for chunk in chunks] == [(15, 480, 180), (15, 480, 180), (10, 480, 180)]
    assert all(chunk.dtype == np.uint8 and chunk.flags.writeable for chunk in chunks)
    assert chunks[0].base is None


def test_frames_depend_on_neither_chunk_nor_segment(pictures, make_scene, make_spec):
    scene = _lasting(make_scene(texts=TEXTS, effects=EFFECTS, kind="dissolve"), 15)
    following = make_scene("s2", "b", texts=TEXTS[:1])
    scene_spec = {"following": following}
    whole = composed(make_spec(scene, **scene_spec), pictures, chunk_frames=60)

    for cuts in ([0, 25, 60], [0, 1, 47, 53, 60]):
        parts = [
            composed(make_spec(scene, first=a, count=b - a, **scene_spec), pictures, chunk_frames=7)
            for a, b in itertools.pairwise(cuts)
        ]
        assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("kind", ["fade", "dissolve", "slide", "wipe", "zoom"])
def test_a_transition_leads_into_the_next_scene_without_a_jump(
    pictures, make_scene, make_spec, kind
):
    scene = make_scene(frames=40, kind=kind)
    scene = _lasting(scene, 12)
    following = make_scene("s2", "b", frames=40)
    frames = composed(make_spec(scene, following), pictures)
    alone = composed(make_spec(make_scene(frames=40)), pictures)
    after = composed(make_spec(following, first=12, count=3), pictures)

    assert np.array_equal(frames[:28], alone[:28])
    assert _apart(frames[28], alone[28]) < 4
    # Where the next segment takes over, the picture goes on.
    assert _apart(frames[-1], after[0]) < 12
    assert _apart(frames[34], alone[34]) > 4


def _lasting(scene, frames):
    return replace(scene, transition_out=replace(scene.transition_out, frames=frames))


def _apart(first, second):
    return np.abs(first.astype(int) - second).mean()


def test_pictures_are_never_written_to(pictures, make_scene, make_spec):
    assert not pictures["a"].flags.writeable
    before = pictures["a"].copy()
    composed(make_spec(make_scene(effects=EFFECTS, frames=20)), pictures)

    assert np.array_equal(pictures["a"], before)


def test_the_first_frame_shows_the_picture(make_scene, make_spec):
    still = KenBurns(Rect(0, 0, 1, 1), Rect(0, 0, 1, 1))
    flat = {"a": np.full((640, 360, 3), (200, 60, 30), np.uint8)}
    frame = composed(make_spec(make_scene(motion=still, frames=1)), flat)[0]

    assert np.array_equal(frame, rgb_to_frame(np.full((320, 180, 3), (200, 60, 30), np.uint8)))
    assert np.abs(frame_to_rgb(frame).astype(int) - (200, 60, 30)).max() <= 2


def test_the_last_scene_may_fade_out(pictures, make_scene, make_spec):
    scene = make_scene(frames=30, kind="fade")
    scene = _lasting(scene, 10)
    y, u, _ = planes_of(composed(make_spec(scene), pictures)[-1])

    assert set(np.unique(y)) == {16}
    assert set(np.unique(u)) == {128}


def test_texts_of_both_scenes_are_not_mixed(make_scene, make_spec):
    flat = {"a": np.full((640, 360, 3), 90, np.uint8)}
    texts = (TextLayer("Same place", 0, 60, TextStyle(animation="none")),)
    scene = make_scene(texts=texts, kind="dissolve")
    scene = _lasting(scene, 11)
    frames = composed(make_spec(scene, make_scene("s2", "a", texts=texts)), flat)
    brightest = [int(planes_of(frame).y.max()) for frame in frames[48:]]

    assert brightest[0] == 235
    assert brightest[6] < 100
    assert brightest[-1] > 200


@pytest.mark.parametrize("size", [(181, 320), (180, 321)])
def test_odd_sizes_are_refused(pictures, make_scene, make_spec, size):
    with pytest.raises(RenderError, match="even frame width"):
        next(compose_segment(make_spec(make_scene(), size=size), pictures))


def test_a_missing_picture_is_named(make_scene, make_spec):
    with pytest.raises(RenderError, match=r"s1: expected the picture 'a', got none"):
        next(compose_segment(make_spec(make_scene()), {}))


@pytest.mark.parametrize(("first", "count"), [(-1, 5), (0, 0), (50, 11), (60, 1)])
def test_frames_outside_the_scene_are_refused(pictures, make_scene, make_spec, first, count):
    with pytest.raises(RenderError, match="expected frames within 0 to 60"):
        next(compose_segment(make_spec(make_scene(), first=first, count=count), pictures))


def test_a_transition_to_nowhere_is_refused(pictures, make_scene, make_spec):
    scene = make_scene(kind="slide")
    scene = _lasting(scene, 10)
    with pytest.raises(RenderError, match="a slide needs a scene to lead to"):
        next(compose_segment(make_spec(scene), pictures))

    assert composed(make_spec(scene, count=50), pictures).shape[0] == 50


def test_a_transition_longer_than_a_scene_is_refused(pictures, make_scene, make_spec):
    scene = make_scene(kind="fade")
    scene = _lasting(scene, 50)
    with pytest.raises(RenderError, match="transition of 1 to 20 frames, got 50"):
        next(compose_segment(make_spec(scene, make_scene("s2", "b", frames=20)), pictures))
