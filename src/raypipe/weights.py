"""Which models are on this machine, found without loading one and without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from raypipe.errors import EngineUnavailableError
from raypipe.hub_cache import hub_cache_dir
from raypipe.images.diffusion import checkpoint as images
from raypipe.speech import coqui_checkpoint as speech

_IMAGE_ORDER = (
    "sdxl", "sd3", "flux-schnell", "sdxl-lightning", "sdxl-turbo", "sd3-turbo", "flux-dev", "sd2",
    "lcm", "sd2-turbo", "sd1", "sd1-turbo", "other",
)  # fmt: skip
"""Pictures in tall formats and at a speed that a narrated video can wait for come first."""
_SPEECH_ORDER = ("xtts", "vits")
_LICENCE = re.compile(r"^licen[cs]e(?:_name)?:\s*[\"']?([^\"'\n]+)", re.MULTILINE)
_DEPTH = 3
"""How deep below a root a model may lie: root/kind/owner/model."""


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """A model on this machine.

    Args:
        name: chooses it as an engine, such as ``diffusers:stabilityai/sd-turbo``.
        family: of pictures such as ``sdxl-turbo``, of speech such as ``vits``; empty if unknown.
        folder: where it lies.
        size_bytes: of its weights; 0 if unknown.
        licence: as its model card says, else empty.
        languages: primary subtags that it speaks; empty for pictures.
        problem: why it cannot be loaded, one sentence; empty if it can.
        remedy: what would help then.
    """

    name: str
    family: str
    folder: Path
    size_bytes: int = 0
    licence: str = ""
    languages: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""


def find_image_weights(
    roots: Sequence[Path] = (), *, hub_cache: Path | None = None
) -> tuple[FoundWeights, ...]:
    """Return the text-to-image models of this machine, those that can be loaded first, best first.

    Args:
        roots: folders of models, first one first; what lies there comes before the cache.
        hub_cache: the Hugging Face cache; None for where huggingface_hub puts it.
    """
    found = [
        _weigh_image(str(folder), folder)
        for root in roots
        for folder in _folders_with(root, images.INDEX)
    ]
    found += [_weigh_image(name, folder) for name, folder in _snapshots(hub_cache)]
    return _sort(found, _IMAGE_ORDER)


def find_speech_weights(
    language: str | None = None,
    roots: Sequence[Path] = (),
    *,
    cache_dir: Path | None = None,
    hub_cache: Path | None = None,
) -> tuple[FoundWeights, ...]:
    """Return the Coqui voices of this machine, those that can be loaded first, best first.

    Args:
        language: a language tag; None for voices of all languages.
        roots: folders of voices, first one first; what lies there comes before the caches.
        cache_dir: folder of Coqui's downloads; None for the usual one.
        hub_cache: the Hugging Face cache; None for where huggingface_hub puts it.
    """
    found = [
        _weigh_voice(str(folder), folder, cache_dir, hub_cache)
        for root in roots
        for folder in _folders_with(root, speech.CONFIG)
        if any(folder.glob("*.pth*")) and not (folder / images.INDEX).is_file()
    ]
    found += [
        _weigh_voice(name, folder, cache_dir, hub_cache)
        for name, folder in _downloaded_voices(cache_dir, hub_cache)
    ]
    if language is not None:
        primary = _primary(language)
        found = [each for each in found if not each.languages or primary in each.languages]
    return _sort(found, _SPEECH_ORDER)


def _sort(found: list[FoundWeights], order: Sequence[str]) -> tuple[FoundWeights, ...]:
    """What can be loaded first, then folders before caches, then by family and name."""

    def rank(each: FoundWeights) -> tuple[bool, bool, int, str]:
        place = order.index(each.family) if each.family in order else len(order)
        cached = Path(each.name.partition(":")[2]) != each.folder
        return bool(each.problem), cached, place, each.name

    return tuple(sorted(found, key=rank))


def _folders_with(root: Path, name: str) -> Iterator[Path]:
    """Yield the folders that hold a file of this name, outermost only, links not followed."""
    pending = [(root.expanduser(), 0)]
    while pending:
        folder, depth = pending.pop(0)
        if (folder / name).is_file():
            yield folder
            continue
        if depth >= _DEPTH:
            continue
        try:
            inside = sorted(path for path in folder.iterdir() if path.is_dir())
        except OSError:
            continue
        pending += [
            (path, depth + 1)
            for path in inside
            if not path.is_symlink() and not path.name.startswith((".", "models--"))
        ]


def _snapshots(hub_cache: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield (name, folder) of each diffusers pipeline in the Hugging Face cache."""
    cache = hub_cache or hub_cache_dir()
    if cache is None or not cache.is_dir():
        return
    for repository in sorted(cache.glob("models--*--*")):
        name = repository.name.removeprefix("models--").replace("--", "/", 1)
        reference = repository / "refs" / "main"
        main = reference.read_text().strip() if reference.is_file() else ""
        for snapshot in sorted((repository / "snapshots").glob("*")):
            if (snapshot / images.INDEX).is_file():
                yield name if snapshot.name == main else f"{name}@{snapshot.name}", snapshot


def _downloaded_voices(
    cache_dir: Path | None, hub_cache: Path | None
) -> Iterator[tuple[str, Path]]:
    """Yield (name, folder) of each model of Coqui's list that was downloaded."""
    for name in speech.published_models():
        if name.startswith("tts_models/"):
            try:
                yield name, speech.find_published(name, cache_dir=cache_dir, hub_cache=hub_cache)
            except EngineUnavailableError:
                continue


def _weigh_image(name: str, folder: Path) -> FoundWeights:
    licence = _read_licence(folder)
    engine = f"diffusers:{name}"
    try:
        found = images.open_folder(folder, name=name)
    except EngineUnavailableError as error:
        return FoundWeights(
            engine, "", folder, licence=licence, problem=error.problem, remedy=error.remedy
        )
    return FoundWeights(engine, found.family.name, folder, found.size_bytes, licence)


def _weigh_voice(
    name: str, folder: Path, cache_dir: Path | None, hub_cache: Path | None
) -> FoundWeights:
    licence = speech.published_models().get(name, {}).get("license") or _read_licence(folder)
    engine = f"coqui:{name}"
    try:
        found = speech.open_checkpoint(name, cache_dir=cache_dir, hub_cache=hub_cache)
    except EngineUnavailableError as error:
        return FoundWeights(
            engine, "", folder, licence=licence, problem=error.problem, remedy=error.remedy
        )
    languages = tuple(dict.fromkeys(_primary(each) for each in found.languages))
    return FoundWeights(
        engine, found.architecture, folder, found.size_bytes, licence, languages=languages
    )


def _read_licence(folder: Path) -> str:
    """Return the licence in the head of a model card, as the hub writes it."""
    try:
        head = (folder / "README.md").read_text(encoding="utf-8", errors="replace")[:10_000]
    except OSError:
        return ""
    if not head.startswith("---"):
        return ""
    found = dict.fromkeys(
        match[1].strip() for match in _LICENCE.finditer(head.partition("\n---")[0])
    )
    return next((each for each in found if each != "other"), next(iter(found), ""))


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
