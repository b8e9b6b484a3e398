# ruff: noqa: RUF001  (words of many alphabets are its subject)
"""Tags that people search for, by genre and language.

The tags are editorial: plain, standing terms of each platform's search, no trends and no bait.
"""

from __future__ import annotations

from typing import Final

GENRE_TAGS: Final[dict[str, tuple[str, ...]]] = {
    "adventure": ("adventure", "adventure story", "quest", "exploration"),
    "fantasy": ("fantasy", "fantasy story", "magic", "epic fantasy"),
    "fable": ("fable", "moral story", "story with a moral", "bedtime story"),
    "folklore": ("folklore", "folk tale", "legend", "traditional story"),
    "fairy tale": ("fairy tale", "bedtime story", "once upon a time", "classic story"),
    "mythology": ("mythology", "myth", "legend", "ancient stories"),
    "science fiction": ("science fiction", "scifi", "scifi story", "future"),
    "mystery": ("mystery", "mystery story", "detective", "whodunit"),
    "thriller": ("thriller", "suspense", "thriller story"),
    "horror": ("horror", "scary story", "horror story", "ghost story"),
    "romance": ("romance", "love story", "romantic story"),
    "drama": ("drama", "drama story", "emotional story"),
    "comedy": ("comedy", "funny story", "humor"),
    "history": ("history", "historical fiction", "historical story"),
    "war": ("war story", "history", "drama"),
    "children": ("kids story", "children story", "bedtime story", "story for kids"),
    "educational": ("education", "learn", "explained"),
    "documentary": ("documentary", "true story", "explained"),
    "biography": ("biography", "true story", "life story"),
    "travel": ("travel", "travel story", "journey"),
    "nature": ("nature", "animals", "nature story"),
    "western": ("western", "wild west", "western story"),
    "crime": ("crime", "crime story", "detective"),
    "inspirational": ("inspiration", "motivation", "inspiring story"),
    "slice of life": ("slice of life", "everyday life", "short story"),
}
"""English tags by genre, the most telling first."""

GENRE_ALIASES: Final[dict[str, str]] = {
    "sci-fi": "science fiction", "scifi": "science fiction", "sf": "science fiction",
    "fairytale": "fairy tale", "fairy-tale": "fairy tale", "folktale": "folklore",
    "folk tale": "folklore", "folk": "folklore", "legend": "folklore", "myth": "mythology",
    "historical": "history", "historical fiction": "history", "kids": "children",
    "children's": "children", "child": "children", "detective": "mystery", "noir": "crime",
    "suspense": "thriller", "love": "romance", "romantic": "romance", "humor": "comedy",
    "humour": "comedy", "funny": "comedy", "education": "educational", "science": "educational",
    "motivational": "inspirational", "inspiration": "inspirational", "action": "adventure",
    "parable": "fable", "epic": "fantasy", "ghost": "horror", "dystopia": "science fiction",
    "cyberpunk": "science fiction", "space opera": "science fiction", "life": "slice of life",
}  # fmt: skip

STORY_TAGS: Final = ("story", "short story", "storytelling", "animated story", "narrated story")
"""For every story, in English."""

LOCAL_STORY_TAGS: Final[dict[str, tuple[str, ...]]] = {
    "ar": ("قصة", "قصص قصيرة", "حكاية"),
    "de": ("geschichte", "kurzgeschichte", "hörgeschichte"),
    "es": ("cuento", "cuento corto", "historia narrada"),
    "fr": ("histoire", "conte", "histoire courte"),
    "hi": ("कहानी", "हिंदी कहानी", "लघु कथा"),
    "id": ("cerita", "cerita pendek", "dongeng"),
    "it": ("storia", "racconto", "racconto breve"),
    "ja": ("物語", "短編", "朗読"),
    "ko": ("이야기", "단편", "낭독"),
    "nl": ("verhaal", "kort verhaal", "voorgelezen verhaal"),
    "pl": ("opowiadanie", "opowieść", "bajka"),
    "pt": ("conto", "história curta", "história narrada"),
    "ru": ("рассказ", "история", "сказка"),
    "tr": ("hikaye", "kısa hikaye", "masal"),
    "uk": ("оповідання", "історія", "казка"),
    "zh": ("故事", "短篇故事", "有声故事"),
}
"""The word for a story in its own language: what its audience searches for."""

LOCAL_GENRES: Final[dict[str, dict[str, str]]] = {
    "ar": {"adventure": "مغامرة", "fantasy": "خيال", "fable": "حكاية ذات عبرة",
           "folklore": "حكايات شعبية", "mystery": "غموض", "horror": "رعب", "romance": "رومانسية"},
    "de": {"adventure": "abenteuer", "fantasy": "fantasy", "fable": "fabel", "folklore": "sage",
           "fairy tale": "märchen", "mystery": "krimi", "horror": "gruselgeschichte",
           "romance": "liebesgeschichte"},
    "es": {"adventure": "aventura", "fantasy": "fantasía", "fable": "fábula",
           "folklore": "folclore", "fairy tale": "cuento de hadas", "mystery": "misterio",
           "horror": "terror", "romance": "historia de amor", "science fiction": "ciencia ficción"},
    "fr": {"adventure": "aventure", "fantasy": "fantastique", "fable": "fable",
           "folklore": "légende", "fairy tale": "conte de fées", "mystery": "mystère",
           "horror": "horreur", "romance": "histoire d'amour"},
    "hi": {"adventure": "रोमांच", "fable": "नैतिक कहानी", "folklore": "लोक कथा",
           "horror": "डरावनी कहानी"},
    "it": {"adventure": "avventura", "fantasy": "fantasia", "fable": "favola",
           "folklore": "folclore", "fairy tale": "fiaba", "mystery": "mistero",
           "horror": "horror", "romance": "storia d'amore"},
    "ja": {"adventure": "冒険", "fantasy": "ファンタジー", "fable": "寓話", "folklore": "昔話",
           "fairy tale": "童話", "mystery": "ミステリー", "horror": "怪談", "romance": "恋愛",
           "science fiction": "SF"},
    "ko": {"adventure": "모험", "fantasy": "판타지", "fable": "우화", "folklore": "전래동화",
           "fairy tale": "동화", "mystery": "미스터리", "horror": "공포", "romance": "로맨스"},
    "pt": {"adventure": "aventura", "fantasy": "fantasia", "fable": "fábula",
           "folklore": "folclore", "fairy tale": "conto de fadas", "mystery": "mistério",
           "horror": "terror", "romance": "romance"},
    "ru": {"adventure": "приключения", "fantasy": "фэнтези", "fable": "басня",
           "folklore": "фольклор", "fairy tale": "сказка", "mystery": "детектив",
           "horror": "страшная история", "romance": "история любви"},
    "tr": {"adventure": "macera", "fantasy": "fantastik", "fable": "fabl",
           "folklore": "halk masalı", "fairy tale": "peri masalı", "horror": "korku"},
    "zh": {"adventure": "冒险", "fantasy": "奇幻", "fable": "寓言", "folklore": "民间故事",
           "fairy tale": "童话", "mystery": "悬疑", "horror": "恐怖故事", "romance": "爱情故事",
           "science fiction": "科幻"},
}  # fmt: skip
