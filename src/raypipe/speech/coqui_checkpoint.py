"""A Coqui TTS checkpoint on disk: found, whole and harmless, before a byte is loaded.

Nothing here imports torch or TTS: a wrong folder is told in milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from raypipe.checkpoint_files import fingerprint, read_config
from raypipe.errors import EngineUnavailableError
from raypipe.hub_cache import find_snapshot

CONFIG = "config.json"
ARCHITECTURES = (
    "align_tts", "delightful_tts", "fast_pitch", "fast_speech", "fastspeech2", "forward_tts",
    "glow_tts", "neuralhmm_tts", "overflow", "speedy_speech", "tacotron", "tacotron2", "vits",
    "xtts",
)  # fmt: skip
"""What is loaded through weights_only. Bark unpickles freely and Tortoise downloads as it loads."""

_NAMED = ("model_file.pth", "model_file.pth.tar", "model.pth", "checkpoint.pth", "best_model.pth")
_NUMBERED = re.compile(r"(?:best_model|checkpoint)_(\d+)\.pth")
_CHARACTER_CLASS = re.compile(r"TTS\.[\w.]+")
_LINKED_FILES = {
    "speakers_file": ("speaker_ids.json", "speakers.json", "speakers.pth", "speaker_ids.pth"),
    "speaker_file": ("speaker_ids.json", "speakers.json", "speakers.pth", "speaker_ids.pth"),
    "d_vector_file": ("speakers.json", "speakers.pth"),
    "language_ids_file": ("language_ids.json",),
    "speaker_encoder_model_path": ("model_se.pth", "model_se.pth.tar"),
    "speaker_encoder_config_path": ("config_se.json",),
    "stats_path": ("scale_stats.npy",),
    "mel_statistics_parameter_path": ("lj_parameters.pt",),
    "tokenizer_file": ("vocab.json",),
}
"""Fields of a configuration that name another file, and what that file is called when published.

A configuration holds the paths of the machine that trained the model; the files lie beside it."""


@dataclass(frozen=True, slots=True)
class CoquiCheckpoint:
    """A voice that can be loaded.

    ``weights`` is the file of the network, ``config`` its configuration with all paths pointing
    into ``folder``. ``vocoder`` is the second network of older models, or None. ``languages`` are
    as the model spells them, empty where it does not say.
    """

    folder: Path
    weights: Path
    config: dict[str, Any]
    architecture: str
    languages: tuple[str, ...]
    revision: str
    size_bytes: int
    remedy: str
    vocoder: CoquiCheckpoint | None = None


@cache
def published_models() -> Mapping[str, dict[str, Any]]:
    """Return Coqui's own list: ``tts_models/en/ljspeech/vits`` and so on, with licence and source.

    Empty where the package is not installed. Reads a file of the package, imports nothing.
    """
    spec = find_spec("TTS")
    if spec is None or not spec.submodule_search_locations:
        return {}
    path = Path(spec.submodule_search_locations[0]) / ".models.json"
    if not path.is_file():
        return {}
    return {
        f"{kind}/{language}/{dataset}/{model}": item
        for kind, languages in json.loads(path.read_text(encoding="utf-8")).items()
        for language, datasets in languages.items()
        for dataset, models in datasets.items()
        for model, item in models.items()
    }


def default_cache_dir() -> Path:
    """Return the folder that Coqui downloads to, where nothing says otherwise."""
    return Path.home() / ".local" / "share" / "tts"


def open_checkpoint(
    name: str, *, cache_dir: Path | None = None, hub_cache: Path | None = None
) -> CoquiCheckpoint:
    """Find a voice and check all of its files, looking only on this machine.

    Args:
        name: a folder with config.json and weights, or a model of Coqui's list, with or without
            ``tts_models/`` in front.
        cache_dir: folder of Coqui's downloads; None for the usual one.
        hub_cache: folder of the Hugging Face cache; None for the usual one.

    Raises:
        EngineUnavailableError: not there, half there, or not safe to load.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _open_folder(folder, remedy=f"copy the folder {folder} again, whole")
    models = published_models()
    full = name if name.startswith("tts_models/") else f"tts_models/{name}"
    if full not in models:
        raise _unknown(name, models)
    item = models[full]
    remedy = _download(full, item)

    def find(model: str) -> Path:
        return find_published(model, cache_dir=cache_dir, hub_cache=hub_cache, remedy=remedy)

    second = item.get("default_vocoder")
    return _open_folder(
        find(full),
        remedy=remedy,
        vocoder=_open_folder(find(second), remedy=remedy, is_vocoder=True) if second else None,
        hint=full.split("/")[1],
    )


def find_published(
    name: str, *, cache_dir: Path | None, hub_cache: Path | None, remedy: str = ""
) -> Path:
    """Return the folder where Coqui's model manager keeps a model of its list.

    Raises:
        EngineUnavailableError: it was not downloaded.
    """
    item = published_models()[name]
    if "repo_id" in item:
        return find_snapshot(item["repo_id"], revision=None, cache_dir=hub_cache, remedy=remedy)
    folder = (cache_dir or default_cache_dir()) / name.replace("/", "--")
    if not folder.is_dir():
        raise EngineUnavailableError(f"{name} is not in {folder.parent}", remedy=remedy)
    return folder


def _open_folder(
    folder: Path,
    *,
    remedy: str,
    vocoder: CoquiCheckpoint | None = None,
    is_vocoder: bool = False,
    hint: str = "",
) -> CoquiCheckpoint:
    config = read_config(folder / CONFIG, remedy=remedy)
    architecture = str(config.get("model", "")).lower()
    if not is_vocoder:
        _check_config(folder, config, architecture)
    linked = _link(folder, config)
    weights = _find_weights(folder, remedy=remedy)
    _check_whole(weights, remedy=remedy)
    if architecture == "xtts" and not (folder / "vocab.json").is_file():
        raise EngineUnavailableError(
            f"expected {folder / 'vocab.json'}, but it is not there", remedy=remedy
        )
    return CoquiCheckpoint(
        folder=folder,
        weights=weights,
        config=config,
        architecture=architecture,
        languages=_languages(config, hint),
        revision=_revision(config, [weights, *linked], vocoder),
        size_bytes=weights.stat().st_size + (vocoder.size_bytes if vocoder else 0),
        remedy=remedy,
        vocoder=vocoder,
    )


def _check_config(folder: Path, config: dict[str, Any], architecture: str) -> None:
    """Refuse what would not load safely, and say what the machine lacks."""
    if architecture not in ARCHITECTURES:
        raise EngineUnavailableError(
            f"expected a Coqui voice of a kind that loads safely, found {architecture or 'none'!r} "
            f"in {folder / CONFIG}",
            remedy=f"choose a voice of another kind: {', '.join(ARCHITECTURES)}",
        )
    if "fairseq" in str(folder):
        raise EngineUnavailableError(
            f"Coqui takes every voice with fairseq in its path for another kind, also {folder}",
            remedy="rename the folder",
        )
    characters = (config.get("characters") or {}).get("characters_class")
    if characters and not _CHARACTER_CLASS.fullmatch(str(characters)):
        raise EngineUnavailableError(
            f"the voice in {folder} wants the code {characters}, which is never run",
            remedy="choose a voice whose characters_class is one of Coqui's own",
        )
    phonemizer = config.get("phonemizer") if config.get("use_phonemes") else None
    if phonemizer == "espeak" and not (shutil.which("espeak-ng") or shutil.which("espeak")):
        raise EngineUnavailableError(
            f"the voice in {folder} turns text into phonemes with the program espeak-ng, which is "
            "not installed",
            remedy="install it with: apt-get install espeak-ng",
        )


def _link(folder: Path, config: dict[str, Any]) -> list[Path]:
    """Point every file that the configuration names into the folder, in place; return them.

    What is not there is left out, for most of it only matters in training.
    """
    found: list[Path] = []
    for section in (config, config.get("model_args"), config.get("audio")):
        if not isinstance(section, dict):
            continue
        for key, names in _LINKED_FILES.items():
            value = section.get(key)
            if not value and key not in {"speakers_file", "language_ids_file"}:
                continue
            first = value[0] if isinstance(value, list) and value else value
            own = Path(str(first)).name if first else ""
            path = next((folder / n for n in (own, *names) if n and (folder / n).is_file()), None)
            if path is not None:
                found.append(path)
            if path is not None or value:
                text = str(path) if path else None
                section[key] = [text] if isinstance(value, list) and text else text
    return sorted(set(found))


def _find_weights(folder: Path, *, remedy: str) -> Path:
    for name in _NAMED:
        if (folder / name).is_file():
            return folder / name
    numbered = {
        int(match[1]): path
        for path in folder.glob("*.pth")
        if (match := _NUMBERED.fullmatch(path.name))
    }
    if numbered:
        return numbered[max(numbered)]
    others = {name for names in _LINKED_FILES.values() for name in names}
    rest = [
        path
        for path in sorted(folder.glob("*.pt*"))
        if path.name not in others and not path.name.startswith("speakers")
    ]
    if len(rest) == 1:
        return rest[0]
    raise EngineUnavailableError(
        f"expected the weights of a voice in {folder}, such as {_NAMED[0]} or {_NAMED[-1]}, found "
        f"{', '.join(path.name for path in rest) or 'none'}",
        remedy=remedy,
    )


def _check_whole(path: Path, *, remedy: str) -> None:
    """A torch file is a ZIP archive, whose table of contents is at its end."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"PK" and not zipfile.is_zipfile(path):
        raise EngineUnavailableError(
            f"the weights are half there: {path} is cut off at {path.stat().st_size} bytes",
            remedy=remedy,
        )
    if head[:2] not in (b"PK", b"\x80\x02"):  # the second is how torch saved before 1.6
        raise EngineUnavailableError(
            f"expected weights that torch saved, but {path} is something else", remedy=remedy
        )


def _languages(config: dict[str, Any], hint: str) -> tuple[str, ...]:
    """Languages as the model spells them; a model of one language often names it nowhere."""
    found = [str(language) for language in config.get("languages") or ()]
    if not found:
        datasets = config.get("datasets") or ()
        found = [str(d["language"]) for d in datasets if isinstance(d, dict) and d.get("language")]
    if not found and config.get("phoneme_language"):
        found = [str(config["phoneme_language"])]
    if not found and hint and hint != "multilingual":
        found = [hint]
    return tuple(dict.fromkeys(found))


def _revision(config: dict[str, Any], files: list[Path], vocoder: CoquiCheckpoint | None) -> str:
    """A digest of the configuration and of samples of each file; equal wherever the folder is."""
    digest = hashlib.sha256()
    paths = json.dumps(config, sort_keys=True)
    for path in files:
        paths = paths.replace(json.dumps(str(path))[1:-1], path.name)
    digest.update(paths.encode())
    for path in files:
        digest.update(path.name.encode() + b"\0" + fingerprint(path))
    if vocoder:
        digest.update(vocoder.revision.encode())
    return digest.hexdigest()[:40]


def _unknown(name: str, models: Mapping[str, dict[str, Any]]) -> EngineUnavailableError:
    from difflib import get_close_matches

    if not models:
        return EngineUnavailableError(
            f"expected a folder with {CONFIG}, found none at {name}, and the package coqui-tts "
            "with its list of voices is not installed",
            remedy="check the path, or pip install 'raypipe[models]'",
        )
    near = get_close_matches(name, [key.removeprefix("tts_models/") for key in models], n=3)
    return EngineUnavailableError(
        f"expected a folder with {CONFIG} or a voice of Coqui's list, found neither at {name}",
        remedy=f"check the path, or choose {' or '.join(near)}"
        if near
        else "check the path, or list the voices with: tts --list_models",
    )


def _download(name: str, item: dict[str, Any]) -> str:
    terms = f"if you accept its licence, {item['license']}, " if item.get("tos_required") else ""
    return f'{terms}download it with: tts --model_name {name} --text "Hello." --out_path hello.wav'
