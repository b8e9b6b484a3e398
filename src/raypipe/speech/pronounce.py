"""How English words that are not spelled as they are spoken are read aloud.

The phonemizer of the embedded voice knows letters, plain numbers and many abbreviations; it takes
the full stop of "Dr." for the end of a sentence, reads "$5" as "dollar five", 1945 as a quantity
and 3:00 as two numbers. This module respells those, one word of the text at a time, so that the
time of what is spoken is still the time of the word that was written.
"""

from __future__ import annotations

import re
import unicodedata

_TITLES = {
    "mr": "mister", "mrs": "missis", "ms": "miz", "dr": "doctor", "prof": "professor",
    "st": "saint", "mt": "mount", "ft": "fort", "capt": "captain", "lt": "lieutenant",
    "sgt": "sergeant", "col": "colonel", "gen": "general", "rev": "reverend", "hon": "honourable",
    "gov": "governor", "sen": "senator", "rep": "representative", "pres": "president",
    "mme": "madam", "mlle": "mademoiselle", "messrs": "messers", "fr": "father", "sr": "sister",
}  # fmt: skip
"""Read so before a name, and never the end of a sentence."""
_TITLES_OF_PLACE = frozenset({"st", "ft", "sr"})
"""Of these, those that also stand after a name: Main St., ten ft., John Smith Sr."""
_WORDS_TOO = frozenset({"st", "ft", "sr", "fr", "col", "gen", "rep", "pres", "hon"})
"""Of these, those that only a full stop tells from a word or a sound."""
_ABBREVIATIONS = {
    "jr": "junior", "vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is",
    "a.m": "ay em", "p.m": "pee em", "am": "", "blvd": "boulevard", "approx": "approximately",
    "dept": "department", "est": "established", "inc": "incorporated", "ltd": "limited",
    "co": "company", "no": "number", "vol": "volume", "ch": "chapter", "p": "page",
}  # fmt: skip
_NEED_STOP = frozenset({"est", "inc", "co", "no", "vol", "ch", "p", "etc", "dept", "approx"})
_NEED_NUMBER = frozenset({"no", "vol", "ch", "p"})
_SOUNDS = {
    "shh": "shush", "shhh": "shush", "sh": "shush", "brr": "burr", "brrr": "burr", "pst": "psst",
    "zzz": "", "mm": "hmm", "mmm": "hmm", "hm": "hmm", "tsk": "tisk", "pfft": "poof",
}  # fmt: skip
_SYMBOLS = {"&": "and", "@": "at"}
_CURRENCIES = {
    "$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent"),
    "¥": ("yen", ""), "₹": ("rupee", ""),
}  # fmt: skip
_SCALES = frozenset({"hundred", "thousand", "million", "billion", "trillion"})
_TENS = {
    "20": "twenties", "30": "thirties", "40": "forties", "50": "fifties", "60": "sixties",
    "70": "seventies", "80": "eighties", "90": "nineties",
}  # fmt: skip
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
_NUMBERED = frozenset({"act", "book", "canto", "chapter", "part", "scene", "section", "volume"})
_MONEY = re.compile(r"([$£€¥₹])(\d[\d,]*)(?:\.(\d\d)|(\.\d+))?$")
_YEAR = re.compile(r"(1[1-9]|20)(\d\d)$")
_DECADE = re.compile(r"(1[1-9]|20)?['’]?([2-9]0)['’]?s$")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)$")
_RANGE = re.compile(r"(\d[\d,.]*)[-–‐‑](\d[\d,.]*)$")
_DOTTED = re.compile(r"[A-Za-z](?:\.[A-Za-z])+$")
_ROMAN = re.compile(r"(?=[IVX]{1,6}$)(X{0,3})(IX|IV|V?I{0,3})$")


def respell_english(word: str, before: str = "", after: str = "", gap: str = "") -> str:
    """Return how ``word`` is read; empty where nothing of it can be spoken in English.

    Args:
        word: one word of the text, as `raypipe.speech.words.find_words` cuts it.
        before: the word before it, or empty.
        after: the word after it, or empty.
        gap: the characters between ``word`` and ``after``.
    """
    word = _plain(word)
    if word in _SYMBOLS:
        return _SYMBOLS[word]
    if any(char.isdigit() for char in word):
        return _respell_number(word, after)
    if word.lower() in _SCALES and before[:1] in _CURRENCIES:
        return f"{word} {_CURRENCIES[before[0]][0]}s"  # $5 million: the unit comes last
    if not any(_is_latin(char) for char in word):
        return ""
    lower = word.lower()
    if lower in _SOUNDS:
        return _SOUNDS[lower]
    return (
        _respell_abbreviation(word, before, after, gap)
        or _respell_roman(word, before)
        or _respell_letters(word, before, after)
    )


def ends_sentence(word: str, gap: str, after: str) -> bool:
    """Whether the full stop in ``gap``, after ``word``, ends a sentence of English."""
    if not after or not gap.startswith("."):
        return True
    word = _plain(word)
    lower = word.lower()
    named = after[:1].isupper()
    goes_on = (
        after[:1].islower(),
        lower in _TITLES and (named or lower not in _TITLES_OF_PLACE),
        lower in _NEED_NUMBER and after[:1].isdigit(),
        lower in ("e.g", "i.e", "vs"),
        named and len(word) == 1 and word.isupper() and word != "I",  # J. Smith
        named and word.isupper() and _DOTTED.match(word) is not None,  # U.S. Army
    )
    return not any(goes_on)


def _plain(word: str) -> str:
    """Drop soft hyphens, zero-width and direction marks; unify apostrophes, hyphens and widths."""
    word = "".join(char for char in word if unicodedata.category(char) != "Cf")
    word = unicodedata.normalize("NFKC", word)
    return word.replace("’", "'").replace("ʼ", "'").replace("‐", "-").replace("‑", "-")


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN")


def _respell_number(word: str, after: str) -> str:
    if match := _MONEY.match(word):
        return _respell_money(*match.groups(default=""), after=after)
    if match := _DECADE.match(word):
        return f"{match[1] or ''} {_TENS[match[2]]}".strip()
    if match := _YEAR.match(word):
        return _respell_year(match[1], match[2])
    if match := _CLOCK.match(word):
        return _respell_clock(match[1], match[2], after)
    if match := _RANGE.match(word):
        return f"{_respell_number(match[1], '')} to {_respell_number(match[2], '')}"
    return word.replace("/", " over ") if re.fullmatch(r"\d+/\d+", word) else word.replace("_", " ")


def _respell_money(sign: str, whole: str, cents: str, fraction: str, *, after: str) -> str:
    unit, small = _CURRENCIES[sign]
    if after.lower() in _SCALES:
        return f"{whole}{fraction or (cents and '.' + cents)}"
    units = unit if (whole == "1" and not fraction) or unit == "yen" else f"{unit}s"
    if not cents or cents == "00":
        return f"{whole}{fraction} {units}"
    if not small:
        return f"{whole}.{cents} {units}"
    smalls = "pence" if small == "penny" else f"{small}s"
    return f"{whole} {units} and {int(cents)} {smalls if int(cents) != 1 else small}"


def _respell_year(century: str, rest: str) -> str:
    if century == "20" and rest < "10":
        return f"{century}{rest}"
    if rest == "00":
        return f"{century} hundred"
    return f"{century} {rest}" if rest >= "10" else f"{century} oh {rest[1]}"


def _respell_clock(hour: str, minute: str, after: str) -> str:
    hour = str(int(hour))
    if minute == "00":
        return hour if after.lower() in ("am", "pm", "a.m", "p.m") else f"{hour} o'clock"
    return f"{hour} {minute}" if minute >= "10" else f"{hour} oh {minute[1]}"


def _respell_abbreviation(word: str, before: str, after: str, gap: str) -> str:
    lower = word.lower()
    dotted = gap.startswith(".")
    if lower in _TITLES and after[:1].isupper() and (word[0].isupper() or dotted):
        if lower in _WORDS_TOO and not dotted:
            return ""
        return _TITLES[lower]
    if lower == "st" and dotted and before[:1].isupper():
        return "street"
    if lower in _NEED_STOP and not dotted:
        return ""
    if lower in _NEED_NUMBER and not after[:1].isdigit():
        return ""
    return _ABBREVIATIONS.get(lower, "")


def _respell_roman(word: str, before: str) -> str:
    match = _ROMAN.match(word)
    if not match:
        return ""
    ones = {
        "": 0,
        "I": 1,
        "II": 2,
        "III": 3,
        "IV": 4,
        "V": 5,
        "VI": 6,
        "VII": 7,
        "VIII": 8,
        "IX": 9,
    }
    value = 10 * len(match[1]) + ones[match[2]]
    if before.lower() in _NUMBERED:
        return str(value)
    if len(word) > 1 and before[:1].isupper() and before[1:].islower() and value <= len(_ORDINALS):
        return f"the {_ORDINALS[value - 1]}"  # Henry VIII
    return ""


def _respell_letters(word: str, before: str, after: str) -> str:
    if _DOTTED.match(word):
        return word.replace(".", " ").replace("A ", "ay ").upper().replace("AY ", "ay ")
    if _is_shouted(word) and (_is_shouted(before) or _is_shouted(after)):
        return word.lower()  # one capital word may be a name of letters; several are a shout
    return word.replace("/", " ").replace("_", " ").replace("@", " at ").replace("·", "")


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isalpha() and word.isupper()
