"""English verbs: which words are verbs, their -ing form, and what is done in a clause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from raypipe.story.facts import ARTICLES, PREPOSITIONS
from raypipe.story.lexicon.concepts import FOLDER
from raypipe.story.lexicon.vocabulary import Token

_MAX_OBJECT_WORDS = 6
_DOUBLING: Final = frozenset(
    "hug step stop clap grab drop trip nod sit run swim spin dig cut row stir plan slip beg hop "
    "trap knit fish chat".split()
) - {"row", "fish"}
_CLAUSE_WORDS: Final = frozenset(
    "and but while when who which that because until so then as where if before after than or "
    "though although for since".split()
)
_TRAILING: Final = frozenset(
    "very so too not never again also only just still even all then now there here once twice "
    "more most much at last away".split()
)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's ``base``, and whether what it says can be seen."""

    base: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Action:
    """Something done, as "holding the last torch high"; ``position`` is its verb's character."""

    phrase: str
    position: int


@lru_cache(maxsize=1)
def _load_verbs() -> dict[str, Verb]:
    verbs: dict[str, Verb] = {}
    section = ""
    for line in (FOLDER / "en.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section in {"verb", "still"} and line and not line.startswith("#"):
            for entry in line.split(","):
                base, *listed = entry.strip().split("/")
                verb = Verb(base, section == "verb")
                forms = {base, _third_person(base), make_participle(base), *listed}
                if not listed:
                    forms.add(_regular_past(base))
                for form in forms:
                    verbs.setdefault(form, verb)
    return verbs


def find_verb(form: str) -> Verb | None:
    """Return the verb that ``form`` (lower case) is a form of, if it is a known one."""
    return _load_verbs().get(form)


def make_participle(base: str) -> str:
    """Return the -ing form of a verb's base form."""
    if base == "be":
        return "being"
    if base.endswith("ie"):
        return f"{base[:-2]}ying"
    if base.endswith("e") and not base.endswith(("ee", "ye", "oe")):
        return f"{base[:-1]}ing"
    return f"{_doubled(base)}ing"


def _doubled(base: str) -> str:
    return base + base[-1] if base in _DOUBLING else base


def _regular_past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{_doubled(base)}ed"


def _third_person(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "x", "ch", "sh", "z")) else f"{base}s"


def find_actions(
    text: str,
    tokens: tuple[Token, ...],
    *,
    quotations: tuple[tuple[int, int], ...],
    names: dict[str, str],
    thing: str,
) -> tuple[Action, ...]:
    """Return what is visibly done in a sentence, outside its quotations.

    Args:
        text: the sentence.
        tokens: its tokens.
        quotations: spans that are spoken, not done.
        names: lower-case words of characters' names and what a picture should say for them.
        thing: what "it" or "them" stands for, such as "glowing crystal"; may be empty.
    """
    actions: list[Action] = []
    for index, token in enumerate(tokens):
        verb = find_verb(token.form)
        if not verb or not verb.visible or not _is_predicate(tokens, index):
            continue
        if any(start <= token.start < end for start, end in quotations):
            continue
        words = _following_words(text, tokens, index + 1, names=names, thing=thing)
        actions.append(Action(" ".join([make_participle(verb.base), *words]), token.start))
    return tuple(actions)


def _is_predicate(tokens: tuple[Token, ...], index: int) -> bool:
    """Say whether the verb at ``index`` is one here, and not a noun or an adjective."""
    form = tokens[index].form
    before = tokens[index - 1].form if index else ""
    after = tokens[index + 1].form if index + 1 < len(tokens) else ""
    if before in ARTICLES and before not in {"her", "one"}:
        return False
    if before in {"to", "not", "never", "n't", "didn't", "couldn't", "would", "could"}:
        # "tried to climb" is hardly seen; "came to help" neither.
        return False
    if form.endswith("ing") and (before in PREPOSITIONS - {"by", "from", "without"}):
        return before in {"in"} and not (after and after[0].isalpha() and after not in ARTICLES)
    if form.endswith(("ing", "ed", "en")) and before in {"was", "were", "been", "is"}:
        return form.endswith("ing")
    return not (before in PREPOSITIONS and not form.endswith("ing"))


def _following_words(
    text: str, tokens: tuple[Token, ...], start: int, *, names: dict[str, str], thing: str
) -> list[str]:
    words: list[str] = []
    for token in tokens[start:]:
        form = token.form
        if not form[0].isalnum() or form in _CLAUSE_WORDS or len(words) >= _MAX_OBJECT_WORDS:
            break
        verb = find_verb(form)
        previous = words[-1].lower() if words else ""
        if verb and not (previous in ARTICLES or previous in PREPOSITIONS or form.endswith("ing")):
            noun_like = previous and previous not in {"him", "it", "them", "up", "down"}
            if not noun_like or not form.endswith(("ed", "ing")):
                break
        if form in {"it", "them"} and thing:
            words.append(f"the {thing}")
        elif form in names:
            replacement = names[form]
            if not words or words[-1] != replacement:
                words.append(replacement)
        elif form.removesuffix("'s") in names:
            words.append(f"{names[form.removesuffix(chr(39) + 's')]}'s")
        else:
            words.append(text[token.start : token.end].lower())
    return _trim(words)


def _trim(words: list[str]) -> list[str]:
    while words and (
        words[-1] in ARTICLES - {"her"}
        or words[-1] in PREPOSITIONS - _FINAL
        or words[-1] in _TRAILING
    ):
        words = words[:-1]
    return words


_FINAL: Final = frozenset("in up down through across over inside outside off around by".split())
_SPACE = re.compile(r"\s+")
