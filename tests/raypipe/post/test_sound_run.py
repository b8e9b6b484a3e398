"""A soundtrack is measured before it is joined, and that holds for the joined file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raypipe.encode.join import join_video
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.errors import QualityError
from raypipe.post.inspect import inspect_video
from raypipe.post.sound_run import read_sound


def soundtrack(hertz):
    tone = 0.3 * np.sin(np.arange(96_000) * hertz * 2 * np.pi / 48_000)
    tone[30_000:60_000] = 0
    return encode_soundtrack(np.repeat(tone[:, None], 2, axis=1).astype(np.float32))


@pytest.fixture(scope="module")
def sound():
    return soundtrack(440)


@pytest.fixture(scope="module")
def joined(sound, tmp_path_factory):
    with SegmentEncoder(width=64, height=64, fps=30) as encoder:
        encoder.feed(np.full((60, 96, 64), 100, np.uint8))
        segment = encoder.close()
    path = tmp_path_factory.mktemp("joined") / "joined.mp4"
    join_video([segment], sound, path, title="x")
    return path


def test_a_soundtrack_tells_what_the_joined_file_tells(joined, sound):
    plain = inspect_video(joined)
    known = inspect_video(joined, sound=read_sound(sound))
    assert plain.audio.longest_silence_s == pytest.approx(0.6, abs=0.1)
    assert known == replace(plain, video=known.video)


def test_the_very_same_sound_is_not_decoded_again(joined, sound):
    read = read_sound(sound)
    marked = replace(read, measures=replace(read.measures, integrated_lufs=-3.0))
    assert inspect_video(joined, sound=marked).audio.integrated_lufs == -3.0


def test_other_sound_in_the_file_is_decoded(joined):
    assert inspect_video(joined, sound=read_sound(soundtrack(445))).audio == (
        inspect_video(joined).audio
    )


def test_damage_done_after_the_reading_is_found(joined, sound, tmp_path):
    data = bytearray(joined.read_bytes())
    data[-3000:-2000] = bytes(1000)
    hurt = tmp_path / "hurt.mp4"
    hurt.write_bytes(data)
    assert inspect_video(hurt, sound=read_sound(sound)).decode_errors


def test_what_is_no_soundtrack_is_refused(sound):
    hurt = bytearray(sound)
    place = hurt.index(b"mdat") + 4000
    hurt[place : place + 1000] = b"\xff" * 1000
    for data in (b"nothing to be heard", bytes(hurt)):
        with pytest.raises(QualityError, match="expected a soundtrack"):
            read_sound(data)
