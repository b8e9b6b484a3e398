"""What can happen to a file: no space, other owners, newer versions."""

import os
import threading

import apsw
import pytest

from raypipe.errors import DiskFullError
from raypipe_cluster.jobs import sqlite_schema
from raypipe_cluster.jobs.errors import JobStoreError, StoreVersionError
from raypipe_cluster.jobs.model import JobError, JobResult
from raypipe_cluster.jobs.records import COLUMNS, SCHEMA
from raypipe_cluster.jobs.rules import ENDED
from raypipe_cluster.jobs.sqlite_backend import SqliteBackend
from raypipe_cluster.jobs.store import JobStore

PADDING = "x" * 20_000


def fill(store, story):
    """Submit stories until there is no space, and return how many were accepted."""
    for number in range(1000):
        try:
            store.submit(story(f"s{number}", PADDING))
        except DiskFullError:
            return number
    raise AssertionError("the disk did not fill")


def test_no_space_is_an_error_that_goes_away_by_itself(sqlite_place, clock, story):
    backend = sqlite_place.backend(clock=clock)
    store = JobStore(backend)
    store.submit(story("first"))
    pages = backend._connection.execute("PRAGMA page_count").get
    backend._connection.execute(f"PRAGMA max_page_count = {pages + 50}")
    accepted = fill(store, story)
    assert 0 < accepted < 50
    with pytest.raises(DiskFullError, match="no space left"):
        store.submit(story("one-more", PADDING))
    assert store.counts()["queued"] == accepted + 1
    backend._connection.execute(f"PRAGMA max_page_count = {pages + 500}")
    assert store.submit(story("one-more", PADDING)).created
    for _ in range(accepted + 2):
        store.commit(store.claim("w"), JobResult(pointer="x/1"))
    assert store.counts()["succeeded"] == accepted + 2
    store.close()


def test_a_full_device_is_survived(small_disk, clock, story):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(500_000))
    store = JobStore(SqliteBackend(small_disk / "jobs.db", clock=clock))
    accepted = fill(store, story)
    assert store.counts()["queued"] == accepted > 0
    ballast.unlink()
    assert store.submit(story(f"s{accepted}", PADDING)).created
    store.commit(store.claim("w"), JobResult(pointer="x/1"))
    assert store._backend._connection.execute("PRAGMA integrity_check").get == "ok"
    store.close()
    # A store cannot even be made where nothing is left.
    with pytest.raises(OSError, match="space"):
        ballast.write_bytes(bytes(1_100_000))
    with pytest.raises(DiskFullError):
        SqliteBackend(small_disk / "other.db")


def test_a_newer_schema_is_refused(sqlite_place):
    sqlite_place.store().close()
    connection = apsw.Connection(sqlite_place.url)
    connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    connection.close()
    with pytest.raises(StoreVersionError) as caught:
        sqlite_place.store()
    assert f"schema {SCHEMA} or older, found schema {SCHEMA + 1}" in str(caught.value)
    assert "upgrade raypipe" in str(caught.value)


def test_the_database_of_another_program_is_left_alone(sqlite_place):
    connection = apsw.Connection(sqlite_place.url)
    connection.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(JobStoreError, match="another program"):
        sqlite_place.store()
    assert connection.execute("PRAGMA journal_mode").get == "delete"
    connection.close()


@pytest.mark.parametrize(
    "content", [b"not a database, " * 100, b"SQLite format 3\x00" + bytes(200)]
)
def test_what_is_no_database_is_named(sqlite_place, tmp_path, content):
    (tmp_path / "jobs.db").write_bytes(content)
    with pytest.raises(JobStoreError) as caught:
        sqlite_place.store()
    assert sqlite_place.url in str(caught.value)
    assert (tmp_path / "jobs.db").read_bytes() == content


def test_a_place_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JobStoreError, match="name another file"):
        SqliteBackend(tmp_path / "file" / "jobs.db")
    with pytest.raises(JobStoreError):
        SqliteBackend(tmp_path)


def test_a_damaged_record_is_an_error_with_its_store(sqlite_place, story):
    store = sqlite_place.store()
    store.submit(story())
    connection = apsw.Connection(sqlite_place.url)
    connection.execute("UPDATE jobs SET state = 'asleep'")
    connection.close()
    with pytest.raises(JobStoreError, match="restore the store"):
        store.get("fox.1")
    store.close()


def test_many_open_a_new_store_at_once(sqlite_place, story):
    ready = threading.Barrier(8)
    errors = []

    def client():
        ready.wait()
        try:
            with sqlite_place.store() as store:
                store.submit(story())
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_the_file_is_private_and_its_commits_are_synced(tmp_path):
    backend = SqliteBackend(tmp_path / "folder" / "jobs.db")
    assert os.stat(tmp_path / "folder").st_mode & 0o077 == 0  # noqa: PTH116 - the mode is the point
    assert backend._connection.execute("PRAGMA synchronous").get == 2
    assert backend._connection.execute("PRAGMA journal_mode").get == "wal"
    backend.close()


class Watched(apsw.VFS):
    """The disk, with a list of what is written to the log and when that is synced."""

    def __init__(self):
        self.log = []
        self.base_vfs = apsw.vfs_names()[0]
        super().__init__("watched", self.base_vfs, makedefault=True)

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's name
        kept = self.log if flags[0] & apsw.SQLITE_OPEN_WAL else []

        class File(apsw.VFSFile):
            def xWrite(self, data, offset):  # noqa: N802
                kept.append("write")
                super().xWrite(data, offset)

            def xSync(self, how):  # noqa: N802
                kept.append("sync")
                super().xSync(how)

        return File(self.base_vfs, name, flags)


@pytest.fixture
def watched():
    disk = Watched()
    yield disk.log
    disk.unregister()


def test_what_is_acknowledged_is_synced(watched, sqlite_place, story):
    with sqlite_place.store() as store:

        def synced(made):
            assert watched[-1] == "sync", "it would be lost with the power"
            watched.clear()
            return made

        synced(store.submit(story("a")))
        synced(store.submit_many([story(name) for name in "bcd"]))
        claim = synced(store.claim("w"))
        synced(store.heartbeat(claim))
        synced(store.commit(claim, JobResult(pointer="a.1/1")))
        synced(store.fail(store.claim("w"), JobError(type="StoryError", message="no")))


def test_a_folder_of_stories_is_synced_once(watched, sqlite_place, story):
    with sqlite_place.store() as store:
        store.submit(story("first"))
        watched.clear()
        store.submit_many([story(f"s{number}") for number in range(50)])
        assert watched.count("sync") == 1


def test_looking_for_work_in_an_empty_queue_writes_nothing(watched, sqlite_place, story):
    with sqlite_place.store() as store:
        store.submit(story())
        store.claim("w")
        watched.clear()
        assert store.claim("w") is None
        assert watched == []


def test_the_table_has_the_columns_of_a_record(sqlite_place):
    backend = sqlite_place.backend()
    rows = backend._connection.execute("SELECT name FROM pragma_table_info('jobs')").fetchall()
    assert {name for (name,) in rows} == {*COLUMNS, "steps"}
    backend.close()


def test_the_queue_is_read_from_its_index(sqlite_place):
    backend = sqlite_place.backend()
    statement = f"EXPLAIN QUERY PLAN {sqlite_schema.NEXT_JOB}"
    plan = backend._connection.execute(statement, {"now": 1}).fetchall()
    assert "jobs_waiting" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
    backend.close()


def test_the_states_in_sql_are_those_of_the_rules():
    assert "'queued', 'retrying'" in sqlite_schema.TABLES
    assert not {"queued", "retrying"} & ENDED
