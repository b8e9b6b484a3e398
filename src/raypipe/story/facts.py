"""What each sentence says that a picture can show: nouns with their adjectives, hours, moods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raypipe.story.lexicon.concepts import Concept, load_concepts
from raypipe.story.lexicon.vocabulary import Hit, Token, Vocabulary
from raypipe.story.sentences import Unit, find_quotations
from raypipe.story.words import word_set

_MAX_ADJECTIVES = 2
_MAX_PHRASE_TOKENS = 4
_MAX_NOUNS = 40  # of one sentence; a picture shows fewer

ARTICLES: Final = word_set(
    """
    a an the this that these those his her its their my your our some every each one two
    three four five six seven eight nine ten eleven twelve twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand many several no another any
    """
)
PREPOSITIONS: Final = word_set(
    """
    in on at to from into onto of off with by for through across over under along
    between behind beside beyond near above below beneath around inside outside among
    toward towards against upon up down past without within throughout like as during until
    """
)
_NEGATIONS: Final = word_set(
    """
    no not without never neither nor wasn't isn't nie nicht nunca jamás jamais mai não non не
    никогда sin sans ohne kein keine keinen senza
    sem без لا بدون بلا
    """
)
_NEGATION_REACH_TOKENS = 3
_SIMILES: Final = word_set("like as como comme wie come ك كما словно как")
_ADJECTIVES_FOLLOW: Final = frozenset({"es", "fr", "it", "pt", "ar"})


@dataclass(frozen=True, slots=True)
class Noun:
    """A visible thing named in a sentence.

    ``phrase`` is English: the noun with its adjectives ("glowing crystal"). ``quoted`` says that
    it is only spoken of, ``absent`` that it is denied or compared with, ``modifies`` that it
    belongs to the noun after it ("mountain" in "mountain village"), ``owns`` that it is a
    possessive ("the doctor's door").
    """

    concept: Concept
    hit: Hit
    phrase: str
    plural: bool
    quoted: bool
    absent: bool
    modifies: bool = False
    owns: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """One sentence, read. ``text`` is the story's own, in ``language``; all values are English."""

    unit: Unit
    text: str
    tokens: tuple[Token, ...]
    hits: tuple[Hit, ...]
    nouns: tuple[Noun, ...]
    quotations: tuple[tuple[int, int], ...]
    language: str

    def values(self, section: str, *, quoted: bool = True) -> tuple[str, ...]:
        """Return the values of all hits in ``section``, in order."""
        return tuple(
            value
            for hit in self.hits
            if (value := hit.value(section)) is not None
            and (quoted or not is_inside(hit.start, self.quotations))
        )

    @property
    def is_dialogue(self) -> bool:
        """Whether at least a third of the sentence is quoted."""
        return sum(end - start for start, end in self.quotations) * 3 >= len(self.text)


def is_inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether ``position`` lies in one of ``spans``."""
    return any(start <= position < end for start, end in spans)


def read_facts(unit: Unit, vocabulary: Vocabulary) -> Facts:
    """Return what ``unit`` says, by the words that ``vocabulary`` knows."""
    tokens, hits = vocabulary.find(unit.text)
    quotations = find_quotations(unit.text)
    if vocabulary.language == "en":
        hits = tuple(hit for hit in hits if not _is_verb_here(hit, tokens, vocabulary))
        hits = tuple(hit for hit in hits if not _names_the_thing_before(hit, hits, unit.text))
    concepts = load_concepts()
    nouns: list[Noun] = []
    for hit in hits:
        name = hit.value("concept")
        if len(nouns) >= _MAX_NOUNS:
            break
        if name is None or (hit.value("quality") and _qualifies(hit, hits)):
            continue
        concept = concepts[name]
        if vocabulary.language == "en":
            phrase = english_phrase(unit.text, tokens, hit)
        else:
            phrase = _foreign_phrase(concept, hit, hits, tokens, vocabulary.language)
        before = tokens[hit.first - 1].form if hit.first and len(tokens) > hit.first else ""
        nouns.append(
            Noun(
                concept=concept,
                hit=hit,
                phrase=phrase,
                plural=hit.plural,
                quoted=is_inside(hit.start, quotations),
                absent=_is_absent(tokens, hit, before),
                modifies=vocabulary.language == "en" and _modifies(hit, hits),
                owns=unit.text[hit.start : hit.end].endswith(("'s", "’s")),
            )
        )
    return Facts(unit, unit.text, tokens, hits, tuple(nouns), quotations, vocabulary.language)


def _qualifies(hit: Hit, hits: tuple[Hit, ...]) -> bool:
    """Say whether a word that is noun and adjective ("vieille") stands at another noun."""
    return any(
        other is not hit and other.value("concept") and -1 <= other.start - hit.end <= 1
        for other in hits
    )


def _modifies(hit: Hit, hits: tuple[Hit, ...]) -> bool:
    return any(other.first == hit.last and other.value("concept") for other in hits)


def _names_the_thing_before(hit: Hit, hits: tuple[Hit, ...], text: str) -> bool:
    """Say whether an English word is what a thing is called: "the spaceship Aurora"."""
    if not text[hit.start].isupper() or hit.value("concept") is None:
        return False
    return any(
        other.last == hit.first and other.value("concept") and text[other.start].islower()
        for other in hits
    )


def _is_absent(tokens: tuple[Token, ...], hit: Hit, before: str) -> bool:
    reach = tokens[max(hit.first - _NEGATION_REACH_TOKENS, 0) : hit.first]
    if before in _NEGATIONS or any(token.form in _NEGATIONS - {"no"} for token in reach):
        return True
    window = [token.form for token in tokens[max(hit.first - 2, 0) : hit.first]]
    return bool(window) and window[0] in _SIMILES and window[-1] in {"a", "an", "un", "una", "ein"}


def _is_verb_here(hit: Hit, tokens: tuple[Token, ...], vocabulary: Vocabulary) -> bool:
    """Say whether an English word that may be a noun is none here ("they light a fire")."""
    if hit.last - hit.first != 1 or hit.value("concept") is None:
        return False
    form = tokens[hit.first].form
    ambiguous = vocabulary.lists.get("ambiguous", ())
    if form not in ambiguous and form.removesuffix("s") not in ambiguous:
        return False
    if hit.first == 0:
        return form not in _MASS
    # A determiner must come before it, with nothing but adjectives between.
    for back in range(1, _MAX_PHRASE_TOKENS):
        index = hit.first - back
        decided = _decides(tokens[index].form, back, vocabulary) if index >= 0 else True
        if decided is not None:
            return decided
    return True


def _decides(word: str, back: int, vocabulary: Vocabulary) -> bool | None:
    """Return whether ``word``, ``back`` tokens before, makes a verb of it; None if it goes on."""
    if word in ARTICLES or word == "of" or word.endswith("'s"):
        return False
    if word in PREPOSITIONS:
        return word == "to" or (back == 1 and word in {"up", "down", "off"})
    if word in PLAIN_ADJECTIVES | _VAGUE:
        return None
    is_adjective = any(section == "quality" for section, _ in vocabulary.lookup(word))
    if word in _NO_ADJECTIVES or not (is_adjective or word.endswith(("ed", "ing", "y", "en"))):
        return True
    return None


def english_phrase(text: str, tokens: tuple[Token, ...], hit: Hit) -> str:
    """Return the noun at ``hit`` with the adjectives before it, without its article."""
    head = [text[token.start : token.end] for token in tokens[hit.first : hit.last]]
    words: list[str] = []
    for back in range(1, _MAX_PHRASE_TOKENS + 1):
        index = hit.first - back
        if index < 0:
            break
        word = tokens[index].form
        if word in ARTICLES or word.endswith("'s"):
            words = [word for word in words if word.lower() not in _VAGUE]
            return _name_of(words, head)
        if not word[0].isalpha() or word in PREPOSITIONS or word in _NO_ADJECTIVES:
            break
        words.insert(0, text[tokens[index].start : tokens[index].end])
    # No article: only what must be adjectives is kept.
    kept: list[str] = []
    for word in reversed(words):
        if not word.endswith(("ed", "ing", "en", "ous", "ful", "less", "al", "ic", "ish")) and (
            word.lower() not in PLAIN_ADJECTIVES
        ):
            break
        kept.insert(0, word)
    return _name_of(kept, head)


def _name_of(adjectives: list[str], head: list[str]) -> str:
    return " ".join([*adjectives, *head]).lower().removesuffix("'s").removesuffix("’s")


_MASS: Final = word_set("snow rain wind fog fire water ice sand salt dust smoke storm space wood")
_VAGUE: Final = word_set("last first next same other own single only very whole few such certain")
_NO_ADJECTIVES: Final = word_set(
    """
    and or but he she it they we you i who which that was were is are had has have been
    not then when while so very too all out away back there here
    """
)
PLAIN_ADJECTIVES: Final = word_set(
    """
    old young big large small little tiny tall high low deep dark bright red blue green
    white black grey gray brown yellow golden silver long short wide narrow cold warm
    hot wet dry new wild soft hard thick thin heavy empty full huge great wise strong
    poor rich cruel rough steep sharp round flat quiet loud busy dusty rusty stormy
    snowy sandy muddy rocky windy foggy sunny starry stone iron wooden
    """
)


def _foreign_phrase(
    concept: Concept, hit: Hit, hits: tuple[Hit, ...], tokens: tuple[Token, ...], language: str
) -> str:
    adjectives: list[str] = []
    for other in hits:
        quality = other.value("quality")
        if quality is None:
            continue
        gap_before = hit.start - other.end
        gap_after = other.start - hit.end
        follows = language in _ADJECTIVES_FOLLOW and 0 <= gap_after <= _gap(language)
        leads = 0 <= gap_before <= _gap(language)
        if (leads or follows) and quality not in adjectives:
            adjectives.append(quality)
    name = pluralise(concept.name) if hit.plural and tokens else concept.name
    return " ".join([*adjectives[:_MAX_ADJECTIVES], name])


def _gap(language: str) -> int:
    """Characters that may stand between an adjective and its noun."""
    return 1 if language not in {"ja", "zh", "es", "fr"} else 2


def pluralise(noun: str) -> str:
    """Return the plural of an English noun of the lexicon."""
    irregular = {
        "woman": "women", "man": "men", "child": "children", "wolf": "wolves", "mouse": "mice",
        "goose": "geese", "sheep": "sheep", "fish": "fish", "deer": "deer", "thief": "thieves",
        "ox": "oxen", "knife": "knives", "leaf": "leaves", "stairs": "stairs", "person": "people",
        "foot": "feet", "tooth": "teeth", "wife": "wives", "elf": "elves", "dwarf": "dwarves",
    }  # fmt: skip
    if noun in irregular:
        return irregular[noun]
    if noun.endswith(("man", "woman")):
        return noun[:-2] + "en"
    if noun.endswith(("s", "x", "ch", "sh", "z")):
        return noun if noun.endswith("s") and not noun.endswith("ss") else f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"
