import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raypipe.picture.overlay import fit_text
from raypipe.text.captions import caption_layers, prominent_style
from raypipe.timeline.model import TextStyle

STYLE = TextStyle()
ENGLISH = (
    "In a dusty ancient temple, archaeologist Dr. Elena Martinez discovered a glowing crystal. "
    "The crystal pulsed with mysterious energy, and blue light ran along the carved walls. "
    "She had followed a faded map for eleven years to stand in this room."
)
JAPANESE = (
    "むかしむかし、おじいさんが住んでいました。川で洗濯をしていると、大きな桃が流れてきました。"
)
ARABIC = "كان علي بابا حطابًا فقيرًا يعيش على أطراف المدينة. قال زعيمهم: «افتح يا سمسم»."


def captions(text, *, seconds, language="en", words=(), size=(1080, 1920), start=0, **options):
    return caption_layers(
        text,
        language=language,
        words=words,
        start_frame=start,
        end_frame=start + round(seconds * 30),
        fps=30,
        width=size[0],
        height=size[1],
        style=options.get("style", STYLE),
    )


def lines_of(layer, width=1080, height=1920):
    return len(fit_text(layer, width=width, height=height).lines)


@pytest.mark.parametrize(
    ("text", "language", "seconds"),
    [(ENGLISH, "en", 15), (JAPANESE, "ja", 8), (ARABIC, "ar", 6), ("漢" * 500, "zh", 120)],
)
def test_captions_show_all_of_the_text_in_two_lines_at_most(text, language, seconds):
    layers = captions(text, seconds=seconds, language=language)

    assert "".join("".join(layer.content.split()) for layer in layers) == "".join(text.split())
    assert all(lines_of(layer) <= 2 for layer in layers)
    for before, after in itertools.pairwise(layers):
        assert before.end_frame <= after.start_frame


@pytest.mark.parametrize(
    ("text", "language", "seconds"), [(ENGLISH, "en", 15), (JAPANESE, "ja", 9), (ARABIC, "ar", 7)]
)
def test_captions_stay_as_long_as_they_are_read(text, language, seconds):
    layers = captions(text, seconds=seconds, language=language)
    lengths = [(layer.end_frame - layer.start_frame) / 30 for layer in layers]

    assert min(lengths) >= 0.7
    assert max(lengths) <= 4.5


def test_phrases_end_where_the_sentence_pauses():
    contents = [layer.content for layer in captions(ENGLISH, seconds=15)]

    assert contents[0] == "In a dusty ancient temple,"
    assert contents[2] == "discovered a glowing crystal."
    assert not any(content.endswith(("Dr.", " the", " a", " and")) for content in contents)


def test_japanese_phrases_end_at_its_punctuation():
    layers = captions(JAPANESE, seconds=9, language="ja")

    assert len(layers) >= 3
    assert all(layer.content[-1] in "、。" for layer in layers)


def test_captions_follow_the_words_that_are_heard():
    text = "One fine day. Two birds flew over the wide and silent sea."
    words, at = [], 30
    for word in text.split():
        start = text.index(word)
        if word == "Two":
            at += 60
        words.append((start, start + len(word.rstrip(".")), at, at + 10))
        at += 12
    layers = captions(text, seconds=10, words=words)

    assert layers[0].content == "One fine day."
    assert 27 <= layers[0].start_frame <= 30
    assert layers[0].end_frame < words[3][2] - 20
    assert layers[1].content.startswith("Two birds")
    assert words[3][2] - 4 <= layers[1].start_frame <= words[3][2]


def test_words_are_counted_from_the_start_of_their_phrase():
    layers = captions(ENGLISH, seconds=15)

    for layer in layers:
        spoken = [layer.content[start:end] for start, end, *_ in layer.word_frames]
        assert spoken
        assert all(word and word == word.strip(" .,") for word in spoken)
        frames = [frame for *_, first, last in layer.word_frames for frame in (first, last)]
        assert frames == sorted(frames)
    joined = " ".join(
        layer.content[start:end] for layer in layers for start, end, *_ in layer.word_frames
    )
    assert joined.split()[:6] == ["In", "a", "dusty", "ancient", "temple", "archaeologist"]


def test_captions_are_gap_free_within_a_sentence():
    text = "She had followed a faded map for eleven years to stand in this very old room."
    layers = captions(text, seconds=6)

    assert len(layers) > 1
    assert all(a.end_frame == b.start_frame for a, b in itertools.pairwise(layers))


def test_words_keep_their_place_when_the_text_is_cleaned():
    text = "Cafe\u0301 \n\n  noir\x07 now"
    words = [(0, 5, 0, 20), (10, 14, 20, 40), (16, 19, 40, 60)]
    (layer,) = captions(text, seconds=2, words=words)

    assert layer.content == "Café noir now"
    assert [layer.content[s:e] for s, e, *_ in layer.word_frames] == ["Café", "noir", "now"]


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b"])
def test_nothing_to_say_gives_no_captions(text):
    assert [layer for layer in captions(text, seconds=3) if layer.content.strip("\u200b")] == []


def test_a_scene_of_a_tenth_of_a_second_has_captions_inside_it():
    layers = captions(ENGLISH, seconds=0.1, start=5)

    assert layers
    assert all(5 <= layer.start_frame < layer.end_frame <= 8 for layer in layers)


def test_a_wide_frame_holds_longer_phrases():
    tall, wide = (captions(ENGLISH, seconds=15, size=size) for size in ((1080, 1920), (1920, 1080)))

    assert len(wide) <= len(tall)


def test_emphasis_of_a_silent_scene_is_large_and_in_the_middle():
    style = prominent_style(STYLE)

    assert style.position == "center"
    assert style.size_px > STYLE.size_px
    assert style.colour == STYLE.colour


@settings(max_examples=40, deadline=None)
@given(
    st.text(alphabet="abc xyz.,!? 桃太。、ش😀\u200d\u0301\ud800\n", max_size=80),
    st.floats(0.05, 12),
    st.integers(0, 40),
)
def test_any_text_gives_ordered_captions_in_its_scene(text, seconds, start):
    layers = captions(text, seconds=seconds, start=start)
    end = start + round(seconds * 30)

    for layer in layers:
        assert start <= layer.start_frame < layer.end_frame <= end
        assert all(0 <= s < e <= len(layer.content) for s, e, *_ in layer.word_frames)
    for before, after in itertools.pairwise(layers):
        assert before.end_frame <= after.start_frame


LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstellenleiterin"


def test_a_word_that_goes_on_in_the_next_caption_has_a_hyphen():
    layers = captions(f"Die {LONG} kam.", seconds=12, language="de")

    assert len(layers) > 1
    joined = "".join(layer.content.removesuffix("-") for layer in layers)
    assert joined.replace(" ", "") == f"Die{LONG}kam."
    inside = [layer for layer in layers if layer.content.endswith("-")]
    assert inside
    assert all(lines_of(layer) <= 2 for layer in layers)
    for layer in inside:
        assert all(end < len(layer.content) for _, end, _, _ in layer.word_frames)


@pytest.mark.parametrize("text", ["漢" * 500, "1" * 2000])
def test_what_has_no_hyphens_is_cut_without(text):
    assert not any("-" in layer.content for layer in captions(text, seconds=120))


def test_a_phrase_ends_before_the_word_that_begins_the_next():
    text = "Elena ran between falling pillars while the floor broke behind her."
    words = captions(text, seconds=4)

    assert [layer.content for layer in words] == [
        "Elena ran between falling pillars",
        "while the floor broke behind her.",
    ]


def test_a_phrase_does_not_end_before_or_for_its_own_sake():
    text = "They came three or four times while the bells of the town rang."

    assert any("three or four" in layer.content for layer in captions(text, seconds=4))
