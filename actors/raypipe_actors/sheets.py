"""The steps that draw what stands beside the video: thumbnails and the storyboard.

What each is drawn from is kept apart: of every picture what the sheets need of it, and the
thumbnails of the one that was chosen. So after an edit the sheets look at what is new only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from raypipe.post.checks.model import Check
from raypipe.post.picking import PictureScore, choose_picture
from raypipe.store.content import ContentStore, Entry, StoreConfig
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


@dataclass(frozen=True, slots=True)
class Look:
    """What the sheets need of a picture.

    ``small`` is the picture as it stands on its card, uint8 (height, width, 3) RGB.
    """

    small: Picture
    score: PictureScore
    checks: tuple[Check, ...]


def look_at(
    card_size: tuple[int, int],
    frame_size: tuple[int, int],
    config: StoreConfig,
    keys: Sequence[str],
    *pictures: Picture,
) -> list[Look]:
    """Look at ``pictures``, and keep what was seen of each under its key.

    Args:
        card_size: width and height in pixels of a picture on the storyboard.
        frame_size: of the video.
        config: where the store is.
        keys: one a picture.
        pictures: uint8 (h, w, 3) RGB.
    """
    from raypipe.post.checks.assets import check_picture
    from raypipe.post.picking import score_picture
    from raypipe.post.storyboard import reduce_picture

    store, (width, height) = ContentStore(config), frame_size
    looks = []
    for key, picture in zip(keys, pictures, strict=True):
        look = Look(
            reduce_picture(picture, *card_size),
            score_picture(picture),
            check_picture(picture, frame_width=width, frame_height=height),
        )
        header = {
            "size": look.small.shape,
            "score": asdict(look.score),
            "checks": [asdict(check) for check in look.checks],
        }
        try_to_keep(store.put, key, look.small.tobytes(), header)
        looks.append(look)
    return looks


def draw_thumbnails(
    plan: StoryPlan, config: StoreConfig, key: str, picture: Picture
) -> dict[str, bytes]:
    """Draw the thumbnails of a plan from one of its pictures, and keep them under ``key``."""
    from raypipe.post.thumbnails import make_thumbnails

    files = make_thumbnails(
        picture,
        title=plan.title,
        language=plan.language,
        genre=plan.genre,
        frame_size=FRAME_SIZES[plan.aspect_ratio],
    )
    try_to_keep(ContentStore(config).put, key, *_pack(files))
    return files


def draw_board(plan: StoryPlan, durations_s: tuple[float, ...], *pictures: Picture) -> bytes:
    """Draw the storyboard from pictures as they stand on their cards; return a JPEG file."""
    from raypipe.post.storyboard import draw_storyboard

    return draw_storyboard(pictures, plan, durations_s=durations_s)


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
    drawn = plan.model_copy(update={"pace": None})  # of which the durations tell
    key = content_key(
        "sheet", pictures=picture_keys, durations=durations_s, plan=drawn, code=_code()
    )
    store = ContentStore(config)
    kept = await asyncio.to_thread(store.get, key)
    if kept is not None:
        return _unpack_sheets(kept)
    looks = await _look_at_all(plan, picture_keys, store=store, pictures=pictures, link=link)
    best = choose_picture([look.score for look in looks])
    files = await _get_thumbnails(
        plan, best, picture_keys[best], store=store, pictures=pictures, link=link
    )
    small = [look.small for look in looks]
    files = {**files, "storyboard": await link.step(draw_board, plan, durations_s, *small)}
    checks = {scene.scene_id: look.checks for scene, look in zip(plan.scenes, looks, strict=True)}
    sheets = Sheets(files, checks)
    await asyncio.to_thread(try_to_keep, store.put, key, *_pack_sheets(sheets))
    return sheets


async def _look_at_all(
    plan: StoryPlan,
    picture_keys: Sequence[str],
    *,
    store: ContentStore,
    pictures: PictureShop,
    link: ClusterLink,
) -> list[Look]:
    """Return a look at each picture, of which only those that nobody looked at before are read."""
    from raypipe.post.storyboard import card_size

    sizes = card_size(plan), FRAME_SIZES[plan.aspect_ratio]
    keys = [content_key("sheet", look=key, sizes=sizes, code=_code()) for key in picture_keys]
    looks = await asyncio.to_thread(_kept_looks, store, keys)
    unseen = sorted({keys.index(key) for key in keys if key not in looks})
    if unseen:
        names = [keys[index] for index in unseen]
        if link.local:  # one after the other, so that few are held
            for name, index in zip(names, unseen, strict=True):
                picture = await pictures.array(index)
                (looks[name],) = await link.step(look_at, *sizes, store.config, [name], picture)
        else:
            refs = [await pictures.reference(index) for index in unseen]
            fresh = await link.step(look_at, *sizes, store.config, names, *refs)
            looks |= dict(zip(names, fresh, strict=True))
    return [looks[key] for key in keys]


async def _get_thumbnails(
    plan: StoryPlan,
    index: int,
    picture_key: str,
    *,
    store: ContentStore,
    pictures: PictureShop,
    link: ClusterLink,
) -> dict[str, bytes]:
    """Return the thumbnails of picture ``index``."""
    key = content_key(
        "sheet",
        thumbnails=picture_key,
        title=plan.title,
        language=plan.language,
        genre=plan.genre,
        frame_size=FRAME_SIZES[plan.aspect_ratio],
        code=_code(),
    )
    kept = await asyncio.to_thread(store.get, key)
    if kept is not None:
        return _unpack(kept)
    picture = await (pictures.array(index) if link.local else pictures.reference(index))
    drawn: dict[str, bytes] = await link.step(draw_thumbnails, plan, store.config, key, picture)
    return drawn


def _code() -> str:
    return code_revision("raypipe.post", "raypipe.text", "raypipe.picture")


def _kept_looks(store: ContentStore, keys: Sequence[str]) -> dict[str, Look]:
    looks = {}
    for key in set(keys):
        entry = store.get(key)
        if entry is not None:
            header = entry.header
            looks[key] = Look(
                np.frombuffer(entry.payload, np.uint8).reshape(header["size"]),
                PictureScore(**header["score"]),
                tuple(Check(**check) for check in header["checks"]),
            )
    return looks


def _pack(files: Mapping[str, bytes]) -> tuple[bytes, dict[str, Any]]:
    return b"".join(files.values()), {"files": [(name, len(data)) for name, data in files.items()]}


def _unpack(entry: Entry) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    at = 0
    for name, size in entry.header["files"]:
        files[name] = bytes(entry.payload[at : at + size])
        at += size
    return files


def _pack_sheets(sheets: Sheets) -> tuple[bytes, dict[str, Any]]:
    payload, header = _pack(sheets.files)
    checks = {
        scene: [asdict(check) for check in found] for scene, found in sheets.picture_checks.items()
    }
    return payload, {**header, "checks": checks}


def _unpack_sheets(entry: Entry) -> Sheets:
    checks = {
        scene: tuple(Check(**check) for check in found)
        for scene, found in entry.header["checks"].items()
    }
    return Sheets(_unpack(entry), checks, cached=True)
