from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from raypipe.story.cast import read_cast
from raypipe.story.characters import Cast
from raypipe.story.facts import Facts, read_facts
from raypipe.story.lexicon.vocabulary import load_vocabulary
from raypipe.story.model import Story, StoryMetadata
from raypipe.story.plan import StoryPlan
from raypipe.story.planner import plan_story
from raypipe.story.read import read_source
from raypipe.story.sentences import split_units

DATA = Path(__file__).parent / "data"
EXAMPLES = Path(__file__).parents[3] / "examples"


def story_paths() -> list[Path]:
    examples = [path for path in EXAMPLES.iterdir() if path.suffix in {".json", ".md"}]
    return sorted([*examples, *DATA.glob("*.json")])


@pytest.fixture(scope="session")
def load() -> Callable[[str], Story]:
    """Read one of the test stories by its file's stem."""

    def read(stem: str) -> Story:
        path = next(path for path in story_paths() if path.stem == stem)
        story = read_source(path)
        assert isinstance(story, Story)
        return story

    return read


@pytest.fixture(scope="session")
def plan_of(load: Callable[[str], Story]) -> Callable[[str], StoryPlan]:
    """Plan one of the test stories, once a session."""
    plans: dict[str, StoryPlan] = {}

    def plan(stem: str) -> StoryPlan:
        if stem not in plans:
            plans[stem] = plan_story(load(stem), target_duration=60, aspect_ratio="9:16")
        return plans[stem]

    return plan


@pytest.fixture(scope="session")
def facts_of() -> Callable[..., tuple[Facts, ...]]:
    def read(text: str, language: str = "en") -> tuple[Facts, ...]:
        vocabulary = load_vocabulary(language)
        return tuple(read_facts(unit, vocabulary) for unit in split_units(text, language))

    return read


@pytest.fixture(scope="session")
def cast_of(facts_of: Callable[..., tuple[Facts, ...]]) -> Callable[..., Cast]:
    def read(text: str, language: str = "en", *, title: str = "", **looks: str) -> Cast:
        vocabulary = load_vocabulary(language)
        return read_cast(facts_of(text, language), vocabulary, looks=looks, title=title)

    return read


@pytest.fixture(scope="session")
def make_story() -> Callable[..., Story]:
    def make(content: str, *, title: str = "A Story", **metadata: object) -> Story:
        return Story(
            story_id="story",
            title=title,
            content=content,
            metadata=StoryMetadata.model_validate(metadata),
        )

    return make
