import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.picture.light import LightMap
from raypipe.speech.engine import Speech
from raypipe.timeline.model import Rect
from raypipe_actors.figures import KEPT, SPEED_WINDOW_S, Call, Figures, covered_s, work_of
from raypipe_actors.messages import ImageDone, RenderDone

PICTURE = ImageDone("image/1", 8, 8, Rect(0, 0, 1, 1), LightMap(1, 1, b"0", b"0"))


def test_without_a_request_there_are_no_times():
    figures = Figures()
    assert (figures.quantile_s(0.5), figures.batch(), figures.speed(0.0)) == (0.0, 0.0, 0.0)


@given(waits=st.lists(st.floats(0.001, 100), min_size=1, max_size=2 * KEPT))
def test_quantiles_are_times_of_real_requests_of_late(waits):
    figures = Figures()
    figures.waits_s.extend(waits)
    p50, p95 = figures.quantile_s(0.5), figures.quantile_s(0.95)
    late = waits[-KEPT:]
    assert p50 in late
    assert p95 in late
    assert sum(wait <= p50 for wait in late) >= len(late) / 2
    assert sum(wait <= p95 for wait in late) >= 0.95 * len(late)


def test_two_workers_at_once_count_their_time_once():
    figures = Figures()
    figures.calls.extend([Call(0, 2, 4, 4.0), Call(1, 3, 2, 2.0), Call(5, 6, 3, 3.0)])
    assert figures.batch() == 3
    assert figures.speed(6.0) == 9 / 4


def test_speed_forgets_what_is_long_over():
    figures = Figures()
    figures.calls.append(Call(0.0, 1.0, 1, 1.0))
    assert figures.speed(1.0 + SPEED_WINDOW_S - 0.1) == 1.0
    assert figures.speed(1.0 + SPEED_WINDOW_S) == 0.0


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda s: (s[0], s[0] + s[1])),
        max_size=12,
    )
)
def test_covered_time_is_that_of_the_moments_in_any_span(spans):
    moments = {moment for start, end in spans for moment in range(start, end)}
    assert covered_s(spans) == len(moments)


def test_work_is_pictures_seconds_of_speech_or_frames():
    speech = Speech(np.zeros(24_000, np.float32), 16_000)
    assert work_of([PICTURE, PICTURE]) == 2.0
    assert work_of([speech, speech]) == 3.0
    assert work_of([RenderDone("segment/1", 45, 1000, 1.0, 0.1)]) == 45.0
    with pytest.raises(TypeError, match="got str"):
        work_of(["picture"])
