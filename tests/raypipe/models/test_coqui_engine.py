from __future__ import annotations

import os
import pickle
import shutil
import wave
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from raypipe.errors import (
    CancelledError,
    EngineError,
    EngineUnavailableError,
    InputError,
    MediaError,
    RejectedError,
    SettingsError,
    VoiceError,
)
from raypipe.speech.coqui_engine import CoquiEngine, spell_numbers
from raypipe.speech.coqui_options import CoquiOptions
from raypipe.speech.engine import SpeechRequest
from raypipe.stopping import stop_when

TEXT = "The old lamp was red. Who had lit it, and why? Nobody knew!"


def open_voice(name, *, device="cpu", **options):
    return CoquiEngine(str(name), options=CoquiOptions(device=device, **options))


@pytest.fixture(scope="module")
def engine(vits_folder):
    engine = open_voice(f"coqui:{vits_folder}")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def choir(many_voices_folder):
    engine = open_voice(many_voices_folder)
    yield engine
    engine.close()


def test_speech_is_mono_float_within_range_at_the_voices_own_rate(engine):
    speech = engine.synthesize(SpeechRequest(TEXT))
    assert (speech.samples.dtype, speech.samples.ndim) == (np.float32, 1)
    assert speech.sample_rate_hz == 16000
    assert 0.05 < np.abs(speech.samples).max() <= 1
    assert 1 < speech.duration_s < 10
    assert not speech.silent


def test_every_word_has_an_exact_time_in_order(engine):
    speech = engine.synthesize(SpeechRequest(TEXT))
    assert speech.exact_words
    words = [TEXT[word.char_start : word.char_end] for word in speech.words]
    assert words == TEXT.replace(".", "").replace(",", "").replace("?", "").rstrip("!").split()
    for one, other in pairwise(speech.words):
        assert one.start_sample < one.end_sample <= other.start_sample
    assert speech.words[-1].end_sample <= len(speech.samples)


def test_exact_times_are_those_of_the_network(engine):
    # The duration predictor gives each token a number of frames of 128 samples.
    speech = engine.synthesize(SpeechRequest("Lamp"))
    (word,) = speech.words
    sound = engine._model.speak("Lamp.", language=None, speaker=None, rate=1, seed=0)
    assert sound.letters == tuple("lamp.")
    assert all(step % 128 == 0 for step in np.diff(sound.starts))
    assert sound.starts[-1] == len(sound.samples)
    expected = sound.starts[4] - sound.starts[0]
    assert abs((word.end_sample - word.start_sample) - expected) <= 128


def test_sentences_are_parted_by_silence(engine):
    speech = engine.synthesize(SpeechRequest("Red. Red."))
    one, other = speech.words
    pause = speech.samples[one.end_sample : other.start_sample]
    assert len(pause) > 0.3 * 16000
    assert np.abs(pause[len(pause) // 2 :][:800]).max() == 0


def test_rate_changes_the_pace(engine):
    slow, own, fast = (
        engine.synthesize(SpeechRequest(TEXT, rate=rate)).duration_s for rate in (0.7, 1.0, 1.4)
    )
    assert slow > 1.2 * own
    assert fast < 0.87 * own
    assert engine.synthesize(SpeechRequest(TEXT)).duration_s == own  # and is forgotten after


def test_equal_requests_give_equal_samples_and_leave_other_random_numbers_alone(engine):
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = engine.synthesize(SpeechRequest(TEXT, seed=3))
    assert torch.equal(torch.rand(3), expected)
    two = engine.synthesize(SpeechRequest(TEXT, seed=3))
    other = engine.synthesize(SpeechRequest(TEXT, seed=4))
    assert np.array_equal(one.samples, two.samples)
    assert one.words == two.words
    assert not np.array_equal(one.samples[:1000], other.samples[:1000])


def test_numbers_are_spoken_though_the_voice_has_no_digits(engine):
    text = "In 1945 it cost $5."
    speech = engine.synthesize(SpeechRequest(text))
    lengths = {
        text[word.char_start : word.char_end]: word.end_sample - word.start_sample
        for word in speech.words
    }
    assert lengths["1945"] > 2 * lengths["In"]
    assert lengths["$5"] > lengths["In"]


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("42", "en", "forty-two"),
        ("1.234,5", "de", "eintausendzweihundertvierunddreißig Komma fünf"),
        ("1,234", "en", "one thousand, two hundred and thirty-four"),
        ("7", "pt-BR", "sete"),
        ("7", "xx", "7"),
        ("no digits", "en", "no digits"),
    ],
)
def test_numbers_in_words(text, language, spoken):
    assert spell_numbers(text, language) == spoken


def test_nothing_to_speak_is_a_short_silence(engine):
    speech = engine.synthesize(SpeechRequest("… 🦊 —"))
    assert speech.words == ()
    assert len(speech.samples) == 0.3 * 16000
    assert not speech.samples.any()


def test_text_in_unknown_letters_is_an_error_that_names_it(choir):
    with pytest.raises(EngineError, match="knows none of the letters of '狐"):
        choir.synthesize(SpeechRequest("狐", language="pt"))


def test_long_text_is_spoken_to_its_end(engine):
    text = " ".join(f"The lamp number {place} was red and old" for place in range(12)) + "."
    speech = engine.synthesize(SpeechRequest(text))
    assert speech.words[-1].char_end == len(text) - 1
    assert len(speech.samples) - speech.words[-1].end_sample < 0.5 * 16000


def test_voices_and_languages_are_found_though_the_paths_are_another_machines(choir):
    assert choir.voices == ("ED\n", "anna", "bert")
    assert choir.languages == ("en", "pt")
    anna, bert, default = (
        choir.synthesize(SpeechRequest(TEXT, voice=voice)) for voice in ("anna", "bert", None)
    )
    assert not np.array_equal(anna.samples[:2000], bert.samples[:2000])
    assert np.array_equal(anna.samples, default.samples)  # the first name without a slip
    english = choir.synthesize(SpeechRequest(TEXT, language="en-GB"))
    portuguese = choir.synthesize(SpeechRequest(TEXT, language="pt"))
    assert not np.array_equal(english.samples[:2000], portuguese.samples[:2000])


def test_an_unknown_voice_or_language_names_those_that_exist(choir):
    with pytest.raises(VoiceError, match="ED, anna, bert, got 'carl'") as why:
        choir.synthesize(SpeechRequest(TEXT, voice="carl"))
    assert isinstance(why.value, InputError)
    assert why.value.exit_code == 2
    with pytest.raises(VoiceError, match="speaks en, pt, got the language 'ja'"):
        choir.synthesize(SpeechRequest(TEXT, language="ja"))
    with pytest.raises(EngineError, match="rate from"):
        choir.synthesize(SpeechRequest(TEXT, rate=9))


def test_the_speaker_of_the_settings_speaks_unless_a_request_names_another(many_voices_folder):
    engine = open_voice(many_voices_folder, speaker="bert")
    assert np.array_equal(
        engine.synthesize(SpeechRequest(TEXT)).samples,
        engine.synthesize(SpeechRequest(TEXT, voice="bert")).samples,
    )
    with pytest.raises(VoiceError, match="anna, bert, got 'carl'"):
        open_voice(many_voices_folder, speaker="carl")


def test_a_language_of_the_settings_reads_every_text(many_voices_folder, choir):
    engine = open_voice(many_voices_folder, language="PT-br")
    assert engine.languages == ()
    galician = engine.synthesize(SpeechRequest(TEXT, language="gl"))
    portuguese = choir.synthesize(SpeechRequest(TEXT, language="pt"))
    assert np.array_equal(galician.samples, portuguese.samples)
    with pytest.raises(VoiceError, match="speaks en, pt-br, got the language 'fr'"):
        open_voice(many_voices_folder, language="fr")


def test_speed_and_seed_of_the_name_add_to_those_of_a_request(vits_folder, engine):
    named = CoquiEngine(f"coqui:{vits_folder}?device=cpu&speed=1.25&seed=2")
    assert named.name.endswith("&speed=1.25&seed=2")
    one = named.synthesize(SpeechRequest(TEXT, rate=0.8, seed=3))
    two = engine.synthesize(SpeechRequest(TEXT, rate=1.0, seed=5))
    assert np.array_equal(one.samples, two.samples)
    assert named.revision != engine.revision
    with pytest.raises(SettingsError, match="did you mean 'speed'"):
        CoquiEngine(f"coqui:{vits_folder}?sped=1")


def test_a_phrase_that_cannot_be_its_text_is_read_anew_and_then_refused(vits_folder):
    import torch

    engine = open_voice(vits_folder)
    bias = engine._model._model.duration_predictor.proj.bias
    with torch.no_grad():
        bias.fill_(4.0)  # twenty times as slow
    with pytest.raises(RejectedError, match=r"in 2 readings: expected at most .* got") as why:
        engine.synthesize(SpeechRequest(TEXT))
    assert not why.value.retryable
    engine._model._model.inference_noise_scale = 0
    assert not engine._model.varies
    unguarded = open_voice(vits_folder, guard=False)
    with torch.no_grad():
        unguarded._model._model.duration_predictor.proj.bias.fill_(4.0)
    assert unguarded.synthesize(SpeechRequest(TEXT)).duration_s > 20


def test_a_second_reading_that_passes_is_taken(vits_folder, monkeypatch):
    engine = open_voice(vits_folder)
    speak, seeds = engine._model.speak, []

    def speak_badly_at_first(text, *, seed, **options):
        seeds.append(seed)
        sound = speak(text, seed=seed, **options)
        return replace(sound, samples=sound.samples * (len(seeds) > 1))

    monkeypatch.setattr(engine._model, "speak", speak_badly_at_first)
    speech = engine.synthesize(SpeechRequest("The lamp was red.", seed=1))
    assert speech.samples.any()
    assert len(set(seeds)) == 2
    expected = open_voice(vits_folder)._model.speak(
        "The lamp was red.", language=None, speaker=None, rate=1, seed=seeds[1]
    )
    assert len(speech.words) == 4
    assert abs(len(speech.samples) - len(expected.samples)) < 0.2 * 16000


def test_the_revision_tells_the_weights_not_the_folder(vits_folder, engine, tmp_path):
    import torch

    copy = tmp_path / "copy"
    shutil.copytree(vits_folder, copy)
    assert open_voice(copy).revision == engine.revision
    state = torch.load(copy / "model_file.pth", weights_only=True)
    state["model"]["text_encoder.emb.weight"] += 0.1
    torch.save(state, copy / "model_file.pth")
    assert open_voice(copy).revision != engine.revision


def test_sound_that_is_silent_or_no_number_is_an_error(vits_folder):
    import torch

    engine = open_voice(vits_folder)
    weight = engine._model._model.waveform_decoder.conv_post.weight
    with torch.no_grad():
        weight.zero_()
    with pytest.raises(
        RejectedError, match=r"did not say 'The old.* in 2 readings: nothing to be heard"
    ):
        engine.synthesize(SpeechRequest(TEXT))
    with torch.no_grad():
        weight.fill_(float("nan"))
    with pytest.raises(RejectedError, match="samples that are no numbers"):
        engine.synthesize(SpeechRequest(TEXT))


def test_weights_that_hold_code_are_never_opened(vits_folder, tmp_path):
    import torch

    bad = tmp_path / "bad"
    shutil.copytree(vits_folder, bad)

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    torch.save({"model": Trap()}, bad / "model_file.pth")
    with pytest.raises(EngineUnavailableError, match="hold objects beside tensors"):
        open_voice(bad)
    (bad / "model_file.pth").write_bytes(pickle.dumps({"model": Trap()}))
    with pytest.raises(EngineUnavailableError):
        open_voice(bad)
    assert not (tmp_path / "sprung").exists()


def test_speakers_that_hold_code_are_never_opened(xtts_folder, tmp_path):
    import torch

    bad = tmp_path / "bad-speakers"
    shutil.copytree(xtts_folder, bad, copy_function=os.link)
    (bad / "speakers_xtts.pth").unlink()

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    torch.save({"Ana": Trap()}, bad / "speakers_xtts.pth")
    with pytest.raises(EngineUnavailableError, match="hold objects beside tensors"):
        open_voice(bad)
    assert not (tmp_path / "sprung").exists()


def test_weights_of_another_network_are_told(vits_folder, many_voices_folder, tmp_path):
    mixed = tmp_path / "mixed"
    shutil.copytree(vits_folder, mixed)
    shutil.copy(many_voices_folder / "model_file.pth", mixed)
    with pytest.raises(EngineUnavailableError, match="mixed could not be loaded as vits"):
        open_voice(mixed)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "voice.wav"
    noise = np.random.default_rng(0).standard_normal(22050 * 2)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22050, len(noise), "NONE", ""))
        file.writeframes((noise * 3000).astype("<i2").tobytes())
    return path


def test_a_voice_that_cannot_clone_says_so(vits_folder, recording):
    with pytest.raises(EngineUnavailableError, match=r"cannot take a voice from voice\.wav"):
        open_voice(vits_folder, speaker_wav=(recording,))
    with pytest.raises(MediaError, match="expected a sound file"):
        open_voice(vits_folder, speaker_wav=(recording.with_name("none.wav"),))


def test_xtts_speaks_with_its_own_speaker_or_a_recording(xtts_folder, recording):
    engine = open_voice(xtts_folder, speaker_wav=(recording,))
    assert engine.languages == ("en", "pt")
    assert engine.voices == ("Ana",)
    assert engine.sample_rate_hz == 24000
    cloned = engine.synthesize(SpeechRequest("Ola.", language="pt"))
    ana = engine.synthesize(SpeechRequest("Ola.", language="pt-BR", voice="Ana"))
    assert not np.array_equal(cloned.samples, ana.samples)
    assert [(word.char_start, word.char_end) for word in ana.words] == [(0, 3)]
    assert not ana.exact_words


def test_xtts_takes_a_voice_from_several_recordings(xtts_folder, recording, tmp_path):
    other = tmp_path / "other.wav"
    at = np.arange(22050 * 3) / 22050
    with wave.open(str(other), "wb") as file:
        file.setparams((1, 2, 22050, len(at), "NONE", ""))
        file.writeframes((9000 * np.sin(2 * np.pi * 150 * at)).astype("<i2").tobytes())
    request = SpeechRequest("Ola.", language="pt")
    one = open_voice(xtts_folder, speaker_wav=(recording,), guard=False)
    name = f"coqui:{xtts_folder}?device=cpu&guard=off&speaker_wav={recording}&speaker_wav={other}"
    both = CoquiEngine(name)
    assert both.options.speaker_wav == (recording, other)
    assert both.revision != one.revision
    assert not np.array_equal(both.synthesize(request).samples, one.synthesize(request).samples)


def test_xtts_reads_a_short_sentence_together_with_the_next(xtts_folder, engine):
    xtts = open_voice(xtts_folder, guard=False)
    request = SpeechRequest("No! She ran to the old red door by the sea.")
    (phrase,) = xtts._split(request)
    assert len(phrase.words) == 11
    speech = xtts.synthesize(request)
    assert len(speech.words) == 11
    assert len(engine._split(request)) == 2  # VITS has no need of it


def test_xtts_without_any_voice_says_what_it_needs(xtts_folder, tmp_path):
    mute = tmp_path / "mute"
    shutil.copytree(xtts_folder, mute, copy_function=os.link)
    (mute / "speakers_xtts.pth").unlink()
    with pytest.raises(EngineUnavailableError, match="the speakers of XTTS in") as why:
        open_voice(mute)
    assert "reference recording" in why.value.remedy


def test_a_device_that_is_not_there_is_told(vits_folder):
    with pytest.raises(EngineUnavailableError, match="cuda:63 was asked for"):
        open_voice(vits_folder, device="cuda:63")


def test_a_closed_engine_says_so(vits_folder):
    engine = open_voice(vits_folder)
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="is closed"):
        engine.synthesize(SpeechRequest(TEXT))


def test_the_older_voices_speak_in_two_steps(weights):
    """Glow-TTS gives a spectrogram, which Griffin and Lim turn into sound; times are estimates."""
    import torch
    from TTS.tts.configs.glow_tts_config import GlowTTSConfig
    from TTS.tts.models.glow_tts import GlowTTS

    folder = weights / "tiny-glow"
    config = GlowTTSConfig(
        hidden_channels_enc=16,
        hidden_channels_dec=16,
        hidden_channels_dp=16,
        num_flow_blocks_dec=1,
        num_block_layers=1,
        encoder_params={
            "kernel_size": 3,
            "dropout_p": 0.1,
            "num_layers": 1,
            "num_heads": 2,
            "hidden_channels_ffn": 16,
        },
        text_cleaner="basic_cleaners",
    )
    config.audio.griffin_lim_iters = 10  # the fewest that it allows
    torch.manual_seed(0)
    model = GlowTTS(config)
    folder.mkdir()
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "best_model_700.pth")
    engine = open_voice(folder, guard=False)  # random weights speak at any pace
    speech = engine.synthesize(SpeechRequest(TEXT))
    assert speech.samples.any()
    assert not speech.exact_words
    assert len(speech.words) == 13


@pytest.mark.gpu
def test_a_gpu_speaks(vits_folder, engine):
    gpu = open_voice(vits_folder, device="cuda")
    one, two = (gpu.synthesize(SpeechRequest(TEXT, seed=3)) for _ in range(2))
    assert np.array_equal(one.samples, two.samples)
    assert len(one.samples) == len(engine.synthesize(SpeechRequest(TEXT, seed=3)).samples)


def test_stops_between_phrases(engine):
    looks = iter([False, True])
    with stop_when(lambda: next(looks)), pytest.raises(CancelledError):
        engine.synthesize(SpeechRequest("One is here. Two is there. Three is away."))
    assert next(looks, None) is None
    assert engine.synthesize(SpeechRequest("One is here.")).words
