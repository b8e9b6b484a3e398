from __future__ import annotations

from raypipe.story.condensing import choose_dropped
from raypipe.story.cutting import score_turns

FILLER = " ".join(f"The weather was mild on day number {n} of that week." for n in range(12))
TEXT = (
    f"King Aldo lost his crown in the river. {FILLER} "
    '"Who took it?" asked the king. "The raven took it," said the boy. '
    "The raven gave the crown back, and the king laughed."
)


def drop(facts_of, cast_of, target_s):
    facts = facts_of(TEXT)
    cast = cast_of(TEXT)
    dropped = choose_dropped(facts, cast, score_turns(facts, cast), target_s=target_s)
    return [facts[index].text for index in dropped], facts


def test_what_fits_is_left_alone(facts_of, cast_of):
    assert drop(facts_of, cast_of, 600)[0] == []


def test_the_least_important_go_first(facts_of, cast_of):
    dropped, facts = drop(facts_of, cast_of, 25)
    assert dropped
    assert all(text.startswith("The weather") for text in dropped)
    assert facts[0].text not in dropped
    assert facts[-1].text not in dropped


def test_answers_stay_with_their_questions(facts_of, cast_of):
    for target in range(8, 40, 4):
        dropped, _ = drop(facts_of, cast_of, target)
        question = any("Who took it" in text for text in dropped)
        answer = any("said the boy" in text for text in dropped)
        assert question == answer
