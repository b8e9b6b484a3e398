"""What a person sees while a story is rendered."""

import io
import re
import threading
from dataclasses import replace

import pytest
from rich.console import Console

from raypipe.progress import ProgressEvent
from raypipe_cluster.cli.display import LiveDisplay, PlainDisplay, open_display

EVENTS = [
    ProgressEvent("start", "running", 0.0, detail="starting Ray"),
    ProgressEvent("start", "done", 3.0),
    *(
        ProgressEvent(stage, "queued", 3.0, scene)
        for scene in ("scene_1", "scene_2", "scene_3")
        for stage in ("image", "speech", "render")
    ),
    ProgressEvent("speech", "cached", 3.5, "scene_1"),
    ProgressEvent("image", "done", 4.0, "scene_1", detail="storybook"),
    ProgressEvent("image", "retrying", 4.5, "scene_2", detail="worker lost"),
    ProgressEvent("image", "retrying", 5.0, "scene_2", detail="worker lost"),
    ProgressEvent("image", "degraded", 6.0, "scene_2", detail="card"),
    ProgressEvent("render", "running", 6.0, "scene_1", 0, 240),
    *(
        ProgressEvent("render", "running", 6.0 + n / 2, "scene_1", n * 15, 240)
        for n in range(1, 16)
    ),
    ProgressEvent("render", "done", 14.0, "scene_1", 240, 240),
    ProgressEvent("render", "running", 14.5, "scene_2", 60, 300),
]


class Screen:
    """A terminal in memory with a clock that stands where the last event was."""

    def __init__(self, *, width=100, height=30, encoding="utf-8"):
        self.bytes = io.BytesIO()
        self.file = io.TextIOWrapper(self.bytes, encoding=encoding, write_through=True)
        self.console = Console(
            file=self.file,
            force_terminal=True,
            width=width,
            height=height,
            color_system=None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.now_s = 0.0
        self.display = LiveDisplay(self.console, title="wolf.md", clock=lambda: self.now_s)

    def play(self, events):
        for event in events:
            self.now_s = event.at_s + 1.0
            self.display.on_event(event)

    def lines(self):
        start = len(self.bytes.getvalue())
        self.console.print(self.display.draw())
        shown = self.bytes.getvalue()[start:].decode(self.file.encoding)
        return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).splitlines()]


def test_a_line_a_scene_with_its_stages():
    screen = Screen()
    screen.play(EVENTS)
    title, first, second, third, story, bar = screen.lines()
    assert title == "wolf.md"
    assert re.fullmatch(r"scene_1 +✓ image +≡ speech +✓ render ━+ 240/240", first)
    assert re.fullmatch(r"scene_2 +◆ image +· speech +▸ render [━╸ ]+ 60/300 +card", second)
    assert re.fullmatch(r"scene_3 +· image +· speech +· render", third)
    assert re.fullmatch(r"✓ start +· sound +· join +· check", story)
    # 240 frames in 8 s, then 60 in half a second; 60 + 240 + 270 of a scene not begun are left.
    rate = int(re.search(r"(\d+) frames/s", bar)[1])
    assert 28 <= rate <= 50
    minutes, seconds = map(int, re.search(r"about (\d+):(\d+) left", bar).groups())
    assert 60 * minutes + seconds == pytest.approx(510 / rate, abs=2)
    assert " 0:16 " in bar


def test_nothing_is_wider_or_higher_than_the_screen():
    screen = Screen(width=60, height=12)
    many = [
        ProgressEvent(stage, "queued", 1.0, f"a_scene_with_a_very_long_name_indeed_{number}")
        for number in range(40)
        for stage in ("image", "speech", "render")
    ]
    screen.play(many)
    lines = screen.lines()
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 60
    assert "(34 more)" in lines[1]


def test_finished_scenes_make_room_first():
    screen = Screen(height=10)
    for number in range(12):
        scene = f"s{number:02d}"
        state = "done" if number < 8 else "running"
        screen.play([ProgressEvent("render", state, 1.0, scene, 5, 10)])
    shown = "\n".join(screen.lines())
    assert all(f"s{number:02d}" in shown for number in range(8, 12))
    assert "s00" not in shown


def test_a_terminal_without_unicode_gets_ascii():
    screen = Screen(encoding="ascii")
    screen.play(EVENTS)
    assert any("+ image" in line and "! image" not in line for line in screen.lines())
    assert any("! image" in line for line in screen.lines())


def test_the_live_display_clears_itself_and_takes_events_from_other_threads():
    screen = Screen()
    with screen.display as display:
        threads = [
            threading.Thread(target=lambda: [display.on_event(event) for event in EVENTS])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    shown = screen.bytes.getvalue().decode()
    assert "scene_1" in shown
    assert shown.endswith("\x1b[2K")  # the last line of the table, erased
    assert "\x1b[?25h" in shown  # the cursor is back


def test_without_a_terminal_each_step_is_one_plain_line():
    file = io.StringIO()
    display = open_display(Console(file=file, width=100), title="wolf.md")
    assert isinstance(display, PlainDisplay)
    with display:
        for event in EVENTS:
            display.on_event(event)
    assert [line.strip() for line in file.getvalue().splitlines()] == [
        "0.0 s  start running (starting Ray)",
        "3.0 s  start done",
        "3.5 s  scene_1: speech cached",
        "4.0 s  scene_1: image done (storybook)",
        "4.5 s  scene_2: image retrying (worker lost)",
        "5.0 s  scene_2: image retrying (worker lost)",
        "6.0 s  scene_2: image degraded (card)",
        "14.0 s  scene_1: render done, 240 frames",
    ]


def test_where_to_watch_is_told_once_it_can_be_watched():
    event = ProgressEvent("live", "done", 15.0, detail="/videos/wolf.live/live.m3u8")
    screen = Screen()
    screen.play(EVENTS)
    assert not any("watch" in line for line in screen.lines())
    screen.play([event])
    assert "watch it now: /videos/wolf.live/live.m3u8" in screen.lines()
    told = io.StringIO()
    with PlainDisplay(Console(file=told)) as display:
        display.on_event(event)
    assert told.getvalue() == "   15.0 s  watch it now: /videos/wolf.live/live.m3u8\n"


def test_of_several_formats_the_one_that_is_made_is_named():
    screen = Screen()
    screen.play(EVENTS)
    assert screen.lines()[0] == "wolf.md"
    second = [replace(event, video=2, videos=3, aspect_ratio="16:9") for event in EVENTS[:4]]
    screen.play(second)
    assert screen.lines()[0] == "wolf.md  16:9 (2 of 3)"
    file = io.StringIO()
    plain = PlainDisplay(Console(file=file, width=100))
    for event in second:
        plain.on_event(event)
    assert "16:9 start done" in file.getvalue()


def test_a_terminal_that_cannot_redraw_gets_a_line_a_step():
    dumb = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(open_display(dumb, title="wolf.md", quiet=False), PlainDisplay)
    able = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm"})
    assert isinstance(open_display(able, title="wolf.md", quiet=False), LiveDisplay)
