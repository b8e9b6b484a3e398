"""What is done in a sentence of any language, said in English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from raypipe.story.cast import OBLIQUE
from raypipe.story.characters import Mention
from raypipe.story.english import Action, find_actions
from raypipe.story.facts import Facts, Noun
from raypipe.story.garments import is_garment
from raypipe.story.lexicon.vocabulary import Hit, Vocabulary
from raypipe.story.plan import CharacterInScene
from raypipe.story.prompts import with_article
from raypipe.story.words import word_set

VERB_FINAL: Final = frozenset({"ja", "ko", "hi", "tr"})
"""Languages whose verb ends the clause."""

_OBJECT_REACH_CHARS = 40
_FADING, _FORGOTTEN = 0.8, 0.3


class Memory:
    """What "it" and "them" mean, and what has been seen so far."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._weights: dict[str, float] = {}
        self._nouns: dict[str, tuple[str, bool]] = {}

    def remember(self, sentence: Facts) -> None:
        """Take in the things of a sentence; those before it fade."""
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


def find_deeds(
    sentence: Facts,
    mentions: Sequence[Mention],
    vocabulary: Vocabulary,
    described: Mapping[int, CharacterInScene],
    memory: Memory,
) -> tuple[Action, ...]:
    """Return what is visibly done in a sentence, in English.

    Args:
        sentence: as read.
        mentions: who is in it.
        vocabulary: of its language.
        described: the characters of the plan by the identity of those of the cast.
        memory: what pronouns mean here.
    """
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
    return find_actions(
        sentence.text,
        sentence.tokens,
        quotations=sentence.quotations,
        said=said,
        cast_at={mention.start for mention in mentions},
    )


def _plural_before(sentence: Facts) -> str:
    them = next((token.start for token in sentence.tokens if token.form == "them"), 0)
    groups = [noun for noun in sentence.nouns if noun.hit.end < them
              and (noun.plural or noun.concept.kind == "group")]  # fmt: skip
    return f"the {groups[-1].phrase}" if groups else ""


def _foreign_deeds(
    sentence: Facts, language: str, mentions: Sequence[Mention], memory: Memory
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
            gloss = _fill_object(
                gloss, sentence, hit, language=language, mentions=mentions, memory=memory
            )
        if gloss:
            actions.append(Action(gloss, hit.start, subject=subject))
    return tuple(actions)


def _fill_object(
    gloss: str,
    sentence: Facts,
    hit: Hit,
    *,
    language: str,
    mentions: Sequence[Mention],
    memory: Memory,
) -> str:
    """Put the verb's object for "~"; "" if the verb says nothing without one."""
    noun, means = _object_of(sentence, hit, language, mentions)
    said = with_article(noun.phrase, plural=noun.plural) if noun else ""
    if noun and is_garment(noun) and gloss == "carrying ~":
        gloss = "wearing ~"  # "trug" and the like mean both
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
    sentence: Facts, hit: Hit, gloss: str, mentions: Sequence[Mention], memory: Memory
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
        if language in VERB_FINAL:
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
