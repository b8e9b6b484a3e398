"""A Coqui network in memory: loaded without running code from it, and asked for one phrase."""

from __future__ import annotations

import contextlib
import json
import pickle
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from raypipe.device import find_device, free_memory, is_out_of_memory, missing_package
from raypipe.errors import EngineUnavailableError
from raypipe.media import read_sound
from raypipe.speech.coqui_checkpoint import CoquiCheckpoint
from raypipe.speech.engine import Samples

LOAD_ERRORS = (
    OSError, ValueError, RuntimeError, TypeError, KeyError, AttributeError, ImportError,
    AssertionError, IndexError,
)  # fmt: skip
"""What Coqui raises for a checkpoint that does not fit its configuration; it asserts a lot."""
_MAX_CHARS = 300
"""A long sentence; the memory that attention takes grows with its square."""
_MIN_CHARS = 20
_MIN_CHARS_DENSE = 8
"""The same six syllables or so, where a character is one."""
_XTTS_REFERENCE_HZ = 22050
"""The rate at which XTTS hears a reference."""
_MAX_REFERENCE_S = 60.0
_CLONE = "reference"
"""Name under which the voice of the reference recording is kept while the engine lives."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What the network made of a phrase.

    ``samples`` is float32 (n,). ``letters`` are the characters or phonemes that it read, and
    ``starts`` (one more than letters) the sample at which each begins and the last ends; both are
    empty for a network that does not tell.
    """

    samples: Samples
    letters: tuple[str, ...] = ()
    starts: npt.NDArray[np.int64] | None = None


class CoquiModel:
    """A network with its vocoder, on a device.

    Args:
        checkpoint: what to load.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<n>``.
        reference: recordings of a voice to speak with, for models that can (XTTS, YourTTS).

    Raises:
        EngineUnavailableError: a package, the device or memory is missing, or the weights hold
            anything but tensors, or do not fit.
    """

    def __init__(
        self, checkpoint: CoquiCheckpoint, *, device: str, reference: Sequence[Path] = ()
    ) -> None:
        own = checkpoint.folder / "speakers_xtts.pth"
        if checkpoint.architecture == "xtts" and not (reference or own.is_file()):
            raise EngineUnavailableError(
                f"expected the speakers of XTTS in {own}, but they are not there",
                remedy="give a reference recording of 6 to 30 s, or add that file",
            )
        self.device = find_device(device)
        self._checkpoint = checkpoint
        self._folder = tempfile.TemporaryDirectory(prefix="raypipe-voice-")
        self._synthesizer = _load(checkpoint, Path(self._folder.name), self.device)
        self._model = self._synthesizer.tts_model
        self.sample_rate_hz = int(self._synthesizer.output_sample_rate)
        known = _names(self._model.language_manager)
        # Of a model that names no language Coqui says that it speaks English.
        self.languages = known if len(known) > 1 else checkpoint.languages or known
        self.speakers = _names(getattr(self._model, "speaker_manager", None))
        self.is_cloned = bool(reference)
        if reference:
            self._clone(reference)

    def min_chars(self, language: str | None) -> int:
        """Return the fewest characters of a language that it reads well at once.

        After a word or two XTTS often babbles on; Coqui's own splitter joins sentences, too.
        """
        if self._checkpoint.architecture != "xtts":
            return 0
        is_dense = (language or "en").partition("-")[0] in {"ja", "ko", "zh"}
        return _MIN_CHARS_DENSE if is_dense else _MIN_CHARS

    def max_chars(self, language: str | None) -> int:
        """Return the most characters of a language that it reads well at once."""
        if self._checkpoint.architecture != "xtts":
            return _MAX_CHARS
        primary = (language or "en").partition("-")[0]
        return int(self._model.tokenizer.char_limits.get(primary, _MAX_CHARS))

    def find_language(self, wanted: str) -> str | None:
        """Return a language as the model spells it: itself, else one of its primary subtag."""
        known = _names(self._model.language_manager)
        by_case = {each.lower(): each for each in known}
        primary = wanted.lower().partition("-")[0]
        near = next((each for each in known if each.lower().partition("-")[0] == primary), None)
        return by_case.get(wanted.lower()) or near or next(iter(known), None)

    def speak(
        self, text: str, *, language: str | None, speaker: str | None, rate: float, seed: int
    ) -> Sound:
        """Say one phrase; equal arguments give equal samples on one device.

        Args:
            text: the phrase, with its punctuation.
            language: from `find_language`.
            speaker: one of ``speakers``; None for the reference, or the only voice there is.
            rate: pace relative to the model's own.
            seed: of the noise that makes each reading different.
        """
        import torch

        devices = [] if self.device == "cpu" else [torch.device(self.device)]
        with torch.random.fork_rng(devices=devices), torch.inference_mode():
            torch.manual_seed(seed % (1 << 63))
            options = {"speaker": speaker, "language": language}
            if speaker is None and self.is_cloned:
                options |= {"speaker": _CLONE, "voice_dir": self._folder.name}
            if self._synthesizer.vocoder_model is not None or not self._gives_sound:
                return self._speak_in_two_steps(text, options, rate)
            return self._speak_at_once(text, options, rate)

    def letters(self, text: str, language: str | None) -> tuple[str, ...]:
        """Return the characters or phonemes that the network reads for a text."""
        tokenizer = self._model.tokenizer
        characters = tokenizer.characters
        marks = {tokenizer.blank_id, tokenizer.pad_id} - {None}
        ids = tokenizer.text_to_ids(text, language=language)
        return tuple(characters.id_to_char(place) for place in ids if place not in marks)

    @property
    def reads_letters(self) -> bool:
        """Whether `letters` and the times of `Sound` are there."""
        return self._checkpoint.architecture == "vits"

    @property
    def varies(self) -> bool:
        """Whether another seed gives another reading."""
        model = self._model
        if self._checkpoint.architecture == "xtts":
            return True  # it draws each of its tokens
        scales = [getattr(model, name, None) for name in ("inference_noise_scale", "sampling_temp")]
        if self._checkpoint.architecture == "vits" and model.args.use_sdp:
            scales.append(model.inference_noise_scale_dp)
        return any(scales) or bool(getattr(model, "prenet_dropout_at_inference", False))

    @property
    def _gives_sound(self) -> bool:
        return self._checkpoint.architecture in {"vits", "xtts", "delightful_tts"}

    def close(self) -> None:
        """Free the network. May be called twice."""
        self._synthesizer = self._model = None
        self._folder.cleanup()
        free_memory(self.device)

    def _clone(self, reference: Sequence[Path]) -> None:
        """Take the voice of recordings and keep it in the folder of this model.

        They are decoded here, safely and from any format, for Coqui would need FFmpeg's libraries.
        """
        recordings = [_read_recording(path) for path in reference]
        folder = self._folder.name
        try:
            if self._checkpoint.architecture == "xtts":
                self._clone_xtts(recordings, Path(folder) / f"{_CLONE}.pth")
                return
            files = []
            for index, (samples, rate_hz) in enumerate(recordings):
                files.append(str(Path(folder) / f"{_CLONE}-{index}.wav"))
                _write_recording(Path(files[-1]), samples, rate_hz)
            self._model.clone_voice(files, speaker_id=_CLONE, voice_dir=folder)
        except LOAD_ERRORS as error:
            names = ", ".join(path.name for path in reference)
            raise EngineUnavailableError(
                f"{self._checkpoint.folder} cannot take a voice from {names}: {_first_line(error)}",
                remedy="use a model that clones voices (XTTS, YourTTS) and a clean recording of "
                "6 to 30 s",
            ) from error

    def _clone_xtts(self, recordings: Sequence[tuple[Samples, int]], path: Path) -> None:
        import torch
        import torchaudio

        config = self._model.config
        audio = [
            torchaudio.functional.resample(
                torch.from_numpy(samples)[None, : config.max_ref_len * rate_hz],
                rate_hz,
                _XTTS_REFERENCE_HZ,
            )
            for samples, rate_hz in recordings
        ]
        latents = self._model.get_gpt_cond_latents(
            torch.cat(audio, dim=-1).to(self.device),
            _XTTS_REFERENCE_HZ,
            length=config.gpt_cond_len,
            chunk_length=config.gpt_cond_chunk_len,
        )
        embeddings = [
            self._model.get_speaker_embedding(each.to(self.device), _XTTS_REFERENCE_HZ)
            for each in audio
        ]
        voice = {
            "gpt_conditioning_latents": latents.cpu(),
            "speaker_embedding": torch.stack(embeddings).mean(dim=0).cpu(),
        }
        torch.save(voice, path)

    def _speak_at_once(self, text: str, options: dict[str, Any], rate: float) -> Sound:
        if self._checkpoint.architecture == "xtts":
            output = self._model.synthesize(text, speed=rate, **options)
            return Sound(_samples(output["wav"]))
        with _pace(self._model, rate):
            output = self._model.synthesize(text, **options)
        samples = _samples(output["wav"])
        if not self.reads_letters:
            return Sound(samples)
        return _time_letters(self._model, output, samples)

    def _speak_in_two_steps(self, text: str, options: dict[str, Any], rate: float) -> Sound:
        """A spectrogram, then its sound; models without a length scale are stretched after."""
        names = {"speaker": "speaker_name", "language": "language_name"}
        with _pace(self._model, rate) as is_paced:
            samples = _samples(
                self._synthesizer.tts(
                    text,
                    split_sentences=False,
                    **{names.get(key, key): value for key, value in options.items()},
                )
            )
        if not is_paced and rate != 1:
            import librosa

            samples = _samples(librosa.effects.time_stretch(samples, rate=rate))
        return Sound(samples)


@contextlib.contextmanager
def _pace(model: Any, rate: float) -> Iterator[bool]:
    """Let the model speak at ``rate``; yields whether it can."""
    own = getattr(model, "length_scale", None)
    if own is None:
        yield False
        return
    model.length_scale = own / rate
    try:
        yield True
    finally:
        model.length_scale = own


def _time_letters(model: Any, output: dict[str, Any], samples: Samples) -> Sound:
    """Turn the frames that the duration predictor gave to each token into samples of letters."""
    tokenizer = model.tokenizer
    frames = output["outputs"]["durations"].reshape(-1).cpu().numpy().astype(np.int64)
    edges = np.concatenate([[0], np.cumsum(frames)])
    edges = np.round(edges * (len(samples) / max(int(edges[-1]), 1))).astype(np.int64)
    marks = {tokenizer.blank_id, tokenizer.pad_id} - {None}
    ids = output["text_inputs"].reshape(-1).tolist()
    places = [place for place, token in enumerate(ids) if token not in marks]
    letters = tuple(tokenizer.characters.id_to_char(ids[place]) for place in places)
    # The blanks between belong to the letter before, those in front to silence.
    starts = np.array([*(edges[place] for place in places), edges[-1]], np.int64)
    return Sound(samples, letters, starts)


def _load(checkpoint: CoquiCheckpoint, folder: Path, device: str) -> Any:
    import torch

    try:
        from TTS.utils.synthesizer import Synthesizer
    except ImportError as error:
        raise missing_package(error) from None
    arguments = {
        "tts_checkpoint": str(checkpoint.weights),
        "tts_config_path": _write_config(checkpoint, folder / "config.json"),
    }
    if checkpoint.vocoder:
        arguments["vocoder_checkpoint"] = str(checkpoint.vocoder.weights)
        arguments["vocoder_config"] = _write_config(checkpoint.vocoder, folder / "vocoder.json")
    try:
        synthesizer = Synthesizer(**arguments)
        return synthesizer.to(torch.device(device)).eval()
    except pickle.UnpicklingError:
        raise EngineUnavailableError(
            f"the weights {checkpoint.weights} or files beside them hold objects beside tensors, "
            "which could run code",
            remedy="take the published checkpoint, or save its state_dict on a machine you trust",
        ) from None
    except LOAD_ERRORS as error:
        if is_out_of_memory(error):
            raise EngineUnavailableError(
                f"out of memory on {device} to load {checkpoint.folder.name} "
                f"({checkpoint.size_bytes / (1 << 30):.1f} GiB of weights)",
                remedy="end what else uses the device, or take a smaller voice",
            ) from None
        raise EngineUnavailableError(
            f"{checkpoint.folder} could not be loaded as {checkpoint.architecture}: "
            f"{_first_line(error)}",
            remedy="check that weights and config.json belong together, or download it again",
        ) from error


def _read_recording(path: Path) -> tuple[Samples, int]:
    """Return mono samples and their rate."""
    sound, rate_hz = read_sound(path, limit_s=_MAX_REFERENCE_S)
    return np.ascontiguousarray(sound.mean(axis=1), np.float32), rate_hz


def _write_recording(path: Path, samples: Samples, rate_hz: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, len(samples), "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def _write_config(checkpoint: CoquiCheckpoint, path: Path) -> str:
    path.write_text(json.dumps(checkpoint.config), encoding="utf-8")
    return str(path)


def _names(manager: Any) -> tuple[str, ...]:
    """The names that a Coqui manager of speakers or languages knows."""
    return tuple(str(name) for name in manager.name_to_id) if manager is not None else ()


def _samples(sound: Any) -> Samples:
    return np.asarray(sound, np.float32).reshape(-1)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
