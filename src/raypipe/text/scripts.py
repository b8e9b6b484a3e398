"""Scripts of characters, and which characters leave no mark: facts of the Unicode database."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from fontTools import unicodedata as ucd

# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt), as inclusive ranges;
# Python's unicodedata has no such property. The Hangul fillers are in it.
_DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)

STRONG_ENDS = "。！？.!?…؟۔।"  # noqa: RUF001 - the full-width and other scripts' forms are meant
"""Characters that end a sentence."""
WEAK_ENDS = ",;:、，；：،؛—–"  # noqa: RUF001 - as above
"""Characters at which a sentence pauses."""

_HYPHENATED = frozenset({"Latn", "Cyrl", "Grek", "Armn"})
"""Scripts whose broken words take a hyphen; others have none, or another sign."""

_CJK_SCRIPTS = frozenset({"Hani", "Hira", "Kana", "Bopo"})


@lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """ISO 15924 code of a character's script; ``Zyyy`` where it is common to many."""
    return str(ucd.script(character))


@lru_cache(maxsize=4096)
def is_invisible(character: str) -> bool:
    """Whether a character is drawn as nothing: controls, joiners, selectors, marks of direction."""
    code = ord(character)
    if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
        return True
    return any(low <= code <= high for low, high in _DEFAULT_IGNORABLE)


def is_cjk(character: str) -> bool:
    """Whether a character is written without spaces in a square of its own: Han, kana, bopomofo."""
    return script_of(character) in _CJK_SCRIPTS


def takes_hyphen(letter: str) -> bool:
    """Whether a word that is broken after this letter gets a hyphen."""
    return letter.isalpha() and script_of(letter) in _HYPHENATED


def primary_language(language: str) -> str:
    """The primary subtag of a BCP 47 tag, such as ``zh`` of ``zh_Hant-TW``; ``und`` if none is."""
    primary = language.replace("_", "-").split("-", maxsplit=1)[0].lower()
    return primary if primary.isascii() and primary.isalpha() else "und"


def scripts_in(text: str) -> frozenset[str]:
    """Scripts that occur in a text, without ``Zyyy`` (common) and ``Zinh`` (inherited)."""
    return frozenset(map(script_of, text)) - {"Zyyy", "Zinh", "Zzzz"}


def clean(text: str) -> str:
    r"""The text as it can be drawn: NFC, without controls, soft hyphens and broken surrogates.

    Line breaks stay, as ``\n``; every other white space becomes what it is (a no-break space
    stays one).
    """
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = (
        " " if character in "\t\v\f" else character
        for character in unicodedata.normalize("NFC", text)
        if character in "\n\t\v\f"
        or (unicodedata.category(character) != "Cc" and character != "\u00ad")
    )
    return "".join(kept)
