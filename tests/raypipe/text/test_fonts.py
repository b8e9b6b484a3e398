import pytest

from raypipe.errors import SettingsError
from raypipe.text import fonts
from raypipe.text.fonts import cjk_face, find_face, missing_glyphs, named_face
from raypipe.text.scripts import script_of

SAMPLES = {
    "en": "The fox said: “no” — twice…",
    "es": "¿Qué pasó, niño? ¡Ay!",
    "ru": "Жил-был царь",
    "el": "Ένας φτωχός",
    "ja": "桃太郎は、鬼ヶ島へ。「はい」",
    "zh": "从前有一座山。山里有「一座庙」。",
    "ko": "옛날 옛적에",
    "ar": "كان علي بابا حطابًا فقيرًا، «افتح»",
    "he": "אבא הלך לשוק",
    "hi": "एक समय की बात है।",
    "th": "กาลครั้งหนึ่ง",
    "ta": "ஒரு காலத்தில்",
    "am": "ከዕለታት አንድ ቀን",
}


@pytest.fixture
def no_system_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "system_fonts", lambda: ())
    find_face.cache_clear()
    yield
    find_face.cache_clear()


@pytest.mark.usefixtures("no_system_fonts")
@pytest.mark.parametrize("language", SAMPLES)
def test_every_language_is_drawn_without_system_fonts(language):
    assert missing_glyphs(SAMPLES[language], language=language) == ()


@pytest.mark.usefixtures("no_system_fonts")
def test_missing_glyphs_are_named_once_in_order():
    text = "a𓀀 \U0010fffd b𓀀"

    assert missing_glyphs(text) == ("EGYPTIAN HIEROGLYPH A001", "U+10FFFD")


def test_invisible_characters_are_never_missing():
    assert missing_glyphs("a\u200b\u200d\u2066\ufeff\u00ad\ufe0f\u2028\n\t\U000e0067b") == ()


@pytest.mark.parametrize(
    "emoji", ["😀", "👩\u200d👩\u200d👧\u200d👦", "👍🏽", "🇯🇵", "❤\ufe0f", "1\ufe0f⃣"]
)
def test_emoji_sequences_come_from_the_emoji_face(emoji):
    face = find_face(emoji, script="Latn", cjk=cjk_face("en"))

    assert face is not None
    assert face.name == "Noto Emoji Regular"


def test_punctuation_keeps_the_face_of_its_script():
    assert find_face("،", script="Arab", cjk=cjk_face("ar")).name.startswith("Noto Sans Arabic")
    assert find_face("。", script="Hani", cjk=cjk_face("ja")).name == "Noto Sans CJK JP"


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("ja", "", "JP"),
        ("ko-KR", "", "KR"),
        ("zh", "", "SC"),
        ("zh-Hant", "", "TC"),
        ("zh_HK", "", "HK"),
        ("en", "桃の木", "JP"),
        ("en", "漢字", "SC"),
        ("en", "호랑이", "KR"),
    ],
)
def test_han_forms_follow_the_language_then_the_text(language, text, name):
    assert cjk_face(language, text).name == f"Noto Sans CJK {name}"


def test_a_styles_font_may_be_a_file():
    path = fonts.embedded_fonts()["NotoSansHebrew[wght].ttf"]

    assert named_face("sans") is None
    assert named_face(str(path)).path == path


@pytest.mark.parametrize("font", ["Comic Sans", "/nowhere/a.ttf", "", "pyproject.toml"])
def test_an_unreadable_font_is_refused_by_name(font):
    with pytest.raises(SettingsError, match="expected 'sans' or the path"):
        named_face(font)


def test_a_file_that_is_no_font_is_refused(tmp_path):
    path = tmp_path / "fake.ttf"
    path.write_bytes(b"not a font at all")

    with pytest.raises(SettingsError, match=r"fake\.ttf"):
        named_face(str(path))


def test_system_fonts_are_asked_last(monkeypatch):
    asked = []
    monkeypatch.setattr(fonts, "system_fonts", lambda: asked.append(1) or ())
    find_face.cache_clear()

    find_face("k", script="Latn", cjk=cjk_face("en"))
    assert not asked
    find_face("𓀀", script="Egyp", cjk=cjk_face("en"))
    assert asked
    find_face.cache_clear()


def test_scripts_of_shared_characters_are_common():
    assert [script_of(c) for c in "aあ漢ش1"] == ["Latn", "Hira", "Hani", "Arab", "Zyyy"]
