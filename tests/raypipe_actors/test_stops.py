import pytest

from raypipe.errors import CancelledError
from raypipe.stopping import check_stop
from raypipe_actors.stops import Stops


def test_only_the_call_that_was_told_stops():
    stops = Stops()
    with stops.watch("a"):
        stops.tell("b")
        check_stop()
        stops.tell("a")
        with pytest.raises(CancelledError):
            check_stop()
    with stops.watch("b"), pytest.raises(CancelledError):  # told before it began
        check_stop()


def test_a_call_that_is_over_is_forgotten():
    stops = Stops()
    with stops.watch("a"):
        stops.tell("a")
    assert not stops.is_told("a")
