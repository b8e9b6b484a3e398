import threading

import pytest

from raypipe.errors import CancelledError
from raypipe.stopping import check_stop, stop_when


def test_work_that_nobody_can_stop_goes_on():
    check_stop()


def test_work_stops_at_the_next_look_after_it_was_asked_to():
    asked = threading.Event()
    with stop_when(asked.is_set):
        check_stop()
        asked.set()
        with pytest.raises(CancelledError):
            check_stop()
    check_stop()


def test_the_innermost_asks():
    with stop_when(lambda: True):
        with stop_when(lambda: False):
            check_stop()
        with pytest.raises(CancelledError):
            check_stop()


def test_another_thread_is_not_concerned():
    failures = []

    def work():
        try:
            check_stop()
        except CancelledError as error:
            failures.append(error)

    with stop_when(lambda: True):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert not failures
