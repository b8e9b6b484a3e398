"""The requests of a pool that wait, in the order of `decisions.urgency`, each step O(log n).

Requests gain a level of priority as they wait, so no fixed key sorts them. But each of them changes
its level a few times only, at times known beforehand. So each level has a heap of its own, by what
never changes, and requests move down between them when their time has come. What was moved or
removed stays in its old heap until it comes to the top, where it is passed over.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from raypipe_actors.decisions import Waiting, ages_at, level

_SWEEP = 8
"""What is gone is passed over so many at a time in the heaps of levels that are not needed now."""


@dataclass(slots=True)
class _Entry:
    """A request and the level that it is ready at; None while a retry is held back."""

    request: Waiting
    level: int | None = None

    @property
    def rank(self) -> tuple[float, int, str]:
        """The order of requests of one level, as in `decisions.urgency`."""
        request = self.request
        return request.story_since_s, request.order, request.request_id


_Heap = list[tuple[Any, int, _Entry]]
"""Sorted by the first, then by a serial number, so that entries are never compared."""


class Waitlist:
    """Holds requests by their id; ``now_s`` must never go back from call to call."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._serial = itertools.count()
        self._forget()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._entries

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of all, which may be removed meanwhile."""
        return iter(list(self._entries))

    def add(self, request: Waiting) -> None:
        """Let ``request`` wait, in place of one of the same id."""
        self.remove(request.request_id)
        entry = self._entries[request.request_id] = _Entry(request)
        self._admit(entry)

    def remove(self, request_id: str) -> None:
        """Forget a request, if it is here."""
        entry = self._entries.pop(request_id, None)
        if entry is not None and entry.level is not None:
            self._leave(entry)
        if not self._entries:
            self._forget()

    def eldest_s(self) -> float | None:
        """Return when the request that has waited the longest was submitted; None if none waits."""
        top = self._top(self._by_age)
        return top.request.submitted_s if top else None

    def next_due_s(self) -> float | None:
        """Return when the first retry that is held back is due; None if there is none."""
        while self._held and self._held[0][2].level is not None:
            heapq.heappop(self._held)
        top = self._top(self._held)
        return top.request.not_before_s if top else None

    def best(self, now_s: float, count: int) -> list[Waiting]:
        """Return the most urgent request and those that may run with it, at most ``count``.

        They go on waiting. Requests that are held back are not among them.
        """
        self._advance(now_s)
        leader = None
        for place in sorted(self._ready):
            top = self._top_ready(self._ready[place], place, _SWEEP if leader else None)
            leader = leader or top
        if leader is None:
            return []
        heaps = self._by_key[leader.request.batch_key]
        found: list[Waiting] = []
        for place in sorted(heaps):
            heap, taken = heaps[place], []
            while len(found) < count and self._top_ready(heap, place):
                taken.append(heapq.heappop(heap))
                found.append(taken[-1][2].request)
            for item in taken:
                heapq.heappush(heap, item)
            self._top_ready(heap, place, _SWEEP)
        return found

    def _advance(self, now_s: float) -> None:
        """Let retries in that are due, and move up what has waited for another level."""
        while self._held and self._held[0][0] <= now_s:
            entry = heapq.heappop(self._held)[2]
            if self._is_here(entry) and entry.level is None:
                self._enter(entry, now_s)
        while self._ageing and self._ageing[0][0] <= now_s:
            entry = heapq.heappop(self._ageing)[2]
            if self._is_here(entry) and entry.level is not None:
                self._leave(entry)
                self._enter(entry, now_s)

    def _admit(self, entry: _Entry) -> None:
        self._push(self._by_age, entry.request.submitted_s, entry)
        # Also what is due at once: only `best` knows the time.
        self._push(self._held, entry.request.not_before_s, entry)

    def _enter(self, entry: _Entry, now_s: float) -> None:
        request = entry.request
        entry.level = place = level(request, now_s)
        self._waiting_of[request.batch_key] += 1
        self._push(self._ready.setdefault(place, []), entry.rank, entry)
        heaps = self._by_key.setdefault(request.batch_key, {})
        self._push(heaps.setdefault(place, []), entry.rank, entry)
        if place > 0:
            step = request.priority - place + 1
            self._push(self._ageing, ages_at(request, step), entry)

    def _leave(self, entry: _Entry) -> None:
        key = entry.request.batch_key
        self._waiting_of[key] -= 1
        if not self._waiting_of[key]:
            del self._waiting_of[key], self._by_key[key]

    def _push(self, heap: _Heap, rank: Any, entry: _Entry) -> None:
        heapq.heappush(heap, (rank, next(self._serial), entry))

    def _is_here(self, entry: _Entry) -> bool:
        return self._entries.get(entry.request.request_id) is entry

    def _top(self, heap: _Heap) -> _Entry | None:
        while heap and not self._is_here(heap[0][2]):
            heapq.heappop(heap)
        return heap[0][2] if heap else None

    def _top_ready(self, heap: _Heap, place: int, most: int | None = None) -> _Entry | None:
        """Return the first of ``heap`` that is still at ``place``; passes over at most ``most``."""
        for _ in itertools.count() if most is None else range(most):
            if not heap:
                return None
            entry = heap[0][2]
            if entry.level == place and self._is_here(entry):
                return entry
            heapq.heappop(heap)
        return None

    def _forget(self) -> None:
        """Empty all heaps."""
        self._by_age: _Heap = []
        self._held: _Heap = []
        self._ageing: _Heap = []
        self._ready: dict[int, _Heap] = {}
        self._by_key: dict[str, dict[int, _Heap]] = {}
        self._waiting_of: Counter[str] = Counter()
