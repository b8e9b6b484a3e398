from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.errors import SettingsError, VoiceError
from raypipe.settings import load_settings
from raypipe.speech.cast import CastLine, VoiceCast, share_out, split_voice
from raypipe.speech.open import check_voice, next_engines
from raypipe.speech.words import find_words

CAST = VoiceCast(
    (
        ("narrator", "joe"),
        ("narrator@horror", "espeak:+whisper"),
        ("Elena", "f3"),
        ("Elena@sci-fi", "f5"),
        ("woman", "f1"),
        ("Old Tom", "m2"),
        ("wolf", "m7"),
    )
)


def test_the_narrator_is_cast_by_genre():
    assert CAST.narrator("adventure") == "joe"
    assert CAST.narrator("Ghost story") == "espeak:+whisper"
    assert VoiceCast().narrator("horror") is None


@pytest.mark.parametrize(
    ("name", "kind", "genre", "voice"),
    [
        ("Elena", "woman", "", "f3"),
        ("Dr. Elena Martinez", "woman", "adventure", "f3"),
        ("elena", "", "", "f3"),
        ("Elena", "woman", "science fiction", "f5"),
        ("Elenara", "man", "", None),
        ("Mara", "woman", "", "f1"),
        ("Tom", "man", "", None),
        ("Old Tom Bowling", "old man", "", "m2"),
        ("Grey Ear", "wolf", "", "m7"),
    ],
)
def test_a_name_goes_before_a_kind_and_a_genre_before_none(name, kind, genre, voice):
    assert CAST.voice_of(name, kind, genre) == voice


@pytest.mark.parametrize(
    ("voice", "expected"),
    [
        ("f3", (None, "f3")),
        ("Ana Florence", (None, "Ana Florence")),
        ("piper", ("piper", None)),
        ("piper:joe", ("piper:joe", None)),
        ("espeak:en+f3", ("espeak:en", "f3")),
        ("espeak:+f3", ("espeak", "f3")),
        ("espeak:en", ("espeak:en", None)),
        ("coqui:/m/xtts?speaker=Ana", ("coqui:/m/xtts?speaker=Ana", None)),
    ],
)
def test_a_voice_is_one_of_the_engine_or_names_its_own(voice, expected):
    assert split_voice(voice) == expected


TEXT = 'Elena turned. "It is warm," she said; "very warm!" Then «…» nobody spoke.'


def line(said, who="Elena", voice="f3"):
    start = TEXT.index(said)
    return CastLine(start, start + len(said), who, voice)


def test_a_text_is_cut_where_the_voice_changes():
    parts = share_out(TEXT, "en", (line('"It is warm,"'), line('"very warm!"')))
    assert [(TEXT[part.start : part.end], part.voice) for part in parts] == [
        ("Elena turned.", None),
        ('"It is warm,"', "f3"),
        ("she said;", None),
        ('"very warm!"', "f3"),
        ("Then «…» nobody spoke.", None),
    ]


def test_one_voice_is_one_part():
    assert [(part.start, part.end) for part in share_out(TEXT, "en", ())] == [(0, len(TEXT))]
    whole = CastLine(0, len(TEXT), "Elena", "f3")
    (part,) = share_out(TEXT, "en", (whole,))
    assert part.voice == "f3"
    assert share_out("… — !", "en", ()) == ()


@given(st.text('ab "«».,!\n', max_size=60), st.data())
def test_parts_hold_all_words_and_each_has_one(text, data):
    marks = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    lines = tuple(
        CastLine(start, end, "Elena", data.draw(st.sampled_from(["f1", "f3"])))
        for start, end in zip(marks[::2], marks[1::2], strict=False)
    )
    parts = share_out(text, "en", lines)
    assert all(find_words(text[part.start : part.end], "en") for part in parts)
    assert all(one.end <= other.start for one, other in itertools.pairwise(parts))
    covered = {at for part in parts for at in range(part.start, part.end)}
    assert {at for at, char in enumerate(text) if char.isalnum()} <= covered
    assert all(one.voice != other.voice for one, other in itertools.pairwise(parts))


def test_settings_take_a_cast_from_a_file_a_variable_or_a_flag(tmp_path):
    file = tmp_path / "raypipe.yaml"
    file.write_text(
        "video_pipeline:\n  tts:\n    cast:\n      narrator@horror: espeak:+whisper\n"
        "      Elena: f3\n"
    )
    found = load_settings(file=file, env={}).settings.tts.cast
    assert found == {"narrator@horror": "espeak:+whisper", "Elena": "f3"}
    variables = {"RAYPIPE_TTS_CAST": "Elena=espeak:en+f3, old man=m2", "HOME": str(tmp_path)}
    found = load_settings(env=variables).settings.tts.cast
    assert found == {"Elena": "espeak:en+f3", "old man": "m2"}


@pytest.mark.parametrize(
    ("cast", "message"),
    [
        ({"Elena@opera": "f3"}, "a genre that is known after Elena@"),
        ({" ": "f3"}, "neither of them empty"),
        ({"Elena": ""}, "neither of them empty"),
    ],
)
def test_a_cast_that_makes_no_sense_is_refused(cast, message):
    with pytest.raises(SettingsError, match=message):
        load_settings({"tts.cast": cast}, env={})


def test_voices_are_checked_without_opening_an_engine():
    check_voice("piper:joe", "joe")
    check_voice("espeak:es", "f3")
    check_voice("coqui:/m", "whoever")  # only its weights know
    check_voice("piper:joe", None)
    with pytest.raises(VoiceError, match="piper:joe has the voices joe, got 'f3'") as why:
        check_voice("piper:joe", "f3")
    assert "espeak:en+f3" in why.value.remedy
    with pytest.raises(VoiceError, match="got 'f33'"):
        check_voice("espeak:es", "f33")


def test_embedded_engines_read_in_place_of_others():
    assert next_engines("coqui:/m", language="en-GB") == ("piper:joe", "espeak:en-GB")
    assert next_engines("coqui:/m", language="es") == ("espeak:es",)
    assert next_engines("piper:joe", language="en") == ("espeak:en",)
    assert next_engines("espeak:es", language="es") == ()
    assert next_engines("coqui:/m", language="tlh") == ()
