"""A video that can be watched while it is rendered: an HLS playlist (RFC 8216) that grows.

The folder holds ``live.m3u8``, which any player of HLS opens (mpv, VLC, ffplay, Safari), a playlist
for the picture, one for the sound, and their fragments. Segments may come in any order; only those
with nothing missing before them are listed. Playlists are replaced in one step, so that a player
never reads half of one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from raypipe.encode.fragments import Fragment, sound_fragments, video_fragment
from raypipe.output import folder_error

MASTER = "live.m3u8"
_SOUND_S = 5.0
_BANDWIDTH = 8_200_000
"""Bit/s of picture and sound at most; players choose by it only where there are several."""


class _Track:
    """The playlist of one track, and its fragments on disk."""

    def __init__(self, folder: Path, name: str, target_s: int) -> None:
        self._folder = folder
        self._name = name
        self._target_s = target_s
        self._lines: list[str] = []
        self._header = b""
        self.count = 0

    def add(self, fragment: Fragment) -> None:
        """Write a fragment; `publish` lists it.

        Where the encoder changed, players are told to read a new header.
        """
        if fragment.header != self._header:
            number = f"_{self.count + 1:04d}" if self.count else ""
            file = f"{self._name}_init{number}.mp4"
            _replace(self._folder / file, fragment.header)
            self._lines += ["#EXT-X-DISCONTINUITY"] if self.count else []
            self._lines.append(f'#EXT-X-MAP:URI="{file}"')
            self._header = fragment.header
        self.count += 1
        file = f"{self._name}_{self.count:04d}.m4s"
        _replace(self._folder / file, fragment.body)
        self._lines += [f"#EXTINF:{float(fragment.duration):.6f},", file]

    def publish(self, *, ended: bool) -> None:
        """List what there is; ``ended`` tells players that nothing more will come."""
        head = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{self._target_s}",
            "#EXT-X-PLAYLIST-TYPE:EVENT",
            "#EXT-X-MEDIA-SEQUENCE:0",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        tail = ["#EXT-X-ENDLIST"] if ended else []
        text = "\n".join([*head, *self._lines, *tail]) + "\n"
        _replace(self._folder / f"{self._name}.m3u8", text.encode())


class LiveVideo:
    """Writes what is finished of one video, to be watched at once.

    A folder of an earlier run is replaced. It stays when the video is finished, for somebody may be
    watching; when rendering fails it is removed.

    Args:
        folder: where; made here.
        size: width and height in pixels.
        fps: frames a second.
        longest_s: of a segment, in seconds.
        on_playable: called once, with the playlist's path, when the first picture and the sound
            are there.

    Raises:
        InputError: the folder cannot be made.
        DiskFullError: no space is left.
    """

    def __init__(
        self,
        folder: Path,
        *,
        size: tuple[int, int],
        fps: int,
        longest_s: float,
        on_playable: Callable[[Path], None],
    ) -> None:
        self.folder = folder
        self._size, self._fps = size, fps
        self._on_playable = on_playable
        self._told = False
        self._frames = 0
        self._waiting: dict[int, bytes] = {}
        try:
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(parents=True)
        except OSError as error:
            raise folder_error(error, folder) from error
        self._video = _Track(folder, "video", -int(-longest_s // 1))
        self._sound = _Track(folder, "sound", -int(-_SOUND_S // 1) + 1)

    @property
    def playlist(self) -> Path:
        """The file that a player opens; there once the first segment and the sound are."""
        return self.folder / MASTER

    def add_segment(self, index: int, segment: bytes) -> None:
        """Take in segment ``index`` of the video, from 0, in any order.

        Of one that is encoded again, what is shown already stays.

        Raises:
            RenderError: it isn't a segment of ours.
            StorageError: it cannot be written.
        """
        if index >= self._video.count:
            self._waiting[index] = segment
        before = self._video.count
        while (data := self._waiting.pop(self._video.count, None)) is not None:
            number = self._video.count + 1
            fragment = video_fragment(data, start_frame=self._frames, number=number)
            self._video.add(fragment)
            self._frames += round(fragment.duration * self._fps)
        if self._video.count > before:
            self._video.publish(ended=False)
            self._announce()

    def add_sound(self, soundtrack: bytes) -> None:
        """Take in the whole soundtrack, once.

        Raises:
            RenderError: it isn't a soundtrack of ours.
            StorageError: it cannot be written.
        """
        for fragment in sound_fragments(soundtrack, seconds=_SOUND_S):
            self._sound.add(fragment)
        self._sound.publish(ended=True)
        self._announce()

    def finish(self) -> None:
        """Tell players that the video is complete."""
        self._video.publish(ended=True)

    def discard(self) -> None:
        """Remove the folder: there will be no video."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.discard()

    def _announce(self) -> None:
        if self._told or not (self._video.count and self._sound.count):
            return
        self._told = True
        width, height = self._size
        picture = f"BANDWIDTH={_BANDWIDTH},RESOLUTION={width}x{height},FRAME-RATE={self._fps}.000"
        lines = (
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,URI="sound.m3u8"',
            f'#EXT-X-STREAM-INF:{picture},AUDIO="sound"',
            "video.m3u8",
        )
        _replace(self.playlist, ("\n".join(lines) + "\n").encode())
        self._on_playable(self.playlist)


def _replace(path: Path, data: bytes) -> None:
    """Write a file in one step, so that no reader sees half of it."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise folder_error(error, path) from error
