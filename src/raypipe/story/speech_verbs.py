"""Verbs and pronouns that tell who speaks a quotation, in the languages that are read closely."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_VERBS: Final = {
    "en": r"(?:said|says|say|asked|asks|repl(?:ied|ies)|answer(?:ed|s)|whisper(?:ed|s|ing)|"
    r"shout(?:ed|s|ing)|cr(?:ied|ies|ying)|call(?:ed|s|ing)|murmur(?:ed|s|ing)|mutter(?:ed|s|ing)|"
    r"yell(?:ed|s|ing)|exclaim(?:ed|s|ing)|scream(?:ed|s|ing)|sigh(?:ed|s|ing)|laugh(?:ed|s|ing)|"
    r"added|continued|began|growl(?:ed|s|ing)|hiss(?:ed|es|ing)|snapped|roar(?:ed|s|ing)|declared|"
    r"told|warned|begged|pleaded|announced|demanded|agreed|repeated|thought|breathed|gasped|"
    r"sobbed|sang|snarled|grumbled|insisted|promised|suggested|explained|wondered|remarked|"
    r"observed|returned|went on|croaked|barked|chirped|squeaked|spoke|saying|asking)",
    "es": r"(?:dijo|dice|dec[íi]a|dijeron|pregunt(?:ó|a|aba)|respondi[óo]|responde|contest(?:ó|a)|"
    r"grit(?:ó|a)|susurr(?:ó|a)|exclam(?:ó|a)|murmur(?:ó|a)|añadi[óo]|replic(?:ó|a)|repuso|"
    r"pens(?:ó|aba)|pidi[óo]|llam(?:ó|aba)|suplic(?:ó|a)|orden(?:ó|a)|cant(?:ó|aba))",
    "fr": r"(?:dit|disait|dirent|demand(?:a|e)|répond(?:it)?|cri(?:a|e)|murmur(?:a|e)|"
    r"écri(?:a|e)|exclam(?:a|e)|chuchot(?:a|e)|ajout(?:a|e)|répliqu(?:a|e)|reprit|pens(?:a|e)|"
    r"souffl(?:a|e)|hurl(?:a|e)|suppli(?:a|e))",
    "de": r"(?:sagte|sagt|sprach|fragte|fragt|antwortete|antwortet|rief|ruft|flüsterte|schrie|"
    r"murmelte|erwiderte|meinte|dachte|bat|sang|versetzte|entgegnete|brummte|seufzte)",
    "it": r"(?:disse|dice|diceva|chiese|domandò|rispose|gridò|sussurrò|esclamò|mormorò|aggiunse|"
    r"replicò|pensò|urlò|chiamò|supplicò)",
    "pt": r"(?:disse|diz|dizia|perguntou|respondeu|gritou|sussurrou|exclamou|murmurou|"
    r"acrescentou|replicou|pensou|pediu|chamou|suplicou)",
    "nl": r"(?:zei|zegt|sprak|vroeg|riep|antwoordde|fluisterde|schreeuwde|dacht|mompelde)",
    "pl": r"(?:(?:po)?wiedział[ay]?|powiedział[ay]?|zapytał[ay]?|odpowiedział[ay]?|odparł[ay]?|"
    r"krzykn(?:ął|ęła)|szepn(?:ął|ęła)|zawołał[ay]?|rzekł[ay]?|pomyślał[ay]?)",
    "ru": r"(?:сказал[аио]?|говорит|говорил[аи]?|спросил[аи]?|спрашивает|ответил[аи]?|отвечает|"
    r"отвечал[аи]?|крикнул[аи]?|закричал[аи]?|прошептал[аи]?|шепчет|воскликнул[аи]?|"
    r"подумал[аи]?|молвил[аи]?|попросил[аи]?|позвал[аи]?|добавил[аи]?)",
    "tr": r"(?:dedi|diye|sordu|bağırdı|fısıldadı|cevap verdi|yanıtladı)",
    "ar": r"(?:[فو]?(?:قال|قالت|يقول|تقول|سأل|سألت|أجاب|أجابت|صاح|صاحت|صرخ|صرخت|همس|همست|"
    r"نادى|نادت|هتف|هتفت))",
}  # fmt: skip
_VERBS_UNSPACED: Final = {
    "ja": r"(?:言|云|いい(?:ま|、)|いった|答え|叫|尋ね|たずね|聞[きい]|ききま|ささや|つぶや|"
    r"呼[びん])",
    "zh": r"(?:说|說|道[：:,，。]|问|問|喊|叫道|答|想道|嚷|笑道)",
    "ko": r"(?:말했|말하|물었|외쳤|대답|속삭|소리쳤)",
    "hi": r"(?:कहा|कहती|कहता|बोला|बोली|पूछा|पूछी|चिल्ला|सोचा)",
}  # fmt: skip
_WOMAN: Final = {
    "en": "she", "es": "ella", "fr": "elle", "de": "sie", "it": "lei|ella", "pt": "ela",
    "nl": "zij|ze", "pl": "ona", "ru": "она", "ar": "هي", "ja": "彼女", "zh": "她",
}  # fmt: skip
_MAN: Final = {
    "en": "he", "es": "él", "fr": "il", "de": "er", "it": "lui|egli", "pt": "ele", "nl": "hij",
    "pl": "on", "ru": "он", "ar": "هو", "ja": "彼(?!女)", "zh": "他",
}  # fmt: skip
_OTHERS: Final = {
    "en": "they|it|we|you|I", "es": "ellos|ellas|yo|nosotros", "fr": "ils|elles|on|je|nous",
    "de": "es|wir|ich|man", "it": "loro|io|noi", "pt": "eles|elas|eu|nós", "ru": "они|я|мы",
}  # fmt: skip
DROPS_SUBJECT: Final = frozenset({"es", "it", "pt", "pl", "ru", "tr", "ar", "ja", "zh", "ko", "hi"})
"""Languages in which "said" alone says that who was spoken of last goes on."""
_TO: Final = {
    "en": "to|at|with|of|by|for", "es": "a|al|con|de|para", "fr": "à|au|avec|de",
    "de": "zu|zum|zur|mit|von", "it": "a|al|alla|con|di", "pt": "a|ao|à|com|de|para",
    "nl": "tegen|aan|met", "ru": "к|ко|с",
}  # fmt: skip
"""Prepositions after which stands who is spoken to."""


@cache
def speech_verb(language: str) -> re.Pattern[str] | None:
    """Return what finds a verb of speaking in ``language`` (a primary subtag), None if unknown."""
    if language in _VERBS_UNSPACED:
        return re.compile(_VERBS_UNSPACED[language])
    verbs = _VERBS.get(language)
    return re.compile(rf"(?<!\w){verbs}(?!\w)", re.IGNORECASE) if verbs else None


@cache
def pronoun(language: str, who: str) -> re.Pattern[str] | None:
    """Return what finds a pronoun; ``who`` is woman, man or others."""
    words = {"woman": _WOMAN, "man": _MAN, "others": _OTHERS}[who].get(language)
    if words is None:
        return None
    if language in {"ja", "zh"}:
        return re.compile(words)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


@cache
def addressed(language: str) -> re.Pattern[str]:
    """Return what ends a text after which stands who is spoken to: "said to the"."""
    words = _TO.get(language)
    article = r"(?:\s+(?:the|an?|his|her|their|my|el|la|le|una?|der|dem|die|il|o))?"
    return re.compile(rf"(?<!\w)(?:{words}){article}\s+$" if words else r"(?!)", re.IGNORECASE)
