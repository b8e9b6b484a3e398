"""The step that draws what stands beside the video: thumbnails and the storyboard."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from raypipe.post.checks.model import Check
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.keys import code_revision, content_key
from raypipe.story.model import FRAME_SIZES
from raypipe.story.plan import StoryPlan
from raypipe_actors.assets import PictureShop
from raypipe_actors.keeping import try_to_keep
from raypipe_actors.link import ClusterLink

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sheets:
    """JPEG files by name: ``thumb``, ``thumb_youtube`` ..., ``storyboard``.

    ``picture_checks`` holds, by scene id, the checks of the pictures they were drawn from.
    """

    files: dict[str, bytes]
    picture_checks: dict[str, tuple[Check, ...]]
    cached: bool = False


def draw_sheets(
    plan: StoryPlan,
    durations_s: tuple[float, ...],
    config: StoreConfig,
    key: str,
    *pictures: Picture,
) -> Sheets:
    """Draw thumbnails and storyboard from all pictures, and keep them under ``key``."""
    from raypipe.post.checks.assets import check_picture
    from raypipe.post.storyboard import draw_storyboard
    from raypipe.post.thumbnails import make_thumbnails

    width, height = FRAME_SIZES[plan.aspect_ratio]
    files = make_thumbnails(
        pictures,
        title=plan.title,
        language=plan.language,
        genre=plan.genre,
        frame_size=(width, height),
    )
    files["storyboard"] = draw_storyboard(pictures, plan, durations_s=durations_s)
    checks = {
        scene.scene_id: check_picture(picture, frame_width=width, frame_height=height)
        for scene, picture in zip(plan.scenes, pictures, strict=True)
    }
    sheets = Sheets(files, checks)
    _keep(ContentStore(config), key, sheets)
    return sheets


async def get_sheets(
    plan: StoryPlan,
    durations_s: tuple[float, ...],
    *,
    picture_keys: tuple[str, ...],
    config: StoreConfig,
    pictures: PictureShop,
    link: ClusterLink,
) -> Sheets:
    """Return the sheets of a story, from the store or drawn on the cluster."""
    key = content_key(
        "sheet",
        pictures=picture_keys,
        durations=durations_s,
        plan=plan,
        code=code_revision("raypipe.post", "raypipe.text", "raypipe.picture"),
    )
    kept = _kept(ContentStore(config), key)
    if kept is not None:
        return kept
    refs = [await pictures.reference(index) for index in range(len(plan.scenes))]
    drawn: Sheets = await link.step(draw_sheets, plan, durations_s, config, key, *refs)
    return drawn


def _keep(store: ContentStore, key: str, sheets: Sheets) -> None:
    header: dict[str, Any] = {
        "files": [(name, len(data)) for name, data in sheets.files.items()],
        "checks": {
            scene: [asdict(check) for check in checks]
            for scene, checks in sheets.picture_checks.items()
        },
    }
    try_to_keep(store.put, key, b"".join(sheets.files.values()), header)


def _kept(store: ContentStore, key: str) -> Sheets | None:
    entry = store.get(key)
    if entry is None:
        return None
    files: dict[str, bytes] = {}
    at = 0
    for name, size in entry.header["files"]:
        files[name] = bytes(entry.payload[at : at + size])
        at += size
    checks = {
        scene: tuple(Check(**check) for check in found)
        for scene, found in entry.header["checks"].items()
    }
    return Sheets(files, checks, cached=True)
