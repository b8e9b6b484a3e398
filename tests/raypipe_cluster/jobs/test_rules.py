"""The rules of both stores, by properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.errors import GenerationError, InputError, StoryError
from raypipe.story.model import Story
from raypipe_cluster.jobs import changes, rules
from raypipe_cluster.jobs.model import MAX_STORY_BYTES, Job, JobError, JobResult, Submission

STATES = st.sampled_from(sorted(rules.TRANSITIONS))
TIMES = st.integers(0, 2**45)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)


def job(**fields):
    given_fields = {
        "job_id": "fox.1",
        "story_id": "fox",
        "fingerprint": "0" * 64,
        "priority": "normal",
        "state": "running",
        "attempt": 1,
        "max_attempts": 4,
        "epoch": 1,
        "version": 1,
        "submitted_ms": 0,
        "due_ms": 0,
        "changed_ms": 0,
    }
    return Job(**(given_fields | fields))


JOBS = st.builds(
    job,
    state=STATES,
    attempt=st.integers(1, 11),
    max_attempts=st.integers(1, 11),
    epoch=st.integers(1, 100),
    cancel_requested=st.booleans(),
)
ERRORS = st.builds(
    JobError, type=st.just("X"), message=st.text(max_size=5), retryable=st.booleans()
)


@st.composite
def any_change(draw):
    it = draw(JOBS)
    chance = draw(st.floats(0, 1))
    degraded = draw(st.sampled_from([(), ("less",)]))
    made = [
        changes.heartbeat(it, lease_ms=30_000),
        changes.progress(it, []),
        changes.commit(it, JobResult(pointer="x", degraded=degraded)),
        changes.fail(it, draw(ERRORS), chance=chance),
        changes.release(it),
        changes.confirm_cancel(it),
        changes.expire(it),
        changes.lose(it),
        changes.interrupt(it),
        changes.cancel(it),
        changes.retry(it),
    ]
    return it, draw(st.sampled_from(made))


FOUND = st.builds(
    changes.Found,
    state=STATES,
    epoch=st.integers(0, 100),
    mark=st.just("") | st.text("0123456789abcdef", min_size=16, max_size=16),
    cancel_requested=st.booleans(),
    lease_until_ms=st.none() | TIMES,
    newest=st.booleans(),
)


@given(any_change())
def test_every_change_follows_the_table(made):
    _, change = made
    if change.to is not None:
        for state in change.since:
            assert change.to in rules.TRANSITIONS[state]
        assert change.mark
        assert ("finished_ms" in change.stamps) == (change.to in rules.ENDED)
        assert ("due_ms" in change.stamps) == (change.to in rules.WAITING)


@given(any_change())
def test_a_lease_is_given_up_with_the_running_state(made):
    _, change = made
    if change.since == rules.RUNNING and change.to is not None:
        assert change.fields["lease_until_ms"] is None
        assert change.fields["owner"] == ""


@given(any_change(), FOUND, TIMES)
def test_nothing_is_applied_under_another_epoch_or_state(made, found, now_ms):
    _, change = made
    if changes.verdict(change, found, now_ms) == "apply":
        assert found.epoch == change.epoch
        assert found.state in change.since
        assert not (change.unless_cancelled and found.cancel_requested)
        assert not (change.if_expired and found.lease_until_ms and found.lease_until_ms > now_ms)


@given(JOBS, ERRORS, st.floats(0, 1))
def test_only_retryable_errors_with_attempts_left_are_retried(it, error, chance):
    change = changes.fail(it, error, chance=chance)
    retried = error.retryable and it.attempt < it.max_attempts
    assert change.to == ("retrying" if retried else "failed")


@pytest.mark.parametrize("taken", [changes.expire, changes.lose])
@given(it=JOBS)
def test_a_lost_job_comes_to_an_end(taken, it):
    change = taken(it)
    if it.cancel_requested:
        assert change.to == "cancelled"
    else:
        assert change.to == ("retrying" if it.attempt < it.max_attempts else "failed")


@given(JOBS)
def test_an_interruption_costs_no_attempt_until_there_are_too_many(it):
    change = changes.interrupt(it)
    if it.cancel_requested:
        assert change.to == "cancelled"
    elif it.epoch < rules.MAX_INTERRUPTIONS:
        assert (change.to, change.fields["attempt"]) == ("queued", it.attempt - 1)
    else:
        assert change.to in {"retrying", "failed"}
        assert "attempt" not in change.fields


@given(any_change())
def test_a_repeat_is_known_by_its_mark_alone(made):
    it, change = made
    after = changes.Found(
        state=change.to or it.state,
        epoch=change.epoch,
        mark=change.mark,
        cancel_requested=False,
        lease_until_ms=None,
        newest=True,
    )
    if change.to is not None:
        assert changes.verdict(change, after, 0) == "repeated"


def test_states_form_one_table():
    assert set(rules.TRANSITIONS) == rules.WAITING | rules.RUNNING | rules.ENDED
    for state, following in rules.TRANSITIONS.items():
        assert following <= set(rules.TRANSITIONS)
        if state in rules.ENDED:
            assert following == ({"queued"} if state in rules.AGAIN else set())


@given(TIMES, TIMES, st.sampled_from(rules.PRIORITIES), st.sampled_from(rules.PRIORITIES))
def test_no_job_is_overtaken_for_longer_than_two_levels(first_ms, wait_ms, mine, other):
    later_ms = first_ms + wait_ms
    overtaken = rules.rank_ms(other, later_ms) < rules.rank_ms(mine, first_ms)
    if overtaken:
        assert wait_ms < 2 * rules.AGEING_MS
        assert rules.PRIORITIES.index(other) < rules.PRIORITIES.index(mine)


@given(st.integers(1, 1000), st.floats(0, 1))
def test_waiting_doubles_within_a_quarter(attempt, chance):
    step = min(1000 * 2 ** (attempt - 1), rules.LONGEST_BACKOFF_MS)
    assert 0.75 * step - 1 <= rules.backoff_ms(attempt, chance) <= 1.25 * step + 1


def test_waits_are_one_two_and_four_seconds():
    assert [rules.backoff_ms(attempt, 0.5) for attempt in (1, 2, 3)] == [1000, 2000, 4000]


@given(DOCUMENTS, DOCUMENTS)
def test_a_fingerprint_ignores_the_order_of_keys(document, options):
    turned = dict(reversed(document.items())), dict(reversed(options.items()))
    assert rules.fingerprint_of(document, options) == rules.fingerprint_of(*turned)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_a_fingerprint_tells_contents_apart(one, other, options):
    same = rules.fingerprint_of(one, options) == rules.fingerprint_of(other, options)
    assert same == (repr_of(one) == repr_of(other))


def repr_of(document):
    import json

    return json.dumps(document, sort_keys=True)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True), st.integers(1, 10**15 - 1))
def test_a_job_id_is_read_back(story_id, seq):
    assert rules.split_job_id(rules.job_id_of(story_id, seq)) == (story_id, seq)


@given(st.text())
def test_any_text_is_a_job_id_or_not(text):
    parts = rules.split_job_id(text)
    assert parts is None or rules.job_id_of(*parts) == text


def test_errors_keep_their_words():
    error = GenerationError("it failed", remedy="try again", where="scene_1")
    kept = JobError.of(error)
    assert kept == JobError(
        type="GenerationError", message="scene_1: it failed", remedy="try again", retryable=True
    )
    assert not JobError.of(StoryError("no")).retryable
    assert JobError.of(ValueError("odd")) == JobError(type="ValueError", message="odd")


def test_a_story_that_is_too_large_is_refused():
    wide = "\U0001f98a" * 200_000
    story = Story(story_id="fox", title="Fox", content=wide)
    assert Submission.of(story).document  # the largest story there can be fits
    huge = story.model_copy(update={"content": wide * 6})
    with pytest.raises(InputError, match=f"{MAX_STORY_BYTES:,}"):
        Submission.of(huge)
