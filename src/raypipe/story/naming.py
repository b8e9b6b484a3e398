"""Names for files and ids, made of titles."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MAX_SLUG_CHARS = 60
_NOT_SAFE = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u0060\u00b4]")
# Letters that have no decomposition but a customary spelling in ASCII.
_SPELLED = str.maketrans(
    {
        "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o",
        "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ł": "l", "Ł": "l", "þ": "th", "Þ": "th",
        "ı": "i", "&": " and ",
    }
)  # fmt: skip


def slug(title: str) -> str:
    """Return a name for files made of ``title``: a-z, 0-9 and hyphens, 1 to 60 characters.

    Accents are folded (``"Niño"`` -> ``"nino"``). A title in a script that does not fold gives
    ``"story"``; the story's id, which stands beside it in every path, tells such stories apart.
    """
    text = _APOSTROPHES.sub("", title).translate(_SPELLED)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = [word for word in _NOT_SAFE.split(text.lower()) if word]
    while len(words) > 1 and len("-".join(words)) > MAX_SLUG_CHARS:
        words.pop()
    return "-".join(words)[:MAX_SLUG_CHARS].strip("-") or "story"


def identify(name: str) -> str:
    """Return a story id made of a file's ``name``, the same for the same name.

    Where letters were lost in folding, eight hex digits of the name's hash keep ids apart.
    """
    base = slug(name)
    if base != "story" and _keeps_letters(name):
        return base
    return f"{base[:51]}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _keeps_letters(name: str) -> bool:
    folded = unicodedata.normalize("NFKD", name.translate(_SPELLED))
    return (
        all(char.isascii() or not char.isalnum() for char in folded) and len(name) <= MAX_SLUG_CHARS
    )
