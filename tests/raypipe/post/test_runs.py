from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from raypipe.errors import QualityError
from raypipe.post import runs as runs_module
from raypipe.post.inspect import inspect_video
from raypipe.post.runs import Run, pack_run, run_digests, unpack_run

STARTS = (0, 30, 60)


def in_runs(path: Path, known=None, **more):
    found = known or {}
    return inspect_video(path, runs=[Run(start, found.get(start)) for start in STARTS], **more)


@pytest.fixture(scope="module")
def whole(good_video: Path):
    return inspect_video(good_video, keep=(47,))


def test_runs_tell_what_the_whole_tells(good_video, whole):
    parts = in_runs(good_video, keep=(47,)).video
    np.testing.assert_array_equal(parts.curves.luma, whole.video.curves.luma)
    np.testing.assert_array_equal(parts.curves.change, whole.video.curves.change)
    np.testing.assert_array_equal(parts.curves.dark_share, whole.video.curves.dark_share)
    np.testing.assert_array_equal(parts.kept[47], whole.video.kept[47])
    for name in ("frame_count", "fps", "constant_rate", "duration_s", "keyframes", "start_ms"):
        assert getattr(parts, name) == getattr(whole.video, name)


def test_known_runs_are_not_decoded_again(good_video, whole, monkeypatch):
    first = in_runs(good_video).video
    decoded = []
    reader = runs_module.RunReader

    def counted(start, *args, **more):
        decoded.append(start)
        return reader(start, *args, **more)

    monkeypatch.setattr(runs_module, "RunReader", counted)
    known = {start: first.runs[start] for start in (0, 60)}
    again = in_runs(good_video, known).video
    assert decoded == [30]
    np.testing.assert_array_equal(again.curves.change, whole.video.curves.change)
    assert again.frame_count == 90
    assert again.constant_rate


def test_a_run_comes_back_from_bytes_as_it_was(good_video):
    run = in_runs(good_video).video.runs[30]
    payload, header = pack_run(run)
    back = unpack_run(memoryview(payload), header)
    for name in ("rows", "sharpness", "first", "last"):
        np.testing.assert_array_equal(getattr(back, name), getattr(run, name))
    assert back.interlaced == run.interlaced


def test_digests_are_those_of_the_coded_frames(good_video, tmp_path):
    before = run_digests(good_video, STARTS)
    assert len(set(before)) == 3
    data = bytearray(good_video.read_bytes())
    with av.open(str(good_video)) as source:
        coded = [bytes(packet) for packet in source.demux(video=0)]
    data[data.index(coded[70]) + 20] ^= 1
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    after = run_digests(damaged, STARTS)
    assert [a == b for a, b in zip(after, before, strict=True)] == [True, True, False]


def test_damage_in_a_run_is_told_with_its_place_and_not_kept(good_video, tmp_path):
    data = bytearray(good_video.read_bytes())
    for index in range(len(data) // 2, len(data) // 2 + 3000):
        data[index] ^= 0x5A
    path = tmp_path / "damaged.mp4"
    path.write_bytes(bytes(data))
    facts = in_runs(path)
    places = [
        int(error.split()[2].rstrip(":")) for error in facts.decode_errors if "video" in error
    ]
    assert places
    hurt = {max(start for start in STARTS if start <= place) for place in places}
    assert set(facts.video.runs) == set(STARTS) - hurt


def test_a_run_must_begin_with_a_keyframe(good_video):
    facts = inspect_video(good_video, runs=[Run(0), Run(45)])
    assert any("packet 45: expected a keyframe" in error for error in facts.decode_errors)


def test_a_file_of_fewer_frames_has_no_such_runs(good_video):
    with pytest.raises(QualityError, match="expected a video of 2 runs, got 1"):
        run_digests(good_video, (0, 900))


def test_a_file_that_is_no_video_has_none(tmp_path):
    path = tmp_path / "junk.mp4"
    path.write_bytes(b"not a video at all" * 100)
    with pytest.raises(QualityError, match="expected a video of 1 runs"):
        run_digests(path, (0,))
