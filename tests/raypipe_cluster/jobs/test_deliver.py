"""Requests on a command line, and what is said of those that cannot be read."""

import base64
import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.errors import ClusterError
from raypipe_cluster.jobs.deliver import REQUEST_FILE, main, pack, unpack
from raypipe_cluster.jobs.remote import submission_ids
from raypipe_cluster.jobs.wire import MARK, List, Reply, Show, Submit, Watch


def test_a_request_is_one_word_and_comes_back(story):
    request = Submit(submissions=tuple(story(f"s{n}", text="Once " * 50) for n in range(20)))
    word = pack(request)
    assert word.replace("-", "").replace("_", "").replace("=", "").isalnum()
    assert len(word) < 4000
    assert unpack(word) == request


def packed(data):
    return base64.urlsafe_b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize("word", ["", "abc", "!!!!", packed(b'{"verb":"dance"}'), packed(b"\xff")])
def test_what_is_no_request_is_one_reply(word, capsys):
    with pytest.raises(ClusterError):
        unpack(word)
    assert main([word]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    reply = Reply.of_line(line)
    assert (reply.fatal, reply.end, reply.error.type) == (True, True, "ClusterError")


@given(st.text(max_size=60) | st.binary(max_size=60).map(packed))
def test_any_word_is_a_request_or_one_error(word):
    with contextlib.suppress(ClusterError):
        assert unpack(word)


@given(st.text(max_size=40).map(lambda text: MARK + text))
def test_any_line_is_a_reply_or_one_error(line):
    with contextlib.suppress(ClusterError):
        assert Reply.of_line(line)


def test_a_word_that_unpacks_to_gigabytes_is_cut_off():
    with pytest.raises(ClusterError):
        unpack(packed(b" " * 70_000_000))


def test_a_request_in_a_file_that_is_missing_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 1
    assert REQUEST_FILE in Reply.of_line(capsys.readouterr().out).error.problem


def test_equal_submissions_have_the_same_ids_and_others_never(story):
    def first(request, count=3):
        ids = submission_ids(request)
        return [next(ids) for _ in range(count)]

    fox = Submit(submissions=(story("fox"),))
    assert first(fox) == first(Submit(submissions=(story("fox"),)))
    assert len(set(first(fox, 30))) == 30
    assert not set(first(fox)) & set(first(Submit(submissions=(story("owl"),))))
    assert not set(first(fox)) & set(first(Submit(submissions=(story("fox"),), replace=True)))
    for request in (List(), Show(name="fox"), Watch()):
        assert first(request, 1) != first(request, 1)
