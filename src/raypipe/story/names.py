"""Proper names in a text: by capitals where a script has them, else by lists and patterns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raypipe.story.english import find_verb
from raypipe.story.facts import Facts
from raypipe.story.lexicon.concepts import load_concepts
from raypipe.story.lexicon.vocabulary import Token, Vocabulary
from raypipe.story.words import word_set

_UNCASED: Final = frozenset({"ja", "zh", "ko", "ar", "fa", "ur", "hi", "th", "he"})
_LOCATIVE: Final = word_set(
    """
    in at to from near toward towards across into of en a de hacia desde por à dans vers
    nach aus bei von nel nella da verso em no na para в на из к от до des du del della dello
    do dos das vom zum zur
    """
)
_ARTICLES: Final = word_set(
    """
    the a an el la los las un una le les l' der die das den dem ein eine einen il lo gli
    i o os as um uma
    """
)
_MAX_NAME_TOKENS = 4
_RECURS = 2
_MIN_NAME_CHARS, _MAX_INITIALS = 2, 3


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A name at ``text[start:end]`` of sentence ``sentence``.

    ``kind`` is what the name or its title tells ("woman", "man", "girl", "boy" or ""), ``title``
    the title as written ("Dr."), and ``place`` says that it is where, not who.
    """

    sentence: int
    start: int
    end: int
    name: str
    kind: str = ""
    title: str = ""
    place: bool = False


def find_names(
    facts: Sequence[Facts], vocabulary: Vocabulary, *, title: str, known: Sequence[str] = ()
) -> tuple[NameSpan, ...]:
    """Return the names in the sentences, in order.

    Args:
        facts: the sentences.
        vocabulary: of the story's language.
        title: the story's title, whose words are often its hero's name.
        known: names that the author gave; always found.
    """
    spans = _find_listed(facts, known, kind="")
    if vocabulary.language in _UNCASED:
        spans += _find_uncased(facts, vocabulary, title)
    else:
        spans += _find_cased(facts, vocabulary)
    spans.sort(key=lambda span: (span.sentence, span.start, span.start - span.end))
    kept: list[NameSpan] = []
    for span in spans:
        overlaps = kept and kept[-1].sentence == span.sentence and kept[-1].end > span.start
        if not overlaps:
            kept.append(span)
    worlds = _worlds(facts)
    return tuple(span for span in kept if span.name not in worlds)


def _worlds(facts: Sequence[Facts]) -> frozenset[str]:
    """Return the words that name planets, not gods: where a story speaks of space besides."""
    nouns = [noun for sentence in facts for noun in sentence.nouns]
    if not any(noun.concept.name in _IN_SPACE for noun in nouns):
        return frozenset()
    return frozenset(
        word
        for sentence in facts
        for noun in sentence.nouns
        if noun.concept.name in _PLANETS
        for word in re.findall(r"\w+", sentence.text[noun.hit.start : noun.hit.end])
    )


_PLANETS: Final = frozenset({"saturn", "jupiter", "mars", "neptune", "earth"})
_IN_SPACE: Final = frozenset(
    {"spaceship", "rocket", "planet", "astronaut", "spacesuit", "galaxy", "comet", "telescope",
     "orbit", "space station", "asteroid", "satellite", "alien"}
)  # fmt: skip


def _find_listed(facts: Sequence[Facts], names: Sequence[str], *, kind: str) -> list[NameSpan]:
    spans = []
    for name in names:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?:'s|’s)?(?!\w)", re.IGNORECASE)
        if not name[:1].isascii():
            pattern = re.compile(re.escape(name))
        for index, sentence in enumerate(facts):
            for match in pattern.finditer(sentence.text):
                end = match.start() + len(name)
                spans.append(NameSpan(index, match.start(), end, name, kind))
    return spans


# Scripts with capitals ---------------------------------------------------------------------------


def _find_cased(facts: Sequence[Facts], vocabulary: Vocabulary) -> list[NameSpan]:
    found = [
        span
        for index, sentence in enumerate(facts)
        for span in _scan_sentence(index, sentence, vocabulary)
    ]
    certain = {span.name for span, sure in found if sure}
    words = {word for name in certain for word in name.split()}
    counts = Counter(span.name for span, _ in found)
    kept = []
    if vocabulary.language == "de":
        # At the start of a sentence nothing but having met it tells a name from a noun.
        kinds = {span.name: span.kind for span, sure in found if sure}
        for name in sorted(certain):
            kept += _find_listed(facts, [name], kind=kinds[name])
    for span, sure in found:
        recurs = counts[span.name] >= _RECURS and vocabulary.language != "de"
        if sure or span.name in certain or set(span.name.split()) <= words or recurs:
            kept.append(span)
    return _tell_places(kept, facts, vocabulary)


def _scan_sentence(
    index: int, sentence: Facts, vocabulary: Vocabulary
) -> list[tuple[NameSpan, bool]]:
    found: list[tuple[NameSpan, bool]] = []
    tokens = sentence.tokens
    position = 0
    while position < len(tokens):
        first = position
        title, kind, position = _skip_title(sentence, position, vocabulary)
        begin = position
        while position < len(tokens) and position - begin < _MAX_NAME_TOKENS:
            if not _is_name_word(sentence, position, vocabulary, titled=bool(title)):
                break
            if (
                position > begin
                and not sentence.text[tokens[position - 1].end : tokens[position].start].isspace()
            ):
                break
            position += 1
        if position == begin:
            position = first + 1
            continue
        words = [_bare(sentence.text[t.start : t.end]) for t in tokens[begin:position]]
        end = tokens[position - 1].start + len(words[-1])
        listed = next((entry for word in words if (entry := _listed_kind(word, vocabulary))), "")
        sure = bool(title or listed) or _is_sure(sentence, begin, position, vocabulary)
        span = NameSpan(
            index, tokens[first].start, end, " ".join(words), listed or kind.strip("?"), title
        )
        found.append((span, sure))
    return found


def _skip_title(sentence: Facts, position: int, vocabulary: Vocabulary) -> tuple[str, str, int]:
    tokens = sentence.tokens
    word = sentence.text[tokens[position].start : tokens[position].end]
    kind = next((v for s, v in vocabulary.lookup(word) if s == "title"), "")
    if not kind or not word[0].isupper():
        return "", "", position
    after = position + 1
    if after < len(tokens) and tokens[after].form == ".":
        after += 1
    if after >= len(tokens) or not _is_name_word(sentence, after, vocabulary, titled=True):
        return "", "", position
    title = sentence.text[tokens[position].start : tokens[after - 1].end]
    return title, "" if kind == "person" else kind, after


def _is_name_word(sentence: Facts, position: int, vocabulary: Vocabulary, *, titled: bool) -> bool:
    token = sentence.tokens[position]
    word = _bare(sentence.text[token.start : token.end])
    if len(word) < _MIN_NAME_CHARS or not word[0].isupper() or word in _not_names(vocabulary):
        return False
    if titled or _listed_kind(word, vocabulary):
        return True
    known = [section for section, _ in vocabulary.lookup(word)]
    is_shouted = word.isupper() and len(word) > _MAX_INITIALS
    if is_shouted or any(section in _NO_NAMES for section in known):
        return False
    if vocabulary.language == "de":
        return _is_german_name(sentence, position, vocabulary)
    return not (vocabulary.language == "en" and find_verb(token.form) and known)


def _not_names(vocabulary: Vocabulary) -> frozenset[str]:
    key = (vocabulary.language, "not_name")
    if key not in _NAME_SETS:
        _NAME_SETS[key] = frozenset(vocabulary.lists.get("not_name", ()))
    return _NAME_SETS[key]


_NO_NAMES: Final = frozenset(
    {"concept", "pronoun", "turn", "say", "block", "season", "hour", "weather"}
)


def _is_german_name(sentence: Facts, position: int, vocabulary: Vocabulary) -> bool:
    """German nouns have capitals too; a name has no article and no adjective before it."""
    if position == 0:
        return False
    before = sentence.tokens[position - 1]
    word = sentence.text[before.start : before.end]
    if any(
        section == "concept" and load_concepts()[value].kind in {"person", "animal"}
        for section, value in vocabulary.lookup(word)
    ):
        return True  # "seiner Tochter Lene"
    after = sentence.tokens[position + 1].form if position + 1 < len(sentence.tokens) else ""
    follows_name = word.lower() in {"namens", "hieß", "heißt", "rief", "sagte", "fragte", "und"}
    verb_follows = after in {"sagte", "fragte", "rief", "ging", "lief", "sah", "nahm", "war"}
    return (follows_name and word.lower() != "und") or (verb_follows and word[0] in ".,")


def _is_sure(sentence: Facts, begin: int, end: int, vocabulary: Vocabulary) -> bool:
    """Say whether capitals here can only mean a name: not at the start of anything."""
    tokens = sentence.tokens
    if begin == 0:
        after = tokens[end].form if end < len(tokens) else ""
        acts = vocabulary.language == "en" and find_verb(after) is not None
        word = sentence.text[tokens[0].start : tokens[0].end]
        following = tokens[end + 1].form if end + 1 < len(tokens) else ""
        if after == "," and following in _ARTICLES and not word.endswith(("ly", "ing", "ed")):
            return True  # "Rex, a dog,"
        if word.endswith(("'s", "’s")) and not vocabulary.lookup(word[:-2].lower()):
            return True
        return acts and not find_verb(tokens[0].form) and not word.endswith(("ing", "ly", "ed"))
    before = tokens[begin - 1].form
    return before[0].isalnum() or before == ","


def _bare(word: str) -> str:
    return re.sub(r"['’](?:s|S)?$", "", word)


def _listed_kind(word: str, vocabulary: Vocabulary) -> str:
    for kind in ("woman", "man", "girl", "boy"):
        if word in _name_set(vocabulary, kind):
            return kind
    return ""


def _name_set(vocabulary: Vocabulary, kind: str) -> frozenset[str]:
    key = (vocabulary.language, kind)
    if key not in _NAME_SETS:
        _NAME_SETS[key] = frozenset(vocabulary.lists.get(f"name {kind}", ()))
    return _NAME_SETS[key]


_NAME_SETS: Final[dict[tuple[str, str], frozenset[str]]] = {}


def _tell_places(
    spans: list[NameSpan], facts: Sequence[Facts], vocabulary: Vocabulary
) -> list[NameSpan]:
    """Mark as places the names that only ever follow "in", "to" and the like."""
    where: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for span in spans:
        total[span.name] += 1
        tokens = facts[span.sentence].tokens
        before = [token for token in tokens if token.end <= span.start]
        word = before[-1].form if before else ""
        if word in _ARTICLES and len(before) > 1:
            where[span.name] += 1  # "the Alps", "the Titanic": no person
        elif word in _LOCATIVE or (vocabulary.language == "en" and _is_destination(before)):
            where[span.name] += 1
    return [
        NameSpan(s.sentence, s.start, s.end, s.name, s.kind, s.title, place=True)
        if where[s.name] == total[s.name]
        and not s.title
        and not any(_listed_kind(word, vocabulary) for word in s.name.split())
        else s
        for s in spans
    ]


def _is_destination(before: Sequence[Token]) -> bool:
    """Say whether an English name that follows is gone to or left: "we left Manali"."""
    words = [token.form for token in before[-2:]]
    if words[-1:] == ["for"]:
        return words[0] in {"left", "leaving", "leave", "sailed", "headed"}
    return words[-1:] in (["on"], ["reached"], ["left"], ["leaving"], ["visited"])


# Scripts without capitals ------------------------------------------------------------------------

_KATAKANA_NAME = re.compile(
    r"(?<![\u30a1-\u30fe])([\u30a1-\u30fe]{2,8})(?=さん|くん|君|ちゃん|様|さま|博士|姫|は|が|も|の声|、)"
)
_KANJI_NAME = re.compile(r"([\u4e00-\u9fff]{1,2}(?:太郎|次郎|三郎|姫|丸|之助|右衛門))")
_NAMED: Final[dict[str, tuple[re.Pattern[str], ...]]] = {
    "ja": (_KATAKANA_NAME, _KANJI_NAME,
           re.compile(r"([\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff]{2,6})という(?:名|男|女|少)")),
    "zh": (re.compile(r"(?:名叫|叫做|叫作|名字叫|名为|[孩人娘]叫)"
                      r"([\u4e00-\u9fff]{2,3})(?=[，。的、！])"),
           re.compile(r"([小老阿][\u4e00-\u9fff])(?=[说道想问走跑看笑哭拿是在的和把，])")),
    "ko": (re.compile(r"([가-힣]{2,4}?)이?라는 "),
           re.compile(r"이름은 ([가-힣]{2,3}?)(?:이|였)")),
    "ar": (re.compile(r"(?:اسمه|اسمها|يدعى|تدعى|يُدعى|تُدعى|يسمى|تسمى) ([\u0620-\u064a]{2,12})"),),
    "hi": (re.compile(r"([\u0900-\u097f]{2,12}) नाम (?:का|की|के)"),
           re.compile(r"नाम ([\u0900-\u097f]{2,12}) (?:था|थी|है)")),
}  # fmt: skip
_KIND_ENDINGS: Final = (
    ("姫", "girl"), ("太郎", "boy"), ("次郎", "boy"), ("丸", "boy"), ("之助", "man"),
    ("ちゃん", "girl"), ("くん", "boy"), ("君", "boy"),
)  # fmt: skip
_BEFORE_NAME_TITLE = re.compile(r"^(?:[^のと]{2,6})(?=の|と|$)")


def _find_uncased(facts: Sequence[Facts], vocabulary: Vocabulary, title: str) -> list[NameSpan]:
    names: dict[str, str] = {}
    for kind in ("woman", "man", "girl", "boy"):
        for name in vocabulary.lists.get(f"name {kind}", ()):
            names[name] = kind
    text = "\n".join(sentence.text for sentence in facts)
    for order, pattern in enumerate(_NAMED.get(vocabulary.language, ())):
        for match in pattern.finditer(text):
            name = match.group(1)
            said = vocabulary.language == "zh" and order == 0  # "is called 小雨", little rain
            if not _is_word(name, vocabulary, whole=said):
                names.setdefault(name, _kind_by_ending(name, text[match.end() :]))
    from_title = _name_in_title(title, text, vocabulary)
    if from_title:
        names.setdefault(from_title, _kind_by_ending(from_title, ""))
    if vocabulary.language == "zh":
        names = {name: kind for name, kind in names.items() if _is_name_zh(name, text)}
    spans = []
    for name, kind in names.items():
        spans += _find_whole(facts, name, kind, vocabulary)
    return spans


def _is_name_zh(name: str, text: str) -> bool:
    return text.count(name) >= _RECURS or name[0] not in "小老阿"


def _is_word(name: str, vocabulary: Vocabulary, *, whole: bool = False) -> bool:
    """Say whether a name is made of known words, or with ``whole``, is one."""
    _, hits = vocabulary.find(name)
    if whole:
        return any((hit.start, hit.end) == (0, len(name)) for hit in hits)
    return bool(hits) and hits[0].start == 0 and hits[-1].end == len(name)


def _kind_by_ending(name: str, following: str) -> str:
    for ending, kind in _KIND_ENDINGS:
        if name.endswith(ending) or following.startswith(ending):
            return kind
    return ""


def _name_in_title(title: str, text: str, vocabulary: Vocabulary) -> str:
    """Return the part of the title that is a name: it recurs and is no word."""
    options = [title.strip()]
    if vocabulary.language in {"ja", "zh"}:
        match = _BEFORE_NAME_TITLE.match(title)
        options += [match.group()] if match else []
    for option in options:
        short = len(option) <= 12  # noqa: PLR2004
        if (
            short
            and len(option) > 1
            and text.count(option) >= 1
            and not _has_word(option, vocabulary)
        ):
            return option
    return ""


def _has_word(name: str, vocabulary: Vocabulary) -> bool:
    _, hits = vocabulary.find(name)
    return bool(hits)


def _find_whole(
    facts: Sequence[Facts], name: str, kind: str, vocabulary: Vocabulary
) -> list[NameSpan]:
    if vocabulary.language in {"ja", "zh"}:
        pattern = re.compile(re.escape(name))
    elif vocabulary.language == "ar":
        marks = "[\u064b-\u0652]*"
        pattern = re.compile(rf"(?<!\w)[وفبلك]?{marks.join(map(re.escape, name))}{marks}(?!\w)")
    elif vocabulary.language == "ko":
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?=\W|[은는이가을를의에와과도만야아님씨])")
    else:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?![\w\u0900-\u0903\u093a-\u094f])")
    return [
        NameSpan(index, match.start(), match.end(), name, kind)
        for index, sentence in enumerate(facts)
        for match in pattern.finditer(sentence.text)
    ]
