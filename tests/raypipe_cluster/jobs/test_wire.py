"""Requests and replies as text: nothing is lost, and what is foreign is told apart."""

import json

import pytest

from raypipe.errors import ClusterError, RaypipeError, StoryError
from raypipe_cluster.jobs.errors import StoryConflictError, unknown_job
from raypipe_cluster.jobs.wire import (
    Cancel,
    List,
    Refusal,
    Reply,
    Show,
    Submit,
    Watch,
    error_class,
    read_request,
    request_json,
)


def test_requests_come_back_as_they_were(story):
    for request in (
        Submit(submissions=(story("fox", options={"fit": "condense"}),), replace=True),
        List(states=("failed",), story_id="fox", priority="low", limit=5),
        Show(name="fox"),
        Watch(),
        Cancel(names=("a", "b")),
    ):
        assert read_request(request_json(request)) == request


def test_names_that_no_text_holds_travel_as_their_codes():
    assert read_request(request_json(Show(name="\udcff"))) == Show(name="\\udcff")
    assert List(story_id="a\ud800").story_id == "a\\ud800"


@pytest.mark.parametrize("text", ["", "{}", '{"verb": "dance"}', '{"verb": "show"}', "[", "null"])
def test_a_request_of_another_version_is_told(text):
    with pytest.raises(ClusterError, match="can read"):
        read_request(text)


def test_errors_keep_their_class_and_words():
    for error in (unknown_job("fox.1"), StoryError("bad", remedy="mend it", where="title")):
        back = Refusal.of(error).error()
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert back.exit_code == error.exit_code
    assert error_class("StoryConflictError") is StoryConflictError
    assert error_class("NoSuchError") is None
    foreign = Refusal(type="NewerError", problem="odd").error()
    assert isinstance(foreign, RaypipeError)


@pytest.mark.parametrize(
    "line", ["", "hello", '{"other": 1}', "Running entrypoint for job x: python", "  {}"]
)
def test_other_lines_of_a_log_are_no_replies(line):
    assert Reply.of_line(line) is None


@pytest.mark.parametrize("line", ['{"raypipe":2}', '{"raypipe":1,"news":1}', '{"raypipe":1,"jo'])
def test_a_reply_of_another_version_is_told(line):
    with pytest.raises(ClusterError, match="version"):
        Reply.of_line(line)


def test_a_reply_is_one_line_of_ascii():
    reply = Reply(name="x", log="a\nb \u2028 é \x1b")
    assert reply.line().isascii()
    assert "\n" not in reply.line()
    assert json.loads(reply.line())["log"] == reply.log
    assert Reply.of_line(reply.line() + "\n") == reply
