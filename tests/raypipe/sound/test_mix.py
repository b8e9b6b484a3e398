from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest

from raypipe import libav
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.errors import MediaError, RenderError
from raypipe.sound.loudness import measure_loudness
from raypipe.sound.mix import PlacedSpeech, PlacedVoice, mix_soundtrack, prepare_voice

RATE = 48_000


def speech(seconds: float, *, level: float = 0.3, rate: int = 22_050, seed: int = 1) -> np.ndarray:
    """Return something with the spectrum and the syllables of a voice, peak ``level``."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 15 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(k * phase + rng.uniform(0, 6)) / k for k in range(1, 30))
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * time) + 0.4, 0, 1)
    wave_ = np.tanh(0.5 * voice) * syllables
    return (wave_ * level / np.abs(wave_).max()).astype(np.float32)


def tone_file(path: Path, hertz: float = 6000) -> str:
    samples = 0.5 * np.sin(2 * np.pi * hertz * np.arange(20 * 44_100) / 44_100)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return str(path)


def mix(narrations, seconds=10.0, music=None, moods=(("calm", 0, 10 * RATE),), seed=3):
    return mix_soundtrack(
        narrations, sample_count=round(seconds * RATE), music=music, moods=moods, seed=seed
    )


def level_db(samples: np.ndarray, hertz: float, start: float, end: float) -> float:
    """Return the level of one frequency between two times, dB of full scale."""
    part = samples[round(start * RATE) : round(end * RATE), 0].astype(float)
    window = np.hanning(len(part))
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE)
    return 20 * float(np.log10(abs((part * window) @ turn) * 2 / window.sum() + 1e-12))


@pytest.mark.parametrize(
    ("level", "music"), [(0.9, "ambient"), (0.1, "ambient"), (0.02, None), (0.9, None)]
)
def test_loudness_and_peak_as_delivered(level, music):
    samples = mix([PlacedSpeech(speech(8, level=level), 22_050, 24_000)], music=music)
    with libav.open_input(io.BytesIO(encode_soundtrack(samples))) as container:
        heard = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1).T
    found = measure_loudness(np.ascontiguousarray(heard), RATE)
    assert found.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert found.true_peak_dbtp <= -1


def test_speech_starts_on_its_sample():
    start = 100_001
    samples = mix([PlacedSpeech(speech(2, rate=RATE), RATE, start)], seconds=6)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.02)
    assert start <= loud[0] < start + 300
    assert loud[-1] < start + 2 * RATE


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_speech_of_any_rate_keeps_its_length(rate):
    samples = mix([PlacedSpeech(speech(3, rate=rate), rate, RATE)], seconds=6)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.02) / RATE
    assert 0.99 < loud[0] < 1.05
    assert 3.8 < loud[-1] < 4.01


def test_loud_and_soft_speakers_are_brought_together():
    samples = mix(
        [
            PlacedSpeech(speech(4, level=0.9), 22_050, 0),
            PlacedSpeech(speech(4, level=0.02), 22_050, 5 * RATE),
        ]
    )
    first = measure_loudness(samples[: 4 * RATE], RATE).integrated_lufs
    second = measure_loudness(samples[5 * RATE : 9 * RATE], RATE).integrated_lufs
    assert first == pytest.approx(second, abs=0.5)


def test_gain_is_on_top_of_the_common_level():
    pair = [
        PlacedSpeech(speech(7), 22_050, 0),
        PlacedSpeech(speech(2), 22_050, 8 * RATE, gain_db=-6),
    ]
    samples = mix(pair)
    first = measure_loudness(samples[: 7 * RATE], RATE).integrated_lufs
    second = measure_loudness(samples[8 * RATE : 10 * RATE], RATE).integrated_lufs
    assert first - second == pytest.approx(6, abs=0.7)


def test_music_makes_way_for_speech(tmp_path):
    music = tone_file(tmp_path / "music.wav")
    samples = mix([PlacedSpeech(speech(8), 22_050, 3 * RATE)], seconds=16, music=music)
    before = level_db(samples, 6000, 1.5, 2.7)
    under = level_db(samples, 6000, 4.0, 10.5)
    after = level_db(samples, 6000, 12.4, 13.3)
    assert before - under == pytest.approx(10, abs=0.7)
    assert after == pytest.approx(before, abs=0.7)


def test_music_lies_well_under_speech():
    talk = [PlacedSpeech(speech(8), 22_050, RATE)]
    alone, both = mix(talk, music=None), mix(talk, music="ambient")
    bed = both - alone * np.float32((both * alone).sum() / (alone * alone).sum())
    under = measure_loudness(bed[2 * RATE : 8 * RATE], RATE).integrated_lufs
    assert -36 < under < -31


def test_music_fades_in_and_out(tmp_path):
    samples = mix([], seconds=12, music=tone_file(tmp_path / "music.wav"))
    levels = [level_db(samples, 6000, t, t + 0.1) for t in (0.0, 0.4, 3.0, 10.6, 11.9)]
    assert levels[0] < levels[2] - 25
    assert levels[1] < levels[2] - 3
    assert levels[3] < levels[2] - 3
    assert levels[4] < levels[2] - 25


def test_pauses_hold_room_tone_not_digital_silence():
    samples = mix([PlacedSpeech(speech(3), 22_050, 0)])
    quiet = samples[5 * RATE : 9 * RATE]
    rms = 10 * np.log10((quiet.astype(float) ** 2).mean())
    assert -80 < rms < -60
    assert (np.abs(quiet).reshape(-1, 480, 2).max(axis=1) > 0).all()


def test_nothing_said_and_no_music_is_silence():
    assert not mix([]).any()
    assert not mix([PlacedSpeech(np.zeros(5000, np.float32), 22_050, 0)], music="none").any()
    assert mix([], seconds=0).shape == (0, 2)


def test_speech_beyond_the_end_is_cut_without_a_click():
    samples = mix([PlacedSpeech(speech(8, rate=RATE), RATE, 7 * RATE)], seconds=10)
    assert len(samples) == 10 * RATE
    assert abs(samples[-1]).max() < 0.01
    late = mix([PlacedSpeech(speech(1), 22_050, 11 * RATE)], seconds=10)
    assert not late.any()


def test_equal_arguments_give_equal_samples():
    talk = [PlacedSpeech(speech(3), 22_050, 1000)]
    assert np.array_equal(mix(talk, music="ambient"), mix(talk, music="ambient"))


def test_the_callers_samples_are_not_touched():
    samples = speech(2, rate=RATE)
    before = samples.copy()
    samples.flags.writeable = False
    mix([PlacedSpeech(samples, RATE, 0)], seconds=3)
    assert np.array_equal(samples, before)


@pytest.mark.parametrize(
    ("samples", "start"),
    [
        (np.zeros((10, 2), np.float32), 0),
        (np.zeros(10, np.float64), 0),
        (np.full(10, np.nan, np.float32), 0),
        (np.zeros(10, np.float32), -1),
    ],
)
def test_impossible_narrations_are_refused(samples, start):
    with pytest.raises(RenderError) as caught:
        mix([PlacedSpeech(samples, RATE, start)])
    assert caught.value.where == "narration 0"


@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_tiny_narrations_are_no_trouble(count):
    assert np.isfinite(mix([PlacedSpeech(np.full(count, 0.5, np.float32), 22_050, 0)])).all()


def test_missing_music_is_the_callers_mistake():
    with pytest.raises(MediaError):
        mix([], music="no/such/file.mp3")


def test_volume_and_depth_are_the_callers(tmp_path):
    music = tone_file(tmp_path / "music.wav")
    talk = [PlacedSpeech(speech(6), 22_050, 4 * RATE)]

    def levels(**settings: float) -> tuple[float, float]:
        samples = mix_soundtrack(
            talk, sample_count=14 * RATE, music=music, moods=(), seed=3, **settings
        )
        said = 10 * np.log10((samples[5 * RATE : 9 * RATE] ** 2).mean())  # the final gain differs
        return (
            level_db(samples, 6000, 1.5, 3.5) - said,
            level_db(samples, 6000, 5, 9.5) - said,
        )

    usual, soft, deep = levels(), levels(music_volume_db=-12), levels(ducking_db=16)
    # The limiter takes a little more from what lies under speech.
    assert usual[0] - usual[1] == pytest.approx(10, abs=1)
    assert usual[0] - soft[0] == pytest.approx(12, abs=2)
    assert deep[0] - deep[1] == pytest.approx(16, abs=1.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("music_volume_db", 13), ("music_volume_db", float("nan")), ("music_volume_db", -31),
     ("ducking_db", -1), ("ducking_db", 31), ("ducking_db", float("inf"))],
)  # fmt: skip
def test_levels_out_of_range_are_refused(name, value):
    with pytest.raises(RenderError) as caught:
        mix_soundtrack([], sample_count=RATE, music=None, moods=(), seed=1, **{name: value})
    assert caught.value.where == name


def test_narration_is_placed_to_the_sample():
    rng = np.random.default_rng(8)
    talk = speech(3, rate=RATE) + (0.03 * rng.normal(size=3 * RATE)).astype(np.float32)
    for start in (0, 17_777, 100_003):
        samples = mix([PlacedSpeech(talk, RATE, start)], seconds=6)
        size = 1 << 20
        product = np.fft.rfft(samples[:, 0], size) * np.conj(np.fft.rfft(talk, size))
        # Whitened, so that the peak is one sample wide whatever the filters did to the colour.
        lags = np.fft.irfft(product / (np.abs(product) + 1e-9), size)
        assert int(lags.argmax()) == start


def test_narration_stands_in_the_middle_and_music_to_both_sides():
    talk = [PlacedSpeech(speech(4, level=0.5), 22_050, 0)]
    alone = mix(talk, seconds=5)
    assert np.abs(alone[:, 0] - alone[:, 1]).max() < 0.01
    both = mix([PlacedSpeech(speech(2), 22_050, 0)], seconds=12, music="ambient")
    bed = both[5 * RATE : 9 * RATE]
    side, mono = bed[:, 0] - bed[:, 1], bed.mean(axis=1)
    assert np.sqrt((side**2).mean()) > 0.2 * np.sqrt((bed**2).mean())
    # A mono speaker loses no more than what two unlike channels do.
    assert 10 * np.log10((mono**2).mean() / (bed**2).mean()) > -3.1


def test_loudness_agrees_with_an_independent_meter():
    samples = mix([PlacedSpeech(speech(8), 22_050, 24_000)], music="ambient")
    found = pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(float))
    assert found == pytest.approx(-14, abs=0.15)


def test_speech_made_ready_before_sounds_the_same():
    said = speech(3)
    now = mix([PlacedSpeech(said, 22_050, RATE)], seconds=5)
    before = mix([PlacedVoice(prepare_voice(said, 22_050), RATE)], seconds=5)
    assert np.array_equal(now, before)


def test_speech_made_ready_before_cannot_start_before_the_video():
    with pytest.raises(RenderError, match="sample -1"):
        mix([PlacedVoice(prepare_voice(speech(1), 22_050), -1)])
