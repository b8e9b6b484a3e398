"""What is to be seen in each scene: who is there, doing what, among which things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from raypipe.story.characters import Cast, Character, Mention
from raypipe.story.deeds import VERB_FINAL, Memory, find_deeds
from raypipe.story.english import Action, find_verb
from raypipe.story.facts import ARTICLES, PREPOSITIONS, Facts, Noun
from raypipe.story.lexicon.vocabulary import Vocabulary
from raypipe.story.plan import CharacterInScene
from raypipe.story.words import word_set

STATES: Final = word_set("hungry thirsty tired angry frightened sad happy wounded sleepy")
"""How somebody may look for a moment."""

_MAX_CHARACTERS = 4
_RECENT_SCENES = 3
_INVERSION_CHARS = 30


@dataclass(frozen=True, slots=True)
class Sight:
    """What one scene shows, before it is put into words.

    ``deeds`` are (who, what), who None for things; ``places`` are named ones.
    """

    people: tuple[Character, ...]
    deeds: tuple[tuple[Character | None, str], ...]
    nouns: tuple[Noun, ...]
    places: tuple[str, ...]


def see_scenes(
    scenes: Sequence[Sequence[Facts]],
    cast: Cast,
    *,
    vocabulary: Vocabulary,
    described: Mapping[int, CharacterInScene],
) -> tuple[Sight, ...]:
    """Return what each scene shows.

    Args:
        scenes: the sentences of each.
        cast: of all these sentences in order.
        vocabulary: of the story's language.
        described: the characters of the plan by the identity of those of the cast.
    """
    sights: list[Sight] = []
    memory = Memory()
    first = 0
    for sentences in scenes:
        sights.append(
            _see(
                sentences,
                cast,
                first,
                before=sights,
                vocabulary=vocabulary,
                described=described,
                memory=memory,
            )
        )
        first += len(sentences)
    return tuple(sights)


def _see(
    facts: Sequence[Facts],
    cast: Cast,
    first: int,
    *,
    before: Sequence[Sight],
    vocabulary: Vocabulary,
    described: Mapping[int, CharacterInScene],
    memory: Memory,
) -> Sight:
    mentions = [mention for index in range(len(facts)) for mention in cast.mentions[first + index]]
    people = _present(mentions)
    nouns = _visible_nouns(facts, cast, first, memory)
    earlier = _protagonist(before)
    if not people and earlier and (not _names_things(nouns) or _goes_on(facts)):
        people = (earlier,)
    deeds: list[tuple[Character | None, str]] = []
    for index, sentence in enumerate(facts):
        here = cast.mentions[first + index]
        first_agents = [m.who for m in here if m.agent and not m.quoted]
        actor = first_agents[0] if first_agents else (people[0] if people else None)
        if vocabulary.language != "en" and earlier and not index:
            actor = earlier  # whoever is not named is who was spoken of before
        last: tuple[Character | None, str] | None = None
        for action in find_deeds(sentence, here, vocabulary, described, memory):
            if action.inherits and last:
                doer, thing = last
            else:
                doer, thing = _assign(action, here, actor, vocabulary.language)
            last = (doer, thing)
            actor = doer or actor
            repeats = action.subject == action.phrase
            phrase = f"{thing} {action.phrase}" if thing and not repeats else action.phrase
            deeds.append((doer, phrase))
            if doer and doer not in people and len(people) < _MAX_CHARACTERS:
                people = (*people, doer)
        deeds += _read_states(sentence, here, people)
        memory.remember(sentence)
    places = [place for index in range(len(facts)) for place in cast.places[first + index]]
    return Sight(people, tuple(deeds), tuple(nouns), tuple(places))


def _read_states(
    sentence: Facts, mentions: Sequence[Mention], people: Sequence[Character]
) -> list[tuple[Character | None, str]]:
    """Return how people look just now ("tired"), each with who does."""
    states: list[tuple[Character | None, str]] = []
    present = [mention for mention in mentions if not mention.quoted]
    for hit in sentence.hits:
        state = hit.value("quality")
        if state not in STATES or any(s <= hit.start < e for s, e in sentence.quotations):
            continue
        nearest = min(
            present,
            key=lambda m: min(abs(m.start - hit.end), abs(hit.start - m.end)),
            default=None,
        )
        if nearest:
            states.append((nearest.who, state))
        elif people:
            states.append((people[0], state))
    return states


def _protagonist(before: Sequence[Sight]) -> Character | None:
    """Return who goes on acting where nobody is named: the chief person of the last scenes."""
    recent = [who for sight in before[-_RECENT_SCENES:] for who in sight.people[:2]]
    return max(recent, key=lambda who: (who.mentions, who.named), default=None)


def _visible_nouns(facts: Sequence[Facts], cast: Cast, first: int, memory: Memory) -> list[Noun]:
    """Return what is there to be seen: not names, not what is denied, not what is only said."""
    nouns = [
        noun
        for index, sentence in enumerate(facts)
        for noun in sentence.nouns
        if not noun.absent
        and not noun.modifies
        and not _is_material(noun, sentence)
        and not _is_cast(noun, cast.mentions[first + index])
        and not any(s <= noun.hit.start < e for s, e in cast.name_spans[first + index])
    ]
    told = {noun.concept.name for noun in nouns if not noun.quoted}
    return [
        noun
        for noun in nouns
        if not noun.quoted
        or noun.concept.name in told | memory.seen
        or (not told and noun.concept.kind not in {"animal", "creature", "person"})
    ]


def _is_material(noun: Noun, sentence: Facts) -> bool:
    """Return whether English says only what something is made of: "a small silver pod"."""
    last, tokens = noun.hit.last, sentence.tokens
    if noun.concept.name not in _MATERIALS or sentence.language != "en" or last >= len(tokens):
        return False
    following = tokens[last]
    word = following.form
    apart = following.start != noun.hit.end + 1 or not word[0].isalpha()
    is_verb = find_verb(word) is not None or word.endswith(("ed", "ly", "ing"))
    return not (apart or is_verb or word in _FUNCTION_WORDS)


_MATERIALS: Final = frozenset({"silver", "gold"})
_FUNCTION_WORDS: Final = (
    PREPOSITIONS | ARTICLES | word_set("and or but that which who was were is are had has did if")
)


def _is_cast(noun: Noun, mentions: Sequence[Mention]) -> bool:
    return any(m.start == noun.hit.start and m.how == "noun" and not m.quoted for m in mentions)


def _assign(
    action: Action, mentions: Sequence[Mention], actor: Character | None, language: str
) -> tuple[Character | None, str]:
    """Return who does it; or None, and the thing that does it."""
    present = [m for m in mentions if not m.quoted and m.agent]
    before = [m for m in present if m.end <= action.position]
    if action.clause < 0:
        if action.subject:
            return None, action.subject
        after = [m for m in present if 0 <= m.start - action.position <= _INVERSION_CHARS]
        if before:
            return before[-1].who, ""
        return (after[0].who if after and language not in VERB_FINAL else actor), ""
    inside = [m for m in before if m.end > action.clause]
    if inside and not action.inherits:
        return inside[-1].who, ""
    if action.subject:
        return None, action.subject
    return (before[-1].who if before and action.inherits else actor), ""


def _present(mentions: Sequence[Mention]) -> tuple[Character, ...]:
    weights: dict[int, tuple[float, int, Character]] = {}
    for order, mention in enumerate(mentions):
        if mention.quoted:
            continue
        score, place, _ = weights.get(id(mention.who), (0.0, order, mention.who))
        gain = {"name": 1.2, "noun": 1.0, "pronoun": 0.7}[mention.how]
        weights[id(mention.who)] = (
            score + gain * (1.5 if mention.agent else 0.6),
            place,
            mention.who,
        )
    ranked = sorted(weights.values(), key=lambda entry: (-entry[0], entry[1]))
    return tuple(who for _, _, who in ranked[:_MAX_CHARACTERS])


def _names_things(nouns: Sequence[Noun]) -> bool:
    return any(noun.concept.kind in {"thing", "group", "animal", "creature", "vehicle"}
               and not noun.quoted for noun in nouns)  # fmt: skip


def _goes_on(facts: Sequence[Facts]) -> bool:
    """Say whether somebody not named acts or speaks: a verb without a subject."""
    return any(sentence.quotations or sentence.values("action") for sentence in facts)
