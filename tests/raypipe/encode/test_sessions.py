from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack

import pytest

from raypipe.encode.sessions import SESSIONS, encoder_session
from raypipe.errors import CancelledError
from raypipe.stopping import stop_when


@pytest.fixture(autouse=True)
def locks(tmp_path, monkeypatch):
    """Keep this test's locks apart from those of whoever encodes on this machine."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def take_all(stack: ExitStack) -> None:
    for _ in range(SESSIONS):
        stack.enter_context(encoder_session("h264_nvenc"))


def test_one_more_than_there_are_waits_until_one_ends():
    held = threading.Event()

    def hold_one_more():
        with encoder_session("h264_nvenc"):
            held.set()

    with ExitStack() as stack:
        take_all(stack)
        waiting = threading.Thread(target=hold_one_more)
        waiting.start()
        assert not held.wait(0.1)
    assert held.wait(10)
    waiting.join()


def test_who_waits_can_be_told_to_stop():
    with ExitStack() as stack:
        take_all(stack)
        with stop_when(lambda: True), pytest.raises(CancelledError):
            stack.enter_context(encoder_session("h264_qsv"))


def test_software_needs_no_session(locks):
    with ExitStack() as stack:
        for _ in range(SESSIONS + 1):
            stack.enter_context(encoder_session("libx264"))
    assert not list(locks.iterdir())
