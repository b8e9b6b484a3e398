"""Words that lean on the next one, where no phrase should end, and words that begin a new one."""

from __future__ import annotations

from functools import cache

from raypipe.text.scripts import primary_language

OPENING_MARKS = "\"'«“‘¿¡(「『【"  # noqa: RUF001 - quotation marks of many scripts
CLOSING_MARKS = "\"'»”’)」』】）]"  # noqa: RUF001 - as above

# Words that lean on what follows: a phrase that ends in one reads as if it were cut off.
_LEANING = {
    "en": (
        "a an the and or but nor of to in on at by for from with as than that who which if "
        "when while because my your his her its our their this these is are was were be "
        "into not no very"
    ),
    "es": (
        "un una unos unas el la los las lo y e o u pero ni de del a al en con por para sin "
        "sobre que quien si cuando como mi tu su sus mis es era fue muy no se le les me te"
    ),
    "fr": (
        "un une des le la les et ou mais ni de du d à au aux en dans sur avec par pour sans "
        "que qui si quand comme mon ma mes ton ta son sa ses ce cette est était très ne se"
    ),
    "de": (
        "ein eine einen einem einer der die das den dem des und oder aber in im an am auf "
        "aus bei mit nach von vom zu zum zur für ohne dass wenn als weil mein dein sein ihr "
        "ist war sehr"
    ),
    "it": (
        "un uno una il lo la i gli le e o ma né di del della a al alla in nel con per senza "
        "su che chi se quando come mio suo è era molto non si"
    ),
    "pt": (
        "um uma o a os as e ou mas nem de do da em no na com por para sem sobre que quem se "
        "quando como meu seu sua é era muito não"
    ),
}
# Conjunctions, relatives and prepositions: a phrase that begins with one reads as a whole. "Or"
# is none of them, for it mostly joins two words: "three or four".
_OPENING = {
    "en": (
        "and but while when whenever because although until before after where who which "
        "that if as than like in on at by for from with without into onto over under between "
        "behind beside through across along against around about during toward towards"
    ),
    "es": (
        "y e pero mientras cuando porque aunque hasta antes después donde quien que si como "
        "en con por para sin sobre bajo entre desde hacia contra durante tras ante"
    ),
    "fr": (
        "et mais tandis lorsque quand parce quoique jusque avant après où qui que si comme "
        "dans sur sous avec sans par pour entre vers contre pendant derrière devant chez"
    ),
    "de": (
        "und aber doch sondern während wenn weil obwohl bis bevor nachdem wo dass als wie "
        "in im an am auf bei mit nach von vom zu zum zur für ohne über unter zwischen hinter "
        "neben durch gegen um vor"
    ),
    "it": (
        "e ma mentre quando perché finché prima dopo dove chi che se come in nel nella su sul "
        "sotto con senza per tra fra verso contro durante dietro davanti"
    ),
    "pt": (
        "e mas enquanto quando porque embora até antes depois onde quem que se como em no na "
        "sobre sob com sem por para entre contra durante atrás"
    ),
}
ABBREVIATIONS = frozenset(
    (
        *("dr", "mr", "mrs", "ms", "st", "prof", "sr", "sra", "srta", "dra", "d", "m", "mme"),
        *("mlle", "hr", "fr", "frl", "dott", "sig", "no", "nr", "vs"),
    )
)
"""Written with a full stop that ends no sentence, and leaning on the name after them."""


@cache
def leaning_words(language: str) -> frozenset[str]:
    """The words of a language that lean on what follows, in lower case; none where unknown."""
    return frozenset(_LEANING.get(primary_language(language), "").split())


@cache
def opening_words(language: str) -> frozenset[str]:
    """The words of a language that begin a phrase, in lower case; none where unknown."""
    return frozenset(_OPENING.get(primary_language(language), "").split())


def leans(text: str, language: str) -> bool:
    """Whether a text that goes on ends in a word that belongs to what follows."""
    last = text.rstrip().rsplit(maxsplit=1)[-1:]
    if not last:
        return False
    word = last[0].strip(OPENING_MARKS + CLOSING_MARKS).lower()
    if word.endswith("."):
        return word.rstrip(".") in ABBREVIATIONS
    return word in leaning_words(language)
