"""Changes that share a commit: each is made once, or is its caller's error and nobody else's."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import apsw
import pytest

from raypipe_cluster.jobs import group_commit
from raypipe_cluster.jobs.group_commit import GroupCommit

OTHERS = 8


class Table:
    """A table of numbers, in which a first change waits while others gather behind it."""

    def __init__(self, path):
        self.connection = apsw.Connection(str(path))
        self.connection.execute("PRAGMA journal_mode = WAL").fetchall()
        self.connection.execute("CREATE TABLE numbers (number INTEGER UNIQUE, note TEXT)")
        self.commits = GroupCommit(self.connection, threading.RLock())
        self.committed = 0
        self.connection.set_wal_hook(self._count)

    def _count(self, *_):
        self.committed += 1
        return apsw.SQLITE_OK

    def add(self, number, note=""):
        self.connection.execute("INSERT INTO numbers VALUES (?, ?)", (number, note))
        return number

    def numbers(self):
        return sorted(number for (number,) in self.connection.execute("SELECT number FROM numbers"))

    def together(self, changes):
        """Run ``changes`` in one transaction, and return what became of each."""

        def first():
            pause = threading.Event()
            while self.commits.waiting < len(changes):
                pause.wait(0.001)
            return self.add(0)

        with ThreadPoolExecutor(len(changes) + 1) as threads:
            begun = threads.submit(self.commits.run, first)
            futures = [threads.submit(self.commits.run, change) for change in changes]
            assert begun.result() == 0
            return [future.exception() or future.result() for future in futures]


@pytest.fixture
def table(tmp_path):
    made = Table(tmp_path / "numbers.db")
    yield made
    made.connection.close()


def test_what_waits_for_a_commit_shares_the_next(table):
    changes = [lambda n=n: table.add(n) for n in range(1, OTHERS + 1)]
    assert table.together(changes) == list(range(1, OTHERS + 1))
    assert table.numbers() == list(range(OTHERS + 1))
    assert table.committed == 2, "the first, and all others"


def test_who_shared_a_commit_is_waited_for_the_next_time(table, monkeypatch):
    # Each commit seems to take a minute.
    monkeypatch.setattr(group_commit, "monotonic", itertools.count(step=60.0).__next__)
    monkeypatch.setattr(group_commit, "_LONGEST_WAIT_S", 60.0)
    assert table.together([lambda: table.add(1), lambda: table.add(2)]) == [1, 2]
    before = table.committed
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(table.commits.run, lambda: table.add(3))
        pause = threading.Event()
        while not table.commits.waiting and not first.done():
            pause.wait(0.001)
        assert threads.submit(table.commits.run, lambda: table.add(4)).result() == 4
        assert first.result() == 3
    assert table.committed == before + 1, "the first waited for the second"


def test_nobody_is_waited_for_longer_than_a_commit_takes(table):
    assert table.together([lambda: table.add(1), lambda: table.add(2)]) == [1, 2]
    assert table.commits.run(lambda: table.add(3)) == 3, "though two had come before"
    assert table.numbers() == [0, 1, 2, 3]


def test_a_change_that_raises_undoes_only_itself(table):
    refusal = LookupError("no")

    def refused():
        table.add(3)
        raise refusal

    changes = [lambda: table.add(1), refused, lambda: table.add(2)]
    assert table.together(changes) == [1, refusal, 2]
    assert table.numbers() == [0, 1, 2]


def test_a_change_that_the_database_refuses_fails_alone(table):
    made = table.together([lambda: table.add(1), lambda: table.add(0), lambda: table.add(2)])
    assert [made[0], type(made[1]), made[2]] == [1, apsw.ConstraintError, 2]
    assert table.numbers() == [0, 1, 2]


def test_who_needs_too_much_room_takes_it_from_nobody(table):
    pages = table.connection.execute("PRAGMA page_count").get
    table.connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    made = table.together(
        [lambda: table.add(1), lambda: table.add(9, "x" * 100_000), lambda: table.add(2)]
    )
    assert [made[0], type(made[1]), made[2]] == [1, apsw.FullError, 2]
    assert table.numbers() == [0, 1, 2]


def test_all_are_told_when_there_is_no_turn(table, tmp_path):
    other = apsw.Connection(str(tmp_path / "numbers.db"))
    with other:
        other.execute("INSERT INTO numbers VALUES (100, '')")
        with pytest.raises(apsw.BusyError):
            table.commits.run(lambda: table.add(1))
    other.close()
    assert table.commits.run(lambda: table.add(1)) == 1, "the next has its turn"


def test_nothing_is_written_for_changes_that_all_raise(table):
    for error in (LookupError, StopIteration):

        def refused(error=error):
            table.add(1)
            raise error

        with pytest.raises(error):
            table.commits.run(refused)
    assert (table.numbers(), table.committed) == ([], 0)


def test_who_is_interrupted_leaves_the_others_their_changes(table):
    interrupts = [KeyboardInterrupt()]

    def interrupting():
        if interrupts:
            raise interrupts.pop()  # in whichever of the two threads commits for both
        return table.add(1)

    made = table.together([interrupting, lambda: table.add(2)])
    (left,) = [each for each in made if not isinstance(each, KeyboardInterrupt)]
    assert table.numbers() == [0, left]
