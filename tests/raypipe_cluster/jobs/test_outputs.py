"""The folders of jobs: links, what was cut off, what is in the way, what nobody knows."""

import errno
import os

import pytest

from raypipe.errors import QualityError, StorageError
from raypipe_cluster.jobs.outputs import JobOutputs


@pytest.fixture
def outputs(tmp_path):
    return JobOutputs(tmp_path / "out")


@pytest.fixture
def claimed(store, story):
    """Claim jobs of one story again and again."""

    def claim(name="fox"):
        store.submit(story(name))
        return store.claim("w").job

    return claim


def make(outputs, job, text="moving", name="the-fox"):
    folder = outputs.stage(job) / name
    folder.mkdir()
    (folder / "video.mp4").write_text(text)
    return outputs.keep(job)


def test_a_shown_folder_replaces_the_older_one_as_a_whole(outputs, claimed):
    old = outputs.root / "the-fox"
    old.mkdir(parents=True)
    (old / "old.mp4").write_text("still")
    outputs.show(make(outputs, claimed()))
    assert [path.name for path in old.iterdir()] == ["video.mp4"]


def test_all_formats_of_a_story_are_shown(outputs, claimed):
    job = claimed()
    folder = outputs.stage(job)
    for name in ("the-fox", "the-fox_1x1"):
        (folder / name).mkdir()
        (folder / name / "video.mp4").write_text(name)
    shown = outputs.show(outputs.keep(job))
    assert [path.name for path in shown] == ["the-fox", "the-fox_1x1"]
    assert (outputs.root / "the-fox_1x1" / "video.mp4").read_text() == "the-fox_1x1"


def test_a_disk_without_links_gets_copies(outputs, claimed, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    pointer = make(outputs, claimed())
    (shown,) = outputs.show(pointer)
    assert (shown / "video.mp4").read_text() == "moving"
    assert not (shown / "video.mp4").samefile(outputs.root / pointer / "the-fox" / "video.mp4")


def test_a_show_that_was_cut_off_with_the_old_folder_aside_ends_well(outputs, claimed):
    pointer = make(outputs, claimed())
    aside = outputs.root / ".jobs/tmp/fox.1.1.show-the-fox-old"
    aside.mkdir()
    (aside / "video.mp4").write_text("still")
    (outputs.root / ".jobs/tmp/fox.1.1.show-the-fox").mkdir()
    outputs.show(pointer)
    assert (outputs.root / "the-fox" / "video.mp4").read_text() == "moving"
    assert list((outputs.root / ".jobs/tmp").iterdir()) == []


def test_a_result_that_is_not_there_is_an_error_that_says_why(outputs):
    with pytest.raises(StorageError, match="same folder"):
        outputs.show(".jobs/fox.1/1")


def test_an_empty_result_is_refused(outputs, claimed):
    job = claimed()
    outputs.stage(job)
    with pytest.raises(QualityError, match="found none"):
        outputs.keep(job)


def test_what_is_left_goes_and_what_is_in_use_stays(outputs, claimed, store, clock):
    dead = claimed()
    outputs.stage(dead)
    clock.forward(31_000)
    store.reap()
    running = store.claim("w").job
    working = outputs.stage(running)
    foreign = outputs.root / ".jobs/tmp/notes"
    foreign.mkdir()
    assert outputs.sweep(store.get, orphans_older_s=60) == 1
    assert not (outputs.root / ".jobs/tmp/fox.1.1").exists()
    assert working.is_dir()
    assert foreign.is_dir(), "no folder of ours"


def test_folders_of_jobs_that_nobody_knows_stay_for_a_while(outputs, claimed):
    path = outputs.stage(claimed())
    outputs.sweep(lambda _job_id: None, orphans_older_s=60)
    assert path.is_dir()
    long_ago = path.stat().st_mtime - 61
    os.utime(path, (long_ago, long_ago))
    outputs.sweep(lambda _job_id: None, orphans_older_s=60)
    assert not path.exists()


def test_only_ids_of_jobs_are_forgotten(outputs, claimed):
    make(outputs, claimed())
    outputs.forget("..")
    outputs.forget("tmp")
    assert (outputs.root / ".jobs/fox.1/1").is_dir()
    outputs.forget("fox.1")
    assert not (outputs.root / ".jobs/fox.1").exists()
