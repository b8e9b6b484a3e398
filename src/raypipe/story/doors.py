"""Going in and going out: "ran outside", "went in", "nach draußen"; no place is named."""

from __future__ import annotations

import re
from typing import Final, Literal

from raypipe.story.facts import Facts, is_inside

Way = Literal["in", "out", ""]

_GO: Final = (
    r"(?:go|goes|going|went|gone|came?|comes|coming|r[au]n|runs|running|walk\w*|step\w*|hurr\w+|"
    r"rush\w*|slip\w*|cr[ea]pt|climb\w*|dash\w*|raced?|str[oi]de|march\w*|stumbl\w+|ventur\w+|"
    r"wander\w*|skip\w*|stay\w*|play\w*|danc\w+|wait\w*|sat|sit\w*|st[oa]{1,2}n?d\w*|slept|"
    r"look\w*|sent|led|took|takes?|carri\w+|brought|drag\w*|call\w*|follow\w*|retreat\w*|fled|"
    r"was|were|is|are|be|been|found \w+selves)"
)
_HERE: Final = (
    r"(?=\s*(?:[.,;:!?\"'”’»)]|$|(?:and|but|or|where|while|when|to|again|with|until|before|after|"
    r"into|in (?:the|his|her|their|a) (?:\w+ )?(?:sun|rain|snow|dark|cold|night|air|moonlight|wind|"
    r"yard|garden|evening|morning|warmth)|once|for|as|together|at)\b))"
)
_WITH: Final = r"(?:\s+(?:\w+\s+){0,3}?)"
"""What may stand between the verb and the adverb: "led the white horse outside"."""
_OUT: Final = r"(?:back |right |straight )?(?:outside|outdoors|out of doors)"
_IN: Final = r"(?:back |right |straight )?(?:inside|indoors)"
_OUT_OF: Final = (
    r"out of (?:the|his|her|their|its) (?:\w+ )?(?:house|hut|cottage|room|door|cabin|inn)"
)

_WAYS: Final[dict[str, tuple[str, str]]] = {
    "en": (
        rf"\b{_GO}{_WITH}(?:{_OUT}{_HERE}|{_OUT_OF}\b)|\boutdoors\b",
        rf"\b{_GO}{_WITH}{_IN}{_HERE}|(?:^|[.!?]\s+)Inside,|\bindoors\b",
    ),
    "de": (
        (r"\b(?:nach draußen|ins Freie|im Freien|hinaus(?= in (?:den|die|das)\b)|"
        r"(?:rannte|lief|ging|trat|stürmte|eilte)\w* (?:\w+ )?(?:hinaus|raus|heraus))\b"),
        (r"\b(?:nach drinnen|drinnen|ins Haus|"
        r"(?:rannte|lief|ging|trat|eilte)\w* (?:\w+ )?(?:hinein|rein|herein))\b"),
    ),
    "es": (r"\b(?:afuera|al aire libre|sali\w+ (?:corriendo )?(?:de (?:la|su) casa|a la calle))\b",
           r"\b(?:adentro|dentro de la casa)\b"),
    "fr": (r"\b(?:dehors|en plein air)\b", r"\b(?:à l['’]intérieur|au dedans)\b"),
    "it": (r"\b(?:all['’]aperto|(?:corse|uscì|andò|corsero|uscirono) fuori)\b",
           r"\b(?:all['’]interno|(?:corse|entrò|andò|entrarono) dentro)\b"),
    "pt": (r"\b(?:lá fora|ao ar livre|para fora)\b", r"\b(?:lá dentro|para dentro)\b"),
    "ru": (r"\b(?:на улиц[уе]|наружу|во двор)\b", r"\b(?:в дом|внутрь)\b"),
    "ja": (r"外(?:に|へ)(?:出|飛び出|駆け出|走)|外で", r"(?:家の中|中)(?:に|へ)(?:入|戻)"),
    "zh": (r"(?:跑|走|来|去|冲)(?:到了?)?(?:外面|屋外|门外|出去)",
           r"(?:跑|走|回)(?:到了?)?(?:屋里|里面|进屋)"),
}  # fmt: skip
_COMPILED: Final = {
    language: (re.compile(out, re.IGNORECASE), re.compile(into, re.IGNORECASE))
    for language, (out, into) in _WAYS.items()
}


def read_way(facts: Facts) -> Way:
    """Return whether a sentence leads out of doors or in, the last that it tells, or "".

    "Outside, snow was falling" is seen from within and leads nowhere.
    """
    patterns = _COMPILED.get(facts.language)
    if patterns is None:
        return ""
    last = {
        way: max((match.end() for match in pattern.finditer(facts.text)
                  if not is_inside(match.start(), facts.quotations)), default=-1)
        for way, pattern in zip(("out", "in"), patterns, strict=True)
    }  # fmt: skip
    if max(last.values()) < 0:
        return ""
    return "out" if last["out"] > last["in"] else "in"
