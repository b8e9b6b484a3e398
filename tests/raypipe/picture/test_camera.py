import cv2
import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.picture.camera import Camera, _mirrored
from raypipe.picture.colour import planes_of, rgb_to_yuv
from raypipe.picture.crops import crop_at, zoomed
from raypipe.timeline.model import KenBurns, Rect

WHOLE = Rect(0.0, 0.0, 1.0, 1.0)
PAN = KenBurns(Rect(0.0, 0.05, 0.9, 0.9), Rect(0.1, 0.05, 0.9, 0.9))
DOWN = KenBurns(Rect(0.05, 0.0, 0.9, 0.9), Rect(0.05, 0.1, 0.9, 0.9))
ZOOM = KenBurns(WHOLE, Rect(0.05, 0.06, 0.88, 0.88))


def film(picture, motion, progress, *, width=180, height=320, zoom=1.0):
    frame = np.empty((height * 3 // 2, width), np.uint8)
    Camera(picture, motion, width=width, height=height).draw(
        [progress], [planes_of(frame)], zoom=zoom
    )
    return frame


def test_the_whole_picture_is_filmed_as_it_is(pictures):
    picture = pictures["a"]
    want = cv2.resize(rgb_to_yuv(picture), (180, 320), interpolation=cv2.INTER_AREA)
    y, u, v = planes_of(film(picture, KenBurns(WHOLE, WHOLE), 0.0))

    assert np.abs(y.astype(int) - want[..., 0]).mean() < 2
    for plane, channel in ((u, 1), (v, 2)):
        small = cv2.resize(want[..., channel], (90, 160), interpolation=cv2.INTER_AREA)
        assert np.abs(plane.astype(int) - small).mean() < 2


def test_a_picture_far_larger_than_the_frame_is_filmed_as_sharply_and_in_place(pictures):
    picture = pictures["a"]
    large = cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    for motion, progress in ((PAN, 0.4), (ZOOM, 1.0)):
        want = film(picture, motion, progress, width=90, height=160)
        got = film(large, motion, progress, width=90, height=160)
        assert np.abs(got.astype(int) - want).mean() < 1.5


def edge_picture(width=540, height=960):
    """Dark to light across, soft enough that its place can be measured to 0.01 px."""
    ramp = 128 + 100 * np.tanh((np.arange(width) - width * 0.55) / 6)
    return np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2).astype(np.uint8)


def edge_place(luma):
    """Where the row's mean luma crosses the middle, in pixels."""
    row = luma.astype(np.float64).mean(axis=0)
    middle = (row.max() + row.min()) / 2
    index = int(np.argmax(row > middle))
    return index - 1 + (middle - row[index - 1]) / (row[index] - row[index - 1])


def test_slow_motion_is_sub_pixel_and_doesnt_jitter():
    camera = Camera(edge_picture(), PAN, width=180, height=320)
    frame = np.empty((480, 180), np.uint8)
    places, wanted = [], []
    for progress in np.linspace(0.3, 0.4, 40):
        camera.draw([float(progress)], [planes_of(frame)])
        places.append(edge_place(planes_of(frame).y))
        crop = crop_at(PAN, float(progress))
        wanted.append((0.55 - crop.x) / crop.width * 180)
    errors = np.array(places) - wanted
    steps = np.diff(places)

    assert errors.std() < 0.015
    assert (steps < 0).all()
    assert np.abs(steps - steps.mean()).max() < 0.05
    assert abs(steps.mean()) < 0.1


def test_chroma_moves_with_luma():
    picture = edge_picture()
    coloured = np.dstack([picture[..., 0], picture[..., 0] // 2, 255 - picture[..., 0]])
    camera = Camera(coloured, PAN, width=180, height=320)
    frame = np.empty((480, 180), np.uint8)
    for progress in (0.1, 0.5, 0.77):
        camera.draw([progress], [planes_of(frame)])
        y, _, v = planes_of(frame)
        # Chroma sample i lies on luma column 2 i.
        assert 2 * edge_place(v) == pytest.approx(edge_place(y), abs=0.6)


def grid_picture(period_px, width=720, height=1280):
    y, x = np.mgrid[0:height, 0:width]
    cells = (x // period_px + y // period_px) % 2
    return np.repeat((cells * 255).astype(np.uint8)[..., None], 3, axis=2)


def flicker(lumas):
    """How much the local contrast changes its pace from frame to frame (second difference)."""
    blocks = [
        luma[32:288, 10:170].astype(np.float32).reshape(16, 16, 10, 16).std(axis=(1, 3))
        for luma in lumas
    ]
    contrast = np.stack(blocks)
    return float(np.sqrt(((contrast[2:] - 2 * contrast[1:-1] + contrast[:-2]) ** 2).mean()))


@pytest.mark.parametrize(
    ("motion", "share"),
    # A pan over whole pixels jumps instead of shimmering, so there is less to be better than.
    [(ZOOM, 0.25), (PAN, 0.8), (DOWN, 0.8)],
    ids=["zoom", "pan", "down"],
)
@pytest.mark.parametrize("period", [6, 10, 16])
def test_a_fine_grid_doesnt_shimmer(period, motion, share):
    picture = grid_picture(period)
    camera = Camera(picture, motion, width=180, height=320)
    frame = np.empty((480, 180), np.uint8)
    ours, cropped = [], []
    for index in range(24):
        progress = index / 150
        camera.draw([progress], [planes_of(frame)])
        ours.append(planes_of(frame).y.copy())
        crop = crop_at(motion, progress)  # what crops at whole pixels would show
        x, y = int(crop.x * 720), int(crop.y * 1280)
        part = picture[y : y + int(crop.height * 1280), x : x + int(crop.width * 720), 0]
        cropped.append(cv2.resize(part, (180, 320), interpolation=cv2.INTER_LINEAR))

    assert flicker(ours) < 2.5
    assert flicker(ours) < flicker(cropped) * share


def test_motion_is_eased_monotone_and_ends_where_it_should():
    crops = [crop_at(ZOOM, progress) for progress in np.linspace(0, 1, 50)]
    widths = np.array([crop.width for crop in crops])

    assert (np.diff(widths) < 0).all()
    assert crops[0] == ZOOM.start
    assert crops[-1].x == pytest.approx(ZOOM.end.x)
    assert crops[-1].width == pytest.approx(ZOOM.end.width)
    # The point that both crops show at one place of the frame stands still all the way.
    still = ZOOM.end.x / (1 - ZOOM.end.width)
    assert [(still - crop.x) / crop.width for crop in crops] == pytest.approx([still] * 50)


def test_zoomed_keeps_the_centre():
    assert zoomed(Rect(0.2, 0.2, 0.4, 0.4), 2.0) == Rect(
        pytest.approx(0.3), pytest.approx(0.3), 0.2, 0.2
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (271, 333)])
def test_pictures_of_any_size_fill_the_frame(size):
    picture = np.full((size[1], size[0], 3), 200, np.uint8)
    frame = film(picture, KenBurns(WHOLE, WHOLE), 0.5)

    assert np.ptp(planes_of(frame).y) <= 1
    assert planes_of(frame).y[0, 0] == pytest.approx(16 + 200 * 219 / 255, abs=1)


def test_a_frame_of_several_blocks_has_no_seam():
    picture = np.repeat(np.linspace(0, 255, 1216)[None, :, None], 64, axis=0)
    picture = np.repeat(picture, 3, axis=2).astype(np.uint8)
    luma = planes_of(film(picture, PAN, 0.3, width=1000, height=64)).y

    assert np.abs(np.diff(luma.astype(int), n=2, axis=1)).max() <= 1
    assert (luma == luma[:1]).all()


@pytest.mark.parametrize(("length", "border"), [(50, 16), (17, 16), (3, 16), (2, 5), (1, 16)])
def test_borders_are_mirrored_as_opencv_does(length, border):
    line = np.arange(length, dtype=np.uint8)[None] + 7
    want = cv2.copyMakeBorder(line, 0, 0, border, border, cv2.BORDER_REFLECT_101)
    found = want.copy()
    for place, source in _mirrored(length, border):
        found[:, place] = line[:, source]

    assert np.array_equal(found, want)


def test_the_camera_may_back_off_a_little_in_a_transition(pictures):
    assert film(pictures["a"], KenBurns(WHOLE, WHOLE), 0.0, zoom=0.93).shape == (480, 180)


@pytest.mark.parametrize(
    "crop",
    [Rect(-0.1, 0, 0.5, 0.5), Rect(0.6, 0, 0.5, 0.5), Rect(0, 0, 0, 0.5), Rect(0, 0.2, 1, 0.9)],
)
def test_a_motion_outside_the_picture_is_refused(pictures, crop):
    with pytest.raises(RenderError, match="inside the picture"):
        film(pictures["a"], KenBurns(WHOLE, crop), 0.0)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_a_misshapen_picture_is_refused(picture):
    with pytest.raises(RenderError, match=r"expected a picture of uint8 \(height, width, 3\)"):
        film(picture, KenBurns(WHOLE, WHOLE), 0.0)
