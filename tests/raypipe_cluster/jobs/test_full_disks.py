"""Disks that are full: nothing partial is seen, nothing is lost, and all goes on by itself."""

from contextlib import suppress

from raypipe.errors import DiskFullError
from raypipe.output import folder_error
from raypipe_cluster.jobs.foreman import Ended, Foreman
from raypipe_cluster.jobs.job_run import JobRun, Made, RunLimits
from raypipe_cluster.jobs.outputs import JobOutputs
from raypipe_cluster.jobs.sqlite_backend import SqliteBackend
from raypipe_cluster.jobs.store import JobStore

QUICK = RunLimits(beat_s=0.01, flush_s=0.002)
VIDEO = bytes(range(256)) * 1200
"""300 kB: three of them fit on the small disk, with their folders."""


class Inline:
    """A crew of one, that works while it is started."""

    def __init__(self, store, outputs, render):
        self.store, self.outputs, self.render = store, outputs, render
        self.ends, self._ended = [], []

    def places(self):
        return 1

    def working(self):
        return []

    def start(self, claim):
        end = JobRun(claim, self.store, self.outputs, self.render, limits=QUICK).run()
        self.ends.append(end)
        self._ended.append(Ended(claim, end))

    def ended(self):
        ended, self._ended = self._ended, []
        return ended


async def write_video(claim, folder, _on_event):
    place = folder / f"the-{claim.job.story_id}"
    place.mkdir()
    path = place / "video.mp4"
    try:
        path.write_bytes(VIDEO)
    except OSError as error:
        raise folder_error(error, path) from error
    return Made()


def fill(folder, leave_bytes=0):
    """Fill the disk of ``folder`` but for so many bytes, and return what fills it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with ballast.open("r+b") as file:
        file.truncate(ballast.stat().st_size - leave_bytes)
    return ballast


def shown(root):
    return sorted(path.name for path in root.glob("the-*"))


def test_a_video_that_finds_no_room_waits_for_it(store, story, small_disk):
    ballast = fill(small_disk, leave_bytes=150_000)
    now_s = [0.0]
    outputs = JobOutputs(small_disk / "out")
    crew = Inline(store, outputs, write_video)
    foreman = Foreman(store, outputs, crew, owner="me", room_bytes=0, monotonic=lambda: now_s[0])
    store.submit(story())
    assert foreman.round() == 1
    assert crew.ends == ["no room"]
    job = store.get("fox.1")
    assert (job.state, job.attempt, job.error) == ("queued", 0, None)
    assert shown(outputs.root) == []
    assert [path for path in outputs.root.rglob("*") if path.is_file()] == []
    assert foreman.round() == 0, "it is not tried again at once"
    assert "full" in foreman.paused
    now_s[0] += 11
    ballast.unlink()
    foreman.round()
    foreman.round()
    assert crew.ends == ["no room", "committed"]
    assert (outputs.root / "the-fox" / "video.mp4").read_bytes() == VIDEO
    assert foreman.paused == ""


def test_nothing_is_begun_where_a_video_would_find_no_room(store, story, small_disk):
    outputs = JobOutputs(small_disk / "out")
    crew = Inline(store, outputs, write_video)
    foreman = Foreman(store, outputs, crew, owner="me")
    store.submit(story())
    assert foreman.round() == 0
    assert "full" in foreman.paused
    assert store.get("fox.1").attempt == 0


def test_a_result_that_cannot_be_shown_is_kept_until_it_can(store, story, small_disk):
    now_s = [0.0]
    ballast = small_disk / "ballast"
    outputs = JobOutputs(small_disk / "out")

    async def render(claim, folder, on_event):
        made = await write_video(claim, folder, on_event)
        (outputs.root / "the-fox").write_text("a file is in the way")
        return made

    crew = Inline(store, outputs, render)
    foreman = Foreman(store, outputs, crew, owner="me", room_bytes=0, monotonic=lambda: now_s[0])
    store.submit(story())
    foreman.round()
    foreman.round()
    assert store.get("fox.1").state == "succeeded"
    assert len(store.outbox()) == 1
    (outputs.root / "the-fox").unlink()
    foreman.round()
    assert len(store.outbox()) == 1, "it is tried again after a while, not at every turn"
    now_s[0] += 11
    foreman.round()
    assert store.outbox() == ()
    assert (outputs.root / "the-fox" / "video.mp4").read_bytes() == VIDEO
    assert not ballast.exists()


def test_links_need_no_second_place(store, story, small_disk):
    """Two thirds of the disk hold one video, which is kept and shown."""
    fill(small_disk, leave_bytes=int(len(VIDEO) * 1.5))
    outputs = JobOutputs(small_disk / "out")
    crew = Inline(store, outputs, write_video)
    store.submit(story())
    foreman = Foreman(store, outputs, crew, owner="me", room_bytes=0)
    foreman.round()
    foreman.round()
    assert crew.ends == ["committed"]
    assert shown(outputs.root) == ["the-fox"]


class Crowded:
    """A store on a disk that is full when a commit comes, and is freed once it was refused."""

    def __init__(self, store, story, disk):
        self.store, self.story, self.disk = store, story, disk
        self.refused = []

    def __getattr__(self, verb):
        return getattr(self.store, verb)

    def commit(self, claim, result, *, parcels=()):
        if not self.refused:
            fill(self.disk)
            with suppress(DiskFullError):  # what the log has room for yet is taken, too
                for number in range(10_000):
                    self.store.submit(self.story(f"s{number}", "x" * 4000))
        try:
            return self.store.commit(claim, result, parcels=parcels)
        except DiskFullError as error:
            self.refused.append(error)
            (self.disk / "ballast").unlink()
            raise


def test_a_full_store_delays_a_commit_and_loses_nothing(story, small_disk, tmp_path):
    with JobStore(SqliteBackend(small_disk / "jobs.db")) as store:
        store.submit(story())
        crowded = Crowded(store, story, small_disk)
        claim = store.claim("worker")
        run = JobRun(claim, crowded, JobOutputs(tmp_path / "out"), write_video, limits=QUICK)
        assert run.run() == "committed"
        assert len(crowded.refused) == 1
        assert store.get("fox.1").state == "succeeded"
        assert len(store.outbox()) == 1
