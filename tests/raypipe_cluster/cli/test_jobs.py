"""`raypipe submit` and `raypipe jobs`, as a person uses them while no cluster runs."""

import io
import json
import time

import pytest
from rich.console import Console

from raypipe.settings import Settings, user_state_dir
from raypipe_cluster.cli.boundary import StillRunning
from raypipe_cluster.cli.jobs import print_log, watched
from raypipe_cluster.cli.watching import ManyJobs, OneJob, PlainJobs, StepFeed, exit_code, follow
from raypipe_cluster.jobs.client import JobClient
from raypipe_cluster.jobs.model import JobError, JobResult, Step
from raypipe_cluster.jobs.open import store_of
from raypipe_cluster.jobs.wire import Reply, error_class

TEXT = "Mara found a lantern on the beach. The light was green. She followed it home."
RESULT = JobResult(
    pointer="fox.1/1", facts={"duration_s": 61.5, "size_bytes": 10**7, "video": "/v/fox.mp4"}
)
LOST = JobError(type="WorkerLostError", message="it died", retryable=True)
BAD = JobError(type="StoryError", message="no", remedy="write another")


def write(home, name, **more):
    fields = {"story_id": name, "title": name.title(), "content": TEXT, **more}
    path = home / f"{name}.json"
    path.write_text(json.dumps(fields))
    return path


@pytest.fixture
def store(run):
    """The store that the commands use."""
    assert run
    with store_of(Settings().storage) as opened:
        yield opened


@pytest.fixture
def queue(run, home):
    """Submit stories by their names, without starting anything."""

    def submit(*names, **more):
        files = [write(home, name, **more) for name in names]
        return run("submit", "--no-start", *files)

    return submit


def exits(job, *, strict=False):
    return exit_code([job], strict=strict, code_of=lambda kind: error_class(kind).exit_code)


# submit ------------------------------------------------------------------------------------------


def test_each_story_is_a_line_with_its_job(queue):
    ran = queue("fox", "owl")
    assert (ran.code, ran.out, ran.err) == (0, "fox.1\nowl.2\n", "")
    assert (user_state_dir() / "jobs.db").is_file()
    again = queue("fox")
    assert (again.code, again.out) == (0, "fox.1\n")
    assert "was submitted before: fox.1 is queued" in again.err


def test_many_that_were_submitted_before_are_counted(run, home):
    stories = [{"story_id": f"s{n}", "title": "A", "content": TEXT} for n in range(13)]
    (home / "many.jsonl").write_text("\n".join(map(json.dumps, stories)))
    assert run("submit", "--no-start", "many.jsonl").err == ""
    again = run("submit", "--no-start", "many.jsonl")
    assert again.err.count("was submitted before") == 10
    assert "3 more were submitted before" in again.err


def test_programs_get_an_object_a_line(run, home):
    ran = run("submit", "--no-start", write(home, "fox"), "--json", "--priority", "low")
    (line,) = ran.out.splitlines()
    facts = json.loads(line)
    assert (facts["job_id"], facts["state"], facts["created"]) == ("fox.1", "queued", True)
    assert len(facts["fingerprint"]) == 64


def test_bad_stories_are_named_and_nothing_is_queued(run, home):
    good = json.loads(write(home, "fox").read_text())
    bad = {**good, "story_id": "owl", "title": ""}
    (home / "many.jsonl").write_text("\n".join(map(json.dumps, (good, bad))) + "\n{broken\n")
    ran = run("submit", "--no-start", "many.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "many.jsonl, line 2: title: expected a text" in ran.err
    assert "many.jsonl, line 3: column 2" in ran.err
    assert "2 of 3 stories cannot be used; nothing was queued" in ran.err
    assert run("jobs", "list", "--json").out == ""
    ran = run("submit", "--no-start", "many.jsonl", "--keep-going")
    assert (ran.code, ran.out) == (2, "fox.1\n")


def test_another_content_names_both_fingerprints(queue, run, home):
    first = json.loads(run("submit", "--no-start", write(home, "fox"), "--json").out)
    ran = queue("fox", title="Another")
    assert (ran.code, ran.out) == (2, "")
    assert first["fingerprint"] in ran.err
    assert ran.err.count("fingerprint ") == 2
    assert "--replace" in ran.err
    ran = run("submit", "--no-start", home / "fox.json", "--replace")
    assert (ran.code, ran.out) == (0, "fox.2\n")


def test_the_options_of_a_job_are_shown_as_they_are_given(run, home):
    asked = ("--quality", "draft", "--aspect", "1:1", "--aspect", "16:9", "--fit", "condense")
    run("submit", "--no-start", write(home, "fox"), *asked)
    shown = " ".join(run("jobs", "show", "fox").out.split())
    assert "video.quality=draft" in shown
    assert "video.aspect_ratio=1:1,16:9" in shown
    assert "fit=condense" in shown
    assert "{" not in shown


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nowhere.json"], "no such file"),
        (["fox.json", "--quality", "best"], "'draft', 'standard' or 'high'"),
        (["fox.json", "--priority", "urgent"], "urgent"),
        (["fox.json", "--music", "nowhere.wav"], "nowhere.wav"),
        ([], "STORY"),
    ],
)
def test_bad_arguments_are_refused(run, home, arguments, named):
    write(home, "fox")
    ran = run("submit", "--no-start", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err
    assert "internal error" not in ran.err


# jobs --------------------------------------------------------------------------------------------


def test_the_list_tells_states_and_reasons(queue, store, run):
    queue("fox", "owl", "elk")
    store.commit(store.claim("w"), RESULT)
    store.fail(store.claim("w"), BAD)
    ran = run("jobs", "list")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == ["job", "elk.3", "owl.2", "fox.1"]
    assert "failed" in lines[2]
    assert "StoryError" in lines[2]
    found = run("jobs", "list", "--state", "succeeded", "--json").out.splitlines()
    assert [json.loads(line)["job_id"] for line in found] == ["fox.1"]
    assert "older" in run("jobs", "list", "--limit", "1").out
    assert run("jobs", "list", "--story", "nobody").out.startswith("no jobs")


def test_a_job_is_shown_with_all_that_is_known(queue, store, run):
    queue("fox")
    claim = store.claim("w")
    store.progress(
        claim, [Step(stage="image", scene_id="s1", state="degraded", at_s=2, detail="no weights")]
    )
    store.fail(claim, LOST)
    ran = run("jobs", "show", "fox")
    assert "attempt 1 of 4 failed (WorkerLostError: it died)" in ran.out
    assert "s1: image degraded (no weights)" in ran.out
    facts = json.loads(run("jobs", "show", "fox.1", "--json").out)
    assert facts["error"]["type"] == "WorkerLostError"


def test_an_unknown_job_is_one_clear_error(queue, run):
    queue("fox")
    for verb in ("show", "watch", "logs", "cancel", "retry"):
        ran = run("jobs", verb, "fox.2")
        assert (ran.code, ran.out) == (2, "")
        assert "'fox.2'" in ran.err
        assert "Did you mean fox.1?" in ran.err


def test_a_name_of_broken_characters_is_told_like_any_other(queue, run):
    queue("fox")
    ran = run("jobs", "show", "\udcff\x1b")
    assert (ran.code, ran.out) == (2, "")
    assert "internal error" not in ran.err
    assert "\x1b" not in ran.err
    assert run("jobs", "list", "--story", "\udcff").out.startswith("no jobs")


def test_cancelling_answers_for_each(queue, run):
    queue("fox", "owl")
    ran = run("jobs", "cancel", "fox", "nobody.9", "owl.2")
    assert ran.code == 2
    assert [line.split()[1] for line in ran.out.splitlines()] == ["fox.1", "owl.2"]
    assert "nobody.9" in ran.err
    ran = run("jobs", "cancel", "fox", "--json")
    assert (ran.code, json.loads(ran.out)["state"]) == (0, "cancelled")


def test_watching_what_has_ended_gives_its_exit_code(queue, store, run):
    queue("fox", "owl", "elk")
    store.commit(store.claim("w"), RESULT)
    store.fail(store.claim("w"), BAD)
    ran = run("jobs", "watch", "fox")
    assert (ran.code, ran.out) == (0, "/v/fox.mp4\n")
    assert "succeeded, 61.5 s, 10 MB" in ran.err
    ran = run("jobs", "watch", "owl")
    assert (ran.code, ran.out) == (2, "")
    assert "StoryError: no" in ran.err
    assert "Write another." in ran.err
    ran = run("jobs", "watch", "elk")
    assert ran.code == 1
    assert "raypipe up" in ran.err, "nobody works on it: waiting would never end"


def test_interrupting_a_watcher_leaves_the_job_alone(queue, store):
    queue("fox")

    def interrupted(_):
        yield Reply(job=store.get("fox.1"))
        raise KeyboardInterrupt

    client = JobClient(carry=interrupted)
    with pytest.raises(StillRunning, match=r"raypipe jobs watch fox"):
        watched(client, ["fox"], strict=False, quiet=True, as_json=False)
    assert not store.get("fox.1").cancel_requested


def test_interrupting_a_follower_leaves_the_job_alone(queue, store, capsys):
    queue("fox")

    def interrupted(_):
        yield Reply(log='{"message": "a line"}')
        raise KeyboardInterrupt

    client = JobClient(carry=interrupted)
    with pytest.raises(StillRunning, match=r"raypipe jobs logs --follow fox"):
        print_log(client, "fox", follow=True, as_json=True)
    assert capsys.readouterr().out == '{"message": "a line"}\n'
    assert not store.get("fox.1").cancel_requested


def test_exit_codes_are_those_of_a_render(store, queue):
    queue("fox")
    job = store.get("fox.1")
    degraded = job.model_copy(update={"state": "degraded", "result": RESULT})
    assert (exits(degraded), exits(degraded, strict=True)) == (0, 3)
    failed = job.model_copy(update={"state": "failed", "error": LOST})
    assert exits(failed) == 1
    assert exits(failed.model_copy(update={"error": BAD})) == 2
    assert exits(job.model_copy(update={"state": "cancelled"})) == 1


def test_logs_are_for_people_or_programs(queue, run, store):
    queue("fox")
    store._logs.attach()
    try:
        store.claim("worker-1")
    finally:
        store._logs.detach()
    people = run("jobs", "logs", "fox").out.splitlines()
    assert [line.split()[2] for line in people] == ["submitted", "claimed"]
    lines = [json.loads(line) for line in run("jobs", "logs", "fox", "--json").out.splitlines()]
    assert [(line["job_id"], line["message"]) for line in lines] == [
        ("fox.1", "submitted"),
        ("fox.1", "claimed"),
    ]


# report ------------------------------------------------------------------------------------------


def test_following_a_log_that_nobody_adds_to_is_refused(queue, run, store):
    queue("fox")
    ran = run("jobs", "logs", "fox", "--follow")
    assert (ran.code, ran.out) == (1, "")
    assert "Start it with 'raypipe up'" in ran.err
    store.cancel("fox.1")
    ran = run("jobs", "logs", "fox", "-f")
    assert (ran.code, ran.err) == (0, "")
    assert "submitted" in ran.out


def test_a_day_is_summed_up(queue, store, run):
    queue("fox", "owl")
    store.commit(store.claim("w"), RESULT)
    store.fail(store.claim("w"), BAD)
    ran = run("report")
    assert "2 jobs ended" in ran.out
    assert "1 failed, 1 succeeded" in ran.out
    assert "50.0%" in ran.out
    assert "StoryError  1 job" in ran.out
    facts = json.loads(run("report", "--day", time.strftime("%Y-%m-%d"), "--json").out)
    assert (facts["ended"], facts["success_rate"], facts["errors"]) == (2, 0.5, {"StoryError": 1})
    assert "0 jobs ended" in run("report", "--day", "2020-02-29").out
    assert run("report", "--day", "yesterday").code == 2


# what a watcher sees -----------------------------------------------------------------------------


@pytest.fixture
def life(store, queue):
    """A job at each moment of a life with one lost worker and a second attempt."""
    queue("fox")
    jobs = [store.get("fox.1")]
    claim = store.claim("w")
    jobs.append(claim.job)
    for done in (0, 60, 120):
        state = "done" if done == 120 else "running"
        step = Step(
            stage="render", scene_id="s1", state=state, at_s=done / 30, done=done, total=120
        )
        jobs.append(store.progress(claim, [step]))
    waiting = store.fail(claim, LOST)
    jobs.append(waiting)
    again = {"state": "running", "attempt": 2, "epoch": 2, "steps": jobs[-2].steps[:0]}
    jobs.append(waiting.model_copy(update=again))
    step = Step(stage="render", scene_id="s1", state="cached", at_s=0.5, total=120)
    jobs.append(jobs[-1].model_copy(update={"steps": (step,)}))
    ended = {"state": "succeeded", "result": RESULT, "error": None}
    jobs.append(jobs[-1].model_copy(update=ended))
    return jobs


def test_a_feed_gives_each_step_once_and_begins_anew_with_an_attempt(life):
    feed = StepFeed()
    events = [feed.events(job) for job in life]
    assert [[(e.stage, e.state, e.done) for e in each] for each in events if each] == [
        [("render", "queued", 0), ("render", "running", 0)],
        [("render", "running", 60)],
        [("render", "done", 120)],
        [("render", "queued", 0), ("render", "cached", 0)],
    ]


def test_scenes_stand_in_their_order_whatever_was_first(life):
    steps = tuple(
        Step(stage="image", scene_id=f"s{number}", state="done", at_s=9.0 - number)
        for number in (2, 1, 3)
    )
    events = StepFeed().events(life[1].model_copy(update={"steps": steps}))
    assert [event.scene_id for event in events if event.state == "queued"] == ["s1", "s2", "s3"]
    assert [event.scene_id for event in events if event.state == "done"] == ["s3", "s2", "s1"]


def shown(display, jobs, stream):
    follow(jobs, display)
    return stream.getvalue()


def console(stream, *, terminal=False):
    return Console(file=stream, force_terminal=terminal, width=100, height=30, color_system=None)


def test_one_job_in_a_pipe_is_a_line_a_step(life):
    stream = io.StringIO()
    said = shown(OneJob(console(stream)), life, stream).splitlines()
    assert said[0].endswith("fox.1  queued")
    assert said[1].endswith("s1: render done, 120 frames")
    assert "attempt 1 of 4 failed (WorkerLostError: it died)" in said[2]
    assert said[3] == "fox.1, attempt 2 of 4"
    assert said[4].endswith("s1: render cached, 120 frames")
    assert len(said) == 5


def test_one_job_on_a_terminal_is_a_live_table(life):
    stream = io.StringIO()
    said = shown(OneJob(console(stream, terminal=True)), life, stream)
    assert "s1" in said
    assert "attempt 2 of 4" in said


def test_several_jobs_are_a_line_each_change_or_a_table(life):
    stream = io.StringIO()
    said = shown(PlainJobs(console(stream)), life, stream).splitlines()
    assert [line.split()[2] for line in said] == [
        "queued", "running,", "attempt", "running,", "succeeded,",
    ]  # fmt: skip
    empty = io.StringIO()
    console(empty).print(ManyJobs(console(io.StringIO())).draw())
    assert empty.getvalue().strip() == ""
    table = ManyJobs(console(io.StringIO(), terminal=True))
    for job in [*life[:3], life[-1].model_copy(update={"job_id": "owl.2"})]:
        table.on_job(job)
    stream = io.StringIO()
    console(stream).print(table.draw())
    assert "fox.1  running" in stream.getvalue()
    assert "1 of 2 ended" in stream.getvalue()
