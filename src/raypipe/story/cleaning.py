"""What a story's characters are made to be before anything else looks at them.

Text is NFC (Unicode Standard Annex 15). Invisible characters are removed unless they do something:
joiners inside emoji sequences and beside letters of scripts that join, variation selectors after
a symbol, the tags of subdivision flags. Directional marks and overrides are removed, for the
bidirectional algorithm needs none here and an override can make a text look like another one.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
_SPACES = re.compile("[ \t\u1680\u2000-\u200a\u205f]+")
_AROUND_LINE_ENDS = re.compile(r" *\n *")
_BLANK_LINES = re.compile(r"\n{3,}")
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_MAX_MARKS = 8  # combining marks on one letter; no script needs more, "Zalgo" text has hundreds

_FORBIDDEN_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def find_forbidden(text: str) -> tuple[int, str] | None:
    """Return (index, name) of the first character that no written text has, or None.

    These are the C0 controls other than tab and line ends, DEL, and lone surrogates.
    """
    found = _FORBIDDEN_CONTROL.search(text)
    if found:
        code = ord(found.group())
        names = {0: "a NUL character", 0x1B: "an escape character", 0x7F: "a delete character"}
        return found.start(), f"{names.get(code, 'a control character')} (U+{code:04X})"
    found = _LONE_SURROGATE.search(text)
    if found:
        return found.start(), f"half of a character (lone surrogate U+{ord(found.group()):04X})"
    return None


def clean_text(text: str) -> str:
    """Return ``text`` in NFC, with plain line ends and spaces and nothing invisible in it.

    Paragraphs stay apart by one blank line. Idempotent.
    """
    text = _LINE_ENDS.sub("\n", text.replace("\u2029", "\n\n"))
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _drop_invisible(text))
    text = _SPACES.sub(" ", text)
    text = _AROUND_LINE_ENDS.sub("\n", text)
    return _BLANK_LINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    """Return ``text`` cleaned, on one line."""
    return " ".join(clean_text(text).split())


def has_words(text: str) -> bool:
    """Say whether anything can be told: a letter, a digit or a symbol such as an emoji."""
    return any(unicodedata.category(char)[0] in "LN" or is_pictograph(char) for char in text)


def is_pictograph(char: str) -> bool:
    """Say whether ``char`` is an emoji or a like symbol."""
    return unicodedata.category(char) == "So"


def _drop_invisible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for index, char in enumerate(text):
        category = unicodedata.category(char)
        if category in {"Mn", "Me"} and not "\ufe00" <= char <= "\ufe0f":
            marks += 1
            if marks > _MAX_MARKS:
                continue
        else:
            marks = 0
        if category in {"Cf", "Cc", "Cn"} or "\ufe00" <= char <= "\ufe0f":
            following = text[index + 1] if index + 1 < len(text) else ""
            if not _does_something(char, kept, following):
                continue
        kept.append(char)
    return "".join(kept)


def _does_something(char: str, before: list[str], following: str) -> bool:
    # Number signs and verse ends of Arabic and Syriac are format characters that are seen.
    if char in "\n\t\u06dd\u070f\u08e2" or "\u0600" <= char <= "\u0605":
        return True
    last = before[-1] if before else ""
    if not last:
        return False
    if char in "\ufe0e\ufe0f":
        return is_pictograph(last) or last in "#*0123456789" or unicodedata.category(last) == "Sm"
    if char == _JOINER:
        joins_pictures = (is_pictograph(last) or last == "\ufe0f" or _is_skin_tone(last)) and (
            bool(following) and is_pictograph(following)
        )
        return joins_pictures or _is_joining(last)
    if char == _NON_JOINER:
        return _is_joining(last)
    # Tags spell the flags of England, Scotland and Wales.
    return "\U000e0020" <= char <= "\U000e007f" and (
        last == "\U0001f3f4" or "\U000e0020" <= last <= "\U000e007f"
    )


def _is_skin_tone(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_joining(char: str) -> bool:
    """Say whether a joiner after ``char`` changes its shape: Arabic, Syriac, Indic, Mongolian."""
    return (
        "\u0620" <= char <= "\u08ff"
        or "\u0900" <= char <= "\u0dff"
        or "\u1000" <= char <= "\u109f"
        or "\u1780" <= char <= "\u18af"
        or "\ufb50" <= char <= "\ufefc"
    )
