"""How a character looks: chosen once for the whole story, and said in the same words each time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from raypipe.story.characters import FEMALE, MALE, Character, kind_of_look
from raypipe.story.garments import dress_in
from raypipe.story.lexicon.concepts import load_concepts
from raypipe.story.words import word_set

# People of a story told in these languages are drawn as people of their lands.
_PEOPLES: Final = {"ja": "Japanese", "zh": "Chinese", "ko": "Korean", "ar": "Arab", "hi": "Indian",
                   "ru": "Russian"}  # fmt: skip
_DARK_HAIRED: Final = frozenset({"ja", "zh", "ko", "ar", "hi"})

_AGES: Final = {
    "woman": ("in her late twenties", "in her thirties", "in her early forties"),
    "man": ("in his late twenties", "in his thirties", "in his forties"),
    "girl": ("about eight years old", "about ten years old", "about twelve years old"),
    "boy": ("about eight years old", "about ten years old", "about twelve years old"),
    "old woman": ("in her seventies",),
    "old man": ("in his seventies",),
    "person": ("of middle age", "in their thirties"),
}
_HAIR: Final = {
    "woman": ("dark wavy hair tied back", "short auburn hair", "long chestnut braid",
              "curly black hair", "shoulder-length blonde hair"),
    "man": ("short dark hair", "curly brown hair and a short beard", "cropped black hair",
            "tousled sandy hair", "dark hair and a trimmed moustache"),
    "girl": ("two brown braids", "curly red hair", "a dark bob", "long black hair"),
    "boy": ("tousled brown hair", "short black hair", "curly dark hair", "a mop of fair hair"),
    "old woman": ("white hair in a bun", "grey hair under a shawl"),
    "old man": ("white beard", "bald head and grey beard", "thin grey hair"),
    "person": ("short dark hair", "shoulder-length brown hair"),
}  # fmt: skip
_DARK_HAIR: Final = {
    "woman": ("long black hair", "black hair in a low knot", "a thick black braid"),
    "man": ("short black hair", "black hair and a short beard", "black hair tied back"),
    "girl": ("black hair in two buns", "long black hair", "a black bob"),
    "boy": ("short black hair", "black topknot", "tousled black hair"),
}

# Clothes by era; (female, male) each.
_CLOTHES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "modern": (
        ("mustard coat and blue scarf", "red jacket and jeans", "green cardigan and grey skirt",
         "teal raincoat and boots"),
        ("navy jacket and grey shirt", "olive parka and jeans", "brown corduroy coat",
         "rust sweater and dark trousers")),
    "future": (
        ("white flight suit with orange stripes", "slate jumpsuit with cyan trim"),
        ("grey flight suit with orange stripes", "dark blue jumpsuit with silver trim")),
    "medieval": (
        ("green wool gown and brown cloak", "blue dress and leather bodice"),
        ("leather jerkin and grey cloak", "brown tunic and green hood")),
    "folk": (
        ("blue linen dress and white apron", "red skirt and embroidered blouse"),
        ("brown linen tunic and straw hat", "green vest and white shirt")),
    "victorian": (
        ("high-necked black dress", "grey Victorian dress with lace collar"),
        ("black frock coat", "worn brown waistcoat and white shirt")),
    "retro": (
        ("camel trench coat and red hat", "dark green 1940s dress"),
        ("grey trench coat and fedora", "brown three-piece suit")),
    "historical": (
        ("plain wool dress and grey shawl", "burgundy gown with linen sleeves"),
        ("dark wool doublet", "brown coat and linen shirt")),
    "western": (
        ("prairie dress and leather gloves", "duster coat and red neckerchief"),
        ("duster coat and wide-brimmed hat", "denim shirt and leather vest")),
    "timeless": (
        ("flowing white dress", "long indigo coat"),
        ("loose white shirt", "long grey coat")),
}  # fmt: skip
# Where a tale has no date, people dress as its land did; (female, male).
_FOLK_CLOTHES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "ja": (("indigo cotton kimono", "pale pink kimono with white flowers"),
           ("brown cotton kimono", "blue happi coat and white headband")),
    "zh": (("pale green hanfu", "red silk hanfu"), ("grey linen hanfu", "blue hanfu robe")),
    "ko": (("pink and white hanbok", "yellow hanbok jacket, red skirt"),
           ("white cotton hanbok", "blue hanbok vest")),
    "ar": (("emerald robe and gold-edged veil", "crimson kaftan and headscarf"),
           ("patched brown robe and white turban", "striped blue robe and red sash")),
    "hi": (("red sari with gold border", "green lehenga and yellow dupatta"),
           ("white dhoti and orange turban", "cream kurta and red shawl")),
    "ru": (("red sarafan and flowered headscarf", "blue sarafan and white blouse"),
           ("belted red shirt and felt boots", "grey sheepskin coat and fur hat")),
}  # fmt: skip
_ROLE_CLOTHES: Final[dict[str, tuple[str, ...]]] = {
    "archaeologist": ("khaki field jacket, leather satchel",),
    "king": ("ermine-trimmed red robe and gold crown",),
    "queen": ("deep blue velvet gown and gold crown",),
    "prince": ("white tunic with gold trim and red cape",),
    "princess": ("lilac silk gown and silver circlet",),
    "emperor": ("embroidered golden robe and tall crown",),
    "knight": ("steel plate armour and blue surcoat",),
    "soldier": ("worn uniform and steel helmet",),
    "guard": ("dark uniform with brass buttons",),
    "doctor": ("white coat, stethoscope",),
    "scientist": ("white lab coat and round glasses",),
    "professor": ("tweed jacket and round glasses",),
    "astronaut": ("white spacesuit with orange stripes",),
    "pilot": ("leather flight jacket and goggles",),
    "captain": ("navy peacoat and captain's cap",),
    "sailor": ("striped shirt and navy cap",),
    "fisherman": ("yellow oilskin coat and knitted cap",),
    "pirate": ("torn red coat and tricorn hat",),
    "shepherd": ("sheepskin vest, wooden crook",),
    "shepherd boy": ("brown wool tunic, wooden crook",),
    "farmer": ("patched overalls and straw hat",),
    "woodcutter": ("patched brown tunic, axe on his belt",),
    "hunter": ("green wool coat, bow on the back",),
    "cook": ("white apron and cook's hat",),
    "baker": ("flour-dusted apron",),
    "blacksmith": ("leather apron, rolled sleeves",),
    "carpenter": ("canvas apron, rolled sleeves",),
    "detective": ("long grey trench coat and fedora",),
    "police officer": ("dark blue police uniform",),
    "firefighter": ("heavy yellow fire coat and helmet",),
    "nurse": ("pale blue nurse's uniform",),
    "teacher": ("brown cardigan and glasses",),
    "priest": ("black cassock",),
    "monk": ("saffron robe",),
    "nun": ("black habit and white veil",),
    "samurai": ("black lacquered armour",),
    "ninja": ("black hooded garb",),
    "painter": ("paint-stained smock",),
    "artist": ("paint-stained smock",),
    "musician": ("dark velvet jacket",),
    "pianist": ("black evening clothes",),
    "violinist": ("black evening clothes",),
    "merchant": ("rich brocade coat and purse",),
    "thief": ("dark hooded cloak",),
    "robber": ("dark hooded cloak",),
    "bandit": ("dark hooded cloak",),
    "beggar": ("ragged grey cloak",),
    "sultan": ("gold brocade robe and white turban",),
    "gardener": ("green apron and straw hat",),
    "keeper": ("thick blue sweater and oilskin cap",),
    "clockmaker": ("leather apron and magnifying spectacles",),
    "mechanic": ("grease-stained blue coveralls",),
    "engineer": ("grey coveralls and tool belt",),
    "journalist": ("beige trench coat, notebook",),
    "bride": ("white lace wedding dress",),
    "waiter": ("white shirt and black waistcoat",),
    "waitress": ("pale yellow diner uniform",),
    "barista": ("dark green apron",),
    "librarian": ("plum cardigan and reading glasses",),
    "magician": ("black tailcoat and top hat",),
    "clown": ("baggy checked suit and red nose",),
    "dancer": ("flowing red dance dress",),
    "warrior": ("scarred leather armour and fur cloak",),
    "servant": ("plain grey dress of a servant",),
    "guide": ("canvas vest and neckerchief",),
    "explorer": ("khaki shirt and pith helmet",),
    "grandmother": ("flowered dress and knitted shawl",),
    "mother": ("simple blue dress",),
    "student": ("navy school uniform",),
    "schoolgirl": ("navy school uniform",),
    "schoolboy": ("navy school uniform",),
}  # fmt: skip
_NAVAL: Final = frozenset({"captain", "sailor", "pilot"})
"""Offices that ships of the sea and of space have: the latter dress by their era."""
_CREATURES: Final[dict[str, tuple[str, ...]]] = {
    "fox": ("red fox with a white-tipped tail", "slender russet fox with black paws"),
    "wolf": ("lean grey wolf with amber eyes", "shaggy dark grey wolf with yellow eyes"),
    "dog": ("shaggy brown dog with one folded ear", "white dog with a black patch"),
    "puppy": ("small golden puppy with floppy ears",),
    "cat": ("striped ginger cat with green eyes", "sleek black cat with yellow eyes"),
    "kitten": ("small grey striped kitten",),
    "horse": ("chestnut horse with a white blaze", "dapple grey horse"),
    "donkey": ("grey donkey with long ears",),
    "lion": ("golden lion with a dark mane",),
    "tiger": ("orange tiger with bold stripes",),
    "bear": ("big brown bear with a scarred ear",),
    "mouse": ("small brown mouse with round ears",),
    "rabbit": ("white rabbit with long ears", "brown rabbit with a white tail"),
    "hare": ("long-legged brown hare",),
    "tortoise": ("old tortoise with a domed shell",),
    "monkey": ("brown monkey with a pale face",),
    "pheasant": ("green-necked pheasant with a long tail",),
    "crow": ("glossy black crow",),
    "raven": ("glossy black raven",),
    "owl": ("tawny owl with wide golden eyes",),
    "eagle": ("brown eagle with a pale head",),
    "dragon": ("emerald dragon with ragged wings", "dark red dragon with curved horns"),
    "robot": ("small dented robot with round glowing eyes", "tall copper robot with a lens eye"),
    "android": ("pale android with silver joints",),
    "alien": ("slender blue alien with large dark eyes",),
    "ghost": ("pale translucent ghost in a torn gown",),
    "demon": ("red-skinned horned ogre in tiger skin",),
    "giant": ("huge bearded giant in animal skins",),
    "witch": ("crooked old witch in a black cloak",),
    "wizard": ("old wizard in a starry blue robe, long white beard",),
    "fairy": ("tiny fairy with dragonfly wings",),
    "genie": ("towering blue genie of smoke",),
    "mermaid": ("mermaid with long dark hair and a green tail",),
    "whale": ("vast barnacled grey whale",),
    "angel": ("angel with great white wings",),
    "god": ("radiant bearded god in white robes",),
    "goddess": ("radiant goddess in white robes",),
    "elephant": ("wrinkled grey elephant with long tusks",),
    "deer": ("slender deer with white spots",),
    "goat": ("white goat with curved horns",),
    "snake": ("green snake with a diamond pattern",),
    "frog": ("small bright green frog",),
    "crocodile": ("green crocodile with a broad snout",),
    "duck": ("white duck with an orange bill",),
    "snowman": ("round snowman with a carrot nose and red scarf",),
    "scarecrow": ("straw scarecrow in a patched coat",),
    "dolphin": ("silvery dolphin",),
}  # fmt: skip
_MATURE_ROLES: Final = word_set("king queen emperor professor captain judge general sultan")


def describe(character: Character, *, seed: int, language: str, era: str) -> str:
    """Return the look of a character in English, the same for the same arguments.

    The author's own words win. Otherwise age, hair and clothes are drawn with a generator seeded
    by ``seed`` and the character's name, from what suits the kind, the role and the era.
    """
    kind = character.kind
    if character.given_look:
        return _with_kind(character.given_look.rstrip("."), kind)
    choose = _Chooser(f"{seed}/{character.name}")
    traits = [trait for trait in character.traits if trait not in {"poor", "old"}][:2]
    if character.animal:
        return _describe_creature(character, choose, traits)
    return _describe_person(character, choose, traits, language=language, era=era)


class _Chooser:
    """A stable stand-in for `random.Random`, whose sequences may change between Pythons."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._count = 0

    def __call__(self, options: Sequence[str]) -> str:
        self._count += 1
        digest = hashlib.sha256(f"{self._key}/{self._count}".encode()).digest()
        return options[int.from_bytes(digest[:4], "big") % len(options)]


def _describe_creature(character: Character, choose: _Chooser, traits: list[str]) -> str:
    known = _CREATURES.get(character.animal)
    if known:
        base = choose(known)
        fresh = [trait for trait in traits if trait not in base and trait not in _COLOURS]
        colours = [trait for trait in traits if trait in _COLOURS]
        if colours:
            base = " ".join([*colours, character.animal])
        return " ".join([*fresh, base])
    return " ".join([*traits, character.animal, "with", choose(("bright eyes", "watchful eyes"))])


_COLOURS: Final = word_set(
    "golden silver red blue green yellow orange purple pink white black grey brown"
)


def _describe_person(
    character: Character, choose: _Chooser, traits: list[str], *, language: str, era: str
) -> str:
    kind = character.kind
    female = kind in FEMALE
    child = kind in {"girl", "boy"}
    role = character.role if character.role not in {"grandmother", "grandfather"} else ""
    noun = {"person": role or "person"}.get(kind, kind)
    people = _PEOPLES.get(language, "")
    age = choose(_AGES[kind])
    if "young" in traits and kind in {"woman", "man"}:
        age = "about twenty years old"
    if character.role in _MATURE_ROLES and not child and "young" not in traits:
        age = {"woman": "in her fifties", "man": "in his fifties"}.get(kind, age)
    hair_table = _DARK_HAIR if language in _DARK_HAIRED and kind in _DARK_HAIR else _HAIR
    hair = choose(hair_table[kind])
    if "bearded" in traits and kind in MALE:
        hair = "full dark beard" if kind != "old man" else "long white beard"
    options = _CLOTHES[era][0 if female else 1]
    if era == "folk" and language in _FOLK_CLOTHES:
        options = _FOLK_CLOTHES[language][0 if female else 1]
    clothes = choose(options)
    aboard = role in _NAVAL and era == "future"
    if (
        role in _ROLE_CLOTHES
        and not aboard
        and not (era == "folk" and language in _FOLK_CLOTHES and child)
    ):
        clothes = choose(_ROLE_CLOTHES[role])
    clothes = dress_in(clothes, list(character.worn.items()))
    old, _, plain = noun.rpartition(" ")
    words = [*_plain_traits(traits), old, people, plain]
    if role and role not in noun and kind != "person" and role not in _RELATIONS:
        words = [
            *_plain_traits(traits),
            "old" if old else "",
            people,
            role if _tells_sex(role) else f"{_SEX.get(kind, noun)} {role}",
        ]
    head = " ".join(word for word in words if word)
    return f"{head} {age}, {hair}, {clothes}"


_RELATIONS: Final = word_set(
    """
    mother father wife husband sister brother aunt uncle daughter son friend neighbour
    child baby granddaughter grandson niece nephew widow orphan stranger
    """
)


_SEX: Final = {"woman": "female", "man": "male", "old woman": "female", "old man": "male"}


def _plain_traits(traits: list[str]) -> list[str]:
    return [trait for trait in traits if trait not in {"old", "bearded", "young"} | _COLOURS]


def _tells_sex(role: str) -> bool:
    concept = load_concepts().get(role)
    return bool(concept and concept.figure != "person" and role not in {"farmer", "thief"})


def _with_kind(look: str, kind: str) -> str:
    lowered = look.lower()
    nouns = [*kind.split()[-1:], "woman", "man", "girl", "boy", "person", "lady"]
    if any(noun in lowered.replace(",", " ").split() for noun in nouns) or kind == "person":
        return look
    return look if any(kind_of_look(look)) else f"{kind}, {look}"
