"""Puts the figures of benchmarks/results/*.json into README, docs and the docstring of quality.py.

Between ``<!-- NAME -->`` and ``<!-- /NAME -->`` README and docs are written by this script
and by nobody else::

    .venv/bin/python benchmarks/readme_table.py            # after a benchmark
    .venv/bin/python benchmarks/readme_table.py --check    # are the figures those of the JSON?
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks/results"
README = ROOT / "README.md"
POOLS = ROOT / "docs/pools.md"
JOBS = ROOT / "docs/jobs.md"
QUALITY = ROOT / "src/raypipe/encode/quality.py"
_DOCSTRING_TABLE = re.compile(
    r"^=[= ]+=\n(?:x264|quality)[^\n]*\n=[= ]+=\n.*?\n=[= ]+=$", re.DOTALL | re.MULTILINE
)


def main() -> None:
    """Write the tables, or say which are out of date."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    args = parser.parse_args()
    stale = []
    for path, renew in ((README, readme), (POOLS, pools), (JOBS, jobs_page), (QUALITY, docstring)):
        old = path.read_text()
        new = renew(old, RESULTS)
        if new != old:
            stale.append(path.name)
            if not args.check:
                path.write_text(new)
    print(f"{'out of date' if args.check else 'written'}: {', '.join(stale) or 'nothing'}")
    if args.check and stale:
        raise SystemExit(1)


def readme(text: str, results: Path) -> str:
    """Return the README with the tables of all results that there are."""
    return _with_tables(text, results, TABLES)


def pools(text: str, results: Path) -> str:
    """Return docs/pools.md with what a call costs."""
    return _with_tables(text, results, {"model_pool": pool_call})


def jobs_page(text: str, results: Path) -> str:
    """Return docs/jobs.md with the figures of the stores, if there are some."""
    return _with_tables(text, results, {"job_store": stores})


def _with_tables(
    text: str, results: Path, tables: Mapping[str, Callable[[dict[str, Any]], str]]
) -> str:
    for name, table in tables.items():
        path = results / f"{name}.json"
        if path.exists():
            text = replace_region(text, name, table(json.loads(path.read_text())))
    return text


def replace_region(text: str, name: str, body: str) -> str:
    """Return ``text`` with ``body`` between the marks of ``name``.

    Raises:
        SystemExit: the marks are not there exactly once.
    """
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise SystemExit(f"expected <!-- {name} --> ... <!-- /{name} --> once in the text")
    return pattern.sub(lambda found: f"{found[1]}{body}\n{found[2]}", text)


def story(result: dict[str, Any]) -> str:
    """Return how long the example takes."""
    encoder = result["encoder_only"]["median_s"]
    lines = ["| | seconds | times the encoder alone |", "|---|---|---|"]
    for key, label in (
        ("cold", "from nothing, Ray not running"),
        ("warm", "on a warm cluster (`raypipe up`)"),
        ("cached", "again, all from the cache"),
    ):
        case = result["cases"][key]
        lines.append(
            f"| {label} | {case['min_s']:.1f} to {case['max_s']:.1f} | "
            f"{case['median_s'] / encoder:.1f} |"
        )
    lines.append(f"| the encoder alone, for as many frames | {encoder:.1f} | 1 |")
    words = f"{_machine(result)}, {result['repeats']} runs each, {result['date']}."
    return "\n".join([*lines, "", _wrapped(words)])


def stage(result: dict[str, Any]) -> str:
    """Return what is seen when, as shares of a whole render, and what the stage costs."""
    edits, render = result["edits"], result["stage"]
    lines = ["| on a warm cluster | share of the whole render |", "|---|---|"]
    for key, label in (
        ("first", "the first two seconds can be watched (`--live`)"),
        ("edited", f"again, with one of {edits['scenes']} scenes edited, one of middle length"),
        ("edited_longest", "the same, the longest"),
        ("preview_kept", "a preview of what was rendered"),
        ("preview_mixed", "the same, with its sound mixed anew"),
        ("preview", "a preview from nothing"),
    ):
        lines.append(f"| {label} | {100 * edits['shares'][key]['median']:.0f} % |")
    qualities = render["by_quality"]
    lines += [
        "",
        f"| share of the encoder's own rate, at quality | {' | '.join(qualities)} |",
        "|---|" + "---|" * len(qualities),
    ]
    for key, label in (
        ("ratio_stage_to_encoder", f"all {render['cores']} cores encode"),
        ("ratio_encoding_on_one_core", "one core encodes, the rest is beside it"),
    ):
        ratios = [found[key]["median"] for found in qualities.values() if key in found]
        if ratios:
            lines.append(f"| {label} | {' | '.join(f'{each:.2f}' for each in ratios)} |")
    words = f"{_machine(edits)}, medians of {edits['repeats']} runs, {edits['date']}."
    return "\n".join([*lines, "", _wrapped(words)])


def _machine(result: dict[str, Any]) -> str:
    return f"{result['cores']} cores ({result['cpu']}), no GPU"


def peers(result: dict[str, Any]) -> str:
    """Return what the README says of raypipe and its peers."""
    board = result["board"]
    names = {key: one["version"] for key, one in result["contestants"].items()}
    ffmpeg = re.search(r"version (\S+?)[-+ ]", names.get("ffmpeg", ""))
    versions = [f"raypipe {names['raypipe']}"]
    versions += [f"MoviePy {names['moviepy']}"] if "moviepy" in names else []
    versions += [f"ffmpeg {ffmpeg[1]}"] if ffmpeg else []
    lines = [
        "| | frames/s | raypipe is faster | CPU ms/frame | jitter |",
        "|---|---|---|---|---|",
    ]
    for key, one in result["contestants"].items():
        faster = "" if key == "raypipe" else f"{one['raypipe_is_faster']:.1f} times"
        lines.append(
            f"| {one['label']} | {one['frames_per_s']:.1f} | {faster} | "
            f"{one['cpu_ms_per_frame']:.0f} | {one['jitter']['rms_px']:.2f} px |"
        )
    seconds = board["frames"] / board["fps"]
    words = (
        f"{board['scenes']} scenes, {seconds:.0f} s of {board['width']}x{board['height']} at "
        f"{board['fps']} frames/s, {result['cores_used']} cores ({result['cpu']}), "
        f"{', '.join(versions)}; medians of {_span(result)} runs, {result['date']}, load before "
        f"{result['load_before']:.1f}."
    )
    return "\n".join([*lines, "", _wrapped(words)])


def _span(result: dict[str, Any]) -> str:
    runs = sorted({one["runs"] for one in result["contestants"].values()})
    return str(runs[0]) if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"


def quality(result: dict[str, Any]) -> str:
    """Return what the README says of the three qualities."""
    lines = [
        "| quality | CPU ms/frame | detailed picture | calm picture |",
        "|---|---|---|---|",
    ]
    for row in result["rows"]:
        if row["quality"]:
            shown = [
                f"SSIM {row[clip]['ssim_mean']:.3f} at {row[clip]['bit_rate'] / 1e6:.1f} Mbit/s"
                for clip in ("detailed", "calm")
            ]
            lines.append(f"| {row['quality']} | {_ms(row)} | {' | '.join(shown)} |")
    return "\n".join(lines)


def pool_call(result: dict[str, Any]) -> str:
    """Return where the time of a pool's call goes."""
    cost, machine = result["overhead"], result["machine"]
    lines = ["| part of a call | median |", "|---|---|"]
    lines += [f"| {part} | {ms:.1f} ms |" for part, ms in cost["parts_p50_ms"].items()]
    whole, least = cost["p50_ms"], cost["two_hops_of_ray_p50_ms"]
    lines += [
        f"| **all, but the engine's own {cost['bare_p50_ms']:.1f} ms** | **{whole:.1f} ms** |",
        f"| the same way through two actors of Ray alone | {least:.1f} ms |",
        f"| the copy into the object store, in both | {cost['put_p50_ms']:.1f} ms |",
    ]
    words = (
        f"{cost['calls']} calls, {machine['cores']} cores, {machine['cpu']}, {machine['date']}, "
        f"load before {result['load_before']:.1f}."
    )
    return "\n".join([*lines, "", _wrapped(words)])


def stores(result: dict[str, Any]) -> str:
    """Return what docs/jobs.md says of the job stores; what lies in memory is for developers."""
    lines = [
        "| store, callers, stories | jobs/s | submitted/s | claim, 99th percentile |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['jobs_per_s']:,.0f} | {row['submits_per_s']:,.0f} | "
        f"{row['claim_p99_ms']:.1f} ms |"
        for name, row in result["cases"].items()
        if "memory" not in name
    ]
    words = (
        f"{result['jobs']:,} jobs, each submitted, claimed and finished, on {result['cores']} "
        f"cores ({result['cpu']}) and a disk that syncs {result['disk_syncs_per_s']:.0f} blocks a "
        f"second; SQLite {result['sqlite']}, Redis {result['redis_server'].removeprefix('v=')}; "
        f"median of {result['repeats']}, {result['date']}, load {result['load']:.1f}."
    )
    return "\n".join([*lines, "", _wrapped(words)])


def docstring(text: str, results: Path) -> str:
    """Return quality.py with the table of its docstring."""
    path = results / "quality_table.json"
    if not path.exists():
        return text
    rows = json.loads(path.read_text())["rows"]
    cells = [("x264", "ms", "detailed", "calm")]
    cells += [(_named(row), _ms(row), _cell(row, "detailed"), _cell(row, "calm")) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    rule = " ".join("=" * width for width in widths)
    body = [
        " ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    table = "\n".join([rule, body[0], rule, *body[1:], rule])
    return _DOCSTRING_TABLE.sub(lambda _: table, text, count=1)


def _named(row: dict[str, Any]) -> str:
    if not row["quality"]:
        return str(row["name"])
    return f"{row['quality']}: {row['preset']}, crf {row['crf']:g}"


def _ms(row: dict[str, Any]) -> str:
    low, high = sorted(row[clip]["cpu_ms_per_frame"] for clip in ("detailed", "calm"))
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}-{high:.0f}"


def _cell(row: dict[str, Any], clip: str) -> str:
    found = row[clip]
    return f"{found['ssim_mean']:.3f}/{found['ssim_p1']:.3f} {found['bit_rate'] / 1e6:.1f}"


def _wrapped(words: str, width: int = 100) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(words, width))


TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "render_story": story,
    "render_stage": stage,
    "versus_peers": peers,
    "quality_table": quality,
}


if __name__ == "__main__":
    main()
