"""Who renders the storyboard: raypipe, MoviePy and ffmpeg, each as a command that is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from peers import ffmpeg_render

HERE = Path(__file__).parent
MOVIEPY = "moviepy==2.2.1"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to render a board: ``command(folder, out)`` gives the words of one process.

    ``env`` is added to the environment; ``ready`` is entered before the clock starts.
    """

    key: str
    label: str
    version: str
    command: Callable[[Path, Path], list[str]]
    env: dict[str, str] = field(default_factory=dict)
    ready: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True)
class Run:
    """One timed run: seconds by the clock, of all cores together, and of the work alone.

    The cores' seconds are of the process and its children, and of a cluster that worked for it.

    ``work_s`` leaves out the start of Python and its imports, ``peak_mb`` is the largest process's.
    """

    wall_s: float
    cpu_s: float
    work_s: float
    peak_mb: float


class FailedError(Exception):
    """A contestant's process failed; the message is its own."""


def moviepy_home() -> Path:
    """Return where `get_moviepy` keeps MoviePy, outside the project and its environment."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "raypipe-benchmarks" / "moviepy"


def get_moviepy() -> None:
    """Install MoviePy into an environment of its own."""
    home = moviepy_home()
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    subprocess.run([str(home / "bin/pip"), "install", "--quiet", MOVIEPY], check=True)


def find_contestants(
    *, cores: int, ffmpeg: str, moviepy_python: Path
) -> tuple[list[Contestant], list[str]]:
    """Return who can take part here, and for each of the others how to get it."""
    here = [_raypipe(cores)]
    missing = []
    version = _answer(
        [
            str(moviepy_python),
            "-c",
            "from importlib.metadata import version as v; print(v('moviepy'))",
        ]
    )
    if version:
        here += _moviepy(cores, moviepy_python, version)
    else:
        missing.append(
            f"no MoviePy at {moviepy_python}: run this with --get-moviepy (it installs {MOVIEPY} "
            "there), or name another Python with --moviepy-python"
        )
    version = _answer([ffmpeg, "-hide_banner", "-version"]).partition("\n")[0]
    filters = _answer([ffmpeg, "-hide_banner", "-filters"]).split()
    lacking = [name for name in ("zoompan", "xfade", "drawtext") if name not in filters]
    if version and not lacking:
        here += _ffmpeg(cores, ffmpeg, version)
    else:
        what = f"{ffmpeg} lacks {', '.join(lacking)}" if version else f"no {ffmpeg} on the PATH"
        missing.append(f"{what}: apt-get install ffmpeg, or name another with --ffmpeg")
    return here, missing


def _raypipe(cores: int) -> Contestant:
    from importlib.metadata import version

    import av

    def command(folder: Path, out: Path) -> list[str]:
        words = [sys.executable, str(HERE / "ours.py"), str(folder), str(out)]
        return [*words, "--processes", str(cores)]

    ours = f"{version('raypipe')} with PyAV {av.__version__}"
    return Contestant("raypipe", "raypipe", ours, command)


def raypipe_on_ray(work: Path) -> Contestant:
    """Return raypipe on a warm Ray cluster, which only stands while it renders.

    ``work`` is where the cluster keeps its files. An idle cluster takes a tenth of a core, which
    must not be missing to others.
    """
    from importlib.metadata import version

    env = {f"XDG_{kind}_HOME": str(work / kind.lower()) for kind in ("CACHE", "STATE", "CONFIG")}
    raypipe = str(Path(sys.executable).with_name("raypipe"))

    @contextmanager
    def cluster() -> Iterator[None]:
        subprocess.run([raypipe, "up"], env=os.environ | env, capture_output=True, check=True)
        try:
            yield
        finally:
            subprocess.run([raypipe, "down"], env=os.environ | env, capture_output=True, check=True)

    return Contestant(
        "raypipe_on_ray",
        "raypipe, on a warm Ray cluster",
        f"{version('raypipe')} with Ray {version('ray')}",
        lambda folder, out: [sys.executable, str(HERE / "on_ray.py"), str(folder), str(out)],
        env,
        cluster,
    )


def _moviepy(cores: int, python: Path, version: str) -> list[Contestant]:
    def command(*more: str) -> Callable[[Path, Path], list[str]]:
        def words(folder: Path, out: Path) -> list[str]:
            script = [str(python), str(HERE / "moviepy_render.py"), str(folder), str(out)]
            return [*script, "--threads", str(cores), *more]

        return words

    return [
        Contestant("moviepy", "MoviePy, resized and with_position", version, command()),
        Contestant(
            "moviepy_function",
            "MoviePy, frames by an own function",
            version,
            command("--frame-function"),
        ),
    ]


def _ffmpeg(cores: int, ffmpeg: str, version: str) -> list[Contestant]:
    def command(upscale: int) -> Callable[[Path, Path], list[str]]:
        def words(folder: Path, out: Path) -> list[str]:
            return ffmpeg_render.command(ffmpeg, folder, out, threads=cores, upscale=upscale)

        return words

    return [
        Contestant("ffmpeg", "ffmpeg zoompan", version, command(1)),
        Contestant(
            "ffmpeg_upscaled",
            f"ffmpeg zoompan, pictures enlarged {ffmpeg_render.UPSCALED} times",
            version,
            command(ffmpeg_render.UPSCALED),
        ),
    ]


def run(contestant: Contestant, folder: Path, out: Path) -> Run:
    """Render a board once.

    Raises:
        FailedError: the process failed.
    """
    env = dict(os.environ) | contestant.env
    if contestant.key.startswith("moviepy"):
        env.pop("PYTHONPATH", None)  # its Python has packages of its own
    with contestant.ready(), tempfile.TemporaryFile("w+") as words:
        began = time.perf_counter()
        process = subprocess.Popen(
            contestant.command(folder, out), env=env, stdout=words, stderr=subprocess.STDOUT
        )
        # Not process.wait(): only wait4 tells what this process and its children used.
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        words.seek(0)
        said = words.read().strip()
    if process.returncode:
        raise FailedError(f"{contestant.label} failed with {process.returncode}:\n{said[-2000:]}")
    told = said.splitlines()[-1] if said else ""
    facts = json.loads(told) if told.startswith("{") else {}
    cpu_s = used.ru_utime + used.ru_stime + facts.get("more_cpu_s", 0.0)
    return Run(wall_s, cpu_s, facts.get("work_s", wall_s), used.ru_maxrss / 1024)


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
