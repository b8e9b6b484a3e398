"""Names of visible things in the languages that the package ``emoji`` speaks.

The names come from Unicode CLDR. An emoji of a face or head stands for the whole animal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from raypipe.story.lexicon.concepts import load_concepts

_HEADS: Final = {
    "es": r"^cara de | de frente$",
    "fr": r"^tête de |^face de ",
    "de": r"gesicht$|kopf$",
    "it": r"^muso di |^faccia di |^testa di ",
    "pt": r"^rosto de |^cara de ",
    "ja": r"の顔$|の頭$",
    "zh": r"头$|脸$",
    "ko": r" 얼굴$| 머리$",
    "ru": r"^морда |^голова ",
    "ar": r"^وجه |^راس |^رأس ",
    "fa": r"^صورت ",
    "tr": r" yüzü$",
    "id": r"^wajah ",
}
_MAX_WORDS = 3
_MIN_WIDE_CHARS = 2


def load_emoji_names(language: str) -> Iterator[tuple[str, str]]:
    """Yield (name in ``language``, English noun) for each concept that an emoji shows."""
    import emoji  # 60 ms, and only planning needs it

    if language == "en" or language not in emoji.LANGUAGES:
        return
    emoji.config.load_language(language)
    by_name: dict[str, Any] = {}
    for facts in emoji.EMOJI_DATA.values():
        name = facts["en"].strip(":")
        by_name.setdefault(name, facts)
        by_name.setdefault(name.removesuffix("_face"), facts)
    head = re.compile(_HEADS.get(language, r"$^"))
    for concept in load_concepts().values():
        found = by_name.get(concept.emoji) if concept.emoji else None
        name = (found or {}).get(language, "").strip(":").replace("_", " ")
        name = head.sub("", name).strip()
        wide = language in {"ja", "zh"}
        if not name or (wide and len(name) < _MIN_WIDE_CHARS) or name.count(" ") >= _MAX_WORDS:
            continue
        yield name, concept.name
