"""What a desk answers: every verb, over both stores, through the lines that travel."""

import pytest

from raypipe.errors import ClusterError
from raypipe_cluster.jobs.answers import Pace, answer, find_job
from raypipe_cluster.jobs.errors import (
    JobStateError,
    StoreUnavailableError,
    StoryConflictError,
    UnknownJobError,
)
from raypipe_cluster.jobs.log_files import LogPart
from raypipe_cluster.jobs.model import JobError, JobResult, Step
from raypipe_cluster.jobs.wire import (
    Cancel,
    List,
    Logs,
    Reply,
    Report,
    Retry,
    Show,
    Submit,
    Watch,
    read_request,
    request_json,
)

RESULT = JobResult(pointer="fox.1/1", facts={"duration_s": 61.5})
BAD = JobError(type="StoryError", message="no", retryable=False)


def ask(desk, request, **more):
    """Ask as a client elsewhere does: request and replies travel as text."""
    received = read_request(request_json(request))
    replies = [Reply.of_line(reply.line()) for reply in answer(desk, received, **more)]
    assert [reply.end for reply in replies] == [False] * (len(replies) - 1) + [True]
    return [reply for reply in replies if reply != Reply(end=True)]


@pytest.fixture
def three(store, story):
    """Three jobs: one done, one failed, one waiting."""
    for name in ("fox", "owl", "elk"):
        store.submit(story(name))
    store.commit(store.claim("w"), RESULT)
    store.fail(store.claim("w"), BAD)
    return store


# Submitting --------------------------------------------------------------------------------------


def test_submitting_answers_for_each_story(store, story):
    request = Submit(submissions=(story("fox"), story("owl")))
    assert [(r.name, r.job.job_id, r.created) for r in ask(store, request)] == [
        ("fox", "fox.1", True),
        ("owl", "owl.2", True),
    ]
    assert [(r.job.job_id, r.created) for r in ask(store, request)] == [
        ("fox.1", False),
        ("owl.2", False),
    ]


def test_a_conflict_keeps_all_from_being_queued(store, story):
    store.submit(story("owl"))
    mixed = (story("fox"), story("owl", text="Another."))
    (refused,) = ask(store, Submit(submissions=mixed))
    error = refused.error.error()
    assert isinstance(error, StoryConflictError)
    assert mixed[1].fingerprint in str(error)
    assert story("owl").fingerprint in str(error)
    assert store.page().jobs == (store.get("owl.1"),)


def test_going_on_queues_the_others(store, story):
    store.submit(story("owl"))
    mixed = (story("fox"), story("owl", text="Another."))
    queued, refused = ask(store, Submit(submissions=mixed, keep_going=True))
    assert (queued.job.job_id, refused.error.type) == ("fox.2", "StoryConflictError")
    replaced = ask(store, Submit(submissions=mixed, replace=True))
    assert [(r.job.job_id, r.created) for r in replaced] == [("fox.2", False), ("owl.3", True)]


# Finding -----------------------------------------------------------------------------------------


def test_a_job_is_found_by_id_story_or_beginning(three, story):
    three.submit(story("fox", text="Another."), replace=True)
    assert find_job(three, "fox.1").job_id == "fox.1"
    assert find_job(three, "fox").job_id == "fox.4", "the newest of the story"
    assert find_job(three, "ow").job_id == "owl.2"
    assert [reply.job.job_id for reply in ask(three, Show(name="el"))] == ["elk.3"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("fox.9", "did you mean fox.1?"),
        ("foxx.1", "did you mean fox.1?"),
        ("lantern", "raypipe jobs list"),
        ("", "raypipe jobs list"),
        ("\udcff\x00", "raypipe jobs list"),
        ("fox.1'; DROP TABLE jobs; --", "did you mean"),
        ("x" * 10_000, "raypipe jobs list"),
    ],
)
def test_an_unknown_name_is_one_error_with_what_is_near(three, name, remedy):
    with pytest.raises(UnknownJobError) as caught:
        find_job(three, name)
    assert repr(name) in caught.value.problem
    assert remedy in caught.value.remedy


def test_a_story_id_that_none_can_have_has_no_jobs(three):
    assert ask(three, List(story_id="no\udcff such/id")) == []


def test_a_beginning_of_several_names_them(store, story):
    for number in range(5):
        store.submit(story(f"fox{number}"))
    with pytest.raises(UnknownJobError, match="beginning of 5") as caught:
        find_job(store, "fo")
    assert "2 more" in caught.value.remedy


# Lists, changes of state, reports ----------------------------------------------------------------


def test_a_list_is_narrowed_and_says_when_there_is_more(three):
    assert [r.job.job_id for r in ask(three, List()) if r.job] == ["elk.3", "owl.2", "fox.1"]
    *first, last = ask(three, List(limit=2))
    assert ([r.job.job_id for r in first], last.more) == (["elk.3", "owl.2"], True)
    assert [r.job.state for r in ask(three, List(states=("failed",)))] == ["failed"]


def test_cancelling_and_retrying_answer_for_each(three):
    answers = ask(three, Cancel(names=("elk", "fox.1", "nobody.7")))
    assert answers[0].job.state == "cancelled"
    assert isinstance(answers[1].error.error(), JobStateError)
    assert isinstance(answers[2].error.error(), UnknownJobError)
    again = ask(three, Retry(names=("owl.2", "elk")))
    assert [reply.job.state for reply in again] == ["queued", "queued"]


def test_a_report_counts_what_ended_in_its_span(three, clock):
    (reply,) = ask(three, Report(since_ms=clock.now_ms, until_ms=clock.now_ms + 1))
    assert reply.day.outcomes == {"cancelled": 0, "degraded": 0, "failed": 1, "succeeded": 1}
    (reply,) = ask(three, Report(since_ms=clock.now_ms + 1, until_ms=clock.now_ms + 2))
    assert reply.day.ended == 0


def test_a_desk_without_logs_says_so(three):
    with pytest.raises(ClusterError, match="keeps none"):
        ask(three, Logs(name="fox"))


# Watching ----------------------------------------------------------------------------------------


class Script:
    """Lets things happen while a watcher waits, one at each look."""

    def __init__(self, *events):
        self._events = list(events)
        self.waited_s = 0.0

    def pause(self, seconds):
        self.waited_s += seconds
        if self._events:
            self._events.pop(0)()

    def pace(self):
        return Pace(pause=self.pause, now_s=lambda: self.waited_s)


def test_watching_tells_every_change_and_ends_with_the_job(store, story):
    store.submit(story("fox"))
    store.submit(story("other"))
    claims = []
    step = Step(stage="image", scene_id="s1", state="done", at_s=1.0)
    script = Script(
        lambda: claims.append(store.claim("w")),
        lambda: store.progress(claims[0], [step]),
        lambda: store.submit(story("later")),
        lambda: store.commit(claims[0], RESULT),
    )
    seen = [reply.job for reply in ask(store, Watch(names=("fox",)), pace=script.pace())]
    assert [job.state for job in seen] == ["queued", "running", "running", "succeeded"]
    assert seen[2].steps == (step,)
    assert {job.job_id for job in seen} == {"fox.1"}


def test_watching_what_has_ended_tells_it_once(three):
    seen = ask(three, Watch(names=("fox", "owl")), pace=Script().pace())
    assert [reply.job.job_id for reply in seen] == ["fox.1", "owl.2"]


def test_watching_without_a_name_follows_all_that_is_open(three):
    script = Script(lambda: three.cancel("elk.3"))
    seen = ask(three, Watch(), pace=script.pace())
    assert [(r.job.job_id, r.job.state) for r in seen] == [
        ("elk.3", "queued"),
        ("elk.3", "cancelled"),
    ]


class Flaky:
    """A desk whose store is gone for some looks."""

    def __init__(self, store, failures):
        self._store = store
        self._failures = failures

    def __getattr__(self, name):
        return getattr(self._store, name)

    def _look(self):
        if self._failures:
            self._failures -= 1
            raise StoreUnavailableError("gone")

    def changes(self, since, *, limit=1000):
        self._look()
        return self._store.changes(since, limit=limit)

    def log(self, job_id, *, offset=0, limit_bytes=1_000_000):
        self._look()
        return self._store.log(job_id, offset=offset, limit_bytes=limit_bytes)


def test_watching_outlives_a_store_that_is_away_for_a_while(store, story):
    store.submit(story("fox"))
    script = Script(lambda: store.cancel("fox.1"))
    seen = ask(Flaky(store, 20), Watch(names=("fox",)), pace=script.pace())
    assert [reply.job.state for reply in seen] == ["queued", "cancelled"]


def test_watching_gives_up_on_a_store_that_stays_away(store, story):
    store.submit(story("fox"))
    script = Script()
    with pytest.raises(StoreUnavailableError):
        ask(Flaky(store, 10**9), Watch(names=("fox",)), pace=script.pace())
    assert 100 < script.waited_s < 200


# Logs --------------------------------------------------------------------------------------------


class Logging:
    """A store's desk with the log of one job, a line each time that it is told one."""

    def __init__(self, store):
        self._store = store
        self.lines = []

    def __getattr__(self, name):
        return getattr(self._store, name)

    def log(self, job_id, *, offset=0, limit_bytes=1_000_000):
        assert job_id == "fox.1"
        assert limit_bytes > 0
        part = tuple(self.lines[offset : offset + 2])
        return LogPart(part, offset + len(part))


@pytest.fixture
def logging(store, story):
    store.submit(story("fox"))
    desk = Logging(store)
    desk.lines += ["one", "two", "three"]
    return desk


def test_a_log_is_told_as_far_as_it_goes(logging):
    script = Script()
    seen = ask(logging, Logs(name="fox"), pace=script.pace())
    assert [reply.log for reply in seen] == ["one", "two", "three"]
    assert script.waited_s == 0, "nobody waits for more"


def test_a_log_is_followed_until_its_job_has_ended_and_had_its_last_words(logging, store):
    script = Script(
        lambda: logging.lines.append("four"),
        lambda: store.commit(store.claim("w"), RESULT),
        lambda: logging.lines.append("committed"),
        lambda: logging.lines.append("shown"),
    )
    seen = ask(logging, Logs(name="fox", follow=True), pace=script.pace())
    assert [reply.log for reply in seen] == ["one", "two", "three", "four", "committed", "shown"]
    assert 1 < script.waited_s < 5


def test_the_log_of_a_job_that_has_ended_is_followed_by_nobody(logging, store):
    store.cancel("fox.1")
    script = Script()
    assert len(ask(logging, Logs(name="fox", follow=True), pace=script.pace())) == 3
    assert script.waited_s == 0


def test_following_a_log_outlives_a_desk_that_is_away_and_tells_nothing_twice(logging, store):
    script = Script(*[lambda: None] * 21, lambda: store.cancel("fox.1"))
    flaky = Flaky(logging, 20)
    seen = ask(flaky, Logs(name="fox", follow=True), pace=script.pace())
    assert [reply.log for reply in seen] == ["one", "two", "three"]
    with pytest.raises(StoreUnavailableError):
        ask(Flaky(logging, 1), Logs(name="fox"), pace=Script().pace())


def test_following_gives_up_on_a_desk_that_stays_away(logging):
    script = Script()
    with pytest.raises(StoreUnavailableError):
        ask(Flaky(logging, 10**9), Logs(name="fox", follow=True), pace=script.pace())
    assert 100 < script.waited_s < 200


# A store that is gone ----------------------------------------------------------------------------


def test_redis_gone_in_mid_verb_is_one_typed_error_and_loses_nothing(
    redis_place, redis_server, story
):
    with redis_place.store() as store:
        ask(store, Submit(submissions=(story("fox"), story("owl"))))
        redis_server.kill()
        try:
            for request in (
                List(),
                Show(name="fox"),
                Cancel(names=("fox",)),
                Submit(submissions=(story("elk"),)),
            ):
                with pytest.raises(StoreUnavailableError) as caught:
                    ask(store, request)
                assert caught.value.retryable
                assert len(str(caught.value)) < 300
        finally:
            redis_server.start()
        assert [r.job.job_id for r in ask(store, List()) if r.job] == ["owl.2", "fox.1"]
