from __future__ import annotations

from pathlib import Path

import pytest

from raypipe.errors import QualityError
from raypipe.post.boxes import read_container


def test_a_good_file_is_whole_and_in_order(good_video: Path):
    facts = read_container(good_video)
    assert facts.ftyp_first
    assert facts.moov_before_mdat
    assert facts.declared_bytes == facts.file_bytes == good_video.stat().st_size
    assert facts.edit_lists == 0
    assert facts.fault == ""
    assert facts.major_brand == "isom"


def test_the_index_at_the_end_is_seen(clip):
    facts = read_container(clip(faststart=False))
    assert not facts.moov_before_mdat
    assert facts.ftyp_first


def test_edit_lists_are_counted_one_a_track(clip):
    assert read_container(clip(edit_list=True, b_frames=2)).edit_lists == 2


def test_a_cut_file_says_by_how_much(good_video: Path, tmp_path: Path):
    data = good_video.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[:-1000])
    facts = read_container(cut)
    assert facts.declared_bytes == len(data)
    assert "1000 bytes after the end" in facts.fault


@pytest.mark.parametrize("junk", [b"abc", b"\x00" * 64, b"\x00\x00\x00\x04mdat" + b"x" * 9])
def test_what_follows_the_last_box_is_a_fault(good_video: Path, tmp_path: Path, junk: bytes):
    path = tmp_path / "tail.mp4"
    path.write_bytes(good_video.read_bytes() + junk)
    facts = read_container(path)
    assert facts.fault
    assert facts.declared_bytes < facts.file_bytes


def test_large_and_open_ended_boxes_are_measured(tmp_path: Path):
    path = tmp_path / "large.mp4"
    ftyp = (16).to_bytes(4) + b"ftypisom" + bytes(4)
    large = (1).to_bytes(4) + b"free" + (20).to_bytes(8) + bytes(4)
    rest = (0).to_bytes(4) + b"mdat" + bytes(100)
    path.write_bytes(ftyp + large + rest)
    facts = read_container(path)
    assert [(box.kind, box.size_bytes) for box in facts.boxes] == [
        ("ftyp", 16), ("free", 20), ("mdat", 108),
    ]  # fmt: skip
    assert facts.fault == ""


def test_an_empty_file_has_no_box(tmp_path: Path):
    path = tmp_path / "empty.mp4"
    path.touch()
    facts = read_container(path)
    assert facts.boxes == ()
    assert not facts.ftyp_first


def test_a_missing_file_is_an_error_with_a_remedy(tmp_path: Path):
    with pytest.raises(QualityError, match=r"gone\.mp4.*render it again"):
        read_container(tmp_path / "gone.mp4")
