"""Does memory grow with the length of the video?

Three measurements, each with a video of 60 s and one of 600 s, or other ``--lengths``:

* ``sound``: the soundtrack of long narration and music, mixed, limited and encoded, each in a
  process of its own (seconds; peak resident memory as the kernel counts it);
* ``files``: the join of encoded segments and the inspection of the finished file, likewise;
* ``render``: a whole story in draft quality on a warm cluster (minutes), all its processes watched.
  ``own``, what is resident less what is shared, is the measure, and the one by which Ray judges a
  worker (``ray/_private/memory_monitor.py``); it is read twenty times a second, for speaking a
  phrase takes 100 MB for a quarter of one. Once a second ``uss``, what only that process has, is
  read too, which besides ``own`` has pages of libraries that nobody else uses. ``rss`` also counts,
  in full and for each process, every page of Ray's object store that it ever touched: that is the
  size of the store, whatever the process keeps. ``pss`` shares those pages out among users.

Run it on a calm machine::

    .venv/bin/python benchmarks/memory.py --json benchmarks/results/memory.json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from machine import machine

SCENES = 12
RATE_HZ = 48_000
PARTS = ("sound", "files", "render")
MEASURES = ("rss", "pss", "uss", "own")
_QUICK_LOOK_S, _QUICK_LOOKS = 0.05, 20
"""How often ``own`` is read, and how many times for each look at the rest, which takes longer."""

_SENTENCES = (
    "The lamp in the old lighthouse went out, and Marta climbed the cold stairs in the dark.",
    "The wind pulled at the door, and far below the waves broke white over the rocks.",
    "A ship's bell rang in the night; somebody out there was looking for the light.",
    "She ran down to the boat house, where the barrel of oil stood behind the nets.",
    "With cold hands she filled the lamp, and a small flame rose until the room was gold.",
    "In the morning the captain came up the path with a basket of oranges for everybody.",
)
_WORDS_PER_S = 2.6


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS, action="append", help="only this one")
    parser.add_argument("--lengths", type=int, nargs=2, default=(60, 600), help="seconds")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.alone:
        part, case, seconds = args.alone
        ALONE[part](int(seconds), case)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
        return
    lengths = args.lengths
    found: dict[str, Any] = {"lengths_s": lengths}
    chosen = args.part or PARTS
    if "sound" in chosen:
        found["sound_mb"] = {
            music: {seconds: peak_alone("sound", music, seconds) for seconds in lengths}
            for music in ("none", "ambient", "file")
        }
    if "files" in chosen:
        found["files_mb"] = {
            case: {seconds: peak_alone("files", case, seconds) for seconds in lengths}
            for case in ("join", "inspect")
        }
    if "render" in chosen:
        found["render_mb"] = render_peaks(lengths)
    print(as_table(found))
    if args.json:
        args.json.write_text(json.dumps({**found, **machine()}, indent=2) + "\n")


def peak_alone(part: str, case: str, seconds: int) -> float:
    """Return the peak resident MB of a fresh process that does one thing."""
    found = subprocess.run(
        [sys.executable, __file__, "--alone", part, case, str(seconds)],
        capture_output=True,
        text=True,
        check=True,
    )
    return round(float(found.stdout.split()[-1]), 1)


def make_sound(seconds: int, music: str) -> None:
    """Mix and encode a soundtrack in which somebody speaks most of the time."""
    import numpy as np

    from raypipe.encode.soundtrack import write_within
    from raypipe.sound.mix import PlacedSpeech, mix_soundtrack
    from raypipe.spool import runs, unnamed_file, zeros

    rate_hz = 22_050
    word = np.hanning(rate_hz // 3) * np.sin(np.arange(rate_hz // 3) * 0.035)
    words = np.concatenate([word, 0.5 * word, np.zeros(rate_hz // 5)]).astype(np.float32)
    each = seconds / SCENES
    spoken = zeros(round((each - 0.5) * rate_hz))  # on disk, as narrations of a story are
    for _, part in runs(spoken, length=8 * len(words)):
        part[:] = np.resize(words, len(part))
    narrations = (PlacedSpeech(spoken, rate_hz, round(n * each * RATE_HZ)) for n in range(SCENES))
    count = seconds * RATE_HZ
    with tempfile.TemporaryDirectory() as folder:
        if music == "file":
            music = str(Path(folder) / "piece.wav")
            write_piece(Path(music), 45)
        samples = mix_soundtrack(
            narrations,
            sample_count=count,
            music=music,
            moods=[("calm", 0, count // 2), ("tense", count // 2, count)],
            seed=7,
        )
        with unnamed_file() as file:
            write_within(samples, file)


def write_piece(path: Path, seconds: int) -> None:
    """Write strokes of a tone as a WAV file."""
    import wave

    import numpy as np

    stroke = 9000 * np.sin(np.arange(22_050) * 0.06) * np.exp(-np.arange(22_050) / 4000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.tile(stroke, 2 * seconds).astype("<i2").tobytes())


def use_files(seconds: int, case: str) -> None:
    """Join segments of five seconds from a spool, or inspect what another process joined."""
    from raypipe.post.inspect import inspect_video

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        if case == "join":
            join_segments(seconds, path)
            return
        # Composing and encoding would hide what reading takes, so a child does that.
        script = f"import memory; memory.join_segments({seconds}, memory.Path({str(path)!r}))"
        here = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        }
        subprocess.run([sys.executable, "-c", script], check=True, env=here)
        inspect_video(path, threads=2)


def join_segments(seconds: int, path: Path) -> None:
    """Write a video of one segment, again and again, with noise, which AAC can't make small."""
    import numpy as np

    from raypipe.encode.join import join_video
    from raypipe.encode.segment import SegmentEncoder
    from raypipe.encode.soundtrack import write_soundtrack
    from raypipe.spool import Spool, mapped_bytes, runs, unnamed_file, zeros

    width, height, fps = 540, 960, 30
    rng = np.random.default_rng(1)
    ground = rng.integers(16, 235, (height * 3 // 2 + 150, width), np.uint8)
    with SegmentEncoder(width=width, height=height, fps=fps, quality="draft") as encoder:
        for frame in range(5 * fps):
            encoder.feed(ground[None, frame : frame + height * 3 // 2])
        segment = encoder.close()
    spool = Spool()
    noise = zeros(seconds * RATE_HZ, 2)
    for _, part in runs(noise):
        part[:] = 0.1 * rng.standard_normal(part.shape, np.float32)
    with unnamed_file() as file:
        write_soundtrack(noise, file)
        sound = spool.put(mapped_bytes(file).data)
    join_video([spool.put(segment) for _ in range(seconds // 5)], sound, path, title="memory")


ALONE = {"sound": make_sound, "files": use_files}


def render_peaks(lengths: Sequence[int]) -> dict[str, dict[int, dict[str, float]]]:
    """Return the peak MB of each kind of process while stories of these lengths are rendered."""
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-") as name:
        folder = Path(name)
        for kind in ("CACHE", "STATE", "CONFIG"):  # read when raypipe is imported
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the cluster is ended on the way
        from raypipe.settings import Settings, VideoSettings
        from raypipe_cluster import app

        settings = Settings(video=VideoSettings(quality="draft"))
        found: dict[str, dict[int, dict[str, float]]] = {}
        app.up(settings=settings)
        try:
            # Fonts, voices and compiled loops come with the first story, of whatever length.
            for seconds, night, counts in (
                (lengths[0], 1000, False),
                *((s, 0, True) for s in lengths),
            ):
                story = folder / f"story-{seconds}-{night}.json"
                story.write_text(json.dumps(long_story(seconds, first_night=night)))
                with watched() as peaks:
                    outcome = app.render(story, settings=settings, out_dir=folder / "out")
                for kind, values in peaks.items() if counts else ():
                    values["video_s"] = round(outcome.duration_s, 1)
                    found.setdefault(kind, {})[seconds] = values
        finally:
            app.down()
    return found


def long_story(seconds: int, *, first_night: int = 0) -> dict[str, Any]:
    """Return a story whose narration takes about ``seconds``."""
    paragraphs, words, number = [], 0, first_night
    while words < seconds * _WORDS_PER_S:
        first = number % len(_SENTENCES)
        paragraphs.append(f"Night {number + 1}. {_SENTENCES[first]} {_SENTENCES[first - 1]}")
        words += len(paragraphs[-1].split())
        number += 1
    return {
        "story_id": f"memory_{seconds}_{first_night}",
        "title": "The Keeper's Nights",
        "content": "\n\n".join(paragraphs),
        "metadata": {"target_duration": seconds, "language": "en"},
    }


@contextmanager
def watched() -> Iterator[dict[str, dict[str, float]]]:
    """Note the peak memory of this process and of each kind of process of its cluster."""
    peaks: dict[str, dict[str, float]] = {}
    stop = threading.Event()

    def note(kind: str, **found: int) -> None:
        values = peaks.setdefault(kind, dict.fromkeys(MEASURES, 0.0))
        for name, size in found.items():
            values[name] = max(values[name], round(size / 1e6, 1))

    def watch() -> None:
        looks = 0
        known: list[tuple[str, psutil.Process]] = []
        while not stop.wait(_QUICK_LOOK_S):
            whole = looks % _QUICK_LOOKS == 0
            looks += 1
            if whole:
                known = list(processes())
            for kind, process in known:
                with suppress(psutil.Error):
                    quick = process.memory_info()
                    note(kind, own=quick.rss - quick.shared)
                    if whole:
                        full = process.memory_full_info()
                        note(kind, rss=full.rss, pss=full.pss, uss=full.uss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        stop.set()
        watcher.join()


def processes() -> Iterator[tuple[str, psutil.Process]]:
    """Yield (kind, process) of this process and of its cluster's workers and steps."""
    from raypipe_cluster import local_cluster

    yield "driver", psutil.Process()
    cluster = local_cluster.find()
    if cluster is None:
        return
    for process in psutil.Process(cluster.pid).children(recursive=True):
        try:
            name = (process.cmdline() or [""])[0]
        except psutil.Error:
            continue
        kind = name.partition("::")[2].partition(".")[0].strip()
        if kind.startswith("frames:"):
            kind = "Composer"
        if kind and not kind.endswith("Agent") and kind != "IDLE":
            yield kind, process


def as_table(found: dict[str, Any]) -> str:
    """Return the figures as tables in Markdown."""
    short, long = found["lengths_s"]
    lines = []
    for part in ("sound_mb", "files_mb"):
        if part in found:
            lines += [f"| {part} | {short} s | {long} s | ratio |", "|---|---|---|---|"]
            for case, peaks in found[part].items():
                ratio = peaks[long] / peaks[short]
                lines.append(f"| {case} | {peaks[short]} | {peaks[long]} | {ratio:.2f} |")
            lines.append("")
    if "render_mb" in found:
        lines += [
            "| process | "
            + " | ".join(
                f"{name} {seconds} s" for name in MEASURES for seconds in found["lengths_s"]
            )
            + " | own ratio |",
            "|---" * 10 + "|",
        ]
        for kind, peaks in sorted(found["render_mb"].items()):
            cells = [
                f"{peaks[seconds][name]:.0f}" if seconds in peaks else "-"
                for name in MEASURES
                for seconds in found["lengths_s"]
            ]
            ratio = (
                f"{peaks[long]['own'] / peaks[short]['own']:.2f}"
                if {short, long} <= peaks.keys()
                else "-"
            )
            lines.append(f"| {kind} | " + " | ".join([*cells, ratio]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
