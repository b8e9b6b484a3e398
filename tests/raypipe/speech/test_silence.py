from __future__ import annotations

import pytest

from raypipe.speech.engine import SpeechRequest
from raypipe.speech.silence import SilenceEngine
from raypipe.speech.words import estimate_seconds


def test_lasts_as_long_as_the_text_would_take():
    text = "It was a way home for someone who had been waiting a very long time."
    speech = SilenceEngine().synthesize(SpeechRequest(text))
    assert speech.duration_s == pytest.approx(estimate_seconds(text, "en"), abs=0.01)
    assert not speech.samples.any()
    assert speech.silent
    assert not speech.exact_words


def test_any_language_will_do():
    speech = SilenceEngine().synthesize(SpeechRequest("桃太郎は大きくなると", "ja"))
    assert speech.duration_s > 1
    assert len(speech.words) >= 3
