"""Sound of any length takes the memory of a short one."""

from __future__ import annotations

import subprocess
import sys
import wave

import numpy as np
import pytest

RATE = 48_000

PEAK = """
import resource, sys
import numpy as np
from raypipe.encode.soundtrack import write_within
from raypipe.sound.mix import PlacedSpeech, mix_soundtrack
from raypipe.spool import unnamed_file

seconds, music = int(sys.argv[1]), sys.argv[2]
word = np.hanning(11_025) * np.sin(np.arange(11_025) * 0.03)
phrase = np.tile(np.concatenate([word, np.zeros(3000)]), 12).astype(np.float32)

def narrations():
    yield PlacedSpeech(np.resize(phrase, round((seconds - 20) * 22_050)), 22_050, RATE)
    yield PlacedSpeech(phrase, 22_050, (seconds - 10) * RATE)

RATE = 48_000
samples = mix_soundtrack(narrations(), sample_count=seconds * RATE, music=music,
                         moods=[("calm", 0, RATE), ("tense", RATE, seconds * RATE)], seed=3)
with unnamed_file() as file:
    write_within(samples, file)
    size = file.seek(0, 2)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, size)
"""


@pytest.mark.parametrize("music", ["ambient", "file"])
def test_memory_does_not_grow_with_the_soundtrack(tmp_path, music):
    if music == "file":
        music = str(tmp_path / "piece.wav")
        tone = 9000 * np.sin(np.arange(40 * 22_050) * 0.1) * np.tile(np.hanning(11_025), 80)
        with wave.open(music, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22_050)
            file.writeframes(tone.astype("<i2").tobytes())

    def peak_kb(seconds: int) -> int:
        found = subprocess.run(
            [sys.executable, "-c", PEAK, str(seconds), music],
            capture_output=True,
            text=True,
            check=True,
        )
        peak, size = map(int, found.stdout.split())
        assert size > seconds * 20_000
        return peak

    # A minute more is 23 MB in each array; levels, one a millisecond, take 2 MB together.
    assert peak_kb(90) - peak_kb(30) < 10_000
