from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading

import numpy as np
import pytest

from raypipe.errors import StorageError
from raypipe.spool import (
    RowWriter,
    Spool,
    let_go,
    mapped_bytes,
    opened,
    runs,
    unnamed_file,
    zeros,
)

LONG = 3_000_000


def on_disk(rows: np.ndarray) -> bool:
    owner: object = rows
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return type(owner).__name__ == "mmap"


@pytest.mark.parametrize(("shape", "far"), [((100,), False), ((LONG,), True), ((LONG, 2), True)])
def test_many_zeros_lie_on_disk_and_few_in_memory(shape, far):
    rows = zeros(*shape)
    assert (rows.shape, rows.dtype, on_disk(rows)) == (shape, np.float32, far)
    assert not rows[::997].any()
    assert zeros(0, 2).shape == (0, 2)


def test_what_was_written_stays_when_its_memory_is_given_back():
    rows = zeros(LONG)
    for start, part in runs(rows, length=10_000):
        part[:] = start
    let_go(rows)
    assert rows[::10_000].tolist() == list(range(0, LONG, 10_000))
    view = rows[5:].reshape(-1, 5)
    let_go(view)
    assert view[-1, -1] == LONG - 10_000


def test_runs_cover_an_array_once():
    rows = np.arange(25, dtype=np.float32)
    found = [(start, part.tolist()) for start, part in runs(rows, length=10)]
    assert [start for start, _ in found] == [0, 10, 20]
    assert [value for _, part in found for value in part] == rows.tolist()


@pytest.mark.parametrize("blocks", [0, 1, 300])
def test_a_writer_gives_back_all_rows(blocks):
    writer = RowWriter(2)
    rng = np.random.default_rng(1)
    expected = [rng.random((5000, 2), np.float32) for _ in range(blocks)]
    for block in expected:
        reused = block.copy()
        writer.append(reused)
        reused[:] = 0
    found = writer.finish()
    assert found.shape == (writer.count, 2) == (5000 * blocks, 2)
    assert np.array_equal(found, np.concatenate([np.zeros((0, 2), np.float32), *expected]))
    assert on_disk(found) == (blocks == 300)
    found[:1] = 1  # may be written to


def test_bytes_come_back_from_any_thread():
    kept = Spool()
    pieces = [bytes([number]) * (1000 + number) for number in range(40)]
    places = {}

    def put(number: int) -> None:
        places[number] = kept.put(pieces[number])

    threads = [threading.Thread(target=put, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [places[number].read() for number in range(40)] == pieces
    assert opened(places[3]).read() == opened(pieces[3]).read() == pieces[3]


def test_a_piece_is_read_as_a_file():
    kept = Spool()
    kept.put(b"before")
    file = opened(kept.put(b"0123456789"))
    kept.put(b"after")
    assert (file.read(4), file.tell(), file.read(), file.read(1)) == (b"0123", 4, b"456789", b"")
    assert (file.seek(-3, 2), file.read()) == (7, b"789")
    assert (file.seek(2), file.seek(3, 1), file.read(1)) == (2, 5, b"5")
    assert (file.seek(50), file.read(1)) == (50, b"")
    with pytest.raises(ValueError, match="from 0 on, got -1"):
        file.seek(-11, 2)


def test_rows_are_kept_beside_bytes():
    kept = Spool()
    rng = np.random.default_rng(4)
    first, second = rng.random(5001, np.float32), rng.random((70_000, 2), np.float32)
    before = kept.put(b"before")
    found = [kept.keep(first), kept.keep(second)]
    after = kept.put(b"after")
    for rows in found:
        let_go(rows)
    assert np.array_equal(found[0], first)
    assert np.array_equal(found[1], second)
    assert (before.read(), after.read()) == (b"before", b"after")
    assert on_disk(found[0])
    assert kept.keep(first[:0]).shape == (0,)


def test_what_is_kept_keeps_its_dtype_and_shape():
    luma = np.arange(90 * 160, dtype=np.uint32).astype(np.uint8).reshape(90, 160)
    found = Spool().keep(luma[:, ::2])
    let_go(found)
    assert (found.dtype, found.shape) == (np.uint8, (90, 80))
    assert np.array_equal(found, luma[:, ::2])


def test_a_file_is_seen_as_bytes():
    with unnamed_file() as file:
        file.write(b"as it is")
        data = mapped_bytes(file)
    assert data.tobytes() == b"as it is"


def test_nothing_is_left_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows, kept = zeros(LONG), Spool()
    kept.put(b"abc")
    rows[:] = 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(StorageError, match="temporary files cannot be written") as caught:
        zeros(LONG)
    assert caught.value.where == str(tmp_path / "none")


FULL = """
import numpy as np
from raypipe.errors import DiskFullError
from raypipe.spool import RowWriter, Spool, zeros
for make in (
    lambda: zeros(3_000_000),
    lambda: Spool().put(bytes(2_000_000)),
    lambda: RowWriter(2).append(np.zeros((2_000_000, 2), np.float32)),
):
    try:
        make()
    except DiskFullError as error:
        print("full", error.remedy)
"""


def test_too_little_room_is_an_error_not_the_end_of_the_process(tmp_path):
    """A file system of 64 KiB, in a mount namespace: a page that finds no room would be SIGBUS."""
    unshare = shutil.which("unshare") or "unshare"
    mount = 'mount -t tmpfs -o size=64k tmpfs "$1"'
    inside = [unshare, "-rm", "sh", "-c"]
    if (
        not shutil.which("unshare")
        or subprocess.run(
            [*inside, mount, "sh", tmp_path], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("needs user and mount namespaces")
    found = subprocess.run(
        [*inside, mount + ' && exec "$2" -c "$3"', "sh", tmp_path, sys.executable, FULL],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("full free some space") == 3
