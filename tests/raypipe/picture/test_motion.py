import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.errors import RenderError
from raypipe.picture.motion import choose_motion
from raypipe.timeline.model import Rect

FOCUS = Rect(0.3, 0.25, 0.3, 0.3)


def chosen(index=0, *, focus=FOCUS, picture=(1350, 2400), frame=(1080, 1920), **options):
    return choose_motion(
        focus=focus,
        picture_width=picture[0],
        picture_height=picture[1],
        frame_width=frame[0],
        frame_height=frame[1],
        seed=options.pop("seed", 7),
        scene_index=index,
        **options,
    )


@given(
    st.tuples(st.integers(1, 6000), st.integers(1, 6000)),
    st.sampled_from([(1080, 1920), (1920, 1080), (1080, 1080), (1080, 1350)]),
    st.integers(0, 30),
    st.floats(0.1, 60),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_crops_lie_in_the_picture_with_the_frames_aspect(picture, frame, index, seconds, place):
    focus = Rect(place[0], place[1], (1 - place[0]) * place[2], (1 - place[1]) * place[3])
    motion = chosen(index, focus=focus, picture=picture, frame=frame, duration_s=seconds)
    largest = min(picture[0] / frame[0], picture[1] / frame[1])

    for crop in (motion.start, motion.end):
        assert crop.x >= -1e-9
        assert crop.y >= -1e-9
        assert crop.x + crop.width <= 1 + 1e-9
        assert crop.y + crop.height <= 1 + 1e-9
        pixels = crop.width * picture[0], crop.height * picture[1]
        assert pixels[0] / pixels[1] == pytest.approx(frame[0] / frame[1])
        assert 1 - 1e-9 <= largest * frame[0] / pixels[0] <= 1.18 + 1e-9


@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("focus", [FOCUS, Rect(0.02, 0.02, 0.2, 0.2), Rect(0.6, 0.05, 0.35, 0.4)])
@pytest.mark.parametrize("picture", [(1350, 2400), (1024, 1024), (3000, 2000)])
def test_the_subject_and_its_head_stay_in_the_frame(index, focus, picture):
    motion = chosen(index, focus=focus, picture=picture)

    for crop in (motion.start, motion.end):
        if focus.width <= crop.width:
            assert crop.x <= focus.x + 1e-9
            assert focus.x + focus.width <= crop.x + crop.width + 1e-9
        assert crop.y <= focus.y + 1e-9


def kind(motion):
    if motion.start.width != motion.end.width:
        return "zoom"
    return "pan"


def test_neighbouring_scenes_move_differently():
    motions = [chosen(index) for index in range(12)]

    assert len({(m.start, m.end) for m in motions}) > 8
    assert [kind(m) for m in motions[:4]] == ["zoom", "pan", "zoom", "pan"]
    assert (motions[0].end.width < motions[0].start.width) != (
        motions[2].end.width < motions[2].start.width
    )


def test_every_move_moves():
    for index in range(8):
        assert chosen(index).start != chosen(index).end


def test_a_longer_scene_moves_further():
    short, long = (chosen(0, duration_s=seconds) for seconds in (3.0, 9.0))

    assert long.end.width < short.end.width


def test_a_large_picture_is_never_enlarged_much():
    for index in range(8):
        motion = chosen(index, picture=(1080, 1920), duration_s=30.0)
        assert 1 / min(motion.start.width, motion.end.width) <= 1.25


def test_the_same_seed_gives_the_same_move():
    assert chosen(3) == chosen(3)
    assert chosen(0, seed=1) != chosen(0, seed=2)


@pytest.mark.parametrize(
    "wrong",
    [{"picture": (0, 10)}, {"frame": (10, 0)}, {"duration_s": 0.0}, {"focus": Rect(2, 0, 1, 1)}],
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(RenderError, match="expected"):
        chosen(**wrong)
