"""What each scene's picture shows: who, what, where, when, doing what, seen from where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from raypipe.story.atmosphere import Atmosphere, read_atmospheres
from raypipe.story.camera import ShotCues, choose_shots
from raypipe.story.cast import OBLIQUE, Cast, Character, Mention, read_cast
from raypipe.story.english import Action, find_actions
from raypipe.story.facts import Facts, Noun, pluralise
from raypipe.story.genres import find_style
from raypipe.story.lexicon.concepts import CLASS_WEIGHTS
from raypipe.story.lexicon.vocabulary import Hit, Vocabulary
from raypipe.story.looks import describe
from raypipe.story.plan import CharacterInScene, TransitionKind
from raypipe.story.prompts import PromptFacts, with_article, write_negative, write_prompt
from raypipe.story.sentences import Unit
from raypipe.story.transitions import SceneEdge, choose_transitions
from raypipe.story.words import word_set

_MAX_CHARACTERS = 4
_MAX_SUBJECTS = 8
_MAX_ACTIONS = 4
_OBJECT_REACH_CHARS = 40
_VERB_FINAL: Final = frozenset({"ja", "ko", "hi", "tr"})
_OPENING_FRACTION = 0.5
_WEAK: Final = dict.fromkeys(("wall", "floor", "ceiling", "paper", "water", "roof"), 0.6)
_RECENT_SCENES = 3
_INVERSION_CHARS = 30
_FADING, _FORGOTTEN = 0.8, 0.3
_STATES: Final = word_set(
    """
    hungry thirsty tired angry frightened sad happy wounded sleepy
    """
)


@dataclass(frozen=True, slots=True)
class SceneDraft:
    """One scene's part of the plan, without its text and times."""

    characters: tuple[CharacterInScene, ...]
    locations: tuple[str, ...]
    actions: tuple[str, ...]
    subjects: tuple[str, ...]
    atmosphere: Atmosphere
    image_prompt: str
    negative_prompt: str
    transition: TransitionKind


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one scene shows, before it is put into words."""

    people: tuple[Character, ...]
    deeds: tuple[tuple[Character | None, str], ...]
    nouns: tuple[Noun, ...]
    places: tuple[str, ...]


def draft_scenes(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
    *,
    looks: Mapping[str, str],
    title: str,
    vocabulary: Vocabulary,
    genre: str,
    style: str,
    own_style: bool,
    seed: int,
) -> tuple[SceneDraft, ...]:
    """Return the drafts of ``scenes``, each given as its units and what they say."""
    facts = [sentence for _, sentences in scenes for sentence in sentences]
    cast = read_cast(facts, vocabulary, looks=looks, title=title)
    ranges = _ranges(scenes)
    atmospheres = read_atmospheres([sentences for _, sentences in scenes], genre=genre)
    era = find_style(genre).era
    described = {
        id(who): CharacterInScene(
            name=who.name[:100],
            look=describe(who, seed=seed, language=vocabulary.language, era=era)[:500],
            kind=who.kind,
        )
        for who in cast.characters
    }
    seen: list[_Seen] = []
    memory = _Memory()
    for first, last in ranges:
        seen.append(
            _see(
                facts[first:last],
                cast,
                first,
                before=seen,
                vocabulary=vocabulary,
                described=described,
                memory=memory,
            )
        )
    return _word(scenes, seen, atmospheres, described, genre, style, own_style, seed)


def _ranges(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
) -> list[tuple[int, int]]:
    ranges = []
    start = 0
    for _, sentences in scenes:
        ranges.append((start, start + len(sentences)))
        start += len(sentences)
    return ranges


# Seeing ------------------------------------------------------------------------------------------


def _see(
    facts: Sequence[Facts],
    cast: Cast,
    first: int,
    *,
    before: Sequence[_Seen],
    vocabulary: Vocabulary,
    described: Mapping[int, CharacterInScene],
    memory: _Memory,
) -> _Seen:
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
        for action in _find_deeds(sentence, here, vocabulary, described, memory):
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
    return _Seen(people, tuple(deeds), tuple(nouns), tuple(places))


def _read_states(
    sentence: Facts, mentions: Sequence[Mention], people: Sequence[Character]
) -> list[tuple[Character | None, str]]:
    """Return how people look just now ("tired"), each with who does."""
    states: list[tuple[Character | None, str]] = []
    present = [mention for mention in mentions if not mention.quoted]
    for hit in sentence.hits:
        state = hit.value("quality")
        if state not in _STATES or any(s <= hit.start < e for s, e in sentence.quotations):
            continue
        nearest = min(
            present,
            key=lambda m: min(abs(m.start - hit.end), abs(hit.start - m.end)),  # noqa: B023
            default=None,
        )
        if nearest:
            states.append((nearest.who, state))
        elif people:
            states.append((people[0], state))
    return states


def _protagonist(before: Sequence[_Seen]) -> Character | None:
    """Return who goes on acting where nobody is named: the chief person of the last scenes."""
    recent = [who for sight in before[-_RECENT_SCENES:] for who in sight.people[:2]]
    return max(recent, key=lambda who: (who.mentions, who.named), default=None)


class _Memory:
    """What "it" and "them" mean, and what has been seen so far."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._weights: dict[str, float] = {}
        self._nouns: dict[str, tuple[str, bool]] = {}

    def remember(self, sentence: Facts) -> None:
        for name in self._weights:
            self._weights[name] *= _FADING
        for noun in sentence.nouns:
            if noun.quoted or noun.absent:
                continue
            name = noun.concept.name
            self.seen.add(name)
            plural = noun.concept.kind == "group" or noun.plural or name.endswith("grapes")
            if plural or noun.concept.kind in {"thing", "food", "vehicle", "plant"}:
                self._weights[name] = self._weights.get(name, 0.0) + 1.0
                old = self._nouns.get(name, ("", plural))[0]
                phrase = noun.phrase if len(noun.phrase) >= len(old) else old
                self._nouns[name] = (phrase, plural)

    def meant(self, *, plural: bool | None) -> str:
        """Return what is most present: "the glowing crystal", or "" if nothing fits."""
        fitting = [
            name
            for name, (_, is_plural) in self._nouns.items()
            if plural is None or is_plural == plural
        ]
        best = max(fitting, key=lambda name: self._weights[name], default="")
        return f"the {self._nouns[best][0]}" if best and self._weights[best] > _FORGOTTEN else ""


def _visible_nouns(facts: Sequence[Facts], cast: Cast, first: int, memory: _Memory) -> list[Noun]:
    """Return what is there to be seen: not names, not what is denied, not what is only said."""
    nouns = [
        noun
        for index, sentence in enumerate(facts)
        for noun in sentence.nouns
        if not noun.absent
        and not noun.modifies
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
        return (after[0].who if after and language not in _VERB_FINAL else actor), ""
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


def _find_deeds(
    sentence: Facts,
    mentions: Sequence[Mention],
    vocabulary: Vocabulary,
    described: Mapping[int, CharacterInScene],
    memory: _Memory,
) -> tuple[Action, ...]:
    if vocabulary.language != "en":
        return _foreign_deeds(sentence, vocabulary.language, mentions, memory)
    said = {
        "it": memory.meant(plural=False),
        "them": _plural_before(sentence) or memory.meant(plural=True),
    }
    said = {word: phrase for word, phrase in said.items() if phrase}
    for mention in mentions:
        kind = described[id(mention.who)].kind if id(mention.who) in described else "person"
        if mention.how == "name":
            for word in sentence.text[mention.start : mention.end].split():
                said[word.casefold().strip(".")] = f"the {kind}"
    return find_actions(sentence.text, sentence.tokens, quotations=sentence.quotations, said=said)


def _plural_before(sentence: Facts) -> str:
    them = next((token.start for token in sentence.tokens if token.form == "them"), 0)
    groups = [noun for noun in sentence.nouns if noun.hit.end < them
              and (noun.plural or noun.concept.kind == "group")]  # fmt: skip
    return f"the {groups[-1].phrase}" if groups else ""


def _foreign_deeds(
    sentence: Facts, language: str, mentions: Sequence[Mention], memory: _Memory
) -> tuple[Action, ...]:
    actions = []
    for hit in sentence.hits:
        gloss = hit.value("action")
        quoted = any(start <= hit.start < end for start, end in sentence.quotations)
        if gloss is None or quoted or _is_denied(sentence, hit, language):
            continue
        if language == "ar":
            subject = _thing_after(sentence, hit, gloss, mentions, memory)
        else:
            subject = _thing_before(sentence, hit.start, language, mentions)
        if "~" in gloss:
            gloss = _fill_object(gloss, sentence, hit, language, mentions, memory)
        if gloss:
            actions.append(Action(gloss, hit.start, subject=subject))
    return tuple(actions)


def _fill_object(
    gloss: str,
    sentence: Facts,
    hit: Hit,
    language: str,
    mentions: Sequence[Mention],
    memory: _Memory,
) -> str:
    """Put the verb's object for "~"; "" if the verb says nothing without one."""
    noun, means = _object_of(sentence, hit, language, mentions)
    said = with_article(noun.phrase, plural=noun.plural) if noun else ""
    bare = gloss.removesuffix(" ~")
    if means:
        said = f"with {said}"
        gloss = f"{bare.removesuffix(' at').removesuffix(' for')} ~"
    elif not noun and bare.split()[-1] in _NEEDS_OBJECT:
        said = memory.meant(plural=None) if language in _OBJECTS_DROP else ""
        if not said:
            return ""
    return " ".join(gloss.replace("~", said).split())


def _is_denied(sentence: Facts, hit: Hit, language: str) -> bool:
    """Say whether the verb at ``hit`` is denied: "did not find"."""
    if language in {"ja", "ko"}:
        after = sentence.text[hit.end : hit.end + 8]
        return bool(re.search("ない|なかった|ませんで|지 않|지 못", after))
    if language == "zh":
        return sentence.text[max(hit.start - 1, 0) : hit.start] in {"不", "没", "未", "别"}
    before = sentence.tokens[max(hit.first - 1, 0) : hit.first]
    if language == "hi":
        before = sentence.tokens[max(hit.first - 2, 0) : hit.first]
    return any(token.form in _DENIALS for token in before)


_DENIALS: Final = word_set("no ne n' non não не nicht nie लم लا नहीं न لم لا لن ما")
_OBJECTS_DROP: Final = frozenset({"es", "it", "pt", "ja", "ko", "zh", "ar"})
_NEEDS_OBJECT: Final = word_set(
    "for at taking holding finding cutting carrying throwing opening closing giving pulling "
    "dropping catching lighting entering"
)
_WITH: Final = word_set("avec con com mit с со مع")
_OBJECT_MARKS: Final = {"ja": re.compile("を"), "ko": re.compile("[을를]")}
_PLACE_MARKS: Final = {"hi": re.compile(r"\s(?:में|पर|से|का|के|की)(?:\s|$)")}


def _thing_after(
    sentence: Facts, hit: Hit, gloss: str, mentions: Sequence[Mention], memory: _Memory
) -> str:
    """Return what an Arabic verb's subject is where it is a thing or a crowd: it follows."""
    if sentence.text[hit.start : hit.end].endswith(("وا", "ون")):
        crowd = [noun for noun in sentence.nouns if noun.concept.kind == "group"]
        return crowd[0].phrase if crowd else memory.meant(plural=True).removeprefix("the ")
    agents = {mention.start for mention in mentions}
    for noun in sentence.nouns:
        if 0 <= noun.hit.start - hit.end <= 1 and "~" not in gloss:
            return "" if noun.hit.start in agents else noun.phrase
    return ""


def _thing_before(
    sentence: Facts, position: int, language: str, mentions: Sequence[Mention]
) -> str:
    """Return the thing that does what the verb at ``position`` says, where particles tell."""
    markers = {"ja": "がは", "ko": "이가은는"}.get(language, "")
    agents = [mention.start for mention in mentions if mention.agent]
    for noun in reversed(sentence.nouns):
        if noun.hit.end > position:
            continue
        last = max(noun.hit.end, noun.hit.start + 1)
        marker = sentence.text[last : last + 1] if language == "ja" else sentence.text[last - 1]
        if marker and marker in markers:
            is_agent = noun.hit.start in agents or noun.concept.kind in {"person", "place"}
            return "" if is_agent else noun.phrase
    return ""


def _object_of(
    sentence: Facts, hit: Hit, language: str, mentions: Sequence[Mention]
) -> tuple[Noun | None, bool]:
    """Return the noun that the verb at ``hit`` acts on, and whether it acts with it."""
    cast = {mention.start for mention in mentions}
    best: tuple[int, Noun, bool] | None = None
    for noun in sentence.nouns:
        if noun.hit.start in cast or noun.concept.kind in {"body", "place"}:
            continue
        distance = noun.hit.start - hit.end
        means = False
        if language in _VERB_FINAL:
            distance = hit.start - noun.hit.end
            if not _is_marked(sentence, noun, language):
                continue
        else:
            between = [t.form for t in sentence.tokens if hit.end <= t.start < noun.hit.start]
            means = any(form in _WITH for form in between)
            oblique = OBLIQUE.get(language, frozenset())
            if not means and any(form in oblique for form in between[-2:]):
                continue
        in_reach = 0 <= distance <= _OBJECT_REACH_CHARS
        if in_reach and (best is None or distance < best[0]):
            best = (distance, noun, means)
    return (best[1], best[2]) if best else (None, False)


def _is_marked(sentence: Facts, noun: Noun, language: str) -> bool:
    after = sentence.text[noun.hit.end - (language == "ko") : noun.hit.end + 6]
    if language in _OBJECT_MARKS:
        return _OBJECT_MARKS[language].match(after) is not None
    place = _PLACE_MARKS.get(language)
    return place is None or place.match(after) is None


# Wording -----------------------------------------------------------------------------------------


def _word(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
    seen: Sequence[_Seen],
    atmospheres: Sequence[Atmosphere],
    described: Mapping[int, CharacterInScene],
    genre: str,
    style: str,
    own_style: bool,
    seed: int,
) -> tuple[SceneDraft, ...]:
    shots = choose_shots(_shot_cues(scenes, seen, atmospheres))
    transitions = choose_transitions(_edges(scenes, seen, atmospheres))
    drafts = []
    for index, sight in enumerate(seen):
        kinds = {described[id(who)].kind for who in sight.people}
        subjects, phrases = _choose_subjects(sight, kinds)
        people = tuple((described[id(who)], _deeds_of(who, sight)) for who in sight.people)
        facts = PromptFacts(
            people=people,
            subjects=phrases,
            deeds=tuple(deed for who, deed in sight.deeds if who is None),
            atmosphere=atmospheres[index],
            shot=shots[index],
            nouns=subjects,
            story_seed=seed,
            index=index,
        )
        drafts.append(
            SceneDraft(
                characters=tuple(person for person, _ in people),
                locations=_locations(sight, atmospheres[index]),
                actions=_actions(sight),
                subjects=subjects,
                atmosphere=atmospheres[index],
                image_prompt=write_prompt(facts, style=style),
                negative_prompt=write_negative(
                    facts, find_style(genre), style=style, own_style=own_style
                ),
                transition=transitions[index],
            )
        )
    return tuple(drafts)


def _actions(sight: _Seen) -> tuple[str, ...]:
    done = (deed for _, deed in sight.deeds if deed not in _STATES)
    return tuple(dict.fromkeys(done))[:_MAX_ACTIONS]


def _deeds_of(who: Character, sight: _Seen) -> tuple[str, ...]:
    deeds = [deed for actor, deed in sight.deeds if actor is who]
    # Longer phrases show more: "lifting the crystal" before "whispering".
    ranked = sorted(deeds, key=lambda deed: -min(len(deed.split()), 4))
    states = [deed for deed in ranked if deed in _STATES][:1]
    return tuple(dict.fromkeys([*states, *(deed for deed in ranked if deed not in _STATES)]))


def _choose_subjects(sight: _Seen, kinds: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the English nouns of visible things by weight, and the same as phrases."""
    roles = {who.role for who in sight.people} | {who.animal for who in sight.people}
    weights: dict[str, float] = {}
    phrases: dict[str, str] = {}
    for order, noun in enumerate(sight.nouns):
        concept = noun.concept
        name = concept.name
        singular_person = concept.kind == "person" and not noun.plural
        if noun.owns:
            continue
        is_character = not noun.plural and (name in kinds or name in roles)
        weight = CLASS_WEIGHTS[concept.kind]
        weight *= _WEAK.get(name, 1.0)
        if not weight or singular_person or is_character:
            continue
        gain = weight * (0.5 if noun.quoted else 1.0) * (1.0 - 0.02 * min(order, 20))
        weights[name] = weights.get(name, 0.0) + (gain if name not in weights else 0.3 * gain)
        plural = noun.plural or concept.kind == "group"
        phrase = with_article(noun.phrase, plural=plural)
        if (len(phrase) > len(phrases.get(name, "")) and not noun.quoted) or name not in phrases:
            phrases[name] = phrase
    ranked = sorted(weights, key=lambda name: -weights[name])
    kept = ranked[:_MAX_SUBJECTS]
    told = [phrases[name] for name in kept if not _is_place(name, sight)]
    return tuple(kept), tuple(told)


def _is_place(name: str, sight: _Seen) -> bool:
    return any(n.concept.name == name and n.concept.kind == "place" for n in sight.nouns)


def _locations(sight: _Seen, atmosphere: Atmosphere) -> tuple[str, ...]:
    named = [
        noun.phrase if not noun.plural or " " in noun.phrase else pluralise(noun.concept.name)
        for noun in sight.nouns
        if noun.concept.kind == "place" and not noun.quoted and not noun.owns
    ]
    carried = [atmosphere.place] if atmosphere.place and not named else []
    return tuple(dict.fromkeys([*sight.places, *named, *carried]))[:4]


def _shot_cues(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
    seen: Sequence[_Seen],
    atmospheres: Sequence[Atmosphere],
) -> list[ShotCues]:
    cues = []
    met: set[int] = set()
    for index, sight in enumerate(seen):
        dialogue = any(sentence.is_dialogue for sentence in scenes[index][1])
        place = atmospheres[index].setting
        cues.append(
            ShotCues(
                mood=atmospheres[index].mood,
                people=len(sight.people),
                things=sum(n.concept.kind in {"thing", "food", "animal"} for n in sight.nouns),
                is_dialogue=dialogue,
                is_action=bool(sight.deeds) and atmospheres[index].mood in {"tense", "epic"},
                new_place=not index or atmospheres[index - 1].setting != place,
                new_person=any(id(who) not in met for who in sight.people),
            )
        )
        met |= {id(who) for who in sight.people}
    return cues


def _edges(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
    seen: Sequence[_Seen],
    atmospheres: Sequence[Atmosphere],
) -> list[SceneEdge]:
    edges = []
    for index, (_, sentences) in enumerate(scenes):
        first = sentences[0]
        head = len(first.text) * _OPENING_FRACTION
        opening = {
            value
            for hit in first.hits
            if hit.start <= head and (value := hit.value("turn")) is not None
        }
        edges.append(
            SceneEdge(
                setting=atmospheres[index].setting,
                hour=atmospheres[index].hour,
                mood=atmospheres[index].mood,
                turns=frozenset(turn for f in sentences for turn in f.values("turn")),
                opening_turns=frozenset(opening),
                is_dialogue=any(sentence.is_dialogue for sentence in sentences),
            )
        )
    return edges
