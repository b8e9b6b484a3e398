import numpy as np
import pytest

from raypipe.picture.colour import planes_of
from raypipe.picture.transitions import (
    blend_transition,
    camera_zooms,
    text_weights,
    transition_progress,
)
from raypipe.timeline.model import Transition

W, H = 64, 96
KINDS = [
    Transition("fade", 10),
    Transition("fade", 10, through="white"),
    Transition("dissolve", 10),
    *(Transition("slide", 10, direction) for direction in ("left", "right", "up", "down")),
    *(Transition("wipe", 10, direction) for direction in ("left", "right", "up", "down")),
    Transition("zoom", 10),
]


def flat(y, u, v):
    frame = np.empty((H * 3 // 2, W), np.uint8)
    for plane, value in zip(planes_of(frame), (y, u, v), strict=True):
        plane[:] = value
    return frame


OLD, NEW = flat(60, 100, 150), flat(200, 160, 90)


def at(transition, progress):
    out = np.empty_like(OLD)
    blend_transition(transition, progress, OLD, NEW, out)
    return out


@pytest.mark.parametrize("transition", KINDS, ids=repr)
def test_a_transition_leads_from_the_old_to_the_new(transition):
    assert np.abs(at(transition, 0.0).astype(int) - OLD).max() <= 1
    assert np.abs(at(transition, 1.0).astype(int) - NEW).max() <= 1
    means = [float(planes_of(at(transition, p)).y.mean()) for p in np.linspace(0, 1, 21)]
    if transition.kind != "fade":
        assert np.all(np.diff(means) >= -0.01)


@pytest.mark.parametrize(("through", "luma"), [("black", 16), ("white", 235)])
def test_a_fade_goes_through_a_plain_colour(through, luma):
    y, u, v = planes_of(at(Transition("fade", 10, through=through), 0.5))

    assert set(np.unique(y)) == {luma}
    assert set(np.unique(u)) == set(np.unique(v)) == {128}


@pytest.mark.parametrize(
    ("direction", "edge"),
    [("left", np.s_[:, -8:]), ("right", np.s_[:, :8]), ("up", np.s_[-8:]), ("down", np.s_[:8])],
)
@pytest.mark.parametrize("kind", ["slide", "wipe"])
def test_the_new_scene_comes_in_from_the_far_side(kind, direction, edge):
    y = planes_of(at(Transition(kind, 10, direction), 0.4)).y

    assert y[edge].mean() > 150
    assert abs(y.mean() - 60) < abs(y[edge].mean() - 60)


def test_a_slide_moves_both_pictures():
    rows = np.arange(W, dtype=np.uint8) * 2
    old, new = OLD.copy(), NEW.copy()
    planes_of(old).y[:], planes_of(new).y[:] = rows, 255 - rows
    out = np.empty_like(old)
    blend_transition(Transition("slide", 10, "left"), 0.5, old, new, out)
    row = planes_of(out).y[0]

    assert row[: W // 2].tolist() == rows[W // 2 :].tolist()
    assert row[W // 2 :].tolist() == (255 - rows[: W // 2]).tolist()


def test_a_wipe_has_a_soft_edge():
    row = planes_of(at(Transition("wipe", 10, "right"), 0.5)).y[0].astype(int)

    assert len(set(row)) > 4
    assert np.abs(np.diff(row)).max() < 60


def test_progress_never_repeats_a_scenes_own_frame():
    steps = [transition_progress(frame, 5) for frame in range(5)]

    assert steps == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6])


def test_only_a_zoom_moves_the_cameras():
    assert camera_zooms(Transition("dissolve", 5), 0.7) == (1.0, 1.0)
    closer, further = camera_zooms(Transition("zoom", 5), 0.5)
    assert closer > 1 > further
    assert camera_zooms(Transition("zoom", 5), 1.0)[1] == 1.0


def test_two_texts_are_never_seen_at_once():
    for progress in np.linspace(0, 1, 50):
        old, new = text_weights(float(progress))
        assert min(old, new) == 0
