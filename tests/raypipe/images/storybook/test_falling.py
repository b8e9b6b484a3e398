from __future__ import annotations

import numpy as np
import pytest

from raypipe.images.storybook.canvas import Canvas
from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.engine import draw
from raypipe.images.storybook.grounds import ruins


@pytest.mark.parametrize("index", range(6))
def test_falling_stones_hide_nobody(index, request_for, monkeypatch):
    request = request_for(
        setting="ruins", subjects=(), scene_index=index,
        text="Elena ran between falling pillars while the floor broke behind her.",
        actions=("running between falling pillars", "floor breaking behind her"),
    )  # fmt: skip
    people = [
        figure.box
        for figure in compose(
            request.scene, width=request.width, height=request.height, seed=request.seed
        ).placements
        if figure.kind == "person"
    ]
    stones = []
    paint, fall = Canvas.shape, ruins._falling_stones

    def watch(canvas, points, *args, **facts):
        stones.append(np.asarray(points).mean(axis=0))
        paint(canvas, points, *args, **facts)

    def watched_fall(stage):
        with monkeypatch.context() as only_here:
            only_here.setattr(Canvas, "shape", watch)
            fall(stage)

    monkeypatch.setattr(ruins, "_falling_stones", watched_fall)
    draw(request)
    assert people
    assert len(stones) > 1
    for x, y in stones:
        assert not any(left < x < right and top < y < foot for left, top, right, foot in people)
