import math

from hypothesis import given
from hypothesis import strategies as st

from raypipe_actors.deadlines import Deadlines


@given(due_s=st.dictionaries(st.text(), st.floats(0, 100) | st.just(math.inf)))
def test_what_is_overdue_is_told_latest_first_and_once(due_s):
    deadlines = Deadlines()
    for request_id, due in due_s.items():
        deadlines.put(request_id, due)
    late = deadlines.overdue(50.0)
    assert dict(late) == {request: due for request, due in due_s.items() if due <= 50.0}
    assert [due for _, due in late] == sorted(due for _, due in late)
    assert deadlines.overdue(50.0) == ()


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.none() | st.floats(0, 100) | st.just(math.inf))
    ),
    now_s=st.floats(0, 100),
)
def test_the_last_word_on_a_request_counts(steps, now_s):
    """None stands for a request that is done."""
    deadlines, expected = Deadlines(), {}
    for request_id, due_s in steps:
        if due_s is None:
            deadlines.forget(request_id)
            expected.pop(request_id, None)
        else:
            deadlines.put(request_id, due_s)
            expected[request_id] = due_s
    for request_id in "abc":
        assert deadlines[request_id] == expected.get(request_id, math.inf)
    assert dict(deadlines.overdue(now_s)) == {r: d for r, d in expected.items() if d <= now_s}
