import pytest

from raypipe.text.safe_area import place_text, reference_size, safe_area, text_height, text_width

SIZES = [(1080, 1920), (1080, 1080), (1920, 1080), (1080, 1350), (270, 480)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("position", ["bottom_third", "center", "top"])
def test_text_stays_inside_the_safe_area(size, position):
    width, height = size
    block = (text_width(width, height), text_height(width, height) // 4)
    left, top = place_text(position, block, width=width, height=height)
    area = safe_area(width, height)

    assert left % 2 == top % 2 == 0
    assert left >= area.left * width - 2
    assert left + block[0] <= (1 - area.right) * width + 2
    assert top >= area.top * height - 2
    assert top + block[1] <= (1 - area.bottom) * height + 2


def test_a_portrait_frame_keeps_the_platforms_buttons_free():
    area = safe_area(1080, 1920)

    assert area.right * 1080 >= 120
    assert area.bottom * 1920 >= 350
    assert area.top * 1920 >= 220


def test_a_block_larger_than_the_frame_starts_at_its_corner():
    assert place_text("bottom_third", (2000, 3000), width=1080, height=1920) == (0, 0)


def test_sizes_follow_the_shorter_side():
    assert reference_size(64, 1080, 1920) == reference_size(64, 1920, 1080) == 64
    assert reference_size(64, 540, 960) == 32
