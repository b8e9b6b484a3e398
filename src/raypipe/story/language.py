"""Which language a text is in: by script, and within the Latin script by its small words."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
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

# The small words of each language that are most frequent in stories, those that it shares with
# others too (what is shared tells nothing), and the letters that it has beyond a to z. English has
# some that are frequent elsewhere only, such as "war" and "van".
_LATIN: Final[dict[str, tuple[str, str]]] = {
    "en": (
        """the and of to a in that his her he she it was with i you for had not on as at but they
        is be by this from have or one were we him all what there an so them who would no when
        up out if my do said could into then me more now did like old its your their has are
        been over under after before only how some can will where very never than down off
        little about just back again once upon t s d ll re ve m don didn war era die den men
        man van met mint sin pod son per ben""",
        "",
    ),
    "es": (
        """el la los las un una de que y en se no con por su para lo del era al más a le pero sus
        es había como cuando ya muy todo sin sobre me mi ella él fue si ni tan esta este eso
        hasta donde desde entonces nunca porque entre dos ¿ ¡ yo te tu qué son hay""",
        "áéíóúüñ",
    ),
    "fr": (
        """le la les un une de et que qui dans il elle ne pas sur avec des du était au l d c j n
        qu s m en à se ce son sa ses par pour plus mais où on y avait est je tu nous vous lui
        tout cette comme si sans aux leur jamais bien même quand ils elles me te très puis été""",
        "àâæçéèêëîïôœùûüÿ",
    ),
    "de": (
        """der die das und ist ein eine nicht mit dem den von zu auf er sie es war im in ich des
        sich an als aber auch so wie was noch nach aus bei hatte einen einem einer ihr sein
        seine wenn man nur dann da vor zum zur durch wir über ihn ihm mich mir wieder nie
        wurde""",
        "äöüß",
    ),
    "it": (
        """il lo la gli le un una di che e non si per con del della nel era più è al i l d a da
        in dell all alla nella sul sulla dei delle ma come se sua suo ha aveva c mi lei lui
        anche quando tutto ci ne su mai poi questo o fu io dal dalla così senza quella""",
        "àèéìíîòóù",
    ),
    "pt": (
        """o a os as um uma de que e não em com do da por para se na no ele ela era mais dos das
        nos nas ao à seu sua como mas foi quando muito já eu me lhe até sem sobre tinha havia
        nunca então só pelo pela isso este esta nem ou depois tudo onde é num numa""",
        "áâãàçéêíóôõú",
    ),
    "nl": (
        """de het een en van in dat is niet met op zijn haar hij zij ze was te voor die er aan om
        hem ook als maar uit bij naar ik je had zo dan toen nog wel over door wat werd waar
        geen tot zich heeft mijn of weer nooit kon heel hun daar we hier moest""",
        "äëïöüé",
    ),
    "sv": (
        """och att det en ett som är var inte på han hon med för av den till i de så men sig om
        hade från när hans hennes sin sitt då man nu jag du vi kan ut upp över under efter
        aldrig där vid mot eller skulle in igen bara alla henne honom år""",
        "åäöé",
    ),
    "da": (
        """og at det en et som er var ikke på han hun med for af den til der i de så men sig om
        havde fra da hans hendes sin sit man nu jeg du vi kan ud op over under efter aldrig
        hvor ved mod eller skulle ind igen kun alle hende ham også meget blev""",
        "æøåé",
    ),
    "pl": (
        """i w nie na się z do to że jest był była jak ale po od za a o jego jej co tak już tylko
        go przez było dla gdy by ze ku nad pod czy ten ta tego ich sobie kiedy nigdy więc mu
        przed bez bardzo potem która który miał są u""",
        "ąćęłńóśźż",
    ),
    "cs": (
        """a v se na je že s z do to byl byla ale jako po by i o k ve ze si tak jeho její co už
        jen ho pro když bylo nad pod před bez nebo ten ta toho jak za od který která nikdy pak
        mu jsem jsou velmi u aby ani který tam kde""",
        "áčďéěíňóřšťúůýž",
    ),
    "tr": (
        """ve bir bu da de için ile çok ama gibi o ne kadar sonra vardı ki mi mı daha onun en her
        ben sen biz ona onu hiç diye değil var yok olarak şey zaman olan oldu dedi kendi iki
        bütün küçük artık böyle asla""",
        "çğıöşüâî",
    ),
    "id": (
        """yang dan di itu dengan tidak ini dari untuk ke pada dia ada adalah seorang akan ia
        juga mereka saya aku kamu sebuah telah sudah dalam oleh atau tetapi tapi karena
        seperti para lagi bisa kepada hari saat lalu sangat hanya kami kita bukan belum pernah""",
        "é",
    ),
    "vi": (
        """và của là một không người có được cho trong với những đã các này khi đến rồi thì mà ra
        vào như để cô anh ông bà tôi nó lại còn cũng trên đi con ấy đó ở về từ chưa bao giờ""",
        "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    ),
    "ro": (
        """și în de la cu pe nu un o care este era mai din lui a al ale ca să se că ce pentru ei
        lor îi îl i l s fi fost au avea nici dar când unde cum doar până după fără sub peste
        niciodată ea el eu te mă sa său atunci într dintr foarte toate""",
        "ăâîșțşţ",
    ),
    "hu": (
        """a az és hogy nem egy volt is meg de csak mint ez ki el be fel le ha már még sem s mert
        aki ami amikor akkor soha úgy így azt ezt őt neki vagy nagyon hol ott itt én te mi
        minden van lett után alatt fölött aztán""",
        "áéíóöőúüű",
    ),
    "fi": (
        """ja on ei se että hän oli kun mutta niin joka olla hänen sen ne he en minä sinä kuin
        myös jo vain nyt sitten siitä siinä mitä mikä kuka koskaan eivät olivat ollut ole tai
        jos kanssa takaisin pieni vanha yli alla jälkeen""",
        "äöå",
    ),
}
_SMALL_WORDS: Final = {
    word: frozenset(tag for tag, (words, _) in _LATIN.items() if word in words.split())
    for word in {word for words, _ in _LATIN.values() for word in words.split()}
}
"""Small word -> the languages that it speaks for."""

# How often a word of a text is one of a kind, in round figures.
_SMALL = 0.01
"""A given one of its language's small words: 50 of them make 40 to 50 % of a story."""
_CHANCE = 0.0003
"""A given small word of another language: a name, a word quoted."""
_PLAIN = 0.5
"""Any other word in the letters a to z."""
_LETTERED = 0.1
"""Any other word with letters beyond those that its language has."""
_STRANGE = 0.002
"""A word with letters that its language does not have, such as a name."""
_LETTERED_ELSEWHERE = 0.1
"""A word with any letters beyond a to z, in a language that is not in the table."""

_PRIORS: Final[dict[str | None, float]] = {
    **dict.fromkeys(_LATIN, 0.49 / (len(_LATIN) - 1)),
    "en": 0.5,
    None: 0.01,
}
"""How probable each language is before a word is read; None: one that is not in the table."""
_LIKELY = 0.5
"""More probable than all others together."""
_SURE = 0.9
_WORD: Final = re.compile(r"[^\W\d_]+|[¿¡]")


@dataclass(frozen=True, slots=True)
class Detected:
    """What a text tells of its language.

    ``tag`` is the primary subtag (ISO 639) of the language that it is taken for; ``is_sure`` tells
    whether the text itself speaks for it.
    """

    tag: str
    is_sure: bool


def detect_language(text: str) -> Detected:
    """Return which language ``text`` is in.

    The script decides where it can (kana: ja, Hangul: ko, Han alone: zh, ...). For Latin, small
    words and letters speak for a language; where they speak for none, English is taken, unsure.
    """
    sample = text[:_SAMPLE_CHARS]
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPT_PATTERNS}
    if counts["kana"] and counts["kana"] + counts["han"] > counts["latin"] // 2:
        return Detected("ja" if counts["kana"] * 20 >= counts["han"] else "zh", is_sure=True)
    script = max(counts, key=lambda name: counts[name] * (3 if name == "han" else 1))
    if not counts[script] or script == "latin":
        return _detect_latin(sample)
    if script == "arabic":
        return Detected(_detect_arabic(sample), is_sure=True)
    if script == "cyrillic":
        return Detected(_detect_cyrillic(sample), is_sure=True)
    tag = {"han": "zh", "kana": "ja", "hangul": "ko"}.get(script, script)
    return Detected(tag, is_sure=True)


def primary(tag: str) -> str:
    """Return the primary subtag of a language tag: ``"pt"`` of ``"pt-BR"``."""
    return tag.split("-", 1)[0].lower()


def _detect_latin(sample: str) -> Detected:
    """Weigh the words by Bayes' rule, as if each stood by itself."""
    words = Counter(_WORD.findall(sample.lower()))
    scores = {
        language: math.log(prior)
        + sum(count * _log_share(word, language) for word, count in words.items())
        for language, prior in _PRIORS.items()
    }
    best = max(scores, key=lambda language: scores[language])
    probability = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
    if best is None or probability < _LIKELY:
        return Detected("en", is_sure=False)
    return Detected(best, is_sure=probability >= _SURE)


def _log_share(word: str, language: str | None) -> float:
    """Return the logarithm of how often ``word`` is one in ``language``; None: in none of ours."""
    speaks_for = _SMALL_WORDS.get(word)
    if speaks_for is not None:
        return math.log(_SMALL if language in speaks_for else _CHANCE)
    letters = {letter for letter in word if not letter.isascii()}
    if language is None:
        return math.log(_LETTERED_ELSEWHERE if letters else 1 - _LETTERED_ELSEWHERE)
    if not letters:
        return math.log(_PLAIN)
    return math.log(_LETTERED if letters.issubset(_LATIN[language][1]) else _STRANGE)


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
