from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raypipe.speech.cast import CastLine, share_out
from raypipe.speech.engine import Speech, SpeechRequest, WordTime
from raypipe.speech.joining import TURN_S, SpokenPart, find_pauses, join_speech
from raypipe.speech.phrases import PAUSE_S

TEXT = 'Elena turned. "It is warm!" she said: "Very warm." Nobody spoke.'


def parts_of(text, *said):
    spans = [(text.index(each), text.index(each) + len(each)) for each in said]
    return share_out(text, "en", tuple(CastLine(*span, "Elena", "f3") for span in spans))


def test_pauses_between_voices_follow_the_marks():
    parts = parts_of(TEXT, '"It is warm!"', '"Very warm."')
    pauses = find_pauses(TEXT, "en", parts, rate=1.0)
    expected = (PAUSE_S["."], max(PAUSE_S["!"] / 2, TURN_S), PAUSE_S[":"], PAUSE_S["."], 0.0)
    assert pauses == pytest.approx(expected)
    assert find_pauses(TEXT, "en", parts, rate=2.0) == pytest.approx([s / 2 for s in expected])


def test_voices_without_a_mark_between_take_turns():
    text = '"Yes" she said'
    assert find_pauses(text, "en", parts_of(text, '"Yes"'), rate=1.0) == (TURN_S, 0.0)


speeches = st.builds(
    lambda seconds, rate_hz, exact: Speech(
        np.full(round(seconds * rate_hz), 0.1, np.float32),
        rate_hz,
        (WordTime(0, 3, 0, round(seconds * rate_hz)),),
        exact_words=exact,
    ),
    st.floats(0.05, 0.4),
    st.sampled_from([16_000, 22_050, 24_000]),
    st.booleans(),
)


@given(st.lists(st.tuples(speeches, st.floats(0, 0.5)), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_joined_narration_is_as_long_as_its_parts_with_words_in_order(told):
    parts = [SpokenPart(speech, 10 * place, pause) for place, (speech, pause) in enumerate(told)]
    joined = join_speech(parts)
    assert joined.sample_rate_hz == max(speech.sample_rate_hz for speech, _ in told)
    expected_s = sum(speech.duration_s + pause for speech, pause in told)
    assert joined.duration_s == pytest.approx(expected_s, abs=0.001)
    assert joined.samples.dtype == np.float32
    assert joined.exact_words == all(speech.exact_words for speech, _ in told)
    assert [word.char_start for word in joined.words] == [10 * at for at in range(len(told))]
    for one, other in pairwise(joined.words):
        assert one.start_sample < one.end_sample <= other.start_sample
    assert joined.words[-1].end_sample <= len(joined.samples)
    begin_s = 0.0
    for word, (speech, pause) in zip(joined.words, told, strict=True):
        assert word.start_sample / joined.sample_rate_hz == pytest.approx(begin_s, abs=0.001)
        begin_s += speech.duration_s + pause


def test_a_mixed_narration_has_the_words_of_the_text_and_two_pitches(open_engine, measure_pitch_hz):
    parts = parts_of(TEXT, '"It is warm!"', '"Very warm."')
    pauses = find_pauses(TEXT, "en", parts, rate=1.0)
    spoken = []
    for part, pause_s in zip(parts, pauses, strict=True):
        engine = open_engine("espeak:en" if part.voice else "piper:joe")
        request = SpeechRequest(TEXT[part.start : part.end], voice=part.voice)
        spoken.append(SpokenPart(engine.synthesize(request), part.start, pause_s))
    joined = join_speech(spoken)
    words = [TEXT[word.char_start : word.char_end] for word in joined.words]
    assert " ".join(words) == "Elena turned It is warm she said Very warm Nobody spoke"
    quoted = joined.words[2:5]
    hers = measure_pitch_hz(joined, slice(quoted[0].start_sample, quoted[-1].end_sample))
    his = measure_pitch_hz(joined, slice(joined.words[-2].start_sample, None))
    assert hers > 1.4 * his
    levels = [
        float(np.sqrt(np.mean(np.square(joined.samples[a.start_sample : b.end_sample]))))
        for a, b in ((joined.words[0], joined.words[1]), (quoted[0], quoted[-1]))
    ]
    assert abs(20 * np.log10(levels[0] / levels[1])) < 4
