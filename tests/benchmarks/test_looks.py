import numpy as np
import pytest
from peers.looks import WrongVideoError, check, middles, reference_frames
from peers.ours import encode
from peers.storyboard import chart_board, lay_out, write_board

from raypipe.encode.join import join_video
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.timeline.segments import split_timeline


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    board = chart_board(scenes=2, seconds=2)
    write_board(board, folder, quality="standard")
    segments = [encode((folder, spec, "standard")) for spec in split_timeline(board.timeline)]
    silence = encode_soundtrack(np.zeros((board.timeline.sample_count, 2), np.float32))
    path = folder / "ours.mp4"
    join_video(segments, silence, path, title="chart")
    return folder, board, path


def test_the_right_video_passes(rendered):
    folder, board, path = rendered
    found = check(path, board.timeline, reference_frames(folder))
    assert found.frames == 60
    assert found.similarity > 0.95


def test_another_picture_is_told(rendered):
    folder, board, path = rendered
    expected = {frame: picture[:, ::-1] for frame, picture in reference_frames(folder).items()}
    with pytest.raises(WrongVideoError, match="expected the storyboard's pictures"):
        check(path, board.timeline, expected)


def test_another_length_is_told(rendered):
    folder, board, path = rendered
    longer = lay_out(list(board.pictures.values()), ["", ""], seconds=3, font=None).timeline
    with pytest.raises(WrongVideoError, match="expected 90 frames, got 60"):
        check(path, longer, reference_frames(folder))


def test_middles_are_where_a_scene_is_seen_alone(rendered):
    _, board, _ = rendered
    first, second = board.timeline.scenes
    assert middles(board.timeline) == (
        first.end_frame // 2 - 7,
        (first.end_frame + second.end_frame) // 2,
    )
