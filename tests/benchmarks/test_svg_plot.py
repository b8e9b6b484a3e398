from xml.etree import ElementTree as ET

import pytest
from svg_plot import Axis, Mark, nice_axis, scatter, small_multiples

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([0, 54], 0, 60), ([0.927, 0.996], 0.92, 1.0), ([-3, 7], -4, 8), ([5, 5], 5, 5)],
)
def test_an_axis_holds_all_values_between_round_numbers(values, low, high):
    axis = nice_axis("x", values)
    assert axis.low == pytest.approx(low, abs=1e-6)
    assert axis.high == pytest.approx(high, abs=1e-6)
    assert all(axis.low <= value <= axis.high for value in values)


def test_points_stand_where_they_belong():
    axis = Axis("x", 0, 10, (0, 10))
    marks = [Mark(0, 10, "a < b"), Mark(10, 0, "c", colour=1, chosen=False)]
    root = ET.fromstring(scatter("t", axis, axis, marks, ("one", "two")))  # noqa: S314 - our own
    first, second = root.findall(f"{SVG}circle")[2:]
    assert float(first.get("cx")) < float(second.get("cx"))
    assert float(first.get("cy")) < float(second.get("cy"))
    assert second.get("fill") == "white"
    assert "a < b" in [text.text for text in root.iter(f"{SVG}text")]


def test_each_contestant_has_a_row_with_two_lines():
    axis = Axis("y", 0, 2, (0, 2))
    rows = [("one", [1, 1, 1], [0, 2, 0]), ("two", [1, 1, 1], [1, 1, 1])]
    svg = small_multiples("t", nice_axis("frame", [0, 2]), axis, rows)
    assert len(list(ET.fromstring(svg).iter(f"{SVG}polyline"))) == 4  # noqa: S314 - our own
