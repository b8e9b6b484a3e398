"""English verbs: which words are verbs, their -ing form, and who does what in a clause."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from raypipe.story.facts import ARTICLES, PLAIN_ADJECTIVES, PREPOSITIONS
from raypipe.story.lexicon.concepts import FOLDER
from raypipe.story.lexicon.vocabulary import Token, load_vocabulary
from raypipe.story.words import word_set

_MAX_OBJECT_WORDS = 8
_MAX_SUBJECT_WORDS = 4
# One-syllable verbs of consonant, vowel, consonant double their last letter.
_DOUBLING: Final = word_set(
    """
    hug step stop clap grab drop trip nod sit run swim spin dig cut stir plan slip beg
    hop trap knit chat get set put win begin forget pat tap skip wrap unwrap
    """
)
_CLAUSE_WORDS: Final = word_set(
    """
    and but while when who which that because until so then where if before after than
    or nor though although for since as
    """
)
_RELATIVES: Final = frozenset({"who", "which", "that"})
_NOBODY: Final = word_set(
    """
    it there nobody nothing no none what this that everything something one
    """
)
_DROPPED_AT_END: Final = word_set(
    """
    very so too not never again also only just still even all then now there here once
    twice more most much at last away
    """
)
_ADVERBS_OF_PLACE: Final = word_set("in up down through across over inside outside off around by")
_SUBJECT_PRONOUNS: Final = word_set("he she they we i you his her their my our")


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's ``base``, and whether what it says can be seen."""

    base: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Action:
    """Something done, as "holding the last torch high".

    ``position`` is the verb's character in the sentence and ``clause`` that of its clause's first
    word: whoever is mentioned between them does it. ``subject`` is what does it where that is a
    thing ("blue light"), "" where it is a person; ``inherits`` says that whoever did the thing
    before does this one too.
    """

    phrase: str
    position: int
    clause: int = -1
    subject: str = ""
    inherits: bool = False


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
    said: Mapping[str, str],
    cast_at: Container[int] = (),
) -> tuple[Action, ...]:
    """Return what is visibly done in a sentence, outside its quotations.

    Args:
        text: the sentence.
        tokens: its tokens.
        quotations: spans that are spoken, not done.
        cast_at: characters of the sentence at which somebody is mentioned.
        said: lower-case words and what a picture should say for them: names ("elena": "the
            woman") and pronouns of things ("it": "the crystal").
    """
    actions: list[Action] = []
    clause, subject = 0, ""
    done_by_nobody = False
    ambiguous = frozenset(load_vocabulary("en").lists["ambiguous"])
    for index, token in enumerate(tokens):
        if any(start <= token.start < end for start, end in quotations):
            clause = index + 1
            continue
        if not token.form[0].isalnum() or token.form in _CLAUSE_WORDS:
            clause = index if token.form in _RELATIVES else index + 1
            continue
        verb = find_verb(token.form)
        if not verb or not _is_predicate(tokens, index, verb, clause):
            continue
        if _is_noun_here(tokens, index, ambiguous) or _names_somebody(text, tokens, index):
            continue
        words = tokens[clause:index]
        if words and words[0].form in _RELATIVES:
            words = tuple(word for word in tokens[max(clause - 1, 0) : clause])
            words = words if any(word.form in _SOMEBODY for word in words) else ()
        inherits = not any(word.form not in _NO_SUBJECT for word in words)
        if not inherits:
            subject = _name_subject(text, words)
            done_by_nobody = any(
                word.form in _NOBODY and word.start not in cast_at for word in words[:2]
            )
            if any(word.start in cast_at for word in words):
                subject = ""
        if verb.visible and not done_by_nobody:
            following = _following_words(text, tokens, index + 1, said=said)
            start = tokens[clause].start if clause <= index else token.start
            if verb.base in _POSTURES and following[:1] and following[0] in {"a", "an", "two"}:
                # "Behind the window sat a woman": the subject comes after.
                phrase = " ".join([*following, make_participle(verb.base)])
                actions.append(Action(phrase, token.start, token.start, phrase))
            elif following or not _goes_on(tokens, index):
                phrase = " ".join([make_participle(verb.base), *following])
                actions.append(Action(phrase, token.start, start, subject, inherits))
        clause = index + 1
    return tuple(actions)


_POSTURES: Final = word_set("sit stand lie hang rise kneel lean")


def _is_noun_here(tokens: tuple[Token, ...], index: int, ambiguous: frozenset[str]) -> bool:
    """Say whether a word that may be a noun is one: "a dead rose", "the ninety steps"."""
    form = tokens[index].form
    if form not in ambiguous and form.removesuffix("s") not in ambiguous:
        return False
    for back in (1, 2, 3):
        if index < back or not tokens[index - back].form[0].isalpha():
            return False
        word = tokens[index - back].form
        if word in ARTICLES:
            between = tokens[index - 1].form
            named = any(
                section == "concept" for section, _ in load_vocabulary("en").lookup(between)
            )
            return back == 1 or not (named or find_verb(between))
        if word in _SUBJECT_PRONOUNS or word in PREPOSITIONS:
            return False
    return False


def _names_somebody(text: str, tokens: tuple[Token, ...], index: int) -> bool:
    """Say whether "called" or "named" gives a name here: "a man called Mateo"."""
    after = tokens[index + 1].start if index + 1 < len(tokens) else -1
    return tokens[index].form == "called" and after > 0 and text[after].isupper()


_SOMEBODY: Final = frozenset({"someone", "somebody"})
_NO_SUBJECT: Final = word_set(
    """
    not never had has have was were been is are did do does would could will can must
    may might should quickly slowly suddenly quietly gently then now also always often
    only just finally truly soon still even once never to
    """
)


def _goes_on(tokens: tuple[Token, ...], index: int) -> bool:
    """Say whether a bare verb shares its object with the next: "tore or destroyed the flock"."""
    after = tokens[index + 1].form if index + 1 < len(tokens) else ""
    later = tokens[index + 2].form if index + 2 < len(tokens) else ""
    return after in {"or", "and"} and find_verb(later) is not None


def _name_subject(text: str, words: tuple[Token, ...]) -> str:
    """Return the clause's subject as a phrase, "" where a person is or must be meant."""
    forms = [word.form for word in words]
    if any(form in _SUBJECT_PRONOUNS or form in PREPOSITIONS for form in forms):
        return ""
    kept = [
        text[word.start : word.end]
        for word in words
        if word.form not in _NO_SUBJECT and word.form not in ARTICLES and word.form[0].isalpha()
    ]
    if not kept or len(kept) > _MAX_SUBJECT_WORDS:
        return ""
    return " ".join(kept).lower()


def _is_predicate(tokens: tuple[Token, ...], index: int, verb: Verb, clause: int) -> bool:
    """Say whether the verb at ``index`` is one here, and not a noun or an adjective."""
    form = tokens[index].form
    before = tokens[index - 1].form if index > clause else ""
    after = tokens[index + 1].form if index + 1 < len(tokens) else ""
    if before in ARTICLES and before not in {"her", "one"}:
        return False
    if before in PLAIN_ADJECTIVES or before.endswith("'s") or before == "of":
        return False
    if before in {"to", "not", "never", "would", "could", "should", "must"} | _NEVER_DONE:
        return False  # what is wished, tried or denied is not seen
    if form == verb.base and not _is_past_too(verb) and before not in _PLURAL_SUBJECTS:
        # A base form in a story told in the past is mostly a noun ("blue light", "the fire").
        return bool(before) and before.endswith("s") and not before.endswith("ss")
    if form.endswith("ing"):
        if before in PREPOSITIONS - {"by"}:
            return False
        following_noun = after[:1].isalpha() and after not in ARTICLES | PREPOSITIONS
        return not (following_noun and before not in {"was", "were", "kept", "started", ""})
    if form.endswith(("ed", "en")) and before in {"was", "were", "been", "is", "be", "are"}:
        return False
    return before not in PREPOSITIONS


_NEVER_DONE: Final = frozenset({"didn't", "couldn't", "wouldn't", "don't", "doesn't", "cannot"})
_PLURAL_SUBJECTS: Final = frozenset({"i", "we", "they", "you", "who", "children", "people"})


def _is_past_too(verb: Verb) -> bool:
    return verb.base in {"cut", "set", "put", "hit", "read", "let", "shut", "spread"}


def _following_words(
    text: str, tokens: tuple[Token, ...], start: int, *, said: Mapping[str, str]
) -> list[str]:
    words: list[str] = []
    for token in tokens[start:]:
        form = token.form
        if not form[0].isalnum() or form in _CLAUSE_WORDS:
            break
        if len(words) >= _MAX_OBJECT_WORDS:
            return _trim(_without_last_phrase(words))
        previous = words[-1].lower() if words else ""
        if find_verb(form) and not _reads_as_noun(form, previous):
            break
        bare = form.removesuffix("'s")
        if bare in said:
            replacement = said[bare] + form[len(bare) :]
            if not words or words[-1] != replacement:
                words.append(replacement)
        else:
            words.append(text[token.start : token.end])  # a place keeps its capital
    return _trim(words)


def _without_last_phrase(words: list[str]) -> list[str]:
    """Drop the last prepositional phrase, for its end was cut off."""
    starts = [index for index, word in enumerate(words) if word in PREPOSITIONS and index > 1]
    return words[: starts[-1]] if starts else words


def _reads_as_noun(form: str, previous: str) -> bool:
    if previous in ARTICLES or previous in PREPOSITIONS or previous in PLAIN_ADJECTIVES:
        return True
    if form.endswith("ing"):
        return previous not in {"", "it", "them", "him", "her"}
    return bool(previous) and not form.endswith("ed") and previous not in {"it", "them", "him"}


def _trim(words: list[str]) -> list[str]:
    while words and (
        words[-1] in ARTICLES - {"her"}
        or words[-1] in PREPOSITIONS - _ADVERBS_OF_PLACE
        or words[-1] in _DROPPED_AT_END
    ):
        words = words[:-1]
    return words
