"""What German tells by its endings: whether "sie" is she or they, and who is a woman."""

from __future__ import annotations

import re
from typing import Final, Literal

from raypipe.story.words import word_set

_BEFORE_CLAUSE: Final = word_set("und aber doch oder denn sondern")
_SUBORDINATING: Final = word_set(
    "als dass daß weil wenn ob bevor ehe nachdem während bis damit obwohl sobald solange indem da "
    "wie wo warum seit"
)
_OPENING: Final = word_set(
    "dann da nun jetzt heute gestern morgen endlich dort hier bald später plötzlich langsam "
    "schnell leise laut wieder oft immer nie schließlich danach darauf so am an auf im in aus bei "
    "beim mit nach von vom vor zu zum zur über unter hinter neben zwischen durch für gegen ohne um "
    "eines einen"
)
_SUBJECTS: Final = word_set("ich du er es wir ihr man")
_PLURAL: Final = frozenset({"sind", "tun"})
_SINGULAR: Final = re.compile(r"(?:be|ge|ent)?(?:kann|begann|gewann|sann|rann|spann|(?:er)?schien)")
_PLURAL_ENDING: Final = re.compile(r"\w+(?:en|ern|eln)")
_CLAUSE_END: Final = re.compile(r"[,;:.!?–—…»«\"“”]")
_WORD: Final = re.compile(r"\w+")


_WOMAN_OF_A_TRADE: Final = re.compile(r"[A-ZÄÖÜ]\w{2,}in")


def is_womans_title(noun: str) -> bool:
    """Return whether a noun for a person names a woman by its ending: "Forscherin"."""
    return _WOMAN_OF_A_TRADE.fullmatch(noun) is not None


def read_sie(text: str, start: int, end: int) -> Literal["she", "they"] | None:
    """Return who "sie" in ``text[start:end]`` is, as the subject of its clause; None if it is none.

    The verb tells: "sie ging" is she, "sie gingen" they. It stands right after the pronoun, right
    before it where the clause begins with something else, and at the clause's end after "als" or
    "weil". As an object, "sie" is she, they or any feminine thing, and nobody can tell.
    """
    clause = max((mark.end() for mark in _CLAUSE_END.finditer(text, 0, start)), default=0)
    before = [word.casefold() for word in _WORD.findall(text, clause, start)]
    stop = _CLAUSE_END.search(text, end)
    after = [
        word.casefold() for word in _WORD.findall(text, end, stop.start() if stop else len(text))
    ]
    while before and before[0] in _BEFORE_CLAUSE:
        before = before[1:]
    if len(before) == 1 and before[0] in _SUBORDINATING:
        return _number(after[-1]) if after else None
    if not before:
        return _number(after[0]) if after else None
    if before[-1] in _BEFORE_CLAUSE:
        return _number(after[0]) if after else None
    # "Langsam ging sie hinein": but in "Er sah sie" and "Dann sah er sie" it is the object.
    inverted = before[0] in _OPENING and len(before) > 1 and not _SUBJECTS & set(before)
    return _number(before[-1]) if inverted else None


def _number(verb: str) -> Literal["she", "they"]:
    plural = verb in _PLURAL or (
        _PLURAL_ENDING.fullmatch(verb) is not None and _SINGULAR.fullmatch(verb) is None
    )
    return "they" if plural else "she"
