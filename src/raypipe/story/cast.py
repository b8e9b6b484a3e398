"""Who is in a story, and who is in each sentence: names, common nouns, pronouns, one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from raypipe.story.characters import FEMALE, HUMAN, MALE, Cast, Character, Mention, kind_of_look
from raypipe.story.english import find_verb
from raypipe.story.facts import ARTICLES, PREPOSITIONS, Facts, Noun, is_inside
from raypipe.story.garments import find_worn
from raypipe.story.german import is_womans_title, read_sie
from raypipe.story.lexicon.concepts import load_concepts
from raypipe.story.lexicon.vocabulary import Vocabulary
from raypipe.story.names import NameSpan, find_names
from raypipe.story.words import word_set

_GENERIC: Final = frozenset(
    {"woman", "man", "girl", "boy", "old woman", "old man", "person", "child", "lad", "stranger",
     "lady", "gentleman", "mother", "father", "son", "daughter", "friend", "brother", "sister",
     "hero", "heroine"}
)  # fmt: skip
_MEMORY_SENTENCES = 4
_EARLY_CHARS = 12  # where "it" is a sentence's subject
_NARRATOR = "Narrator"
_NAMED_AS = re.compile(
    r"^[\s,，、]*(?:(?:who was |was |(?:who|whom|that) (?:\w+ ){1,3})?(?:named|called)|"
    r"namens|llamad[oa]|nommée?|appelée?|chamad[oa]|"
    r"di nome|chiamat[oa]|по имени|という|اسمها|اسمه|名?叫)?[\s,，、]*$"
)
_TURNS_OUT: Final = re.compile(r"(?:It|He|She) (?:was|is) (?:only |just )?(?:an? |the )?(?:\w+ )?")
_VAGUE_BEINGS: Final = frozenset({"child", "baby", "stranger", "figure", "person", "somebody"})
_PRONOUN_NAMED: Final = re.compile(r"\b([Hh]er|[Hh]is) name (?:was|is|had been) $")
_APPOSITION: Final = re.compile(
    r", (?:an?|the|her|his|their|my|our|una?|el|la|le|une|der|die|das|ein|eine)(?: [\w-]+){0,2} "
)
_HER_OFFICE: Final = re.compile(r"\b(?:[Dd]ie|[Ee]ine) (?:[a-zäöüß]+ )?[A-ZÄÖÜ]\w+in $")
"""Before a name, in German: "die alte Ärztin Anna"."""
_CHILDREN: Final = frozenset({"children", "child", "brothers", "sisters"})
_PAIR: Final = 2
_SPECIES: Final = {
    "bird": word_set("pigeon crow raven eagle hawk owl dove sparrow swan parrot nightingale gull"),
    "dog": word_set("puppy hound"),
    "puppy": word_set("dog"),
    "hound": word_set("dog"),
    "cat": word_set("kitten"),
    "kitten": word_set("cat"),
    "monster": word_set("dragon troll giant"),
    "robot": word_set("android"),
}
_COPULA: Final = re.compile(
    r" (?:was|is|had been|became|worked as|era|es|fue|était|est|war|ist|è|foi|é|был|была)"
    r"(?: (?:once|only|just|an?|the|una?|uma?|une?|eine?|[\w-]+)){0,4} "
)
_ROLE_GAP_CHARS = 28


class _Reader:
    """Reads sentences in order and remembers who was spoken of."""

    def __init__(
        self, facts: Sequence[Facts], vocabulary: Vocabulary, looks: Mapping[str, str], title: str
    ) -> None:
        self.facts = facts
        self.vocabulary = vocabulary
        self.language = vocabulary.language
        self.names = find_names(facts, vocabulary, title=title, known=tuple(looks))
        self.names_in: list[list[NameSpan]] = [[] for _ in facts]
        for span in self.names:
            self.names_in[span.sentence].append(span)
        self.characters: list[Character] = []
        self.by_name: dict[str, Character] = {}
        self.by_noun: dict[str, Character] = {}
        self.mentions: list[list[Mention]] = [[] for _ in facts]
        self.recurring = self._count_nouns()
        for name, look in looks.items():
            character = self._add(Character(name, given_look=look, named=True))
            character.words = {word.casefold() for word in name.split()}
            kind, animal = kind_of_look(look)
            character.animal = animal
            if kind:
                character.votes[kind] += 10
            self.by_name[name] = character

    def _count_nouns(self) -> Counter[str]:
        return Counter(
            noun.concept.name
            for sentence in self.facts
            for noun in sentence.nouns
            if not noun.plural and not noun.quoted
        )

    def _add(self, character: Character) -> Character:
        self.characters.append(character)
        return character

    # One sentence -------------------------------------------------------------------------------

    def read(self, index: int) -> None:
        sentence = self.facts[index]
        spans = [span for span in self.names_in[index] if not span.place]
        taken: list[tuple[int, int]] = []
        for span in spans:
            self._read_name(index, sentence, span, taken)
        for noun in sentence.nouns:
            if is_inside(noun.hit.start, taken):
                continue
            if noun.concept.name in _CHILDREN and (noun.plural or noun.concept.kind == "group"):
                self._read_children(index, sentence, noun)
            self._read_noun(index, sentence, noun)
        self.mentions[index].sort(key=lambda mention: mention.start)
        for hit in sentence.hits:
            pronoun = hit.value("pronoun")
            if pronoun == "she" and self.language == "de":
                pronoun = read_sie(sentence.text, hit.start, hit.end)
            if pronoun and not is_inside(hit.start, sentence.quotations):
                self._read_pronoun(index, pronoun, hit.start, hit.end)
        self.mentions[index].sort(key=lambda mention: mention.start)
        for mention, part, garment in find_worn(sentence, self.mentions[index]):
            mention.who.worn.setdefault(part, garment)

    def _read_name(
        self, index: int, sentence: Facts, span: NameSpan, taken: list[tuple[int, int]]
    ) -> None:
        character = self._find_named(span)
        roles = self._find_roles(sentence, span)
        role = roles[0] if roles else None
        taken.append((span.start, span.end))
        if character is None and role and role.concept.name in self.by_noun:
            earlier = self.by_noun[role.concept.name]
            if not earlier.named:
                character = earlier
                character.name = _full_name(span)
        if character is None:
            character = self._adopt_newborn(index, span) or self._adopt_nameless(index, span)
        if character is None:
            character = self._add(Character(_full_name(span), first_seen=index))
        character.named = True
        self.by_name[span.name] = character
        character.words |= {word.casefold() for word in span.name.split()}
        full = _full_name(span)
        is_given = bool(character.given_look)
        if not is_given and len(full) > len(character.name) and span.name != character.name:
            character.name = full
        if span.kind:
            character.votes[span.kind] += 2
        self._read_before(character, sentence, span)
        for each in roles:
            taken.append((each.hit.start, each.hit.end))
            self._take_role(character, each)
        character.titled = character.titled or bool(span.title)
        title = span.title.rstrip(".").lower()
        if title in load_concepts() and not character.role and title != "doctor":
            character.role = title
        owner = sentence.text[span.end : span.end + 2] in {"'s", "’s"}
        self._mention(index, character, span.start, span.end, "name", agent=not owner)

    def _read_before(self, character: Character, sentence: Facts, span: NameSpan) -> None:
        """Take what the words right before a name say of who bears it."""
        if self.language == "de" and _HER_OFFICE.search(sentence.text[: span.start]):
            character.votes["woman"] += 2
        before = [token.form for token in sentence.tokens if token.end <= span.start][-1:]
        if before == ["old"] and "old" not in character.traits:
            character.traits.append("old")  # "old Bram"
        little = any(
            hit.value("quality") == "little" and 0 <= span.start - hit.end <= 1
            for hit in sentence.hits
        )
        if little and "little" not in character.traits:
            character.traits.append("little")

    def _find_named(self, span: NameSpan) -> Character | None:
        if span.name in self.by_name:
            return self.by_name[span.name]
        words = {word.casefold() for word in span.name.split()}
        for character in self.characters:
            if character.words and (words <= character.words or character.words <= words):
                return character
        return None

    def _adopt_newborn(self, index: int, span: NameSpan) -> Character | None:
        """Return the nameless child of the sentence before, if the name fits it.

        Folk tales of East Asia name their hero so: "a boy was born. Momotaro grew up ...".
        """
        if self.language not in {"ja", "zh", "ko"} or span.name in self.by_name or index == 0:
            return None
        for mention in reversed(self.mentions[index - 1]):
            who = mention.who
            if not who.named and who.kind in {"boy", "girl"} and span.kind in {"", who.kind}:
                who.name = span.name
                return who
        return None

    def _adopt_nameless(self, index: int, span: NameSpan) -> Character | None:
        """Return whom "her name was" names."""
        match = _PRONOUN_NAMED.search(self.facts[index].text[: span.start])
        if match is None:
            return None
        side = MALE if match[1].lower() == "his" else FEMALE
        who = self._choose_meant(index, match.start(), side)
        if who is None or who.named:
            return None
        who.name = _full_name(span)
        return who

    def _find_roles(self, sentence: Facts, span: NameSpan) -> list[Noun]:
        """Return the nouns that say who the name is: "the baker, a young man called Mateo"."""
        role = self._find_role(sentence, span)
        if role is None:
            return []
        roles = [role]
        for noun in reversed(sentence.nouns):
            between = sentence.text[noun.hit.end : roles[-1].hit.start]
            if noun.concept.kind == "person" and _APPOSITION.fullmatch(between):
                roles.append(noun)
        return roles

    def _find_role(self, sentence: Facts, span: NameSpan) -> Noun | None:
        for noun in sentence.nouns:
            if noun.concept.kind not in {"person", "animal", "creature"} or noun.plural:
                continue
            between = sentence.text[noun.hit.end : span.start]
            if 0 <= span.start - noun.hit.end <= _ROLE_GAP_CHARS and _NAMED_AS.match(between):
                return noun
            after = sentence.text[span.end : noun.hit.start]
            near = 0 <= noun.hit.start - span.end <= _ROLE_GAP_CHARS
            if near and (_APPOSITION.fullmatch(after) or _COPULA.fullmatch(after)):
                return noun
            of_something = self.language == "ru" and re.fullmatch(r" \w+ ", between)
            if of_something and 0 < span.start - noun.hit.end <= _ROLE_GAP_CHARS:
                return noun  # "the keeper of the lighthouse, Nikolai"
            if after == " " and self.language in {"ar", "hi"}:
                return noun  # "Ali Baba a woodcutter was"
        return None

    def _take_role(self, character: Character, role: Noun) -> None:
        concept = role.concept
        if concept.kind in {"animal", "creature"}:
            character.animal = character.animal or concept.name
        elif concept.figure:
            character.votes[concept.figure] += 3 if concept.figure != "person" else 0
            if concept.name not in _GENERIC:
                character.role = character.role or concept.name
        self._take_traits(character, role)
        self.by_noun.setdefault(concept.name, character)

    def _read_noun(self, index: int, sentence: Facts, noun: Noun) -> None:
        concept = noun.concept
        is_being = concept.kind in {"person", "animal", "creature"}
        if not is_being or noun.plural or noun.absent or noun.modifies:
            return
        character = self.by_noun.get(concept.name) or self._same_person(index, sentence, noun)
        if character is None and concept.name in _SPECIES:
            character = next((who for who in self._recent(index)
                              if who.animal in _SPECIES[concept.name]), None)  # fmt: skip
        agent = self._is_agent(sentence, noun) and not noun.owns
        if noun.owns and character is None:
            return
        if character is None:
            if noun.quoted or not self._deserves_part(noun, agent=agent):
                return
            character = self._add(Character(_noun_name(sentence, noun, self.vocabulary)))
            character.first_seen = index
            if concept.kind == "person":
                character.role = "" if concept.name in _GENERIC else concept.name
            else:
                character.animal = concept.name
            self.by_noun[concept.name] = character
        word = sentence.text[noun.hit.start : noun.hit.end]
        if concept.kind == "person" and self.language == "de" and is_womans_title(word):
            character.votes["woman"] += 3
        elif concept.kind == "person" and concept.figure != "person":
            character.votes[concept.figure] += 2
        if not noun.quoted:
            self._take_traits(character, noun)
        self._mention(
            index, character, noun.hit.start, noun.hit.end, "noun", quoted=noun.quoted, agent=agent
        )

    def _read_children(self, index: int, sentence: Facts, noun: Noun) -> None:
        """Take "the two children" for the two who were spoken of, if two were."""
        before = sentence.tokens[max(noun.hit.first - 3, 0) : noun.hit.first]
        known = any(token.form in {"the", "both", "die", "beide", "los", "les"} for token in before)
        young = [
            who
            for who in self.characters
            if who.named
            and not (who.animal or who.role or who.titled or who.kind.startswith("old"))
        ]
        if not known or noun.quoted or len(young) != _PAIR:
            return
        for who in young:
            self._mention(index, who, noun.hit.start, noun.hit.end, "noun", agent=True)

    def _same_person(self, index: int, sentence: Facts, noun: Noun) -> Character | None:
        """Return whom "the woman" or "the old man" means, if somebody known fits."""
        if noun.concept.kind != "person" or noun.concept.name not in _GENERIC:
            return None
        before = sentence.tokens[max(noun.hit.first - 3, 0) : noun.hit.first]
        if _TURNS_OUT.fullmatch(sentence.text[: noun.hit.start]):
            vague = [who for who in self._recent(index) if not who.named and not who.animal]
            return next((who for who in vague if who.name.split()[-1] in _VAGUE_BEINGS), None)
        if not any(token.form in {"the", "el", "la", "le", "der", "die", "das", "il", "o"}
                   for token in before):  # fmt: skip
            return None
        side = FEMALE if noun.concept.figure in FEMALE else MALE
        for character in self._recent(index):
            fits = character.kind in side or (character.kind == "person" and character.named)
            if noun.concept.figure != "person" and fits and not character.animal:
                return character
        return None

    def _deserves_part(self, noun: Noun, *, agent: bool) -> bool:
        if noun.concept.kind == "person":
            return agent or self.recurring[noun.concept.name] > 1
        if noun.concept.name in {"spirit", "god", "monster", "devil", "bug", "fly", "ant"}:
            return self.recurring[noun.concept.name] > 1
        return agent

    def _is_agent(self, sentence: Facts, noun: Noun) -> bool:
        if self.language == "en":
            return _is_english_agent(sentence, noun)
        after = sentence.text[noun.hit.end : noun.hit.end + 3]
        if self.language == "ja":
            return bool(re.match(r"(?:さん|たち)?(?:は|が|も|と(?!い))", after))
        if self.language == "ko":
            word = sentence.text[noun.hit.start : noun.hit.end + 2]
            return bool(re.search(r"(?:은|는|이|가|께서|도|와|과)(?=\W|$)", word))
        tokens = sentence.tokens
        before = [token.form for token in tokens if token.end <= noun.hit.start][-2:]
        oblique = any(form in OBLIQUE.get(self.language, frozenset()) for form in before)
        return not oblique

    def _take_traits(self, character: Character, noun: Noun) -> None:
        for word in noun.phrase.split()[:-1]:
            if word in {"old", "elderly", "aged"} and character.kind in HUMAN:
                for young, aged in (("woman", "old woman"), ("man", "old man")):
                    if character.kind in {young, "person"} and (
                        young in noun.phrase.split()[-1:] or character.kind == young
                    ):
                        character.votes[aged] += 1
            siblings = {"brother": "boy", "sister": "girl"}
            if word in {"little", "young"} and noun.concept.name in siblings:
                character.votes[siblings[noun.concept.name]] += 3
                continue
            if word in _TRAITS and word not in character.traits:
                character.traits.append(word)

    # Pronouns -----------------------------------------------------------------------------------

    def _read_pronoun(self, index: int, pronoun: str, start: int, end: int) -> None:
        if pronoun in {"I", "we"}:
            who = self.by_name.get("I") or self._add(
                Character(_NARRATOR, first_seen=index, named=True)
            )
            self.by_name["I"] = who
            self._mention(index, who, start, end, "pronoun", agent=pronoun == "I")
            return
        if pronoun == "they":
            recent = self._recent(index, before=start)
            # A cat that passed by is seldom one of the people that "they" are.
            people = [who for who in recent if not who.animal]
            for who in (people if len(people) > 1 else recent)[:2]:
                self._mention(index, who, start, end, "pronoun", agent=True)
            return
        if pronoun == "it":
            last = next(iter(self._recent(index, before=start)), None)
            if last and self.facts[index].text[start:end].lower() == "its":
                self._know_for_creature(index, last)
            if last and last.animal and start < _EARLY_CHARS:
                self._mention(index, last, start, end, "pronoun", agent=True)
            return
        side, other = (FEMALE, MALE) if pronoun == "she" else (MALE, FEMALE)
        chosen = self._choose_meant(index, start, side) or self._meet_nameless(index, pronoun)
        if chosen is None:
            return
        if not chosen.animal and chosen.kind not in other:
            young = chosen.role in {"child", "baby"} or chosen.name.endswith("child")
            grown = ("girl", "boy") if young else ("woman", "man")
            chosen.votes[grown[pronoun != "she"]] += 1
        self._mention(index, chosen, start, end, "pronoun", agent=True)

    def _know_for_creature(self, index: int, who: Character) -> None:
        """Take a name that has "its" head for the robot or dog that was spoken of before."""
        if not who.named or who.animal or who.votes or who.given_look:
            return
        nearby = self._recent(index)
        nameless = [other for other in nearby if other.animal and not other.named]
        spoken_of = [
            noun.concept.name
            for sentence in self.facts[max(index - _MEMORY_SENTENCES, 0) : index]
            for noun in sentence.nouns
            if noun.concept.kind in {"animal", "creature"} and not (noun.plural or noun.absent)
        ]
        if nameless:
            self._merge(nameless[0], into=who)
        elif spoken_of:
            who.animal = spoken_of[-1]
            self.by_noun[who.animal] = who

    def _merge(self, other: Character, *, into: Character) -> None:
        into.animal = other.animal
        into.mentions += other.mentions
        into.worn = {**other.worn, **into.worn}
        into.traits += [trait for trait in other.traits if trait not in into.traits]
        into.first_seen = min(into.first_seen, other.first_seen)
        self.by_noun = {noun: into if who is other else who for noun, who in self.by_noun.items()}
        self.mentions = [
            [replace(m, who=into) if m.who is other else m for m in sentence]
            for sentence in self.mentions
        ]
        self.characters = [who for who in self.characters if who is not other]

    def _choose_meant(self, index: int, start: int, side: frozenset[str]) -> Character | None:
        """Return whom "she" or "he" at ``start`` means, if anybody fits."""
        recent = [who for who in self._recent(index, before=start) if who.name != _NARRATOR]
        matching = [who for who in recent if who.kind in side]
        unknown = [who for who in recent if who.kind == "person" and not who.animal]
        here = [m.who for m in self.mentions[index] if m.start < start and not m.quoted]
        if here and here[0].animal and not any(who in matching for who in here):
            return here[0]  # "the wolf, at his leisure": the wolf's own
        if unknown and unknown[0] in here and recent.index(unknown[0]) == 0:
            return unknown[0]
        found = next(iter(matching or unknown or [who for who in recent if who.animal]), None)
        if found is None and self.language == "en":
            # Nobody of late, but whoever was the last of the whole story so far.
            known = [who for who in self.characters if who.kind in side and who.mentions]
            found = known[-1] if known else None
        return found

    def _meet_nameless(self, index: int, pronoun: str) -> Character | None:
        """Return the person of a story that never says more than "she"."""
        key = f"({pronoun})"
        if key not in self.by_name and self.language == "en":
            character = Character(pronoun.capitalize(), first_seen=index)
            self.by_name[key] = self._add(character)
        return self.by_name.get(key)

    def _recent(self, index: int, *, before: int | None = None) -> list[Character]:
        """Return who was mentioned lately, last first."""
        seen: list[Character] = []
        for back in range(index, max(index - _MEMORY_SENTENCES, -1), -1):
            for mention in reversed(self.mentions[back]):
                if back == index and before is not None and mention.start >= before:
                    continue
                if not mention.quoted and mention.who not in seen:
                    seen.append(mention.who)
            if back != index and self.mentions[back]:
                # Of one sentence, whoever acted comes before whoever was merely named.
                actors = [m.who for m in self.mentions[back] if m.agent and not m.quoted]
                tail = [who for who in seen if who in actors[:1]]
                if tail and back == index - 1:
                    others = [who for who in seen if who not in tail]
                    current = [m.who for m in self.mentions[index]]
                    head = [who for who in others if who in current]
                    seen = head + tail + [who for who in others if who not in head]
        return seen

    def _mention(
        self,
        index: int,
        who: Character,
        start: int,
        end: int,
        how: str,
        *,
        quoted: bool | None = None,
        agent: bool,
    ) -> None:
        inside = is_inside(start, self.facts[index].quotations) if quoted is None else quoted
        if not inside:
            who.mentions += 1
        self.mentions[index].append(Mention(who, start, end, how, inside, agent))


def read_cast(
    facts: Sequence[Facts], vocabulary: Vocabulary, *, looks: Mapping[str, str], title: str
) -> Cast:
    """Return who is in the story and in each sentence.

    Args:
        facts: the story's sentences in order.
        vocabulary: of the story's language.
        looks: names and looks that the author gave.
        title: the story's title.
    """
    reader = _Reader(facts, vocabulary, looks, title)
    for index in range(len(facts)):
        reader.read(index)
    present = {
        id(mention.who)
        for sentence in reader.mentions
        for mention in sentence
        if not mention.quoted
    }
    characters = tuple(who for who in reader.characters if id(who) in present)
    places = tuple(tuple(span.name for span in spans if span.place) for spans in reader.names_in)
    spans = tuple(tuple((span.start, span.end) for span in spans) for spans in reader.names_in)
    return Cast(characters, tuple(map(tuple, reader.mentions)), places, spans)


def _full_name(span: NameSpan) -> str:
    return f"{span.title} {span.name}" if span.title else span.name


def _noun_name(sentence: Facts, noun: Noun, vocabulary: Vocabulary) -> str:
    if vocabulary.language == "en":
        return noun.phrase if len(noun.phrase.split()) <= 3 else noun.concept.name  # noqa: PLR2004
    word = sentence.text[noun.hit.start : noun.hit.end]
    # Particles, cases and "their" of "their leader" are no part of what somebody is called.
    return vocabulary.base_form(word) if vocabulary.language in {"ar", "ko", "ru"} else word


def _is_english_agent(sentence: Facts, noun: Noun) -> bool:
    tokens = sentence.tokens
    first = noun.hit.first
    while first and (
        tokens[first - 1].form in ARTICLES or tokens[first - 1].form in noun.phrase.split()
    ):
        first -= 1
    if first and tokens[first - 1].form in PREPOSITIONS | {"of"}:
        return False
    opens = first == 0 or tokens[first - 1].form in _CLAUSE_OPENERS
    reach = _FAR_VERB if opens else _NEAR_VERB
    following = [token.form for token in tokens[noun.hit.last : noun.hit.last + reach]]
    for form in following:
        if form in {"who", "which"} or find_verb(form) or form in {"was", "is", "had", "did"}:
            return True
        if form in {".", ";"} or (form in PREPOSITIONS and form != "with" and not opens):
            break
    return first == 0


_CLAUSE_OPENERS: Final = word_set(
    "where when while as because until before after but so if that then"
)
_NEAR_VERB, _FAR_VERB = 6, 9
"""Tokens in which a subject's verb comes: "where the old man in the green coat sat"."""
_TRAITS: Final = word_set(
    """
    young little tall huge big golden silver red blue green yellow orange purple pink white
    black grey brown blind bearded
    one-eyed wooden wounded poor rich wild three-legged rusty
    """
)
OBLIQUE: Final = {
    "es": word_set("de del a al con en por para sin un") - {"un"},
    "fr": word_set("de du des à au aux avec en par pour sans"),
    "it": word_set("di del della al alla con in per da dal senza"),
    "pt": word_set("de do da ao à com em no na por para sem"),
    "de": word_set("von vom mit zu zum zur bei aus nach dem den des"),
    "ru": word_set("с со к ко у от до из для без о об на в"),
    "ar": word_set("من الى على في عن مع"),
    "zh": word_set("把被给向对"),
    "hi": frozenset(),
}
