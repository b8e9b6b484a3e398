import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from raypipe import output
from raypipe.errors import DiskFullError, InputError, StorageError
from raypipe.output import StagedFolder, folder_error


def test_a_folder_appears_whole_at_publish_and_not_before(tmp_path):
    target = tmp_path / "videos" / "story"
    with StagedFolder(target) as staged:
        staged.write("a.txt", "a")
        staged.write("b.bin", b"b")
        assert not target.exists()
        assert staged.publish() == target
    assert sorted(path.name for path in target.iterdir()) == ["a.txt", "b.bin"]
    assert [path.name for path in target.parent.iterdir()] == ["story"]


def test_a_failure_leaves_nothing_and_keeps_the_older_folder(tmp_path):
    target = tmp_path / "story"
    target.mkdir()
    (target / "old.txt").write_text("old")
    staged = StagedFolder(target)
    staged.__enter__()
    staged.write("new.txt", "new")
    staged.__exit__(RuntimeError, RuntimeError(), None)
    assert [path.name for path in tmp_path.iterdir()] == ["story"]
    assert (target / "old.txt").read_text() == "old"


def test_runs_that_end_at_the_same_time_leave_one_whole_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "sync", lambda _: None)  # a busy disk takes seconds for each
    target = tmp_path / "story"
    together = threading.Barrier(4, timeout=60)

    def run(number):
        try:
            for attempt in range(25):
                with StagedFolder(target) as staged:
                    staged.write("a.txt", f"{number} {attempt}")
                    staged.write("b.txt", f"{number} {attempt}")
                    together.wait()
                    staged.publish()
        except BaseException:
            together.abort()  # the others wait no longer
            raise

    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(run, number) for number in range(4)]
    errors = [error for ran in runs if (error := ran.exception())]
    assert [e for e in errors if not isinstance(e, threading.BrokenBarrierError)] == []
    assert [path.name for path in tmp_path.iterdir()] == ["story"]
    assert (target / "a.txt").read_text() == (target / "b.txt").read_text()


def test_an_older_folder_is_replaced_whole(tmp_path):
    target = tmp_path / "story"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with StagedFolder(target) as staged:
        staged.write("new.txt", "new")
        staged.publish()
    assert [path.name for path in target.iterdir()] == ["new.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["story"]


def test_a_file_in_the_way_is_refused_with_the_remedy(tmp_path):
    (tmp_path / "story").write_text("a file")
    with pytest.raises(InputError, match="--out"), StagedFolder(tmp_path / "story"):
        pass
    assert (tmp_path / "story").read_text() == "a file"


def test_a_parent_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "videos").write_text("a file")
    with pytest.raises(InputError, match="folder that can be written"):
        StagedFolder(tmp_path / "videos" / "story").__enter__()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"):
        StagedFolder(tmp_path / "story").__enter__()


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFullError), (errno.EROFS, InputError), (errno.EIO, StorageError)],
)
def test_errors_of_the_disk_are_told_apart(number, kind):
    error = folder_error(OSError(number, os.strerror(number)), Path("videos"))
    assert type(error) is kind
    assert "videos" in str(error)
