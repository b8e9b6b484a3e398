"""No sound at all, as long as a narrator would take: the last resort, and the fastest preview."""

from __future__ import annotations

from raypipe.errors import EngineError
from raypipe.speech import finish
from raypipe.speech.engine import Quality, Readings, Speech, SpeechRequest, check_request
from raypipe.speech.words import estimate_seconds, estimate_words

_SAMPLE_RATE_HZ = 22050


class SilenceEngine:
    """Says nothing for as long as the text would take, with estimated word times."""

    name = "silence"
    revision = "silence-1"
    languages: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    quality: Quality = "silent"
    readings: Readings = "fixed"

    def __init__(self) -> None:
        self._open = True

    def synthesize(self, request: SpeechRequest) -> Speech:
        """Give silence of the estimated length; at least 0.3 s."""
        check_request(request, engine=self.name, languages=self.languages, voices=())
        if not self._open:
            raise EngineError("silence was closed", remedy="open the engine again")
        seconds = estimate_seconds(request.text, request.language) / request.rate
        samples = finish.silence(max(seconds, finish.UNSPOKEN_S), _SAMPLE_RATE_HZ)
        words = estimate_words(request.text, request.language, len(samples))
        return Speech(samples, _SAMPLE_RATE_HZ, words, silent=True)

    def close(self) -> None:
        """Nothing is held. May be called twice."""
        self._open = False
