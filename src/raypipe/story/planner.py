"""A story becomes a plan: scenes, prompts, script. The same story always gives the same plan."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal

from raypipe.errors import StoryError
from raypipe.story.cast import read_cast
from raypipe.story.condensing import choose_dropped
from raypipe.story.cutting import MIN_SCENES, count_scenes, cut_scenes, prepare_units, score_turns
from raypipe.story.facts import Facts, read_facts
from raypipe.story.genres import find_style, name_genre
from raypipe.story.language import detect_language, primary
from raypipe.story.lexicon.vocabulary import Vocabulary, load_vocabulary
from raypipe.story.model import AspectRatio, Story
from raypipe.story.plan import AudioScript, ScenePlan, ScriptSegment, StoryPlan
from raypipe.story.scenes import SceneDraft, draft_scenes
from raypipe.story.script import Timing, choose_emphasis, plan_timing
from raypipe.story.sentences import Unit, split_units
from raypipe.story.speaking import measure_speech_s

Fit = Literal["natural", "condense"]
_NOTABLE_S = 1.0


def plan_story(
    story: Story,
    *,
    target_duration: float,
    aspect_ratio: AspectRatio,
    language: str | None = None,
    style: str = "",
    fit: Fit = "natural",
) -> StoryPlan:
    """Return the plan of ``story``.

    What the story's own metadata says wins over the arguments, which are defaults.

    Args:
        story: as read.
        target_duration: seconds, 5 to 600.
        aspect_ratio: of the video.
        language: a language tag; detected from the text if None.
        style: ends each prompt; the genre's own style if empty.
        fit: "natural" keeps every sentence and notes what cannot be spoken in time; "condense"
            drops the least important sentences and names them.

    Raises:
        StoryError: the content is blank.
    """
    told = story.metadata
    target_s = told.target_duration or target_duration
    tag, is_sure = _choose_language(story, told.language or language)
    genre = name_genre(told.genre)
    seed = (
        told.seed
        if told.seed is not None
        else _derive_seed(story.story_id, story.title, story.content)
    )
    vocabulary = load_vocabulary(primary(tag))
    facts = tuple(read_facts(unit, vocabulary) for unit in split_units(story.content, tag))
    if not facts:
        raise StoryError(
            "expected a story, got white space",
            where="content",
            remedy="write at least one word",
        )
    facts, dropped = _condense(facts, story, vocabulary, target_s=target_s, fit=fit)
    drafts = _draft(facts, story, vocabulary, tag=tag, target_s=target_s)
    chosen_style = told.style or style or find_style(genre).style
    details = draft_scenes(
        drafts,
        looks=told.characters,
        title=story.title,
        vocabulary=vocabulary,
        genre=genre,
        style=chosen_style,
        own_style=bool(told.style or style),
        seed=seed,
    )
    texts = [_join(units, tag) for units, _ in drafts]
    timing = plan_timing([measure_speech_s(text, tag) for text in texts], target_s=target_s)
    scenes = tuple(
        _make_scene(index, text, detail, timing.durations_s[index], seed)
        for index, (text, detail) in enumerate(zip(texts, details, strict=True))
    )
    fresh = _new_names(scenes)
    segments = tuple(
        ScriptSegment(
            scene_id=scene.scene_id,
            text=scene.text,
            start_time=timing.starts_s[index],
            emphasis=choose_emphasis(
                scene.text,
                drafts[index][1],
                fresh[index],
                language=primary(tag),
            ),
        )
        for index, scene in enumerate(scenes)
    )
    return StoryPlan(
        story_id=story.story_id,
        title=story.title,
        genre=told.genre,
        language=tag,
        aspect_ratio=told.aspect_ratio or aspect_ratio,
        target_duration=target_s,
        style=chosen_style,
        voice=told.voice,
        music=told.music,
        seed=seed,
        scenes=scenes,
        audio_script=AudioScript(segments=segments),
        dropped_sentences=dropped,
        notes=(
            *(() if is_sure else (_unsure_language(tag),)),
            *_write_notes(scenes, dropped),
        ),
        length_note=_note_length(timing, target_s),
    )


def _choose_language(story: Story, wished: str | None) -> tuple[str, bool]:
    """Return the language tag to plan ``story`` in, and whether there is no doubt about it."""
    if wished:
        return wished, True
    detected = detect_language(f"{story.title}\n{story.content}")
    return detected.tag, detected.is_sure


def _unsure_language(tag: str) -> str:
    return (
        f"the text does not show clearly which language it is in; '{tag}' is taken: if that is "
        "wrong, name it with --language, or as language in the story's metadata"
    )


Draft = tuple[tuple[Unit, ...], tuple[Facts, ...]]
"""A scene's units and what they say."""


def _draft(
    facts: tuple[Facts, ...], story: Story, vocabulary: Vocabulary, *, tag: str, target_s: float
) -> tuple[Draft, ...]:
    looks, title = story.metadata.characters, story.title
    cast = read_cast(facts, vocabulary, looks=looks, title=title)
    turns = score_turns(facts, cast)
    units = tuple(sentence.unit for sentence in facts)
    wanted = count_scenes(speech_s=sum(unit.speech_s for unit in units), target_s=target_s)
    pieces = prepare_units(units, tag, scene_count=wanted)
    drafts = []
    for first, last in cut_scenes(pieces, turns, scene_count=wanted):
        scene_units = pieces[first:last]
        drafts.append((scene_units, _facts_of(scene_units, facts, vocabulary)))
    return tuple(drafts)


def _facts_of(
    units: Sequence[Unit], facts: Sequence[Facts], vocabulary: Vocabulary
) -> tuple[Facts, ...]:
    """Return what the sentences of a scene say; a part of a sentence is read by itself."""
    read = []
    for number, group in groupby(units, key=lambda unit: unit.sentence):
        clauses = list(group)
        whole = facts[number]
        text = _join(clauses, vocabulary.language)
        if "".join(text.split()) == "".join(whole.text.split()):
            read.append(whole)
        else:
            read.append(read_facts(replace(clauses[-1], text=text), vocabulary))
    return tuple(read)


def _condense(
    facts: tuple[Facts, ...],
    story: Story,
    vocabulary: Vocabulary,
    *,
    target_s: float,
    fit: Fit,
) -> tuple[tuple[Facts, ...], tuple[str, ...]]:
    if fit == "natural":
        return facts, ()
    cast = read_cast(facts, vocabulary, looks=story.metadata.characters, title=story.title)
    dropped = choose_dropped(facts, cast, score_turns(facts, cast), target_s=target_s)
    kept = [sentence for index, sentence in enumerate(facts) if index not in set(dropped)]
    renumbered = tuple(
        replace(f, unit=replace(f.unit, sentence=number)) for number, f in enumerate(kept)
    )
    return renumbered, tuple(facts[index].text for index in dropped)


def _make_scene(
    index: int, text: str, detail: SceneDraft, duration_s: float, seed: int
) -> ScenePlan:
    return ScenePlan(
        scene_id=f"scene_{index + 1:02d}",
        text=text,
        image_prompt=detail.image_prompt,
        negative_prompt=detail.negative_prompt,
        duration=duration_s,
        transition=detail.transition,
        characters=detail.characters,
        locations=detail.locations,
        actions=detail.actions,
        subjects=detail.subjects,
        mood=detail.atmosphere.mood,
        setting=detail.atmosphere.setting,
        hour=detail.atmosphere.hour,
        weather=detail.atmosphere.weather,
        seed=_derive_seed(str(seed), str(index)),
    )


def _new_names(scenes: Sequence[ScenePlan]) -> list[list[str]]:
    """Return the names that come up for the first time in each scene: news is stressed."""
    met: set[str] = set()
    fresh = []
    for scene in scenes:
        names = [who.name for who in scene.characters]
        fresh.append([name for name in names if name not in met])
        met.update(names)
    return fresh


def _join(units: Sequence[Unit], tag: str) -> str:
    space = "" if primary(tag) in {"ja", "zh", "th"} else " "
    return space.join(unit.text for unit in units)


def _derive_seed(*parts: str) -> int:
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big")


def _write_notes(scenes: Sequence[ScenePlan], dropped: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if len(scenes) < MIN_SCENES:
        count = f"{len(scenes)} scene{'s' * (len(scenes) != 1)}"
        notes.append(f"the text is too short for {MIN_SCENES} scenes of 2 s; it has {count}")
    if dropped:
        notes.append(f"{len(dropped)} sentence{'s' * (len(dropped) != 1)} left out to fit the time")
    return tuple(notes)


def _note_length(timing: Timing, target_s: float) -> str | None:
    if timing.missing_s > _NOTABLE_S:
        return (
            f"the narration takes about {timing.missing_s:.0f} s more than the {target_s:g} s "
            "asked for, even spoken at 1.15 times the usual rate; shorten the text or use "
            "--fit condense"
        )
    if timing.empty_s > _NOTABLE_S:
        filled_s = target_s - timing.empty_s
        return f"the narration fills about {filled_s:.0f} s of the {target_s:g} s asked for"
    return None
