from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from raypipe.timeline.model import (
    KenBurns,
    Rect,
    TextLayer,
    TextStyle,
    Timeline,
    TimelineScene,
    VisualLayer,
)
from raypipe.timeline.schedule import make_schedule
from raypipe.timeline.segments import MAX_SEGMENT_S, MIXED_S, OPENING_S, segment_key, split_timeline

KINDS = ("cut", "fade", "dissolve", "slide", "wipe", "zoom")
MOTION = KenBurns(Rect(0, 0, 1, 1), Rect(0.05, 0.05, 0.9, 0.9))


def a_timeline(speech_s, kinds, *, target_s=60.0) -> Timeline:
    schedule = make_schedule(speech_s, kinds, fps=30, target_s=target_s)
    scenes = tuple(
        TimelineScene(
            scene_id=f"scene_{index}",
            start_frame=times.start_frame,
            end_frame=times.end_frame,
            visual=VisualLayer(f"image/{index}", MOTION),
            texts=(
                TextLayer(
                    f"caption {index}", 10, times.frame_count - times.hold_frames - 20, TextStyle()
                ),
            ),
            audio=None,
            transition_out=times.transition_out,
            hold_frames=times.hold_frames,
        )
        for index, times in enumerate(schedule.scenes)
    )
    return Timeline(1080, 1920, 30, scenes)


def keys(timeline: Timeline) -> list[str]:
    return [segment_key(spec, encoding="e", code="c") for spec in split_timeline(timeline)]


@given(
    scenes=st.lists(
        st.tuples(st.floats(0.0, 30.0), st.sampled_from(KINDS)), min_size=1, max_size=12
    )
)
def test_segments_show_every_frame_once_and_in_order(scenes):
    timeline = a_timeline([s for s, _ in scenes], [k for _, k in scenes])
    at = 0
    for number, spec in enumerate(split_timeline(timeline)):
        assert spec.index == number
        assert spec.start_frame == at
        assert spec.start_frame == spec.scene.start_frame + spec.first_frame
        assert 0 < spec.frame_count <= MAX_SEGMENT_S * 30
        last = spec.first_frame + spec.frame_count
        assert last <= spec.scene.frame_count
        mixes = last > spec.scene.frame_count - spec.scene.transition_out.frames
        assert (spec.following is not None) == mixes
        at += spec.frame_count
    assert at == timeline.frame_count


def test_the_key_does_not_depend_on_where_the_segment_stands():
    timeline = a_timeline([9.0, 8.0, 7.0], ["cut", "dissolve", "cut"])
    moved = replace(
        timeline,
        scenes=tuple(
            replace(s, start_frame=s.start_frame + 77, end_frame=s.end_frame + 77, scene_id="x")
            for s in timeline.scenes
        ),
    )
    for before, after in zip(split_timeline(timeline), split_timeline(moved), strict=True):
        assert segment_key(before, encoding="e", code="c") == segment_key(
            after, encoding="e", code="c"
        )


def test_another_picture_changes_its_scene_and_no_more_of_the_one_before_than_the_transition():
    timeline = a_timeline([4.0, 4.0, 4.0, 4.0], ["cut", "dissolve", "cut", "cut"], target_s=22)
    edited = replace(timeline.scenes[2], visual=VisualLayer("image/new", MOTION))
    changed = replace(timeline, scenes=(*timeline.scenes[:2], edited, timeline.scenes[3]))
    differing: dict[str, int] = {}
    for spec, a, b in zip(split_timeline(timeline), keys(timeline), keys(changed), strict=True):
        if a != b:
            name = spec.scene.scene_id
            differing[name] = differing.get(name, 0) + spec.frame_count
    mixed = timeline.scenes[1].transition_out.frames
    assert mixed >= MIXED_S * 30
    assert differing == {
        "scene_1": mixed,
        "scene_2": edited.frame_count - mixed,
    }


@given(st.lists(st.floats(2.0, 9.0), min_size=2, max_size=6), st.floats(-0.4, 0.4))
def test_a_longer_scene_changes_itself_and_how_long_the_end_is_held(speech_s, more):
    kinds = ["cut"] * len(speech_s)
    target_s = sum(speech_s) + 0.45 * len(speech_s) + 3
    before = a_timeline(speech_s, kinds, target_s=target_s)
    after = a_timeline([speech_s[0] + more, *speech_s[1:]], kinds, target_s=target_s)
    unheld = [
        [scene.frame_count - scene.hold_frames for scene in t.scenes] for t in (before, after)
    ]
    assume(unheld[0][1:] == unheld[1][1:])  # else another pace was chosen
    first = before.scenes[0].scene_id
    kept = keys(before)
    others = [
        key
        for key, spec in zip(keys(after), split_timeline(after), strict=True)
        if spec.scene.scene_id != first
    ]
    assert set(others[:-1]) <= set(kept)
    held = before.scenes[-1].hold_frames == after.scenes[-1].hold_frames
    assert (others[-1] == kept[-1]) == held


def test_a_held_end_continues_the_move_that_a_shorter_one_breaks_off():
    long, short = (a_timeline([4.0], ["cut"], target_s=target) for target in (9.2, 8.8))
    assert long.scenes[-1].hold_frames > short.scenes[-1].hold_frames
    *before, last = split_timeline(long)
    *same, other = split_timeline(short)
    for a, b in zip(before, same, strict=True):
        assert segment_key(a, encoding="e", code="c") == segment_key(b, encoding="e", code="c")
    assert last.first_frame == other.first_frame
    assert last.frame_count - other.frame_count == (
        long.scenes[-1].hold_frames - short.scenes[-1].hold_frames
    )


def test_the_first_segment_is_short_so_that_it_can_be_watched_soon():
    first, *rest = split_timeline(a_timeline([9.0, 9.0], ["cut", "cut"], target_s=20))
    assert first.frame_count == OPENING_S * 30
    assert all(spec.frame_count > first.frame_count for spec in rest[:-1])


def test_a_caption_changes_only_the_segments_that_show_it():
    timeline = a_timeline([14.0], ["cut"], target_s=16)
    (scene,) = timeline.scenes
    late = TextLayer("late", scene.frame_count - 30, scene.frame_count - 5, TextStyle())
    edited = Timeline(1080, 1920, 30, (replace(scene, texts=(*scene.texts, late)),))
    differ = [a != b for a, b in zip(keys(timeline), keys(edited), strict=True)]
    assert differ == [False] * (len(differ) - 1) + [True]


def test_the_key_depends_on_encoding_and_code():
    (first, *_) = split_timeline(a_timeline([5.0], ["cut"]))
    base = segment_key(first, encoding="e", code="c")
    assert segment_key(first, encoding="f", code="c") != base
    assert segment_key(first, encoding="e", code="d") != base
