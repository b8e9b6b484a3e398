"""What a job's result remembers of its report: the figures that days and costs are summed from.

========================  =========================================================
``stages``                seconds of each stage, by name
``cache_hits``            products that were found made, and
``cache_misses``          products that had to be made
``engine_calls``          tries of each engine, by name
``cloud_calls``           how many of these went to a service that is paid by the call
``gpu_s``                 seconds of a whole GPU
``checks_failed``         names of checks that failed, advice excepted
``encoder``               the video encoder
``duration_s``            length of the video, and
``size_bytes``            its size, where they are known
========================  =========================================================
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from pydantic import JsonValue

from raypipe.post.report import Report

CLOUD_ENGINES: Final = ("openai:", "google:", "polly:", "azure:")
"""How the names of engines begin that somebody sends a bill for."""


def job_facts(
    report: Report, *, duration_s: float | None = None, size_bytes: int | None = None
) -> dict[str, JsonValue]:
    """Return the facts of a finished job, for `JobResult.facts`.

    Args:
        report: of the video; of several formats, that of the first, which made what all share.
        duration_s: length of the video.
        size_bytes: of the video's file.
    """
    calls: Counter[str] = Counter()
    for scene in report.scenes:
        calls[scene.image_engine] += scene.image_attempts
        calls[scene.speech_engine] += scene.speech_attempts
    facts: dict[str, JsonValue] = {
        "stages": {stage.name: stage.seconds for stage in report.stages},
        "cache_hits": report.cache.hits,
        "cache_misses": report.cache.misses,
        "engine_calls": {name: count for name, count in sorted(calls.items()) if count},
        "cloud_calls": sum(n for name, n in calls.items() if name.startswith(CLOUD_ENGINES)),
        "gpu_s": round(sum(scene.gpu_s for scene in report.scenes), 3),
        "checks_failed": [
            f"{check.stage}.{check.name}"
            for check in report.checks
            if check.ok is False and check.severity != "advises"
        ],
        "encoder": report.encoder.name,
    }
    if duration_s is not None:
        facts["duration_s"] = round(duration_s, 3)
    if size_bytes is not None:
        facts["size_bytes"] = size_bytes
    return facts
