"""When requests must be done: the next that is late is found without a look at the others."""

from __future__ import annotations

import heapq
import math


class Deadlines:
    """Due times by request id, in seconds of one clock; infinite for those that have none."""

    def __init__(self) -> None:
        self._due_s: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __getitem__(self, request_id: str) -> float:
        return self._due_s.get(request_id, math.inf)

    def put(self, request_id: str, due_s: float) -> None:
        """Note when a request must be done, instead of what was noted before."""
        self._due_s[request_id] = due_s
        if due_s < math.inf:
            heapq.heappush(self._heap, (due_s, request_id))

    def forget(self, request_id: str) -> None:
        """Forget a request that is done."""
        self._due_s.pop(request_id, None)
        if not self._due_s:
            self._heap.clear()

    def overdue(self, now_s: float) -> tuple[tuple[str, float], ...]:
        """Return the requests whose time is over with it, the latest first; forget them."""
        late: list[tuple[str, float]] = []
        while self._heap and self._heap[0][0] <= now_s:
            due_s, request_id = heapq.heappop(self._heap)
            # Another due time was noted since then, or the request is done.
            if self._due_s.get(request_id) == due_s:
                del self._due_s[request_id]
                late.append((request_id, due_s))
        return tuple(late)
