"""What each scene's picture shows, in words: characters, subjects, prompts, transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from raypipe.colour_words import find_colour
from raypipe.story.atmosphere import Atmosphere, read_atmospheres
from raypipe.story.camera import ShotCues, choose_shots
from raypipe.story.cast import read_cast
from raypipe.story.characters import Cast, Character, take_for_children
from raypipe.story.facts import Facts, is_inside, pluralise
from raypipe.story.genres import find_style
from raypipe.story.lexicon.concepts import CLASS_WEIGHTS
from raypipe.story.lexicon.vocabulary import Vocabulary
from raypipe.story.looks import describe
from raypipe.story.plan import CharacterInScene
from raypipe.story.prompts import PromptFacts, with_article, write_negative, write_prompt
from raypipe.story.sentences import Unit
from raypipe.story.sights import STATES, Sight, see_scenes
from raypipe.story.transitions import SceneEdge, choose_transitions
from raypipe.timeline.model import TransitionKind

_MAX_SUBJECTS = 8
_MAX_ACTIONS = 4
_OPENING_FRACTION = 0.5
_WEAK: Final = dict.fromkeys(("wall", "floor", "ceiling", "paper", "water", "roof"), 0.6)


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
    unnamed = iter(_without_names(facts, cast))
    atmospheres = read_atmospheres(
        [[next(unnamed) for _ in sentences] for _, sentences in scenes], genre=genre
    )
    if genre == "children":
        take_for_children(cast.characters)
    era = find_style(genre).era
    described = {
        id(who): CharacterInScene(
            name=who.name[:100],
            look=describe(who, seed=seed, language=vocabulary.language, era=era)[:500],
            kind=who.kind,
        )
        for who in cast.characters
    }
    seen = see_scenes(
        [sentences for _, sentences in scenes], cast, vocabulary=vocabulary, described=described
    )
    return _word(
        scenes,
        seen,
        atmospheres,
        described=described,
        genre=genre,
        style=style,
        own_style=own_style,
        seed=seed,
    )


def _without_names(facts: Sequence[Facts], cast: Cast) -> list[Facts]:
    """Return the sentences as if nobody had a name: Rain, Dawn and 小雨 make no weather."""
    return [
        replace(
            sentence,
            hits=tuple(hit for hit in sentence.hits if not is_inside(hit.start, spans)),
            nouns=tuple(noun for noun in sentence.nouns if not is_inside(noun.hit.start, spans)),
        )
        if spans
        else sentence
        for sentence, spans in zip(facts, cast.name_spans, strict=True)
    ]


def _word(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
    seen: Sequence[Sight],
    atmospheres: Sequence[Atmosphere],
    *,
    described: Mapping[int, CharacterInScene],
    genre: str,
    style: str,
    own_style: bool,
    seed: int,
) -> tuple[SceneDraft, ...]:
    shots = choose_shots(_shot_cues(scenes, seen, atmospheres))
    transitions = choose_transitions(_edges(scenes, atmospheres))
    drafts = []
    for index, sight in enumerate(seen):
        kinds = {described[id(who)].kind for who in sight.people}
        nouns, phrases = _choose_subjects(sight, kinds)
        if not sight.people and not phrases:
            phrases = _say_landmarks(sight, atmospheres[index])
        people = tuple((described[id(who)], _deeds_of(who, sight)) for who in sight.people)
        facts = PromptFacts(
            people=people,
            subjects=phrases,
            deeds=tuple(deed for who, deed in sight.deeds if who is None),
            atmosphere=atmospheres[index],
            shot=shots[index],
            nouns=nouns,
            story_seed=seed,
            index=index,
        )
        drafts.append(
            SceneDraft(
                characters=tuple(person for person, _ in people),
                locations=_locations(sight, atmospheres[index]),
                actions=_actions(sight),
                subjects=_say_colours(nouns, sight),
                atmosphere=atmospheres[index],
                image_prompt=write_prompt(facts, style=style),
                negative_prompt=write_negative(
                    facts, find_style(genre), style=style, own_style=own_style
                ),
                transition=transitions[index],
            )
        )
    return tuple(drafts)


def _actions(sight: Sight) -> tuple[str, ...]:
    """Return what is done, in English.

    What another than the first character does begins with their name, or with their kind where
    the name is not written in Latin letters.
    """
    done = (
        deed
        if who is None or who in sight.people[:1]
        else f"{who.name if who.name.isascii() else who.kind} {deed}"
        for who, deed in sight.deeds
        if deed not in STATES
    )
    return tuple(dict.fromkeys(done))[:_MAX_ACTIONS]


def _deeds_of(who: Character, sight: Sight) -> tuple[str, ...]:
    deeds = [deed for actor, deed in sight.deeds if actor is who]
    # Longer phrases show more: "lifting the crystal" before "whispering".
    ranked = sorted(deeds, key=lambda deed: -min(len(deed.split()), 4))
    states = [deed for deed in ranked if deed in STATES][:1]
    return tuple(dict.fromkeys([*states, *(deed for deed in ranked if deed not in STATES)]))


def _choose_subjects(sight: Sight, kinds: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
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


def _say_colours(nouns: Sequence[str], sight: Sight) -> tuple[str, ...]:
    """Return the nouns with the colours that are told of what they name: "red door"."""
    said = []
    for name in nouns:
        shown = [noun for noun in sight.nouns if noun.concept.name == name and not noun.owns]
        told = list(dict.fromkeys(filter(None, (find_colour(noun.phrase) for noun in shown))))
        many = any(noun.plural and noun.concept.kind not in _ONE_EACH for noun in shown)
        called = pluralise(name) if many else name
        said += [f"{colour} {called}" for colour in told] or [called]
    return tuple(said)[:_MAX_SUBJECTS]


_ONE_EACH: Final = frozenset({"group", "person", "place", "body"})
"""Kinds whose nouns mean many already, or of which a picture shows one."""


def _is_place(name: str, sight: Sight) -> bool:
    return any(n.concept.name == name and n.concept.kind == "place" for n in sight.nouns)


def _say_landmarks(sight: Sight, atmosphere: Atmosphere) -> tuple[str, ...]:
    """Return what stands in a place where nobody and nothing else is: an old lighthouse."""
    return tuple(
        with_article(noun.phrase, plural=noun.plural)
        for noun in sight.nouns
        if noun.concept.kind == "place" and noun.phrase != atmosphere.place and not noun.owns
    )[-1:]


def _locations(sight: Sight, atmosphere: Atmosphere) -> tuple[str, ...]:
    named = [
        noun.phrase if not noun.plural or " " in noun.phrase else pluralise(noun.concept.name)
        for noun in sight.nouns
        if noun.concept.kind == "place" and not noun.quoted and not noun.owns
    ]
    carried = [atmosphere.place] if atmosphere.place and not named else []
    return tuple(dict.fromkeys([*sight.places, *named, *carried]))[:4]


def _shot_cues(
    scenes: Sequence[tuple[tuple[Unit, ...], tuple[Facts, ...]]],
    seen: Sequence[Sight],
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
