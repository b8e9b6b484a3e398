"""A Stable Diffusion checkpoint on disk: found, whole and harmless, before a byte is loaded.

Nothing here imports torch or diffusers: a wrong folder is told in milliseconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raypipe.checkpoint_files import fingerprint, read_config
from raypipe.errors import EngineUnavailableError
from raypipe.hub_cache import COMMIT, find_snapshot
from raypipe.images.diffusion.families import Family, find_family
from raypipe.images.diffusion.safetensors_file import read_names

INDEX = "model_index.json"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_PICKLES = (".bin", ".ckpt", ".pt", ".pth")
_WEIGHTLESS = ("Scheduler", "Tokenizer", "FeatureExtractor", "Processor")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder in the layout of ``save_pretrained`` whose weights are whole safetensors.

    ``variant`` is the infix of its weight files, such as fp16, or None. ``revision`` is the hub's
    commit, or a digest of all configuration and samples of all weights. ``tensors`` are the names
    in the weight files of each component, ``absent`` the components it does without, and ``remedy``
    says how to get a whole copy.
    """

    folder: Path
    pipeline: str
    family: Family
    variant: str | None
    revision: str
    size_bytes: int
    tensors: Mapping[str, frozenset[str]]
    absent: tuple[str, ...]
    remedy: str


def split_name(name: str) -> tuple[str, str | None]:
    """Split ``<hub id>[@revision]``; a folder that exists is taken whole, with any @ in it."""
    if Path(name).expanduser().is_dir() or "@" not in name:
        return name, None
    source, _, revision = name.rpartition("@")
    return source, revision or None


def find_folder(name: str, *, hub_cache: Path | None = None) -> Path:
    """Return the folder of ``<hub id or folder>[@revision]``, looking only on this machine.

    Args:
        name: a folder with a model_index.json, or an id such as ``stabilityai/sd-turbo@main``.
        hub_cache: folder of the Hugging Face cache; None for where huggingface_hub puts it.

    Raises:
        EngineUnavailableError: neither a folder nor in the cache.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    source, revision = split_name(name)
    if not _HUB_ID.fullmatch(source) or source.startswith((".", "~")):
        raise EngineUnavailableError(
            f"expected a folder with {INDEX} or a hub id like owner/model, found neither at {name}",
            remedy="check the path, or write diffusers:<owner>/<model>",
        )
    return find_snapshot(
        source, revision=revision, cache_dir=hub_cache, remedy=_download(source, revision)
    )


def open_checkpoint(name: str, *, hub_cache: Path | None = None) -> Checkpoint:
    """Find a checkpoint and check all of its files.

    Raises:
        EngineUnavailableError: not there, not a pipeline, half there, pickled, or with code.
    """
    return open_folder(find_folder(name, hub_cache=hub_cache), name=name)


def open_folder(folder: Path, *, name: str) -> Checkpoint:
    """Check all files of a checkpoint whose folder is known; see `open_checkpoint`."""
    source, revision = split_name(name)
    remedy = (
        f"copy the folder {folder} again, whole"
        if Path(source).expanduser().is_dir()
        else _download(source, revision)
    )
    index = read_config(folder / INDEX, remedy=remedy)
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str):
        raise EngineUnavailableError(
            f"{folder / INDEX} asks for a pipeline of its own code, {pipeline}, which is never run",
            remedy="use a checkpoint of a pipeline that diffusers itself has",
        )
    components = dict(_components(folder, index))
    variant = _find_variant(folder, components)
    weights = {
        component: find_weights(folder / component, variant, remedy=remedy)
        for component, kind in components.items()
        if not any(word in kind for word in _WEIGHTLESS)
    }
    files = [path for paths in weights.values() for path in paths]
    denoiser = next((folder / c for c in ("unet", "transformer") if c in components), folder)
    family = find_family(
        pipeline,
        name=source,
        denoiser=read_config(denoiser / "config.json", remedy=remedy),
        scheduler=read_config(folder / "scheduler" / "scheduler_config.json", remedy=remedy)
        if "scheduler" in components
        else {},
    )
    return Checkpoint(
        folder=folder,
        pipeline=pipeline,
        family=family,
        variant=variant,
        revision=_revision(folder, files),
        size_bytes=sum(path.stat().st_size for path in files),
        tensors={
            component: frozenset(name for path in paths for name in read_names(path, remedy=remedy))
            for component, paths in weights.items()
        },
        absent=tuple(sorted(key for key, value in index.items() if value == [None, None])),
        remedy=remedy,
    )


def _components(folder: Path, index: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (component, class) of the components that exist; refuse those with code beside them."""
    if (folder / "None.py").exists():  # diffusers takes it for a custom pipeline
        raise _own_code(folder / "None.py")
    for component, value in index.items():
        if component.startswith("_") or not (isinstance(value, list) and len(value) == 2):  # noqa: PLR2004 - a pair
            continue
        library, kind = value
        if library is None or kind is None:
            continue
        code = folder / component / f"{library}.py"
        if code.exists() or not re.fullmatch(r"[A-Za-z_]\w*", str(library)):
            raise _own_code(code)
        yield component, str(kind)


def _own_code(path: Path) -> EngineUnavailableError:
    return EngineUnavailableError(
        f"the checkpoint brings its own code, {path}, which is never run",
        remedy="use a checkpoint of a pipeline that diffusers itself has",
    )


def _find_variant(folder: Path, components: dict[str, str]) -> str | None:
    """Return fp16 where a component has weights of that variant only."""
    for component in components:
        names = [path.name for path in (folder / component).glob("*.safetensors")]
        if names and all(".fp16" in name for name in names):
            return "fp16"
    return None


def find_weights(folder: Path, variant: str | None, *, remedy: str) -> list[Path]:
    """Return the safetensors files of one component, all that its index lists.

    Raises:
        EngineUnavailableError: some or all are missing, or only a pickle is there.
    """
    if not (folder / "config.json").is_file():
        raise EngineUnavailableError(
            f"expected {folder / 'config.json'}, but it is not there", remedy=remedy
        )
    infix = f".{variant}" if variant and any(folder.glob(f"*.{variant}*.safetensors")) else ""
    wanted = [
        path
        for path in sorted(folder.glob("*.safetensors"))
        if (infix in path.name if infix else not re.search(r"\.(fp16|bf16)\b", path.name))
    ]
    indices = sorted(folder.glob(f"*.safetensors.index{infix}.json"))
    for shard in _shards(indices, remedy=remedy):
        if not (folder / shard).is_file():
            raise EngineUnavailableError(
                f"the weights are half there: {folder / shard} is missing", remedy=remedy
            )
    if wanted:
        return wanted
    pickled = next((p for p in sorted(folder.iterdir()) if p.suffix in _PICKLES), None)
    if pickled:
        raise EngineUnavailableError(
            f"expected safetensors weights, found only the pickle {pickled}, which could run code",
            remedy="take a revision with .safetensors files, or convert it on a machine you trust "
            "with save_pretrained(safe_serialization=True)",
        )
    raise EngineUnavailableError(f"the weights are half there: none in {folder}", remedy=remedy)


def _shards(indices: list[Path], *, remedy: str) -> list[str]:
    """Names of the files that the index of a sharded component lists."""
    names: set[str] = set()
    for path in indices:
        names |= set(read_config(path, remedy=remedy).get("weight_map", {}).values())
    return sorted(Path(name).name for name in names)


def _revision(folder: Path, weights: list[Path]) -> str:
    """The hub's commit where the folder is a snapshot, else a digest of what it holds."""
    if COMMIT.fullmatch(folder.name) and folder.parent.name == "snapshots":
        return folder.name
    digest = hashlib.sha256()
    small = sorted(path for path in folder.rglob("*") if path.suffix in {".json", ".txt", ".model"})
    for path in small:
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    for path in weights:
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + fingerprint(path))
    return digest.hexdigest()[:40]


def _download(source: str, revision: str | None) -> str:
    at = f" --revision {revision}" if revision else ""
    return f"download it with: hf download {source}{at}"
