"""Log records as lines: whose they are, and that nothing in them breaks a line."""

import asyncio
import io
import json
import logging

import pytest

from raypipe.errors import SettingsError
from raypipe.logs import (
    LOGGERS,
    TextFormatter,
    configure_logging,
    configure_wanted_logging,
    current_fields,
    log_fields,
    readable,
)

logger = logging.getLogger("raypipe.tests")


@pytest.fixture
def lines():
    """Configure JSON logs, and give back a function that reads them."""
    found = [logging.getLogger(name) for name in LOGGERS]
    before = [(chosen.handlers[:], chosen.propagate, chosen.level) for chosen in found]
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    configure_logging("json", stream=stream)  # again: no line is written twice
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for chosen, (chosen.handlers, chosen.propagate, level) in zip(found, before, strict=True):
        chosen.setLevel(level)


def test_a_record_is_one_line_with_its_fields(lines):
    with log_fields(job_id="fox.1", story_id="fox"):
        logger.info("drawn\nat %s", "last", extra={"scene_id": "s1", "took_s": 1.5})
    (line,) = lines()
    assert list(line) == [
        "time", "level", "logger", "message", "job_id", "story_id", "scene_id", "took_s",
    ]  # fmt: skip
    assert line["message"] == "drawn\nat last"
    assert (line["job_id"], line["scene_id"], line["took_s"]) == ("fox.1", "s1", 1.5)
    assert line["time"].endswith("Z")


def test_a_traceback_goes_with_its_record(lines):
    try:
        int("bad \x1b[31m")
    except ValueError:
        logger.exception("failed")
    (line,) = lines()
    assert line["level"] == "error"
    assert "ValueError: invalid" in line["traceback"]


def test_fields_follow_tasks_and_threads_and_end_with_their_block(lines):
    async def job(name):
        with log_fields(job_id=name):
            await asyncio.sleep(0)
            await asyncio.to_thread(logger.info, "in a thread")
            await asyncio.create_task(later())

    async def later():
        logger.warning("in a task")

    async def both():
        await asyncio.gather(job("a.1"), job("b.2"))

    asyncio.run(both())
    assert current_fields() == {}
    found = sorted((line["job_id"], line["message"]) for line in lines())
    assert found == [
        ("a.1", "in a task"), ("a.1", "in a thread"), ("b.2", "in a task"), ("b.2", "in a thread"),
    ]  # fmt: skip


def test_what_json_does_not_know_is_written_as_text(lines):
    logger.info("odd", extra={"path": logging, "text": "\ud800"})
    assert "module 'logging'" in lines()[0]["path"]


def test_people_read_a_line_otherwise():
    line = '{"time": "T", "level": "info", "logger": "x", "message": "drawn", "job_id": "a.1"}'
    assert readable(line) == "T  info     drawn  job_id=a.1"
    assert readable("no json") == "no json"
    assert readable("[1]") == "[1]"


def test_a_worker_does_what_the_variable_asks_for(lines, monkeypatch):
    monkeypatch.setenv("RAYPIPE_LOG", "yaml")
    with pytest.raises(SettingsError, match="text or json"):
        configure_wanted_logging()
    monkeypatch.delenv("RAYPIPE_LOG")
    configure_wanted_logging()
    logger.info("as before")
    assert lines()[0]["message"] == "as before"
    monkeypatch.setenv("RAYPIPE_LOG", "text")
    configure_wanted_logging()
    assert isinstance(logging.getLogger("raypipe").handlers[-1].formatter, TextFormatter)
