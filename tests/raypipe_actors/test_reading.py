"""Segments are read back ahead, and what they told holds for the file that they are joined to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raypipe.encode.join import join_video
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.post.inspect import inspect_video
from raypipe.post.runs import Run, run_digests
from raypipe.spool import Spool
from raypipe_actors.reading import ReadingAhead
from raypipe_actors.rendering import Sample, Segment

FRAMES, HEIGHT, WIDTH = 20, 64, 96


def frames_of(seed):
    """Return a soft pattern that moves, uint8 (FRAMES, HEIGHT * 3 // 2, WIDTH)."""
    y, x, t = np.ogrid[: HEIGHT * 3 // 2, :WIDTH, :FRAMES]
    wave = 128 + 60 * np.sin((x + t) / (5 + seed)) * np.cos(y / 9)
    return np.ascontiguousarray(np.moveaxis(wave, 2, 0)).astype(np.uint8)


def segment_of(spool, index, *, sample=None):
    frames = frames_of(index)
    with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=30) as encoder:
        encoder.feed(frames)
        data = encoder.close()
    shown = frames[7, :HEIGHT] if sample is None else sample
    return Segment(
        index, spool.put(data), cached=False, encode_s=0.1, attempts=1, sample=Sample(7, shown)
    )


@pytest.fixture
def spool():
    return Spool()


def read(*segments):
    ahead = ReadingAhead()
    for segment in segments:
        ahead.begin(segment)
    return ahead.finish().segments


def test_what_a_segment_told_is_what_the_joined_file_tells(spool, tmp_path):
    segments = [segment_of(spool, index) for index in range(3)]
    path = tmp_path / "joined.mp4"
    sound = encode_soundtrack(np.zeros((48_000 * 2, 2), np.float32))
    join_video([segment.data for segment in segments], sound, path, title="x")
    starts = [index * FRAMES for index in range(3)]
    found = read(*segments)

    facts = inspect_video(path, keep=[27], runs=[Run(start) for start in starts])
    for start, digest in zip(starts, run_digests(path, starts), strict=True):
        told, again = found[digest].frames, facts.video.runs[start]
        assert np.array_equal(told.rows, again.rows)
        assert np.array_equal(told.first, again.first)
        assert np.array_equal(told.last, again.last)
    assert len({reading.likeness for reading in found.values()}) == 3
    assert all(0.9 < reading.likeness < 1 for reading in found.values())


def test_another_picture_than_the_one_that_was_composed_is_noticed(spool):
    (right,) = read(segment_of(spool, 0)).values()
    (wrong,) = read(segment_of(spool, 0, sample=frames_of(3)[7, :HEIGHT])).values()
    assert right.digest == wrong.digest
    assert wrong.likeness < 0.5 < right.likeness


def test_the_sample_goes_with_the_reading(spool):
    segment = segment_of(spool, 0)
    ahead = ReadingAhead()
    assert ahead.begin(segment) == replace(segment, sample=None)
    assert len(ahead.finish().segments) == 1


def test_what_was_kept_is_not_read(spool):
    assert read(replace(segment_of(spool, 0), sample=None)) == {}


def test_damage_is_left_to_the_check_of_the_finished_file(spool):
    whole = segment_of(spool, 0)
    data = bytearray(whole.data.read())
    start = data.index(b"mdat")
    place = start + int.from_bytes(data[start - 4 : start]) // 2
    data[place : place + 400] = b"\xff" * 400
    hurt = replace(whole, data=spool.put(bytes(data)))
    no_video = replace(whole, data=spool.put(b"nothing to be seen"))
    assert read(hurt, no_video) == {}


def test_a_sample_of_another_size_tells_nothing(spool):
    assert read(segment_of(spool, 0, sample=np.zeros((8, 8), np.uint8))) == {}


def test_sound_is_measured_ahead(spool):
    tone = (0.3 * np.sin(np.arange(96_000) * 0.05)).astype(np.float32)
    ahead = ReadingAhead()
    ahead.begin_sound(spool.put(encode_soundtrack(np.stack([tone, tone], axis=1))))
    assert ahead.finish().sound.measures.integrated_lufs == pytest.approx(-11.2, abs=0.3)


def test_sound_that_cannot_be_read_is_left_to_the_check_of_the_finished_file(spool):
    ahead = ReadingAhead()
    ahead.begin_sound(spool.put(b"nothing to be heard"))
    assert ahead.finish().sound is None
