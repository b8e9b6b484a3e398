"""Values as read from a file, made into a Story or a StoryPlan, or into one clear message.

Pydantic finds what is wrong; how it is said is ours: the field's path, what was expected, what
arrived, and what to do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from raypipe.errors import StoryError
from raypipe.story.cleaning import clean_line, clean_text, has_words
from raypipe.story.layers import SceneText
from raypipe.story.model import FRAME_SIZES, Story, StoryMetadata
from raypipe.story.naming import slug
from raypipe.story.plan import (
    AudioScript,
    CharacterInScene,
    ScenePlan,
    ScriptSegment,
    StoryPlan,
)
from raypipe.story.quoting import nearest, shorten, show

_Model = TypeVar("_Model", bound=BaseModel)

# Where each kind of object stands, and the model it must be.
_STORY_PARTS: Final[dict[str, type[BaseModel]]] = {"": Story, "metadata": StoryMetadata}
_PLAN_PARTS: Final[dict[str, type[BaseModel]]] = {
    "": StoryPlan,
    "scenes": ScenePlan,
    "scenes.characters": CharacterInScene,
    "scenes.texts": SceneText,
    "audio_script": AudioScript,
    "audio_script.segments": ScriptSegment,
}
_MAX_NAME_CHARS = 100  # as in CharacterInScene
_MAX_LOOK_CHARS = 500
_MAX_OTHERS = 3
_MAX_PART_CHARS = 40
_ID_RULE = "letters, digits, _ and -, at most 64, beginning with a letter or digit"
_ONE_LINE = {"title", "name", "genre", "style", "voice", "music", "look", "kind"}
_PROSE = {"content", "text"}


def make_story(fields: Mapping[str, Any]) -> Story:
    """Return the story that ``fields`` describe; ``null`` stands for "not given".

    Raises:
        StoryError: a field is missing, unknown, of the wrong type or out of range.
    """
    _refuse_unknown(fields, "", _STORY_PARTS)
    given = _without_nulls(fields)
    metadata = given.get("metadata")
    if isinstance(metadata, dict):
        given["metadata"] = _without_nulls(metadata)
    story = _validate(Story, _clean(given), given)
    if not has_words(story.content):
        raise StoryError(
            f"expected a story, got {show(story.content)}, which has no words",
            where="content",
            remedy="write at least one word",
        )
    _check_characters(story.metadata.characters)
    return story


def make_plan(fields: Mapping[str, Any]) -> StoryPlan:
    """Return the plan that ``fields`` describe.

    Raises:
        StoryError: as for `make_story`; or scene ids repeat, or the script does not have exactly
            one segment for each scene, in the order of the scenes.
    """
    _refuse_unknown(fields, "", _PLAN_PARTS)
    given = _without_any_nulls(fields)
    plan = _validate(StoryPlan, _clean(given), given)
    _check_scene_ids(plan)
    _check_segments(plan)
    _check_layers(plan)
    return plan


def _check_characters(looks: Mapping[str, str]) -> None:
    for name, look in looks.items():
        where = f"metadata.characters.{show(name)}"
        if not name.strip() or len(name) > _MAX_NAME_CHARS:
            raise StoryError(
                f"expected a name of 1 to 100 characters, got {show(name)}",
                where="metadata.characters",
                remedy="name the person as the story does",
            )
        if len(look) > _MAX_LOOK_CHARS:
            raise StoryError(
                f"expected a description of at most 500 characters, got {len(look):,}",
                where=where,
                remedy="keep age, hair and clothes; a picture shows little more",
            )


def _check_scene_ids(plan: StoryPlan) -> None:
    first: dict[str, int] = {}
    for index, scene in enumerate(plan.scenes):
        if scene.scene_id in first:
            raise StoryError(
                f"{show(scene.scene_id)} is also the id of scenes[{first[scene.scene_id]}]",
                where=f"scenes[{index}].scene_id",
                remedy="give each scene an id of its own",
            )
        first[scene.scene_id] = index
        if not has_words(scene.text):
            raise StoryError(
                f"expected words, got {show(scene.text)}",
                where=f"scenes[{index}].text",
                remedy="write what is told in this scene, or remove the scene",
            )


def _check_layers(plan: StoryPlan) -> None:
    for index, scene in enumerate(plan.scenes):
        effects = scene.effects or ()
        doubled = next((name for name in effects if effects.count(name) > 1), None)
        if doubled is not None:
            raise StoryError(
                f"expected each effect once, got {show(doubled)} {effects.count(doubled)} times",
                where=f"scenes[{index}].effects",
                remedy="name it once; effects have one strength",
            )
        for number, text in enumerate(scene.texts):
            where = f"scenes[{index}].texts[{number}]"
            if not has_words(text.content) and not text.content.strip():
                raise StoryError(
                    f"expected a text that can be seen, got {show(text.content)}",
                    where=f"{where}.content",
                    remedy="write something, or remove the text",
                )
            if text.end is not None and text.end <= text.start:
                raise StoryError(
                    f"expected an end after the start at {text.start:g} s, got {text.end:g}",
                    where=f"{where}.end",
                    remedy="give seconds of the scene, or leave the end out",
                )


def _check_segments(plan: StoryPlan) -> None:
    scene_ids = [scene.scene_id for scene in plan.scenes]
    segment_ids = [segment.scene_id for segment in plan.audio_script.segments]
    for index, scene_id in enumerate(segment_ids):
        where = f"audio_script.segments[{index}].scene_id"
        if scene_id not in scene_ids:
            meant = nearest(scene_id, scene_ids)
            raise StoryError(
                f"no scene has the id {show(scene_id)}",
                where=where,
                remedy=f"did you mean {show(meant)}?" if meant else "remove this segment",
            )
        if scene_id in segment_ids[:index]:
            raise StoryError(
                f"{show(scene_id)} has a segment already",
                where=where,
                remedy="join the two segments' texts",
            )
    for index, scene_id in enumerate(scene_ids):
        if scene_id not in segment_ids:
            raise StoryError(
                f"expected a segment for each scene, got none for {show(scene_id)}",
                where="audio_script.segments",
                remedy=f'add {{"scene_id": "{scene_id}", "text": ..., "start_time": ...}}',
            )
        if segment_ids[index] != scene_id:
            raise StoryError(
                f"expected the segment of {show(scene_id)} here, got that of "
                f"{show(segment_ids[index])}",
                where=f"audio_script.segments[{index}]",
                remedy="keep the segments in the order of the scenes",
            )
    starts = [segment.start_time for segment in plan.audio_script.segments]
    for index in range(1, len(starts)):
        if starts[index] <= starts[index - 1]:
            raise StoryError(
                f"expected more than {starts[index - 1]:g} s, when the segment before starts, "
                f"got {starts[index]:g}",
                where=f"audio_script.segments[{index}].start_time",
                remedy="let times rise from segment to segment",
            )


def _without_nulls(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _without_any_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_any_nulls(entry) for key, entry in value.items() if entry is not None}
    return [_without_any_nulls(entry) for entry in value] if isinstance(value, list) else value


def _clean(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        if key == "characters":
            return {clean_line(name): _clean(look, "look") for name, look in value.items()}
        return {name: _clean(entry, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [_clean(entry, key) for entry in value]
    if isinstance(value, str):
        if key in _PROSE or key in {"image_prompt", "negative_prompt"}:
            return clean_text(value)
        return clean_line(value) if key in _ONE_LINE else value
    return value


def _refuse_unknown(value: Any, place: str, parts: Mapping[str, type[BaseModel]]) -> None:
    """Refuse fields that no model has; done first, for a misspelt field is also a missing one."""
    _walk_unknown(value, place, "", parts)


def _walk_unknown(value: Any, place: str, path: str, parts: Mapping[str, type[BaseModel]]) -> None:
    if isinstance(value, list):
        for index, entry in enumerate(value):
            _walk_unknown(entry, place, f"{path}[{index}]", parts)
        return
    model = parts.get(place)
    if model is None or not isinstance(value, dict):
        return
    for key, entry in value.items():
        below = f"{place}.{key}" if place else key
        here = f"{path}.{key}" if path else key
        if key not in model.model_fields:
            raise _unknown(key, path, model, parts)
        _walk_unknown(entry, below, here, parts)


def _unknown(
    key: str, path: str, model: type[BaseModel], parts: Mapping[str, type[BaseModel]]
) -> StoryError:
    known = tuple(model.model_fields)
    elsewhere = [
        (place, other)
        for place, other in parts.items()
        if other is not model and key in other.model_fields
    ]
    if elsewhere:
        place = elsewhere[0][0].replace("scenes", "scenes[]") or "the top level"
        remedy = f"it belongs to {place}"
    else:
        meant = nearest(key, known)
        remedy = f"did you mean {meant}?" if meant else f"known fields are {', '.join(known)}"
    where = path or "the story"
    return StoryError(f"unknown field {show(key)}", where=where, remedy=remedy)


def _validate(model: type[_Model], cleaned: Any, given: Any) -> _Model:
    try:
        # Strict JSON mode: "60" is not a number and true is not 1, but lists are tuples.
        return model.model_validate_json(json.dumps(cleaned), strict=True)
    except ValidationError as error:
        raise _explain(error, given) from None
    except (ValueError, RecursionError):
        raise StoryError(
            "a number is out of all range", where="the story", remedy="give plain numbers"
        ) from None


def _explain(error: ValidationError, given: Any) -> StoryError:
    details = error.errors(include_url=False)
    first = details[0]
    path = _path(first["loc"])
    arrived = _find(given, first["loc"], first.get("input"))
    problem, remedy = _say(
        first["type"], _field(first["loc"]), arrived, first.get("ctx", {}), given
    )
    others = list(dict.fromkeys(_path(other["loc"]) for other in details[1:]))
    others = [other for other in others if other != path]
    if others:
        more = f" and {len(others) - _MAX_OTHERS} more" if len(others) > _MAX_OTHERS else ""
        problem += f" (also wrong: {', '.join(others[:_MAX_OTHERS])}{more})"
    return StoryError(problem, where=path, remedy=remedy)


def _field(loc: tuple[int | str, ...]) -> str:
    """Return the name of the field at ``loc``; an entry of a list has its list's."""
    names = [part for part in loc if isinstance(part, str)]
    return "texts.content" if names[-2:] == ["texts", "content"] else names[-1] if names else ""


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "[key]":  # pydantic marks the keys of an object so
            plain = part.replace("_", "").isalnum() and len(part) <= _MAX_PART_CHARS
            name = part if plain else show(part)
            path += f".{name}" if path else name
    return path or "the story"


def _find(given: Any, loc: tuple[int | str, ...], fallback: object) -> object:
    """Return what arrived at ``loc`` as it was written, before cleaning."""
    value = given
    for part in loc:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return fallback
    return value


_REMEDIES: Final[dict[str, str]] = {
    "story_id": f"use {_ID_RULE}",
    "scene_id": f"use {_ID_RULE}",
    "target_duration": "give seconds, from 5 to 600, such as 60",
    "duration": "give seconds, from 0.1 to 600, such as 6.5",
    "start_time": "give seconds from the video's start",
    "seed": "give a whole number from 0 to 4294967295, or leave it out",
    "language": 'give a language tag such as "en", "ja" or "pt-BR"',
    "aspect_ratio": "choose from "
    + ", ".join(f'"{ratio}" ({width}x{height})' for ratio, (width, height) in FRAME_SIZES.items()),
    "characters": 'give names and looks, such as {"Elena": "woman of 40, dark braid"}',
    "content": "give the story's text, up to 200,000 characters",
    "texts.content": "write up to 2,000 characters, or remove the text",
    "title": "give a title of 1 to 200 characters",
    "effects": "choose from ken_burns, fade_in, fade_out, vignette, grain, light_leak",
    "texts": 'give objects such as {"content": "Chapter 1", "position": "top"}',
    "colour": 'give a colour such as "#ffd70a"',
    "outline_colour": 'give a colour such as "#101828"',
    "audio_script": 'give {"segments": [...]} with one segment for each scene',
    "scenes": "give 1 to 60 scenes",
}


def _say(
    kind: str, field: str, arrived: object, limits: Mapping[str, Any], given: Any
) -> tuple[str, str]:
    remedy = _REMEDIES.get(field, "")
    if kind == "missing":
        if field == "story_id":
            title = given.get("title") if isinstance(given, dict) else None
            example = slug(title) if isinstance(title, str) and title else "my-story"
            remedy = f'add "story_id": "{example}"'
        return "expected a value, got nothing", remedy or f"add {shorten(field)}"
    wanted = _EXPECTATIONS.get(kind)
    problem = f"expected {wanted(limits) if wanted else 'another value'}, got {show(arrived)}"
    if field == "aspect_ratio":
        problem = f"expected one of the four aspect ratios, got {show(arrived)}"
    if kind == "string_pattern_mismatch":
        forms = {"language": "a language tag", "colour": "a colour", "outline_colour": "a colour"}
        wanted_form = forms.get(field, "an id")
        problem = f"expected {wanted_form}, got {show(arrived)}"
    if kind == "literal_error" and isinstance(arrived, str) and field != "aspect_ratio":
        meant = nearest(arrived, re.findall(r"'([^']*)'", str(limits.get("expected", ""))))
        remedy = f"did you mean {show(meant)}?" if meant else remedy
    return problem, remedy or f"correct {shorten(field)}"


_EXPECTATIONS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "literal_error": lambda limits: "one of " + str(limits.get("expected", "")).replace("'", '"'),
    "string_type": lambda _: "a text in quotes",
    "string_too_short": lambda limits: f"a text of at least {limits['min_length']} character",
    "string_too_long": lambda limits: f"a text of at most {limits['max_length']:,} characters",
    "float_type": lambda _: "a number",
    "int_type": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a whole number of usual size",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "greater_than": lambda limits: f"more than {limits['gt']:,}",
    "greater_than_equal": lambda limits: f"at least {limits['ge']:,}",
    "less_than_equal": lambda limits: f"at most {limits['le']:,}",
    "dict_type": lambda _: "an object in braces",
    "model_type": lambda _: "an object in braces",
    "model_attributes_type": lambda _: "an object in braces",
    "tuple_type": lambda _: "a list in brackets",
    "too_short": lambda limits: f"at least {limits['min_length']} entry",
    "too_long": lambda limits: f"at most {limits['max_length']} entries",
}
