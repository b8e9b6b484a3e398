"""Which font draws which character: the embedded Noto faces first, then the machine's own.

The font packages ``manimgx-fonts`` (Noto Sans for 20 scripts, Noto Emoji) and
``manimgx-fonts-cjk`` (Noto Sans CJK) come with raypipe, so text is drawn alike on every machine,
also on one with no system fonts; those are asked only for characters that none of ours has.

No table of coverage is kept: HarfBuzz maps a font file and looks one character up in its cmap in
microseconds, and a face is opened only when a text needs it.
"""

from __future__ import annotations

import importlib.util
import os
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz as hb

from raypipe.errors import EngineUnavailableError, SettingsError
from raypipe.text.scripts import is_invisible, script_of
from raypipe.timeline.model import TextWeight

Weight = TextWeight

_WEIGHTS: dict[Weight, float] = {"regular": 400.0, "bold": 700.0, "heavy": 800.0}

_LATIN = "NotoSans[wght].ttf"
_EMOJI = "NotoEmoji[wght].ttf"
_SYMBOLS = "NotoSansSymbols[wght].ttf"
_CJK = "NotoSansCJK-VF.otf.ttc"

# ISO 15924 script codes to the face that is made for them.
_SCRIPT_FACES = {
    "Latn": _LATIN,
    "Grek": _LATIN,
    "Cyrl": _LATIN,
    "Arab": "NotoSansArabic[wght].ttf",
    "Armn": "NotoSansArmenian[wght].ttf",
    "Beng": "NotoSansBengali[wght].ttf",
    "Deva": "NotoSansDevanagari[wght].ttf",
    "Ethi": "NotoSansEthiopic[wght].ttf",
    "Geor": "NotoSansGeorgian[wght].ttf",
    "Gujr": "NotoSansGujarati[wght].ttf",
    "Guru": "NotoSansGurmukhi[wght].ttf",
    "Hebr": "NotoSansHebrew[wght].ttf",
    "Knda": "NotoSansKannada[wght].ttf",
    "Khmr": "NotoSansKhmer[wght].ttf",
    "Laoo": "NotoSansLao[wght].ttf",
    "Mlym": "NotoSansMalayalam[wght].ttf",
    "Mymr": "NotoSansMyanmar[wght].ttf",
    "Orya": "NotoSansOriya[wght].ttf",
    "Sinh": "NotoSansSinhala[wght].ttf",
    "Taml": "NotoSansTamil[wght].ttf",
    "Telu": "NotoSansTelugu[wght].ttf",
    "Thai": "NotoSansThai[wght].ttf",
    "Hani": _CJK,
    "Hira": _CJK,
    "Kana": _CJK,
    "Hang": _CJK,
    "Bopo": _CJK,
}

# Faces of the CJK collection, in its order: one Han character is written differently in each.
_CJK_FACES = {"ja": 0, "ko": 1, "zh": 2, "zh-hant": 3, "zh-tw": 3, "zh-hk": 4, "yue": 4}

_VARIATION_EMOJI, _VARIATION_TEXT = "\ufe0f", "\ufe0e"
_EMOJI_SAMPLE = "\U0001f600"
_PICTOGRAPHS = 0x1F000
"""First character of the blocks of pictures: mahjong tiles, cards, flags, emoji."""
_BORN_EMOJI = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"  # noqa: RUF001 - signs of their own
)
"""Emoji_Presentation=Yes below the blocks of pictures (emoji-data.txt 16.0)."""
_FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")


@dataclass(frozen=True, slots=True)
class FontFace:
    """One face of a font file: what is opened, and nothing of what is in it."""

    path: Path
    index: int = 0

    def has(self, character: str) -> bool:
        """Whether the face's cmap maps this one character."""
        return _lookup_font(self).get_nominal_glyph(ord(character)) is not None

    @property
    def name(self) -> str:
        """The full font name, such as ``Noto Sans CJK JP``."""
        return _open_face(self).get_name(4) or self.path.stem


@cache
def _open_face(face: FontFace) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(face.path)), face.index)


@cache
def _lookup_font(face: FontFace) -> hb.Font:
    return hb.Font(_open_face(face))


@lru_cache(maxsize=256)
def open_font(face: FontFace, size_px: int, weight: Weight) -> hb.Font:
    """The face at a size and weight, in HarfBuzz units of 1/64 pixel.

    A face without a weight axis is emboldened by HarfBuzz where more than regular is asked of it
    and its name doesn't say that it is bold.
    """
    opened = _open_face(face)
    font = hb.Font(opened)
    font.scale = (size_px * 64, size_px * 64)
    if any(axis.tag == "wght" for axis in opened.axis_infos):
        font.set_variations({"wght": _WEIGHTS[weight]})
    elif weight != "regular" and "bold" not in face.name.lower() and not has_colour(face):
        font.synthetic_bold = (0.02, 0.02, False)
    return font


def colour_emoji_font() -> Path | None:
    """The machine's own font of coloured emoji, None if it has none."""
    for face in system_fonts():
        if "emoji" in face.path.stem.lower() and has_colour(face) and face.has(_EMOJI_SAMPLE):
            return face.path
    return None


@cache
def has_colour(face: FontFace) -> bool:
    """Whether the face draws its glyphs in colours of its own (COLR layers or PNG strikes)."""
    opened = _open_face(face)
    return bool(opened.has_color_paint or opened.has_color_layers or opened.has_color_png)


@cache
def embedded_fonts() -> dict[str, Path]:
    """File name to path of every font in the two font packages.

    Raises:
        EngineUnavailableError: a font package is not installed.
    """
    fonts: dict[str, Path] = {}
    for package in ("manimgx_fonts", "manimgx_fonts_cjk"):
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise EngineUnavailableError(
                f"the font package {package} is not installed, so text cannot be drawn",
                remedy="install raypipe with its render extra: pip install 'raypipe[render]'",
                where="fonts",
            )
        folder = Path(next(iter(spec.submodule_search_locations)))
        fonts |= {path.name: path for path in folder.iterdir() if path.suffix in _FONT_SUFFIXES}
    return fonts


@cache
def system_fonts() -> tuple[FontFace, ...]:
    """The machine's own upright faces, sorted by file; read only when ours lack a character."""
    data_home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    folders = (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        Path(data_home) / "fonts",
        Path.home() / ".fonts",
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
    )
    found = {
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.suffix.lower() in _FONT_SUFFIXES and path.is_file()
    }
    slanted = ("italic", "oblique")
    return tuple(
        FontFace(path)
        for path in sorted(found)
        if not any(word in path.stem.lower() for word in slanted)
    )


def cjk_face(language: str, text: str = "") -> FontFace:
    """The CJK face whose Han forms suit the language, else what the text's other letters tell."""
    tag = language.lower().replace("_", "-")
    index = _CJK_FACES.get(tag, _CJK_FACES.get(tag.split("-")[0]))
    if index is None:
        scripts = {script_of(character) for character in text}
        index = 0 if scripts & {"Hira", "Kana"} else 1 if "Hang" in scripts else 2
    return FontFace(embedded_fonts()[_CJK], index)


def _embedded(name: str, cjk: FontFace) -> FontFace:
    return cjk if name == _CJK else FontFace(embedded_fonts()[name])


@lru_cache(maxsize=8192)
def find_face(
    cluster: str,
    *,
    script: str,
    cjk: FontFace,
    preferred: FontFace | None = None,
    emoji: FontFace | None = None,
) -> FontFace | None:
    """The face that draws a grapheme cluster, None if no font here has all of it.

    Args:
        cluster: one user-perceived character: a base with its marks, or an emoji sequence.
        script: ISO 15924 code of the run that it stands in.
        cjk: face for Han, kana and hangul (see ``cjk_face``).
        preferred: a face that is asked first, such as the one the style names.
        emoji: a face that is asked first for emoji.
    """
    visible = [character for character in cluster if not is_invisible(character)]
    if emoji is not None and is_emoji(cluster) and all(map(emoji.has, visible)):
        return emoji
    if (
        preferred is not None
        and _VARIATION_EMOJI not in cluster
        and all(map(preferred.has, visible))
    ):
        return preferred
    if is_emoji(cluster):
        names = [_EMOJI, _LATIN, _SYMBOLS, _CJK]
    else:
        names = [_SCRIPT_FACES.get(script, _LATIN), _LATIN, _EMOJI, _SYMBOLS, _CJK]
    names += [name for name in sorted(embedded_fonts()) if "Italic" not in name]
    for name in dict.fromkeys(names):
        face = _embedded(name, cjk)
        if all(map(face.has, visible)):
            return face
    for face in system_fonts():
        if all(map(face.has, visible)):
            return face
    return None


def is_emoji(cluster: str) -> bool:
    """Whether a cluster asks to be drawn as an emoji rather than as a text symbol."""
    if _VARIATION_TEXT in cluster:
        return False
    first = cluster[0]
    return _VARIATION_EMOJI in cluster or ord(first) >= _PICTOGRAPHS or first in _BORN_EMOJI


def named_face(font: str) -> FontFace | None:
    """The face a style names: None for ``sans`` (the embedded Noto Sans), else a font file's.

    Raises:
        SettingsError: the file is missing or isn't a font.
    """
    if font == "sans":
        return None
    path = Path(font)
    if path.suffix.lower() in _FONT_SUFFIXES and path.is_file():
        face = FontFace(path)
        if _open_face(face).glyph_count > 0:
            return face
    raise SettingsError(
        f"expected 'sans' or the path of a .ttf, .otf or .ttc file, got {font!r}",
        remedy="name a readable font file, or leave the font out",
        where="font",
    )


@cache
def emoji_face(path: str) -> FontFace | None:
    """The face of a style's emoji font; None for no font, or one that this machine lacks."""
    if not path or not Path(path).is_file():
        return None
    face = FontFace(Path(path))
    return face if has_colour(face) else None


def missing_glyphs(text: str, *, language: str = "en") -> tuple[str, ...]:
    """Names of the characters in a text that no font here can draw, in order, each once.

    Characters that are meant to be invisible (joiners, marks of direction, spaces, controls)
    are never missing.

    Returns:
        Unicode names such as ``EGYPTIAN HIEROGLYPH A001``, or ``U+10FFFF`` for the nameless.
    """
    cjk = cjk_face(language, text)
    missing: dict[str, None] = {}
    for character in dict.fromkeys(text):
        if is_invisible(character) or character.isspace():
            continue
        if find_face(character, script=script_of(character), cjk=cjk) is None:
            missing[unicodedata.name(character, f"U+{ord(character):04X}")] = None
    return tuple(missing)
