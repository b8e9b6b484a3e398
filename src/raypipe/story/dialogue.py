"""Who says what: quotations in a text, and whose words the text says that they are.

Only what is written is used: a tag beside the quotation ("...," said Tomas; Elena asked: "...")
names its speaker, a pronoun means the one person of the scene whom it fits, and a quotation that
goes on after its tag has the same speaker. Where nothing is written, nobody is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from raypipe.story.characters import FEMALE, MALE
from raypipe.story.language import primary
from raypipe.story.sentences import find_quotations
from raypipe.story.speech_verbs import DROPS_SUBJECT, addressed, pronoun, speech_verb

_UNSPACED = frozenset({"ja", "zh", "ko", "hi"})
_VERB_LAST = frozenset({"ja", "ko"})
_HEAD_LAST = frozenset({"en", "de", "nl", "ru", "pl", "tr"})
_SENTENCE_END = re.compile(r"[.!?…؟۔।]+[\"'”’»)]*\s+|[。！？]\s*|\n")
_TITLE = re.compile(r"\b(?:[A-Z]|Dr|Mr|Mrs|Ms|St|Sr|Sra|Prof|Capt|Mme|Hr|Fr)\.$")
_CLAUSE = re.compile(
    r"[,;:،，、；]\s*(?:(?:and|but|then|so|y|e|et|und|и|а)\s+)?|"
    r"\b(?:when|while|as|because|until|before|after|if|that|how)\b\s*",
    re.IGNORECASE,
)
_OWNS = re.compile(r"['’]s\b")
_LEADS_IN = re.compile(r"[,:：，،、—–-]\s*$")
_STARTS_LOW = re.compile(r"^[\s,;:，،、—–-]*[^\W\d_]")
_MIN_NAME_CHARS = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may speak; ``kind`` as `raypipe.story.plan.CharacterInScene.kind`, or ""."""

    name: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """``text[start:end]``, quotation marks included, said by ``speaker``: a name, None unknown."""

    start: int
    end: int
    speaker: str | None


def find_lines(
    text: str, language: str, *, here: Sequence[Person], others: Sequence[Person] = ()
) -> tuple[Line, ...]:
    """Return the quotations of ``text`` in order, each with who says it.

    Args:
        text: of one scene.
        language: its tag.
        here: who is in the scene; a pronoun means one of them.
        others: further people whom a tag may name.
    """
    reader = _Reader(text, primary(language), here, others)
    offset = 0
    for paragraph in text.splitlines(keepends=True):
        reader.read(offset, offset + len(paragraph))
        offset += len(paragraph)
    return tuple(reader.lines)


class _Reader:
    def __init__(
        self, text: str, language: str, here: Sequence[Person], others: Sequence[Person]
    ) -> None:
        self.text = text
        self.language = language
        self.here = tuple(here)
        self.people = (*here, *(each for each in others if each.name not in _names(here)))
        self.lines: list[Line] = []
        self._verb = speech_verb(language)

    def read(self, start: int, end: int) -> None:
        """Read one paragraph."""
        spans = _apart(
            (start + first, start + last)
            for first, last in find_quotations(self.text[start:end])
            if any(char.isalnum() for char in self.text[start + first : start + last])
        )
        edges = [start, *(edge for span in spans for edge in span), end]
        previous: Line | None = None
        for index, (first, last) in enumerate(spans):
            before = self.text[edges[2 * index] : first]
            after = self.text[last : edges[2 * index + 3]]
            speaker = self._named_before(before, first)
            if speaker is None and (tag := self._tag_after(after, last)) is not None:
                speaker = self._subject(tag, last)
            elif speaker is None and previous is not None and self._goes_on(before):
                speaker = self._subject(before, previous.end) or previous.speaker
            if speaker is None and self.language in _VERB_LAST:
                speaker = self._named_around(before, after, first)
            previous = Line(first, last, speaker)
            self.lines.append(previous)

    def _named_before(self, before: str, quote: int) -> str | None:
        """Return who is named by what leads up to a quotation: ``Elena asked: "...``."""
        clause = _last_sentence(before)
        if not (_LEADS_IN.search(clause) or (self.language == "ar" and clause.strip())):
            return None
        return self._subject(clause, quote - len(clause), leads=True)

    def _tag_after(self, after: str, end: int) -> str | None:
        """Return what follows a quotation and says whose it is: ``..." said Elena.``."""
        closing = self.text[max(end - 2, 0) : end - 1]
        clause = _first_sentence(after)
        # After a full stop a new sentence begins: "Go." Tomas said nothing.
        if closing in {".", "।"} and not self._begins_low(clause):
            return None
        return clause if self._verb is not None and self._verb.search(clause) else None

    def _named_around(self, before: str, after: str, quote: int) -> str | None:
        """Return who is named before a quotation whose verb comes after: Elena wa "..." to itta."""
        clause, said = _last_sentence(before), _first_sentence(after)
        if self._verb is None or not self._verb.search(said):
            return None
        mentions = self._mentions(clause, quote - len(clause))
        if mentions:
            return mentions[-1][1]
        return self.here[0].name if len(self.here) == 1 else None

    def _begins_low(self, clause: str) -> bool:
        found = _STARTS_LOW.match(clause)
        return found is not None and not found.group()[-1].isupper()

    def _goes_on(self, before: str) -> bool:
        """Whether what stands between two quotations is the tag of both."""
        clause = before.strip()
        if self._verb is None or not clause:
            return False
        sentences = len(_SENTENCE_END.findall(f"{clause} "))
        return sentences <= 1 and self._verb.search(clause) is not None

    def _subject(self, clause: str, start: int, *, leads: bool = False) -> str | None:
        """Return who does what the verb of speaking in ``clause`` says.

        That is the last verb of a clause that ``leads`` up to a quotation, else the first.
        """
        verbs = list(self._verb.finditer(clause)) if self._verb else []
        if not verbs:
            return None
        verb = verbs[-1 if leads else 0]
        before, after = clause[: verb.start()], clause[verb.end() :]
        mentions = self._mentions(before, start)
        if mentions:
            # The clause of the verb names its subject, or goes on with that of the sentence.
            clauses = [match.end() for match in _CLAUSE.finditer(before)]
            nearest = [each for each in mentions if not clauses or each[0] >= clauses[-1]]
            return (nearest or mentions)[0][1]
        following = self._mentions(after, start)
        if following and _is_near(following[0][2]):
            return following[0][1]
        silent = not self._has_other(clause)
        if self.language in DROPS_SUBJECT and silent and len(self.here) == 1:
            return self.here[0].name
        return None

    def _mentions(self, clause: str, start: int) -> list[tuple[int, str | None, str]]:
        """Return (place, name, what stands before) of each person and pronoun, in order.

        Who is only spoken to, or owns what is named ("Elena's brother"), is left out.
        """
        found: dict[int, tuple[int, str | None, str]] = {}
        taken: list[range] = []
        for name, person in self._called():
            boundary = "" if self.language in _UNSPACED else r"(?<!\w)"
            ending = "" if self.language in {*_UNSPACED, "ar"} else r"(?!\w)"
            for match in re.finditer(f"{boundary}{re.escape(name)}{ending}", clause, re.IGNORECASE):
                if any(match.start() in span for span in taken):
                    continue
                taken.append(range(match.start(), match.end()))
                if not _OWNS.match(clause, match.end()):
                    found[match.start()] = (match.start(), person, clause[: match.start()])
        for who, kinds in (("woman", FEMALE), ("man", MALE)):
            pattern = pronoun(self.language, who)
            for match in pattern.finditer(clause) if pattern else ():
                meant = self._meant(kinds, start)
                found[match.start()] = (match.start(), meant, clause[: match.start()])
        spoken_to = addressed(self.language)
        return [found[place] for place in sorted(found) if not spoken_to.search(found[place][2])]

    def _called(self) -> list[tuple[str, str]]:
        """Return (what somebody is called, name), the longest first."""
        called: list[tuple[str, str]] = []
        for person in self.people:
            called.append((person.name, person.name))
            words = person.name.split()
            proper = [word for word in words if word[:1].isupper() and not word.endswith(".")]
            head = words[-1 if self.language in _HEAD_LAST else 0] if words else ""
            called += [
                (word, person.name) for word in (proper or [head]) if len(word) >= _MIN_NAME_CHARS
            ]
        if self.language == "en":
            kinds = [each.kind for each in self.here]
            called += [(each.kind, each.name) for each in self.here if kinds.count(each.kind) == 1]
        return sorted((each for each in called if each[0]), key=lambda each: -len(each[0]))

    def _meant(self, kinds: frozenset[str], before: int) -> str | None:
        """Return the person of the scene whom a pronoun means: the only one, or the last named."""
        fitting = [each.name for each in self.here if each.kind in kinds]
        if len(fitting) <= 1:
            return fitting[0] if fitting else self._only_creature()
        text = self.text[:before].casefold()
        places = {
            name: max(text.rfind(word.casefold()) for word in [name, *name.split()])
            for name in fitting
        }
        best = max(places, key=lambda name: places[name])
        return best if places[best] >= 0 else None

    def _only_creature(self) -> str | None:
        """Return the animal that is alone in a scene: "he" of a fable's wolf."""
        known = FEMALE | MALE
        if len(self.here) == 1 and self.here[0].kind not in known:
            return self.here[0].name
        return None

    def _has_other(self, clause: str) -> bool:
        return any(
            pattern is not None and pattern.search(clause) is not None
            for pattern in (pronoun(self.language, who) for who in ("woman", "man", "others"))
        )


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans that do not begin within one before: marks may be wrongly paired."""
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _names(people: Sequence[Person]) -> frozenset[str]:
    return frozenset(each.name for each in people)


def _is_near(between: str) -> bool:
    """Whether only an article or a title stands between the verb and who speaks."""
    return len(between.split()) <= 3 and not re.search(r"[,;:.!?،。]", between)  # noqa: PLR2004


def _last_sentence(text: str) -> str:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() < len(text) and not _TITLE.search(text[: match.start() + 1]):
            start = match.end()
    return text[start:]


def _first_sentence(text: str) -> str:
    for match in _SENTENCE_END.finditer(f"{text}\n"):
        if not _TITLE.search(text[: match.start() + 1]):
            return text[: match.start()]
    return text
