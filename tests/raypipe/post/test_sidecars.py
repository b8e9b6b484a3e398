from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raypipe.errors import QualityError
from raypipe.post.sidecars import caption_cues, parse_srt, parse_vtt, to_srt, to_vtt
from raypipe.timeline.model import TextLayer, TextStyle, Transition


def test_times_are_those_of_the_frames(timeline):
    assert to_srt(timeline) == (
        "1\n00:00:00,167 --> 00:00:01,333\nOnce upon a time\n\n"
        "2\n00:00:02,000 --> 00:00:03,833\nthere was <a> & b\n"
    )


def test_vtt_escapes_what_it_would_read_as_markup(timeline):
    assert to_vtt(timeline) == (
        "WEBVTT\n\n"
        "1\n00:00:00.167 --> 00:00:01.333\nOnce upon a time\n\n"
        "2\n00:00:02.000 --> 00:00:03.833\nthere was &lt;a&gt; &amp; b\n"
    )


def test_both_files_read_back_to_the_cues(timeline):
    cues = caption_cues(timeline)
    assert parse_srt(to_srt(timeline)) == cues
    assert parse_vtt(to_vtt(timeline)) == cues


def test_a_story_without_captions_gives_files_that_read(timelines):
    line = timelines()
    assert parse_srt(to_srt(line)) == ()
    assert parse_vtt(to_vtt(line)) == ()
    assert to_vtt(line).startswith("WEBVTT\n")


def test_captions_of_overlapping_scenes_follow_each_other(timelines, captions):
    line = timelines(
        captions=((captions("first", 0, 60),), (captions("second", 0, 40),), ()),
        transition=Transition("dissolve", 12),
    )
    first, second = caption_cues(line)
    assert first.end_ms == second.start_ms == 1600


def test_captions_that_begin_together_share_a_cue(timelines, captions):
    line = timelines(captions=((captions("above", 0, 20), captions("below", 0, 30)), (), ()))
    (cue,) = caption_cues(line)
    assert cue.text == "above\nbelow"
    assert cue.end_ms == 1000


def test_line_breaks_and_arrows_cannot_end_or_forge_a_cue(timelines, captions):
    line = timelines(captions=((captions("one\n\n2\n00:00 --> 00:01\nforged", 0, 30),), (), ()))
    for cues in (parse_srt(to_srt(line)), parse_vtt(to_vtt(line))):
        assert len(cues) == 1
        assert "-->" not in cues[0].text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_text_survives_the_round_trip(texts):
    from raypipe.timeline.model import KenBurns, Rect, Timeline, TimelineScene, VisualLayer

    crop = Rect(0, 0, 1, 1)
    layers = tuple(
        TextLayer(text, index * 20, index * 20 + 20, TextStyle())
        for index, text in enumerate(texts)
    )
    scene = TimelineScene(
        "s", 0, 100, VisualLayer("k", KenBurns(crop, crop)), layers, None, Transition()
    )
    line = Timeline(192, 320, 30, (scene,))
    cues = caption_cues(line)
    assert parse_srt(to_srt(line)) == cues
    assert parse_vtt(to_vtt(line)) == cues


@pytest.mark.parametrize(
    "text",
    [
        "2\n00:00:00,000 --> 00:00:01,000\nwrong number\n",
        "1\n00:00:01,000 --> 00:00:01,000\nno time\n",
        "1\n00:00:00 --> 00:00:01\nno milliseconds\n",
        "1\n00:00:00,000 --> 00:00:01,000\n",
        "1\n00:00:00,000 --> 00:00:02,000\na\n\n2\n00:00:01,000 --> 00:00:03,000\noverlap\n",
        "nothing",
    ],
)
def test_a_broken_srt_is_refused(text):
    with pytest.raises(QualityError, match=r"captions\.srt cue"):
        parse_srt(text)


@pytest.mark.parametrize(
    "text",
    ["", "1\n00:00:00.000 --> 00:00:01.000\na\n", "WEBVTT\n\n1\n00:00.000 --> 00:01.000\n<b>a\n"],
)
def test_a_broken_vtt_is_refused(text):
    with pytest.raises(QualityError, match=r"captions\.vtt"):
        parse_vtt(text)
