"""Where story-runners go."""

from raypipe_cluster.jobs.crew import choose_node

HEAD = {"NodeID": "head", "Resources": {"CPU": 8.0, "node:__internal_head__": 1.0}}
ONE = {"NodeID": "one", "Resources": {"CPU": 4.0}}
TWO = {"NodeID": "two", "Resources": {"CPU": 4.0}}


def test_runners_keep_off_the_head_where_there_are_others():
    assert choose_node([HEAD, ONE], {"one": 7}) == "one"
    assert choose_node([HEAD], {"head": 3}) == "head"


def test_runners_spread_over_the_nodes():
    assert choose_node([HEAD, ONE, TWO], {"one": 2, "two": 1}) == "two"
    assert choose_node([ONE, TWO], {"two": 1}) == "one"
