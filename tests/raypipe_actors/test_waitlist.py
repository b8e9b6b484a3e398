"""The waiting list against a plain sort of all that waits, and what a decision costs."""

import math
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raypipe_actors.decisions import AGEING_S, Waiting, urgency
from raypipe_actors.waitlist import Waitlist

requests = st.builds(
    Waiting,
    request_id=st.sampled_from("abcdef"),
    priority=st.integers(0, 2),
    submitted_s=st.just(0.0),
    order=st.integers(0, 3),
    batch_key=st.sampled_from(["a", "b"]),
    not_before_s=st.sampled_from([0.0, 1.0, 20.0, 70.0]),
    story_since_s=st.sampled_from([1.0, 2.0]),
)


def plain_best(waiting, now_s, count):
    """The order as it is defined: all are sorted, the first leads, its own kind follows."""
    due = [request for request in waiting if request.not_before_s <= now_s]
    due.sort(key=lambda request: urgency(request, now_s))
    return [request for request in due if request.batch_key == due[0].batch_key][:count]


class AnyUse(RuleBasedStateMachine):
    """Requests come, go, wait, are held back, and are looked at, while time goes on."""

    def __init__(self):
        super().__init__()
        self.list, self.plain, self.now_s = Waitlist(), {}, 0.0

    @rule(request=requests, held_s=st.sampled_from([0.0, 0.0, 5.0]))
    def add(self, request, held_s):
        request = replace(request, submitted_s=self.now_s, not_before_s=self.now_s + held_s)
        self.list.add(request)
        self.plain[request.request_id] = request

    @rule(request_id=st.sampled_from("abcdef"))
    def remove(self, request_id):
        self.list.remove(request_id)
        self.plain.pop(request_id, None)

    @rule(seconds=st.sampled_from([0.0, 0.1, 5.0, AGEING_S / 2, AGEING_S, 100.0]))
    def wait(self, seconds):
        self.now_s += seconds

    @rule(count=st.integers(1, 4))
    def look(self, count):
        expected = plain_best(self.plain.values(), self.now_s, count)
        assert self.list.best(self.now_s, count) == expected

    @precondition(lambda self: self.plain)
    @rule(count=st.integers(1, 4))
    def take(self, count):
        for request in self.list.best(self.now_s, count):
            self.remove(request.request_id)

    @invariant()
    def agrees(self):
        waiting = self.plain.values()
        assert set(self.list) == set(self.plain)
        assert len(self.list) == len(self.plain)
        assert self.list.eldest_s() == min((each.submitted_s for each in waiting), default=None)


AnyUse.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestAnyUse = AnyUse.TestCase


def test_a_retry_is_held_back_and_its_time_is_known():
    waitlist = Waitlist()
    waitlist.add(Waiting("a", 0, 0.0, 0, "k", not_before_s=7.0))
    waitlist.add(Waiting("b", 0, 0.0, 0, "k", not_before_s=9.0))
    assert waitlist.best(6.9, 2) == []
    assert waitlist.next_due_s() == 7.0
    assert [each.request_id for each in waitlist.best(7.0, 2)] == ["a"]
    assert waitlist.next_due_s() == 9.0
    waitlist.remove("b")
    assert waitlist.next_due_s() is None


def test_high_priority_goes_before_a_long_queue_of_normal():
    waitlist = Waitlist()
    for n in range(200):
        waitlist.add(Waiting(f"normal-{n}", 1, 0.0, n, "a"))
    waitlist.add(Waiting("high", 0, 5.0, 0, "a"))
    assert waitlist.best(6.0, 4)[0].request_id == "high"


def test_an_older_story_goes_first_and_its_scenes_in_order():
    waitlist = Waitlist()
    waitlist.add(Waiting("new-0", 1, 1.0, 0, "a", story_since_s=20.0))
    waitlist.add(Waiting("old-1", 1, 1.2, 1, "a", story_since_s=10.0))
    waitlist.add(Waiting("old-0", 1, 1.3, 0, "a", story_since_s=10.0))
    assert [each.request_id for each in waitlist.best(2.0, 3)] == ["old-0", "old-1", "new-0"]


def test_low_priority_does_not_starve():
    waitlist = Waitlist()
    waitlist.add(Waiting("low", 2, 0.0, 0, "a"))
    assert waitlist.best(1.0, 1)[0].request_id == "low"
    waitlist.add(Waiting("high", 0, 2 * AGEING_S + 1, 0, "a", story_since_s=2 * AGEING_S))
    assert waitlist.best(2 * AGEING_S + 2, 1)[0].request_id == "low"


class Counted(float):
    """A number that counts how often it is compared."""

    compared = 0

    def __lt__(self, other):
        Counted.compared += 1
        return float(self) < float(other)

    def __eq__(self, other):
        Counted.compared += 1
        return float(self) == float(other)

    def __hash__(self):
        return hash(float(self))


def comparisons_a_decision(queued: int) -> float:
    """Keep ``queued`` waiting: decide, take four, add four; time goes on, so that they age."""
    waitlist, now_s, number = Waitlist(), 0.0, 0

    def add() -> None:
        nonlocal number
        since = Counted((number * 7919) % 10_007)  # in no order
        request = Waiting(
            f"r{number}", number % 3, Counted(now_s), number % 15, f"key {number % 5}",
            story_since_s=since,
        )  # fmt: skip
        waitlist.add(request)
        number += 1

    for _ in range(queued):
        add()
    waitlist.best(now_s, 4)  # all are new: each is put in its place, once
    Counted.compared, most = 0, 0
    decisions = 400
    for _ in range(decisions):
        before = Counted.compared
        for request in waitlist.best(now_s, 4):
            waitlist.remove(request.request_id)
            add()
        assert waitlist.eldest_s() is not None
        most = max(most, Counted.compared - before)
        now_s += AGEING_S / decisions * 0.9  # below the span after which all old ones age
    assert len(waitlist) == queued
    return Counted.compared / decisions


def test_ten_thousand_waiting_hardly_make_a_decision_dearer_than_a_hundred():
    few, many = comparisons_a_decision(100), comparisons_a_decision(10_000)
    assert many < few * 2 * math.log(10_000) / math.log(100)
    assert many < 1000, "a plain sort compares more than 100,000 times"


def test_what_is_gone_does_not_pile_up_behind_what_is_more_urgent():
    waitlist = Waitlist()
    for n in range(5000):
        now_s = float(n)
        if n % 100 == 0:  # one urgent request is always there, but none for ever
            waitlist.add(Waiting(f"urgent-{n}", 0, now_s, 9, "b"))
            waitlist.remove(f"urgent-{n - 100}")
        waitlist.add(Waiting(f"high-{n}", 0, now_s, 0, "a"))
        waitlist.add(Waiting(f"low-{n}", 2, now_s, 1, "a"))
        for request in waitlist.best(now_s, 2):
            waitlist.remove(request.request_id)
        assert waitlist.eldest_s() is not None
    held = [waitlist._by_age, waitlist._held, waitlist._ageing, *waitlist._ready.values()]
    held += [heap for heaps in waitlist._by_key.values() for heap in heaps.values()]
    assert sum(map(len, held)) < 600, "10,000 requests came and went"


@pytest.mark.parametrize("request_id", ["here", "not here"])
def test_removing_is_for_good(request_id):
    waitlist = Waitlist()
    waitlist.add(Waiting("here", 0, 0.0, 0, "k"))
    waitlist.remove(request_id)
    waitlist.remove("here")
    assert len(waitlist) == 0
    assert "here" not in waitlist
    assert waitlist.best(1.0, 1) == []
