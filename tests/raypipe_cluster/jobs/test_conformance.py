"""What every job store does, whatever it is made of."""

import threading

import pytest

from raypipe.errors import InputError
from raypipe.story.model import Story
from raypipe_cluster.jobs.changes import QUARANTINED
from raypipe_cluster.jobs.errors import (
    CancelRequestedError,
    JobStateError,
    StaleClaimError,
    StoryConflictError,
    UnknownJobError,
)
from raypipe_cluster.jobs.model import JobError, JobFilter, JobResult, Parcel, Step, Submission
from raypipe_cluster.jobs.rules import AGEING_MS, LEASE_MS

RESULT = JobResult(pointer="fox.1/1", facts={"duration_s": 61.5, "bytes": 2**40})
LOST = JobError(type="WorkerLostError", message="it died", retryable=True)
BAD = JobError(type="StoryError", message="no", remedy="write it", retryable=False)


def test_a_job_from_submission_to_result(store, story, clock):
    submitted = store.submit(story(options={"quality": "draft", "n": 2**40}))
    assert submitted.created
    job = submitted.job
    assert (job.job_id, job.state, job.attempt, job.epoch) == ("fox.1", "queued", 0, 0)
    assert job.submitted_ms == job.due_ms == clock.now_ms
    assert job.options == {"quality": "draft", "n": 2**40}
    clock.forward(5)
    claim = store.claim("worker-1")
    assert claim.document == story().document
    assert (claim.job.state, claim.job.attempt, claim.job.epoch) == ("running", 1, 1)
    assert (claim.job.owner, claim.job.started_ms) == ("worker-1", clock.now_ms)
    assert claim.job.lease_until_ms == clock.now_ms + LEASE_MS
    clock.forward(7)
    done = store.commit(claim, RESULT)
    assert (done.state, done.result, done.error, done.owner) == ("succeeded", RESULT, None, "")
    assert (done.finished_ms, done.lease_until_ms) == (clock.now_ms, None)
    assert store.get("fox.1") == done
    assert store.document("fox.1") == story().document
    assert store.claim("worker-1") is None


def test_a_store_opened_again_holds_the_same(place, store, story, clock):
    store.submit(story())
    claim = store.claim("a")
    with place.store(clock=clock) as other:
        assert other.get("fox.1") == claim.job
        assert other.commit(claim, RESULT).state == "succeeded"


def test_a_real_story_is_its_document(store):
    given = Story(
        story_id="tale", title="Tale", content="An emoji \U0001f98a and a \x00 and “marks”."
    )
    store.submit(Submission.of(given, options={"b": [1, None, {"c": 0.1}]}))
    claim = store.claim("a")
    assert Story.model_validate_json(claim.document) == given
    assert claim.job.options == {"b": [1, None, {"c": 0.1}]}


def test_the_same_content_is_the_same_job_in_every_state(store, story):
    first = store.submit(story()).job
    again = store.submit(story(priority="high"))
    assert (again.created, again.job) == (False, first)
    store.commit(store.claim("a"), RESULT)
    assert store.submit(story()).job.state == "succeeded"
    assert sum(store.counts().values()) == 1


def test_other_content_is_refused_with_both_fingerprints(store, story):
    store.submit(story())
    with pytest.raises(StoryConflictError) as caught:
        store.submit(story(text="Another."))
    assert story().fingerprint in str(caught.value)
    assert story(text="Another.").fingerprint in str(caught.value)
    assert "--replace" in str(caught.value)
    with pytest.raises(StoryConflictError):
        store.submit(story(options={"quality": "high"}))
    assert store.counts()["queued"] == 1


def test_replacing_gives_up_a_waiting_job(store, story):
    store.submit(story())
    new = store.submit(story(text="Another."), replace=True)
    assert (new.created, new.job.job_id) == (True, "fox.2")
    assert store.get("fox.1").state == "cancelled"
    assert store.claim("a").job.job_id == "fox.2"
    assert store.claim("a") is None
    with pytest.raises(JobStateError, match="replaced"):
        store.retry("fox.1")


def test_replacing_asks_a_running_job_to_stop(store, story):
    store.submit(story())
    old = store.claim("a")
    store.submit(story(text="Another."), replace=True)
    assert store.heartbeat(old).cancel_requested
    with pytest.raises(CancelRequestedError):
        store.commit(old, RESULT)
    assert store.confirm_cancel(old).state == "cancelled"
    assert store.get("fox.1").result is None


def test_replacing_back_makes_a_third_job(store, story):
    store.submit(story())
    store.commit(store.claim("a"), RESULT)
    store.submit(story(text="Another."), replace=True)
    third = store.submit(story(), replace=True)
    assert (third.job.job_id, third.created) == ("fox.3", True)
    assert store.get("fox.1").result == RESULT


def test_many_stories_are_queued_in_their_order(store, story):
    store.submit(story("b"))
    many = [story(name, priority="low" if name == "a" else "normal") for name in "abcc"]
    outcomes = store.submit_many(many)
    assert [(each.job.job_id, each.created) for each in outcomes] == [
        ("a.2", True),
        ("b.1", False),
        ("c.3", True),
        ("c.3", False),
    ]
    assert [store.get(each.job.job_id) for each in outcomes] == [each.job for each in outcomes]
    assert store.document("a.2") == story("a").document
    assert [store.claim("w").job.story_id for _ in range(3)] == ["b", "c", "a"]
    assert store.submit_many([]) == ()


def test_one_refused_story_keeps_many_from_being_queued(store, story):
    store.submit(story("b"))
    before = store.page()
    many = [story("a"), story("b", "Another."), story("c"), story("c", "Another.")]
    first, second = store.submit_many(many)
    assert isinstance(first, StoryConflictError)
    assert story("b").fingerprint in str(first)
    assert many[1].fingerprint in str(first)
    assert (first.where, second.where) == ("b", "c"), "one may be refused for one beside it, too"
    assert store.page() == before
    assert store.changes(before.jobs[0].version).jobs == ()
    assert store.submit(story("d")).job.job_id == "d.2", "not even a number was used"


def test_what_is_not_refused_of_many_is_queued_on_request(store, story):
    store.submit(story("b"))
    many = [story("a"), story("b", "Another."), story("c"), story("c", "Another.")]
    outcomes = store.submit_many(many, keep_going=True)
    assert [isinstance(each, StoryConflictError) for each in outcomes] == [
        False, True, False, True,
    ]  # fmt: skip
    assert (outcomes[0].job.job_id, outcomes[2].job.job_id) == ("a.2", "c.3")
    assert store.counts()["queued"] == 3


def test_many_replace_what_they_must(store, story):
    for name in "abc":
        store.submit(story(name))
    running = store.claim("w")
    store.commit(store.claim("w"), RESULT)
    many = [story(name, "Another.") for name in "abcd"]
    outcomes = store.submit_many([*many, story("d")], replace=True)
    assert [each.job.job_id for each in outcomes] == ["a.4", "b.5", "c.6", "d.7", "d.8"]
    assert store.heartbeat(running).cancel_requested
    assert [store.get(job_id).state for job_id in ("b.2", "c.3", "d.7", "d.8")] == [
        "succeeded", "cancelled", "cancelled", "queued",
    ]  # fmt: skip


def test_the_most_urgent_goes_first_and_equals_in_order(store, story):
    for name, priority in [("a", "low"), ("b", "normal"), ("c", "high"), ("d", "normal")]:
        store.submit(story(name, priority=priority))
    assert [store.claim("w").job.story_id for _ in range(4)] == ["c", "b", "d", "a"]


def test_equal_times_keep_the_order_of_submission(store, story):
    names = [f"s{number}" for number in range(12)]
    for name in names:
        store.submit(story(name))
    assert [store.claim("w").job.story_id for _ in names] == names


def test_a_waiting_job_ages_past_newer_ones(store, story, clock):
    store.submit(story("old", priority="low"))
    clock.forward(2 * AGEING_MS - 1)
    store.submit(story("just", priority="high"))
    clock.forward(2)
    store.submit(story("late", priority="high"))
    assert [store.claim("w").job.story_id for _ in range(3)] == ["just", "old", "late"]


def test_a_heartbeat_renews_the_lease(store, story, clock):
    store.submit(story())
    claim = store.claim("a")
    clock.forward(LEASE_MS - 1)
    assert store.heartbeat(claim).lease_until_ms == clock.now_ms + LEASE_MS
    clock.forward(LEASE_MS - 1)
    assert store.reap() == ()
    clock.forward(1)
    assert [job.state for job in store.reap()] == ["retrying"]


def test_a_late_heartbeat_still_counts_if_nobody_took_the_job(store, story, clock):
    store.submit(story())
    claim = store.claim("a")
    clock.forward(10 * LEASE_MS)
    assert store.heartbeat(claim).state == "running"
    assert store.reap() == ()


def test_every_write_of_a_stale_claim_is_refused(store, story, clock):
    store.submit(story())
    stale = store.claim("a")
    clock.forward(LEASE_MS)
    store.reap()
    writes = [
        lambda: store.heartbeat(stale),
        lambda: store.progress(stale, [Step(stage="image", state="done", at_s=1)]),
        lambda: store.commit(stale, RESULT),
        lambda: store.fail(stale, LOST),
        lambda: store.release(stale),
        lambda: store.confirm_cancel(stale),
    ]
    for write in writes:
        with pytest.raises(StaleClaimError, match="epoch 1 and state retrying"):
            write()
    fresh = store.claim("b")
    for write in writes:
        with pytest.raises(StaleClaimError, match="epoch 2 and state running"):
            write()
    assert store.get("fox.1") == fresh.job
    store.commit(fresh, RESULT)
    for write in writes:
        with pytest.raises(StaleClaimError, match="succeeded"):
            write()


def test_a_write_whose_answer_was_lost_can_be_made_again(store, story):
    store.submit(story())
    claim = store.claim("a")
    done = store.commit(claim, RESULT, parcels=[Parcel(topic="publish")])
    assert store.commit(claim, RESULT, parcels=[Parcel(topic="publish")]) == done
    assert len(store.outbox()) == 1
    with pytest.raises(StaleClaimError):
        store.commit(claim, JobResult(pointer="fox.1/other"))


def test_a_retryable_failure_waits_and_runs_again(store, story, clock):
    store.submit(story())
    waiting = store.fail(store.claim("a"), LOST)
    assert (waiting.state, waiting.error) == ("retrying", LOST)
    assert 750 <= waiting.due_ms - clock.now_ms <= 1250
    assert store.claim("a") is None
    clock.forward(waiting.due_ms - clock.now_ms - 1)
    assert store.claim("a") is None
    clock.forward(1)
    claim = store.claim("a")
    assert (claim.job.attempt, claim.job.epoch, claim.job.error) == (2, 2, LOST)
    assert store.commit(claim, RESULT).error is None


def test_a_retry_keeps_its_place_in_the_queue(store, story, clock):
    store.submit(story("first"))
    store.fail(store.claim("a"), LOST)
    clock.forward(2000)
    store.submit(story("second"))
    assert store.claim("a").job.story_id == "first"


def test_attempts_are_limited(store, story, clock):
    store.submit(story(max_attempts=3))
    for _ in range(2):
        assert store.fail(store.claim("a"), LOST).state == "retrying"
        clock.forward(100_000)
    last = store.fail(store.claim("a"), LOST)
    assert (last.state, last.attempt, last.finished_ms) == ("failed", 3, clock.now_ms)
    assert store.claim("a") is None


def test_an_error_that_cannot_be_mended_fails_at_once(store, story):
    store.submit(story())
    job = store.fail(store.claim("a"), BAD)
    assert (job.state, job.attempt, job.error) == ("failed", 1, BAD)


def test_a_job_that_kills_its_workers_is_quarantined(store, story, clock):
    store.submit(story(max_attempts=2))
    states = []
    for _ in range(2):
        store.claim("a")
        clock.forward(LEASE_MS)
        states += [job.state for job in store.reap()]
    assert states == ["retrying", "failed"]
    job = store.get("fox.1")
    assert (job.error.type, job.error.retryable, job.attempt) == (QUARANTINED, False, 2)
    assert store.claim("a") is None
    assert store.retry("fox.1").attempt == 0


def test_giving_a_job_back_does_not_count(store, story):
    store.submit(story(max_attempts=1))
    back = store.release(store.claim("a"))
    assert (back.state, back.attempt, back.epoch) == ("queued", 0, 1)
    assert store.claim("a").job.attempt == 1


def test_cancelling_a_waiting_job_is_at_once(store, story, clock):
    store.submit(story("a"))
    store.submit(story("b"))
    store.fail(store.claim("w"), LOST)
    for job_id in ("a.1", "b.2"):
        assert store.cancel(job_id).state == "cancelled"
        assert store.cancel(job_id).finished_ms == clock.now_ms
    clock.forward(100_000)
    assert store.claim("w") is None


def test_cancelling_a_running_job_reaches_its_holder(store, story):
    store.submit(story())
    claim = store.claim("a")
    asked = store.cancel("fox.1")
    assert (asked.state, asked.cancel_requested) == ("running", True)
    assert store.heartbeat(claim).cancel_requested
    for write in (
        lambda: store.commit(claim, RESULT),
        lambda: store.fail(claim, LOST),
        lambda: store.release(claim),
    ):
        with pytest.raises(CancelRequestedError):
            write()
    assert store.confirm_cancel(claim).state == "cancelled"


def test_a_cancelled_job_whose_worker_died_does_not_run_again(store, story, clock):
    store.submit(story())
    store.claim("a")
    store.cancel("fox.1")
    clock.forward(LEASE_MS)
    assert [job.state for job in store.reap()] == ["cancelled"]


def test_a_holder_that_was_seen_to_die_loses_its_job_at_once(store, story, clock):
    store.submit(story())
    claim = store.claim("a")
    lost = store.lose(claim)
    assert (lost.state, lost.due_ms, lost.attempt) == ("retrying", clock.now_ms, 1)
    assert lost.error.type == "WorkerLostError"
    with pytest.raises(StaleClaimError):
        store.commit(claim, RESULT)
    again = store.claim("b")
    with pytest.raises(StaleClaimError):
        store.lose(claim)
    assert store.get("fox.1") == again.job


def test_a_job_that_kills_every_holder_is_quarantined(store, story):
    store.submit(story(max_attempts=2))
    store.lose(store.claim("a"))
    assert store.lose(store.claim("b")).error.type == QUARANTINED


def test_a_cancelled_job_whose_holder_was_seen_to_die_is_cancelled(store, story):
    store.submit(story())
    claim = store.claim("a")
    store.cancel("fox.1")
    assert store.lose(claim).state == "cancelled"


def test_jobs_whose_holders_died_together_keep_their_attempts(store, story):
    for name in "abcd":
        store.submit(story(name))
    for owner in ("mine/1", "mine/2", "other/1"):
        store.claim(owner)
    store.cancel("b.2")
    assert {job.job_id: job.state for job in store.interrupt("mine/")} == {
        "a.1": "queued",
        "b.2": "cancelled",
    }
    assert store.get("a.1").attempt == 0
    assert store.get("c.3").state == "running"
    assert store.claim("mine/1").job.job_id == "a.1", "it has not lost its place either"
    assert store.interrupt("nobody/") == ()


def test_what_has_ended_cannot_be_cancelled(store, story):
    store.submit(story())
    store.commit(store.claim("a"), RESULT)
    with pytest.raises(JobStateError, match="succeeded"):
        store.cancel("fox.1")


def test_retrying_starts_over_with_a_new_epoch(store, story, clock):
    store.submit(story(max_attempts=1))
    store.fail(store.claim("a"), LOST)
    clock.forward(1)
    job = store.retry("fox.1")
    assert (job.state, job.attempt, job.error, job.finished_ms) == ("queued", 0, None, None)
    assert store.claim("a").job.epoch == 2
    for job_id in ("fox.1",):
        with pytest.raises(JobStateError, match="running"):
            store.retry(job_id)


def test_cancel_and_retry_by_turns(store, story):
    store.submit(story())
    for _ in range(3):
        assert store.cancel("fox.1").state == "cancelled"
        assert store.retry("fox.1").state == "queued"
    assert not store.claim("a").job.cancel_requested


def test_a_degraded_result_stays_readable_while_it_is_made_again(store, story):
    store.submit(story())
    less = JobResult(pointer="fox.1/1", degraded=("scene_2 has a card",))
    assert store.commit(store.claim("a"), less).state == "degraded"
    assert store.retry("fox.1").result == less
    claim = store.claim("a")
    assert claim.job.result == less
    assert store.commit(claim, JobResult(pointer="fox.1/2")).result.pointer == "fox.1/2"
    with pytest.raises(JobStateError, match="succeeded") as refused:
        store.retry("fox.1")
    assert "raypipe jobs show" in refused.value.remedy


def test_progress_keeps_the_latest_of_each_scene(store, story, clock):
    store.submit(story())
    claim = store.claim("a")
    clock.forward(9)
    store.progress(
        claim,
        [
            Step(stage="image", scene_id="s1", state="running", at_s=0.1),
            Step(stage="image", scene_id="s2", state="queued", at_s=0.1),
            Step(stage="start", state="done", at_s=0.05),
        ],
    )
    job = store.progress(
        claim, [Step(stage="image", scene_id="s1", state="done", at_s=2.5, done=3, total=3)]
    )
    assert {step.key: step.state for step in job.steps} == {
        "image/s1": "done",
        "image/s2": "queued",
        "start/": "done",
    }
    assert job.progress_ms == clock.now_ms
    assert job.lease_until_ms == claim.job.lease_until_ms
    assert {step.key for step in store.get("fox.1").steps} == {step.key for step in job.steps}
    clock.forward(LEASE_MS)
    store.reap()
    assert store.claim("b").job.steps == ()


def test_watching_sees_each_change_once_and_in_order(store, story):
    store.submit(story("a"))
    store.submit(story("b"))
    seen = store.changes()
    assert [job.job_id for job in seen.jobs] == ["a.1", "b.2"]
    assert store.changes(seen.version).jobs == ()
    claim = store.claim("w")
    store.heartbeat(claim)
    later = store.changes(seen.version)
    assert [(job.job_id, job.state) for job in later.jobs] == [("a.1", "running")]
    assert later.version > seen.version
    first = store.changes(limit=1)
    assert [job.job_id for job in first.jobs] == ["b.2"]
    assert [job.job_id for job in store.changes(first.version).jobs] == ["a.1"]


def test_pages_run_from_the_newest_and_meet(store, story):
    for number in range(7):
        store.submit(story(f"s{number}"))
    found, before = [], None
    while True:
        page = store.page(limit=3, before=before)
        found += [job.story_id for job in page.jobs]
        if page.older is None:
            break
        before = page.older
    assert found == [f"s{number}" for number in reversed(range(7))]


def test_a_list_can_be_narrowed(store, story, clock):
    for name, priority in [("a", "low"), ("b", "high"), ("c", "high"), ("d", "low")]:
        store.submit(story(name, priority=priority))
    store.commit(store.claim("w"), RESULT)
    clock.forward(10)
    store.commit(store.claim("w"), RESULT)

    def ids(**wanted):
        return [job.job_id for job in store.page(JobFilter(**wanted)).jobs]

    assert ids(states=frozenset({"queued"})) == ["d.4", "a.1"]
    assert ids(states=frozenset({"queued", "succeeded"}), priority="high") == ["c.3", "b.2"]
    assert ids(states=frozenset()) == []
    assert ids(story_id="c") == ["c.3"]
    assert ids(finished_since_ms=clock.now_ms) == ["c.3"]
    assert ids(priority="normal") == []


def test_counts_follow_every_change(store, story, clock):
    for name in "abcdef":
        store.submit(story(name))
    store.commit(store.claim("w"), RESULT)
    store.commit(store.claim("w"), JobResult(pointer="x", degraded=("less",)))
    store.fail(store.claim("w"), BAD)
    store.fail(store.claim("w"), LOST)
    store.claim("w")
    store.cancel("f.6")
    states = ["queued", "running", "retrying", "succeeded", "degraded", "failed", "cancelled"]
    assert store.counts() == dict(zip(states, [0, 1, 1, 1, 1, 1, 1], strict=True))
    clock.forward(10)
    store.prune(older_ms=10)
    assert store.counts() == dict(zip(states, [0, 1, 1, 0, 0, 0, 0], strict=True))


def test_history_is_kept_as_long_as_asked(store, story, clock):
    store.submit(story("old"))
    store.commit(store.claim("w"), RESULT)
    store.submit(story("waits", priority="low"))
    clock.forward(1000)
    store.submit(story("new"))
    store.commit(store.claim("w"), RESULT)
    assert store.prune(older_ms=1001) == ()
    assert store.prune(older_ms=1000) == ("old.1",)
    with pytest.raises(UnknownJobError):
        store.get("old.1")
    assert [job.job_id for job in store.page().jobs] == ["new.3", "waits.2"]
    assert store.submit(story("old")).job.job_id == "old.4"
    assert "old.1" not in {job.job_id for job in store.changes().jobs}


def test_parcels_are_posted_with_the_result_and_hold_the_job(store, story, clock):
    store.submit(story())
    claim = store.claim("w")
    parcels = [Parcel(topic="publish", body={"to": name}) for name in ("youtube", "tiktok")]
    store.commit(claim, RESULT, parcels=parcels)
    posted = store.outbox()
    assert [(item.job_id, item.epoch, item.parcel) for item in posted] == [
        ("fox.1", 1, parcel) for parcel in parcels
    ]
    assert store.outbox(limit=1) == posted[:1]
    store.acknowledge([posted[0].parcel_id])
    store.acknowledge([posted[0].parcel_id])
    clock.forward(1)
    assert store.prune(older_ms=0) == ()
    assert store.outbox() == posted[1:]
    store.acknowledge([posted[1].parcel_id])
    assert store.prune(older_ms=0) == ("fox.1",)


def test_a_refused_result_posts_nothing(store, story, clock):
    store.submit(story())
    stale = store.claim("w")
    clock.forward(LEASE_MS)
    store.reap()
    with pytest.raises(StaleClaimError):
        store.commit(stale, RESULT, parcels=[Parcel(topic="publish")])
    assert store.outbox() == ()


@pytest.mark.parametrize(
    "job_id",
    ["", "fox", "fox.2", "cat.1", "fox.01", "fox.-1", "fox.1.1", "fox.9e9", "fox." + "9" * 40],
)
def test_unknown_ids_are_named(store, story, job_id):
    store.submit(story())
    for call in (store.get, store.document, store.cancel, store.retry):
        with pytest.raises(UnknownJobError) as caught:
            call(job_id)
        assert repr(job_id) in str(caught.value)
    assert isinstance(caught.value, InputError)


def at_once(place, submissions):
    """Submit each of ``submissions`` at the same moment, over a connection of its own."""
    ready = threading.Barrier(len(submissions), timeout=60)
    answers, refusals, errors = [], [], []

    def client(submission):
        try:
            with place.store() as mine:
                ready.wait()
                answers.append(mine.submit(submission))
        except StoryConflictError as error:
            refusals.append(error)
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)
            ready.abort()

    threads = [threading.Thread(target=client, args=(each,), daemon=True) for each in submissions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return answers, refusals


def test_many_clients_at_once_make_one_job(place, story):
    answers, refusals = at_once(place, [story()] * 64)
    assert (len(answers), refusals) == (64, [])
    assert sum(answer.created for answer in answers) == 1
    assert {answer.job.job_id for answer in answers} == {"fox.1"}


def test_many_clients_with_two_contents_make_one_job_and_name_both(place, story):
    contents = [story(), story(text="Another.")]
    answers, refusals = at_once(place, contents * 32)
    assert (len(answers), len(refusals)) == (32, 32)
    assert sum(answer.created for answer in answers) == 1
    assert {answer.job.job_id for answer in answers} == {"fox.1"}
    assert len({answer.job.fingerprint for answer in answers}) == 1
    for error in refusals:
        assert all(content.fingerprint in str(error) for content in contents)
    with place.store() as store:
        assert sum(store.counts().values()) == 1


def test_one_store_serves_many_threads(store, story):
    jobs, claimed = 40, []
    for number in range(jobs):
        store.submit(story(f"s{number}"))

    def worker():
        while (claim := store.claim("w")) is not None:
            claimed.append(store.commit(claim, RESULT).job_id)

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == jobs
