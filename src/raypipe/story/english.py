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
    reader = _ActionReader(text, tokens, said, cast_at)
    for index, token in enumerate(tokens):
        quoted = any(start <= token.start < end for start, end in quotations)
        if quoted or not token.form[0].isalnum() or token.form in _CLAUSE_WORDS:
            reader.clause = index if token.form in _RELATIVES else index + 1
            continue
        verb = find_verb(token.form)
        if verb and reader.is_verb(index, verb):
            reader.read(index, verb)
    return tuple(reader.actions)


class _ActionReader:
    """Reads the verbs of one sentence in order and remembers who acted."""

    def __init__(
        self,
        text: str,
        tokens: tuple[Token, ...],
        said: Mapping[str, str],
        cast_at: Container[int],
    ) -> None:
        self.actions: list[Action] = []
        self.clause = 0
        self._text, self._tokens, self._said, self._cast_at = text, tokens, said, cast_at
        self._subject = ""
        self._done_by_nobody = False

    def is_verb(self, index: int, verb: Verb) -> bool:
        """Say whether the word at ``index`` is a predicate here."""
        return (
            _is_predicate(self._tokens, index, verb, self.clause)
            and not _is_noun_here(self._tokens, index)
            and not _names_somebody(self._text, self._tokens, index)
        )

    def read(self, index: int, verb: Verb) -> None:
        """Take in the verb at ``index``; a new clause begins after it."""
        inherits = self._read_subject(index)
        if verb.visible and not self._done_by_nobody:
            self._act(index, verb, inherits=inherits)
        self.clause = index + 1

    def _read_subject(self, index: int) -> bool:
        """Find who acts; return whether it is the same as before."""
        words = self._tokens[self.clause : index]
        if words and words[0].form in _RELATIVES:
            words = self._tokens[max(self.clause - 1, 0) : self.clause]
            words = words if any(word.form in _SOMEBODY for word in words) else ()
        if all(word.form in _NO_SUBJECT for word in words):
            return True
        in_cast = any(word.start in self._cast_at for word in words)
        self._subject = "" if in_cast else _name_subject(self._text, words)
        self._done_by_nobody = not in_cast and any(word.form in _NOBODY for word in words[:2])
        return False

    def _act(self, index: int, verb: Verb, *, inherits: bool) -> None:
        at = self._tokens[index].start
        following = _following_words(self._text, self._tokens, index + 1, said=self._said)
        participle = make_participle(verb.base)
        if verb.base in _POSTURES and following[:1] and following[0] in {"a", "an", "two"}:
            # "Behind the window sat a woman": the subject comes after.
            phrase = " ".join([*following, participle])
            self.actions.append(Action(phrase, at, at, phrase))
        elif following or not _goes_on(self._tokens, index):
            phrase = " ".join([participle, *following])
            start = self._tokens[self.clause].start
            self.actions.append(Action(phrase, at, start, self._subject, inherits))


_POSTURES: Final = word_set("sit stand lie hang rise kneel lean")


def _is_noun_here(tokens: tuple[Token, ...], index: int) -> bool:
    """Say whether a word that may be a noun is one: "a dead rose", "the ninety steps"."""
    form = tokens[index].form
    ambiguous = load_vocabulary("en").lists["ambiguous"]
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
    as_noun = (before in ARTICLES and before not in {"her", "one"}) or before == "of"
    as_adjective = before in PLAIN_ADJECTIVES or before.endswith("'s")
    if as_noun or as_adjective or before in _NOT_DONE:
        return False
    if form == verb.base and not _is_past_too(verb) and before not in _PLURAL_SUBJECTS:
        # A base form in a story told in the past is mostly a noun ("blue light", "the fire").
        return before.endswith("s") and not before.endswith("ss")
    if form.endswith("ing"):
        noun_follows = after[:1].isalpha() and after not in ARTICLES | PREPOSITIONS
        starts = before in {"was", "were", "kept", "started", "", "by"}
        return before not in PREPOSITIONS - {"by"} and (starts or not noun_follows)
    passive = form.endswith(("ed", "en")) and before in {"was", "were", "been", "is", "be", "are"}
    return not passive and before not in PREPOSITIONS


# What is wished, tried or denied is not seen.
_NOT_DONE: Final = word_set(
    "to not never would could should must didn't couldn't wouldn't don't doesn't cannot"
)
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
