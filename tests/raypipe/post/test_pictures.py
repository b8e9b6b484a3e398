from __future__ import annotations

import cv2
import numpy as np
import pytest

from raypipe.post.pictures import FrameStatistics, join_runs, sharpness, structural_similarity


@pytest.fixture
def luma(paintings):
    return cv2.cvtColor(paintings(360, 640), cv2.COLOR_RGB2GRAY)


def test_equal_planes_are_wholly_similar_and_noise_lowers_it(luma):
    rng = np.random.default_rng(5)
    values = [structural_similarity(luma, luma)]
    for strength in (4, 16, 64):
        noisy = np.clip(luma + rng.normal(0, strength, luma.shape), 0, 255).astype(np.uint8)
        values.append(structural_similarity(luma, noisy))
    assert values[0] == pytest.approx(1)
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.4


def test_blur_lowers_sharpness_and_size_hardly_does(luma):
    assert sharpness(cv2.GaussianBlur(luma, (0, 0), 6)) < sharpness(luma) / 4
    large = cv2.resize(luma, (1080, 1920), interpolation=cv2.INTER_CUBIC)
    assert sharpness(large) == pytest.approx(sharpness(luma), rel=0.25)


def test_curves_tell_black_change_and_keep(luma):
    statistics = FrameStatistics(fps=2, keep=(1,))
    frames = [luma, luma, np.full_like(luma, 16), 255 - luma]
    for frame in frames:
        statistics.add(frame)
    curves = join_runs([statistics.run()])
    assert curves.change[1] == 0
    assert curves.dark_share[2] == 1
    assert curves.change[3] > 50
    assert curves.luma[0] == pytest.approx(luma.mean(), abs=2)
    assert curves.sharpness[:, 0].tolist() == [1, 3]
    assert np.array_equal(statistics.kept[1], luma)
    assert statistics.kept[1] is not luma
