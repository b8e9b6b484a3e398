"""Which language a text is in, by the probabilities of py3langid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

_SAMPLE_CHARS = 8_000

# Of the 139 languages that py3langid knows, those that stories are published in: each that is asked
# for beside them makes a short text harder to tell.
_USUAL: Final = (
    "en es fr de it pt nl sv da no pl cs tr id vi ro hu fi ja zh ko ar fa ur ru uk be bg sr hi bn "
    "pa gu ta te kn ml th ka am km my el he hy"
)
_RARE: Final = "sk sl hr et lv lt is ca eu gl ga cy sq mt af ms tl sw az kk uz mk mn ne si lo mr eo"

_PRIORS: Final = {
    **dict.fromkeys(_USUAL.split(), 0.4 / _USUAL.count(" ")),
    **dict.fromkeys(_RARE.split(), 0.1 / (_RARE.count(" ") + 1)),
    "en": 0.5,
}
"""How probable each language is before a word is read."""
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Detected:
    """What a text tells of its language.

    ``tag`` is the primary subtag (ISO 639) of the language that it is taken for; ``is_sure`` tells
    whether that is nine times as probable as all others together.
    """

    tag: str
    is_sure: bool


def detect_language(text: str) -> Detected:
    """Return which language ``text`` is in; where nothing speaks for any, English, unsure."""
    likelihoods: dict[str, float] = dict(_identifier().rank(text[:_SAMPLE_CHARS]))
    weights = {tag: prior * likelihoods[tag] for tag, prior in _PRIORS.items()}
    best = max(weights, key=lambda tag: weights[tag])
    return Detected(best, is_sure=weights[best] >= _SURE * sum(weights.values()))


@cache
def _identifier() -> Any:
    """Return the model, 4 MB, which takes 0.4 s to load."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_PRIORS))
    return identifier


def primary(tag: str) -> str:
    """Return the primary subtag of a language tag: ``"pt"`` of ``"pt-BR"``."""
    return tag.split("-", 1)[0].lower()
