"""What this machine has, and what raypipe would therefore use: the facts behind ``doctor``.

Every finding is tried, not guessed: encoders encode, engines are asked, glyphs are looked up. On a
client install most parts are missing; then the finding says which extra brings them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from raypipe.choice import Choice
from raypipe.errors import RaypipeError
from raypipe.settings import Settings, user_state_dir
from raypipe_cluster.models_here import PICTURES_REMEDY, ModelHere, find_models, voice_remedy

Verdict = Literal["ok", "note", "warning", "missing"]

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (a mount of Linux, not a file of ours)
MIN_SHM_BYTES = 1_000_000_000
"""Ray's object store lies here; a chunk of 15 frames in 1080x1920 takes 47 MB."""
MIN_MEMORY_BYTES = 4_000_000_000
"""The pipeline's workers stay under 1 GB each; two of them, Ray and the system fit in this."""
MIN_DISK_BYTES = 2_000_000_000
"""Room for a video, its segments and its pictures, many times over."""

SCRIPT_SAMPLES: dict[str, str] = {
    "Latin": "AaÉéßŁłŞşñ", "Greek": "ΑΩαω", "Cyrillic": "ЖжЯя", "Arabic": "مرحبا",
    "Hebrew": "שלום", "Devanagari": "नमस्ते", "Bengali": "বাংলা", "Tamil": "தமிழ்",
    "Thai": "สวัสดี", "Georgian": "საქართველო", "Armenian": "Հայերեն", "Han": "漢字汉语",
    "Kana": "ひらがなカタカナ", "Hangul": "한국어", "Emoji": "🐺🌙",
}  # fmt: skip
"""A word or so of each script whose glyphs are looked up."""

SPEECH_SAMPLES = ("en", "de", "ja", "ar")
"""Languages whose speech engine is shown: English has an embedded voice, the others need more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact; ``why`` may be several lines. Without a ``needed`` one nothing can be rendered.

    Of a ``model`` all is told apart as well, for programs.
    """

    topic: str
    name: str
    verdict: Verdict
    value: str
    why: str = ""
    remedy: str = ""
    needed: bool = False
    model: ModelHere | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, in the order in which they are shown."""

    findings: tuple[Finding, ...]

    @property
    def can_render(self) -> bool:
        """Whether everything that rendering needs is here."""
        return not any(f.needed and f.verdict == "missing" for f in self.findings)


def examine(settings: Settings, *, address: str | None) -> Iterator[Finding]:
    """Yield the findings one by one; some take seconds to make.

    Args:
        settings: the engines and folders that would be used.
        address: the cluster to look for, None for one on this machine.
    """
    yield from examine_machine(settings)
    yield _examine_encoder(settings)
    yield _examine_images(settings)
    yield from _examine_speech(settings)
    yield from _examine_cast(settings)
    yield _examine_text()
    yield from _examine_models(settings)
    yield from _examine_ray(address)


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """Yield cores, memory, shared memory, disks and GPUs."""
    yield _examine_cores()
    yield _examine_memory()
    yield _examine_shm()
    folders = {"output folder": settings.storage.output_dir}
    cache_url = settings.storage.cache_url or ""
    if cache_url.startswith("file://"):
        folders["cache folder"] = Path(cache_url.removeprefix("file://"))
    for name, folder in folders.items():
        yield _examine_folder(name, folder)
    yield _examine_gpus()


def _examine_cores() -> Finding:
    usable: float = len(os.sched_getaffinity(0))
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        usable = min(usable, int(quota) / int(period))
    installed = os.cpu_count() or 1
    why = "" if usable >= installed else f"of {installed}, by affinity or a container's limit"
    return Finding("machine", "cores", "ok", f"{usable:g}", why)


def _examine_memory() -> Finding:
    facts = dict(line.split(":", 1) for line in _read("/proc/meminfo").splitlines() if ":" in line)
    total = int(facts.get("MemTotal", "0 kB").split()[0]) * 1024
    limit = _read("/sys/fs/cgroup/memory.max").strip()
    total = min(total, int(limit)) if limit.isdigit() else total
    enough = total >= MIN_MEMORY_BYTES
    return Finding(
        "machine",
        "memory",
        "ok" if enough else "warning",
        _gigabytes(total),
        remedy="" if enough else "use --quality draft, or a machine with 4 GB or more",
    )


def _examine_shm() -> Finding:
    try:
        free = shutil.disk_usage(SHARED_MEMORY).free
    except OSError:
        free = 0
    enough = free >= MIN_SHM_BYTES
    return Finding(
        "machine",
        str(SHARED_MEMORY),
        "ok" if enough else "warning",
        f"{_gigabytes(free)} free",
        "" if enough else "Ray's object store falls back to a file on the disk, which is slower",
        "" if enough else "give the container more shared memory (docker run --shm-size=2g)",
    )


def _examine_folder(name: str, folder: Path) -> Finding:
    existing = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(existing).free
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "machine",
            name,
            "missing",
            str(folder),
            f"{existing} is not a folder that can be written",
            "choose another folder in the settings (storage) or with --out",
            needed=True,
        )
    enough = free >= MIN_DISK_BYTES
    return Finding(
        "machine",
        name,
        "ok" if enough else "warning",
        f"{folder}, {_gigabytes(free)} free",
        remedy="" if enough else "free some space",
    )


def _examine_gpus() -> Finding:
    query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("machine", "GPU", "note", "none", "no nvidia-smi; nothing here needs one")
    try:
        answer = subprocess.run(  # noqa: S603 (a fixed query to the driver's own tool)
            [tool, *query], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("machine", "GPU", "warning", "none", f"nvidia-smi failed: {error}")
    names = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    return Finding("machine", "GPU", "ok" if names else "note", "; ".join(names) or "none")


def _examine_encoder(settings: Settings) -> Finding:
    def choose() -> Choice:
        from raypipe.encode.probe import choose_encoder

        return choose_encoder(settings.video.encoder)

    return _examine_choice("encoder", choose, extra="render")


def _examine_images(settings: Settings) -> Finding:
    return _examine_choice("images", partial(_choose_images, settings), extra="render")


def _choose_images(settings: Settings) -> Choice:
    from raypipe.engine_name import split_options
    from raypipe.images.open import choose_image_engine, image_engine_name

    wanted = image_engine_name(settings.images)
    choice = choose_image_engine(wanted, roots=settings.storage.models_dirs)
    if choice.name.startswith("diffusers:"):
        from raypipe.images.diffusion.checkpoint import open_checkpoint

        open_checkpoint(split_options(choice.name)[0].removeprefix("diffusers:"))
    return choice


def _examine_speech(settings: Settings) -> Iterator[Finding]:
    for language in SPEECH_SAMPLES:
        choose = partial(_choose_speech, settings, language)
        yield _examine_choice(f"speech, {language}", choose, extra="local")


def _choose_speech(settings: Settings, language: str) -> Choice:
    from raypipe.engine_name import split_options
    from raypipe.speech.open import choose_speech_engine, speech_engine_name

    choice = choose_speech_engine(
        speech_engine_name(settings.tts), language=language, roots=settings.storage.models_dirs
    )
    if choice.name.startswith("coqui:"):
        from raypipe.speech.coqui_checkpoint import open_checkpoint

        open_checkpoint(split_options(choice.name)[0].removeprefix("coqui:"))
    return choice


def _examine_cast(settings: Settings) -> Iterator[Finding]:
    """Yield each voice of the cast: a story whose characters need one that is not here fails."""
    for who, wanted in settings.tts.cast.items():
        name = f"cast, {who}"
        try:
            yield _examine_cast_voice(settings, name, wanted)
        except ImportError as error:
            yield _not_installed("would use", name, error, extra="local")
        except RaypipeError as error:
            remedy = error.remedy or "name another voice in tts.cast"
            yield Finding("would use", name, "missing", wanted, error.problem, remedy)


def _examine_cast_voice(settings: Settings, name: str, wanted: str) -> Finding:
    from raypipe.speech.cast_check import check_cast_voice, find_cast_engine

    engine, voice = find_cast_engine(wanted, narrator=_choose_speech(settings, "en").name)
    check_cast_voice(engine, voice)
    return Finding("would use", name, "ok", wanted, f"{voice or 'the voice'} of {engine}")


def _examine_choice(name: str, choose: Callable[[], Choice], *, extra: str) -> Finding:
    try:
        choice = choose()
    except ImportError as error:
        return _not_installed("would use", name, error, extra=extra)
    except RaypipeError as error:
        return Finding(
            "would use", name, "missing", "none", error.problem, error.remedy, needed=True
        )
    passed_over = [f"not {other}: {reason}" for other, reason in choice.rejected]
    return Finding("would use", name, "ok", choice.name, "\n".join([choice.reason, *passed_over]))


def _examine_text() -> Finding:
    try:
        from raypipe.text.fonts import missing_glyphs
    except ImportError as error:
        return _not_installed("would use", "fonts", error, extra="render")
    lacking = [name for name, sample in SCRIPT_SAMPLES.items() if missing_glyphs(sample)]
    covered = ", ".join(name for name in SCRIPT_SAMPLES if name not in lacking)
    return Finding(
        "would use",
        "fonts",
        "warning" if lacking else "ok",
        f"for {covered or 'no script'}",
        f"no font has {', '.join(lacking)}" if lacking else "",
        "install a Noto font for them" if lacking else "",
    )


def _examine_models(settings: Settings) -> Iterator[Finding]:
    """Yield each model of this machine, and how to get one where there is none."""
    choices: dict[str, Choice] = {}
    uses = {"pictures": partial(_choose_images, settings)}
    uses |= {f"speech in {tag}": partial(_choose_speech, settings, tag) for tag in SPEECH_SAMPLES}
    try:
        for use, choose in uses.items():
            with contextlib.suppress(RaypipeError):  # told where engines are examined
                choices[use] = choose()
        models = find_models(settings.storage.models_dirs, choices)
        voice = voice_remedy()
    except ImportError:  # a client install: it loads no models
        return
    for model in models:
        verdict: Verdict = "ok" if model.whole else "warning"
        facts, family = model.facts, model.family or "model"
        yield Finding("models", family, verdict, model.name, facts, model.remedy, model=model)
    made = {model.makes for model in models if model.whole}
    if "pictures" not in made:
        why = "pictures are drawn by the embedded storybook"
        yield Finding("models", "pictures", "note", "no diffusion model", why, PICTURES_REMEDY)
    if "speech" not in made:
        why = "the embedded voices speak"
        yield Finding("models", "speech", "note", "no Coqui voice", why, voice)


def _examine_ray(address: str | None) -> Iterator[Finding]:
    try:
        ray_version = version("ray")
    except PackageNotFoundError:
        yield _not_installed("Ray", "version", ModuleNotFoundError(name="ray"), extra="local")
        return
    yield Finding("Ray", "version", "ok", ray_version)
    try:
        yield _examine_cluster(address)
    except ImportError as error:
        yield _not_installed("Ray", "cluster", error, extra="local")
    yield _examine_token(user_state_dir() / "ray-token")


def _examine_cluster(address: str | None) -> Finding:
    from raypipe_cluster import app

    try:
        found = app.status(address)
    except RaypipeError as error:
        if address is None:
            why = "one is started for each render; 'raypipe up' keeps one warm"
            return Finding("Ray", "cluster", "note", "none running", why)
        return Finding(
            "Ray", "cluster", "missing", address, error.problem, error.remedy, needed=True
        )
    cores = sum(node.cpus for node in found.nodes)
    gpus = sum(node.gpus for node in found.nodes)
    counts = ((len(found.nodes), "node"), (cores, "CPU"), (gpus, "GPU"), (len(found.pools), "pool"))
    size = ", ".join(f"{count:g} {noun}{'s' * (count != 1)}" for count, noun in counts if count)
    return Finding("Ray", "cluster", "ok", found.address, size)


def _examine_token(path: Path) -> Finding:
    if not path.is_file():
        return Finding("Ray", "token", "note", "none yet", "made when a cluster starts here")
    if path.stat().st_mode & 0o077:
        why = "others on this machine can read it, and whoever has it can run code"
        return Finding("Ray", "token", "warning", str(path), why, f"chmod 600 {path}")
    return Finding("Ray", "token", "ok", str(path), "calls carry it, and only you can read it")


def _not_installed(topic: str, name: str, error: ImportError, *, extra: str) -> Finding:
    return Finding(
        topic,
        name,
        "missing",
        "not installed",
        f"no package {error.name or error}",
        f"pip install 'raypipe[{extra}]'",
        needed=True,
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return ""


def _gigabytes(byte_count: int) -> str:
    return f"{byte_count / 1e9:.1f} GB"
