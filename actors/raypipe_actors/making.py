"""What a worker does with a request, whichever process it is in.

An engine draws or speaks; what it gives is checked, what the story needs to know of it is found
out, and it is kept beside the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from raypipe.images.engine import ImageEngine, KnowsFigures, TellsLimits, check_picture
from raypipe.store.content import ContentStore
from raypipe.store.products import Picture, put_picture, put_speech
from raypipe_actors.keeping import Keeper
from raypipe_actors.messages import ImageDone, ImageJob, SpeechJob

if TYPE_CHECKING:
    from raypipe.speech.engine import Speech, SpeechEngine

_THIN_PX = 384
"""Longer side of what a picture's focus is looked for in: four times that of its saliency map."""


def thin_out(picture: Picture) -> Picture:
    """Return ``picture`` with a fraction of its rows and columns, same aspect.

    Whoever asked waits while the focus is found. In a picture of 6 MB most of that time went into
    reading all of it, for a map of 96 pixels that skipped rows and columns do not change.
    """
    step = max(picture.shape[:2]) // _THIN_PX
    if step <= 1:
        return picture
    rows = picture[::step]
    size = (picture.shape[1] // step, len(rows))
    return np.asarray(cv2.resize(rows, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def draw_pictures(engine: ImageEngine, jobs: Sequence[ImageJob]) -> list[Picture]:
    """Draw each job's picture, all in one call of ``engine``.

    Raises:
        EngineError: as `ImageEngine.generate`.
        RenderError: a picture is not of the size that was asked for.
    """
    pictures = engine.generate([job.request for job in jobs])
    for job, picture in zip(jobs, pictures, strict=True):
        check_picture(picture, width=job.request.width, height=job.request.height)
    return pictures


def tell_picture(
    engine: ImageEngine, job: ImageJob, picture: Picture, keeper: Keeper, *, packed: bool = True
) -> ImageDone:
    """Find out what is told of ``picture``, uint8 (h, w, 3) RGB, and have it kept.

    Args:
        engine: what drew it.
        job: for what.
        picture: must not change any more.
        keeper: stores it, soon.
        packed: as in `put_picture`.
    """
    from raypipe.picture.focus import find_focus
    from raypipe.picture.light import map_light

    focus = engine.focus_of(job.request) if isinstance(engine, KnowsFigures) else None
    thin = thin_out(picture)
    focus, light = focus or find_focus(thin), map_light(thin)
    notes = engine.notes_on(job.request) if isinstance(engine, TellsLimits) else ()
    store = ContentStore(job.store)
    keeper.keep(
        put_picture, store, job.key, picture, focus=focus, light=light, notes=notes, packed=packed
    )
    height, width = picture.shape[:2]
    return ImageDone(job.key, width, height, focus, light, notes)


def speak_text(engine: SpeechEngine, job: SpeechJob, keeper: Keeper) -> Speech:
    """Speak the job's text, and have that kept.

    Raises:
        EngineError: as `SpeechEngine.synthesize`.
        RejectedError: what was spoken cannot be the text.
    """
    from raypipe.speech.guard import speak_checked

    speech = speak_checked(engine, job.request)
    keeper.keep(put_speech, ContentStore(job.store), job.key, speech)
    return speech
