"""The log of each job: whole lines, bounded, and of no other job."""

import json
import logging

import pytest

from raypipe.logs import log_fields
from raypipe.progress import ProgressEvent
from raypipe_cluster.jobs import log_files
from raypipe_cluster.jobs.log_files import JobLogs, LogPart, log_step

logger = logging.getLogger("raypipe_cluster.tests")


@pytest.fixture
def logs(tmp_path):
    found = JobLogs(tmp_path / "logs")
    levels = {name: logging.getLogger(name).level for name in log_files.LOGGERS}
    found.attach()
    yield found
    found.detach()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def messages(part):
    return [json.loads(line)["message"] for line in part.lines]


def test_each_job_has_its_own_lines(logs):
    logger.warning("of nobody")
    for job_id in ("fox.1", "owl.2"):
        with log_fields(job_id=job_id):
            logger.info("claimed by %s", job_id)
            logger.debug("too much")
    assert messages(logs.log("fox.1")) == ["claimed by fox.1"]
    assert messages(logs.log("owl.2")) == ["claimed by owl.2"]
    assert logs.log("elk.3") == LogPart((), 0)


def test_a_log_is_read_on_from_where_it_was_left(logs):
    with log_fields(job_id="fox.1"):
        for number in range(5):
            logger.info("line %d", number)
        first = logs.log("fox.1", limit_bytes=1)
        assert messages(first) == ["line 0"]
        second = logs.log("fox.1", offset=first.offset)
        assert messages(second) == [f"line {number}" for number in range(1, 5)]
        assert logs.log("fox.1", offset=second.offset) == LogPart((), second.offset)
        logger.info("later")
    assert messages(logs.log("fox.1", offset=second.offset)) == ["later"]


def test_a_log_that_grows_without_end_is_cut_and_says_so(logs, monkeypatch):
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 2000)
    with log_fields(job_id="fox.1"):
        for _ in range(100):
            logger.info("again and again: äöü")
    said = messages(logs.log("fox.1"))
    assert 3 < len(said) < 30
    assert "full" in said[-1]
    assert sum("full" in message for message in said) == 1


@pytest.mark.parametrize("job_id", ["../fox.1", "", "fox", "/etc/passwd.1", "a/b.1"])
def test_no_id_leads_out_of_the_folder(logs, tmp_path, job_id):
    with log_fields(job_id=job_id):
        logger.info("x")
    assert logs.log(job_id) == LogPart((), 0)
    assert not (tmp_path / "logs").exists()


def test_forgetting_deletes(logs):
    with log_fields(job_id="fox.1"):
        logger.info("x")
    logs.forget(["fox.1", "owl.2"])
    assert logs.log("fox.1").lines == ()


def test_a_full_disk_loses_lines_and_nothing_else(tmp_path):
    logs = JobLogs(tmp_path / "file")
    (tmp_path / "file").write_text("in the way")
    with log_fields(job_id="fox.1"):
        logs.handle(logging.makeLogRecord({"msg": "x", "levelno": 20, "levelname": "INFO"}))
    assert (tmp_path / "file").read_text() == "in the way"


def test_steps_are_logged_with_their_scene_but_not_each_frame(logs):
    with log_fields(job_id="fox.1", story_id="fox"):
        log_step(ProgressEvent("image", "queued", 0.1, "s1"))
        log_step(ProgressEvent("render", "running", 0.2, "s1", 0, 100))
        log_step(ProgressEvent("render", "running", 0.3, "s1", 15, 100))
        log_step(ProgressEvent("image", "degraded", 2.0, "s1", detail="no weights"))
    found = [json.loads(line) for line in logs.log("fox.1").lines]
    assert [(line["stage"], line["state"], line["level"]) for line in found] == [
        ("render", "running", "info"),
        ("image", "degraded", "warning"),
    ]
    assert (found[1]["scene_id"], found[1]["detail"]) == ("s1", "no weights")


def test_what_another_process_logged_is_kept_among_the_rest(logs, monkeypatch):
    with log_fields(job_id="fox.1"):
        logger.info("claimed")
        logs.add("fox.1", ['{"message": "job told to stop"}', '{"message":\n "two lines"}'])
        logger.info("cancelled")
    said = ["claimed", "job told to stop", "two lines", "cancelled"]
    assert messages(logs.log("fox.1")) == said
    logs.add("../fox", ['{"message": "elsewhere"}'])
    assert [path.name for path in logs._folder.iterdir()] == ["fox.1.jsonl"]
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 1000)
    logs.add("fox.1", ['{"message": "again and again"}'] * 100)
    full = logs.log("fox.1")
    assert sum(len(line) + 1 for line in full.lines) <= 1000 + len(log_files._FULL)
    assert "full" in messages(full)[-1]
