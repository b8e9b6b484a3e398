import numpy as np
import pytest
from peers.ffmpeg_render import drawtext, graph
from peers.storyboard import (
    FPS,
    HEIGHT,
    WIDTH,
    chart_board,
    lay_out,
    read_timeline,
    write_board,
    write_font,
)


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    import json

    folder = tmp_path_factory.mktemp("board")
    write_board(chart_board(scenes=3, seconds=3), folder, quality="draft")
    return folder, json.loads((folder / "board.json").read_text())


def test_files_hold_the_same_timeline(board):
    folder, plain = board
    timeline = read_timeline(folder)
    assert timeline.frame_count == plain["frames"] == 90
    assert [len(scene["crops"]) for scene in plain["scenes"]] == [
        scene.frame_count for scene in timeline.scenes
    ]
    for scene in plain["scenes"]:
        crops = np.array(scene["crops"])
        assert (crops[:, :2] >= -1e-9).all()
        assert (crops[:, :2] + crops[:, 2:] <= 1 + 1e-9).all()


def test_expressions_say_the_same_as_the_crops(board):
    _, plain = board
    for index, scene in enumerate(plain["scenes"]):
        text = graph(plain, None, 1).split(";")[index].partition("zoompan=")[2]
        wanted = {part[0]: part[3:].rstrip("'") for part in text.split(":")[:3]}
        for frame in (0, 7, len(scene["crops"]) - 1):
            names = {"on": frame, "iw": 1.0, "ih": 1.0, "pow": pow}
            x, y, width, _ = scene["crops"][frame]
            zoom, *place = (eval(wanted[key], {"__builtins__": {}}, names) for key in "zxy")  # noqa: S307 - our own expressions
            assert [1 / zoom, *place] == pytest.approx([width, x, y], abs=1e-9)


def test_scenes_cross_where_the_timeline_says(board):
    _, plain = board
    crossings = [part for part in graph(plain, None, 4).split(";") if "xfade" in part]
    assert [part.partition("offset=")[2].partition("[")[0] for part in crossings] == ["1.0", "2.0"]
    assert all("duration=0.5" in part for part in crossings)


def test_caption_text_reaches_drawtext_as_it_is(tmp_path):
    font = write_font(tmp_path)
    picture = np.full((544, 306, 3), 90, np.uint8)
    said = "It's 100% true: \\n [x] 'quoted', yes."
    write_board(lay_out([picture], [said], seconds=3, font=font), tmp_path, quality="draft")
    import json

    lines = json.loads((tmp_path / "board.json").read_text())["captions"]
    path = tmp_path / "line.txt"
    shown = []
    for line in lines:
        assert said not in drawtext(line, path, FPS)
        shown.append(path.read_text())
        assert HEIGHT / 2 < line["baseline_px"] < HEIGHT
    assert " ".join(shown) == said
    assert WIDTH == 1080
