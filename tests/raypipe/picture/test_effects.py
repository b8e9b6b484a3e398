import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.picture.colour import planes_of
from raypipe.picture.effects import EffectChain

W, H = 180, 320


def grey(luma=150):
    frame = np.full((H * 3 // 2, W), 128, np.uint8)
    planes_of(frame).y[:] = luma
    planes_of(frame).u[:] = 90
    return frame


def applied(*effects, frame=0, luma=150, count=90):
    out = grey(luma)
    chain = EffectChain(effects, width=W, height=H, fps=30, frame_count=count)
    chain.apply(frame, out)
    return out


def test_a_scene_fades_in_from_black():
    means = [planes_of(applied("fade_in", frame=frame)).y.mean() for frame in range(25)]

    assert means[0] < 25
    assert np.all(np.diff(means) >= 0)
    assert means[18:] == [150] * 7


def test_a_scene_fades_out_with_its_last_frame():
    means = [planes_of(applied("fade_out", frame=frame)).y.mean() for frame in range(90)]

    assert means[:66] == [150] * 66
    assert np.all(np.diff(means[66:]) < 0)
    assert means[-1] < 25


def test_fades_leave_something_to_see_of_a_tenth_of_a_second():
    frames = [applied("fade_in", "fade_out", frame=frame, count=3) for frame in range(3)]
    means = [planes_of(frame).y.mean() for frame in frames]

    assert means[1] == 150
    assert 16 < means[0] == means[2] < 150


def test_a_vignette_darkens_corners_and_their_colour_only():
    y, u, v = planes_of(applied("vignette"))

    assert y[H // 2, W // 2] == 150
    assert 16 + 0.60 * 134 < y[0, 0] < 16 + 0.72 * 134
    assert abs(int(y[0, 0]) - int(y[-1, -1])) <= 1
    assert 90 < u[0, 0] < 110
    assert np.abs(v.astype(int) - 128).max() <= 1
    assert np.abs(np.diff(y[H // 2].astype(int))).max() <= 2


def test_black_stays_black_under_a_vignette():
    assert np.abs(planes_of(applied("vignette", luma=16)).y.astype(int) - 16).max() <= 1


def test_grain_is_fine_even_and_the_same_in_every_run():
    first, again, later = applied("grain"), applied("grain"), applied("grain", frame=1)
    noise = planes_of(first).y.astype(int) - 150

    assert np.array_equal(first, again)
    assert not np.array_equal(first, later)
    assert abs(noise.mean()) < 0.2
    assert 1 < noise.std() < 3
    assert np.array_equal(planes_of(first).u, planes_of(grey()).u)


def test_a_light_leak_is_warm_soft_and_slow():
    frames = [applied("light_leak", frame=frame) for frame in (0, 1, 60)]
    y, u, v = planes_of(frames[2])
    change = np.abs(frames[0].astype(int) - frames[1]).max()

    assert v[:, -10:].mean() > v[:, :10].mean() + 2
    assert u[:, -10:].mean() < u[:, :10].mean() + 1
    assert np.abs(np.diff(y.astype(int), axis=1)).max() <= 2
    assert change <= 2
    assert not np.array_equal(frames[0], frames[2])


def test_effects_are_applied_in_one_order():
    assert np.array_equal(applied("grain", "vignette"), applied("vignette", "grain"))


def test_an_unknown_effect_is_refused_by_name():
    with pytest.raises(RenderError, match="got 'sparkle'"):
        applied("sparkle")
