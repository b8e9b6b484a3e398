import importlib.util
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

PATH = Path(__file__).parent.parent.parent / "benchmarks" / "render_simulation.py"
SPEC = importlib.util.spec_from_file_location("render_simulation", PATH)
simulation = importlib.util.module_from_spec(SPEC)
sys.modules["render_simulation"] = simulation
SPEC.loader.exec_module(simulation)

milliseconds = st.floats(0, 50)
costs = st.builds(
    simulation.Costs,
    encode_ms_per_frame=st.floats(0.1, 50),
    compose_ms_per_frame=milliseconds,
    put_ms_per_frame=milliseconds,
    get_ms_per_frame=milliseconds,
    start_ms_per_segment=milliseconds,
    dispatch_ms_per_segment=milliseconds,
    join_ms_per_frame=milliseconds,
    join_ms=milliseconds,
)
segments = st.lists(st.integers(1, 150), min_size=1, max_size=40)
ENCODER_ONLY = simulation.Costs(10, 0, 0, 0, 0, 0, 0, 0)


@given(segments, costs, st.integers(1, 64))
def test_no_number_of_actors_beats_the_bounds(segments, costs, actors):
    encoded, total = simulation.stage_ms(segments, costs, actors)
    each = [simulation.segment_ms(frames, costs) for frames in segments]

    assert encoded >= sum(each) / actors - 1e-6
    assert encoded >= max(each) - 1e-6
    assert encoded >= costs.dispatch_ms_per_segment * len(segments) - 1e-6
    assert total >= encoded


@given(segments, costs, st.integers(1, 63))
def test_another_actor_never_slows_it_down(segments, costs, actors):
    fewer = simulation.stage_ms(segments, costs, actors)[1]
    more = simulation.stage_ms(segments, costs, actors + 1)[1]

    assert more <= fewer + 1e-6


@given(segments)
def test_one_actor_does_one_after_the_other(segments):
    assert simulation.stage_ms(segments, ENCODER_ONLY, 1)[0] == pytest.approx(10 * sum(segments))


def test_equal_segments_divide_evenly_until_there_are_no_more():
    outcomes = simulation.simulate([100] * 8, ENCODER_ONLY, [1, 2, 4, 8, 16])

    assert [outcome.speed_up for outcome in outcomes] == pytest.approx([1, 2, 4, 8, 8])
    assert [outcome.bound for outcome in outcomes] == ["encoding"] * 4 + ["longest segment"]


def test_a_slow_join_bends_the_curve_and_is_named():
    slow = simulation.Costs(10, 0, 0, 0, 0, 0, 5, 0)
    outcome = simulation.simulate([100] * 64, slow, [64])[0]

    assert outcome.bound == "join"
    assert outcome.speed_up < 3


@pytest.mark.parametrize(("segments", "actors"), [([], 1), ([5], 0)])
def test_nothing_to_do_or_nobody_to_do_it_is_refused(segments, actors):
    with pytest.raises(ValueError, match="expected segments and actors"):
        simulation.stage_ms(segments, ENCODER_ONLY, actors)


def test_the_plot_is_well_formed_and_names_its_curves():
    curve = simulation.simulate([100] * 17, ENCODER_ONLY, [1, 2, 4, 8, 16, 32, 64])
    svg = ET.fromstring(simulation.as_svg({"60 s": curve, "600 s": curve}))  # noqa: S314 - our own
    words = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]

    assert {"60 s", "600 s", "64", "64x"} <= set(words)
