"""Which language a text is in: by script, and within the Latin script by its small words."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_SCRIPTS: Final = (
    ("kana", "\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d"),
    ("hangul", "\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f"),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff"),
    ("arabic", "\u0620-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc"),
    ("cyrillic", "\u0400-\u052f"),
    ("hi", "\u0904-\u0939\u0958-\u0961"),
    ("bn", "\u0985-\u09b9"),
    ("pa", "\u0a05-\u0a39"),
    ("gu", "\u0a85-\u0ab9"),
    ("ta", "\u0b85-\u0bb9"),
    ("te", "\u0c05-\u0c39"),
    ("kn", "\u0c85-\u0cb9"),
    ("ml", "\u0d05-\u0d39"),
    ("th", "\u0e01-\u0e2e"),
    ("ka", "\u10a0-\u10ff"),
    ("am", "\u1200-\u135a"),
    ("km", "\u1780-\u17b3"),
    ("my", "\u1000-\u102a"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("he", "\u05d0-\u05ea"),
    ("hy", "\u0531-\u0586"),
    ("latin", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
)
_SCRIPT_PATTERNS: Final = tuple((name, re.compile(f"[{chars}]")) for name, chars in _SCRIPTS)
_SAMPLE_CHARS = 8_000

# Small words that are frequent in one language and rare in the others; then telling letters.
_LATIN: Final[dict[str, tuple[str, str]]] = {
    "en": ("the and of to was in that his her he she it with had for not on as at but they", ""),
    "es": ("el la los las un una de que y en se no con por su para lo del era pero al más", "ñ¿¡"),
    "fr": ("le la les un une de et que qui dans il elle ne pas sur avec des du était au", "œçêèù"),
    "de": ("der die das und ist ein eine nicht mit dem den von zu auf er sie es war im", "ßäü"),
    "it": ("il lo la gli le un una di che e non si per con del della nel era più è al", "òìù"),
    "pt": ("o a os as um uma de que e não em com do da por para se na no ele ela era mais", "ãõç"),
    "nl": ("de het een en van in dat is niet met op zijn haar hij zij ze was te voor", ""),
    "sv": ("och att det en ett som är var inte på han hon med för av den till", "åö"),
    "da": ("og at det en et som er var ikke på han hun med for af den til der", "øæå"),
    "pl": ("i w nie na się z do to że jest był była jak ale po od za", "łąęśżźć"),
    "cs": ("a v se na je že s z do to byl byla ale jako po by", "ěřůžš"),
    "tr": ("ve bir bu da de için ile çok ama gibi o ne kadar sonra vardı", "ığş"),
    "id": ("yang dan di itu dengan tidak ini dari untuk ke pada dia ada adalah seorang", ""),
    "vi": ("và của là một không người có được cho trong với những đã", "ơưđạảấầ"),
    "ro": ("și în de la cu pe nu un o care este era mai din lui", "șțăâî"),
    "hu": ("a az és hogy nem egy volt is meg de csak mint ez", "őű"),
    "fi": ("ja on ei se että hän oli kun mutta niin joka olla", "äö"),
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")


def detect_language(text: str) -> str:
    """Return the primary language subtag (ISO 639) that ``text`` is most likely in.

    The script decides where it can (kana: ja, Hangul: ko, Han alone: zh, ...). For Latin, small
    words and telling letters are counted; ``"en"`` where nothing speaks for anything.
    """
    sample = text[:_SAMPLE_CHARS]
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPT_PATTERNS}
    if counts["kana"] and counts["kana"] + counts["han"] > counts["latin"] // 2:
        return "ja" if counts["kana"] * 20 >= counts["han"] else "zh"
    script = max(counts, key=lambda name: counts[name] * (3 if name == "han" else 1))
    if not counts[script] or script == "latin":
        return _detect_latin(sample)
    if script == "arabic":
        return _detect_arabic(sample)
    if script == "cyrillic":
        return _detect_cyrillic(sample)
    return {"han": "zh", "kana": "ja", "hangul": "ko"}.get(script, script)


def primary(tag: str) -> str:
    """Return the primary subtag of a language tag: ``"pt"`` of ``"pt-BR"``."""
    return tag.split("-", 1)[0].lower()


def _detect_latin(sample: str) -> str:
    lowered = sample.lower()
    words = Counter(_WORD.findall(lowered))
    total = sum(words.values()) or 1
    scores = {}
    for language, (small_words, letters) in _LATIN.items():
        found = sum(words[word] for word in small_words.split()) / total
        telling = sum(lowered.count(letter) for letter in letters) / total
        scores[language] = found + min(telling, 0.3)
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] > scores["en"] else "en"


def _detect_arabic(sample: str) -> str:
    if re.search("[\u0679\u0688\u0691\u06ba\u06d2\u06be]", sample):
        return "ur"
    return "fa" if len(re.findall("[پچژگی]", sample)) * 60 > len(sample) else "ar"


def _detect_cyrillic(sample: str) -> str:
    lowered = sample.lower()
    if re.search("[іїєґ]", lowered):
        return "uk" if not re.search("[ыэъўё]", lowered) else "be"
    if "ъ" in lowered and not re.search("[ыэ]", lowered):
        return "bg"
    return "sr" if re.search("[ђјљњћџ]", lowered) else "ru"
