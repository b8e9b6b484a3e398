from __future__ import annotations

from dataclasses import replace

import pytest

from raypipe.post.checks.finishing import check_finish
from raypipe.post.inspect import inspect_video
from raypipe.post.metadata import build_metadata
from raypipe.post.platforms import PLACEMENTS
from raypipe.post.sidecars import to_srt, to_vtt
from raypipe.post.thumbnails import encode_jpeg


@pytest.fixture(scope="module")
def facts(good_video):
    return inspect_video(good_video)


@pytest.fixture
def line(timelines, captions):
    return timelines(captions=((captions("Once upon a time", 2, 25),), (), ()), frames=30)


@pytest.fixture
def run(facts, line, plans, paintings):
    metadata = build_metadata(
        plans(["One.", "Two.", "Three."]),
        duration_s=facts.video.duration_s,
        width=192,
        height=320,
        file_size_bytes=facts.file_size_bytes,
    )
    sizes = {
        "thumb": (1080, 1920), "thumb_youtube": (1280, 720), "thumb_instagram": (1080, 1080),
        "thumb_tiktok": (1080, 1920),
    }  # fmt: skip
    thumbs = {n: encode_jpeg(paintings(*s), max_bytes=2**21) for n, s in sizes.items()}

    def check(**changes) -> dict:
        given = {
            "facts": facts, "timeline": line, "aspect_ratio": "9:16", "metadata": metadata,
            "thumbnails": thumbs, "srt": to_srt(line), "vtt": to_vtt(line),
            "storyboard": thumbs["thumb"], **changes,
        }  # fmt: skip
        first, second = given.pop("facts"), given.pop("timeline")
        return {check.name: check for check in check_finish(first, second, **given)}

    check.metadata, check.thumbs = metadata, thumbs
    return check


def failing(checks: dict) -> set[str]:
    return {n for n, c in checks.items() if c.ok is False and c.severity != "advises"}


def test_a_finished_video_passes_every_check(run):
    checks = run()
    assert [name for name, check in checks.items() if check.ok is not True] == []
    assert {f"file_size_{p}" for p in ("youtube", "instagram", "tiktok", "x", "facebook")} <= set(
        checks
    )


@pytest.mark.parametrize(
    ("sound", "failed"),
    [
        ({"integrated_lufs": -15.2}, {"loudness"}),
        ({"integrated_lufs": -12.9}, {"loudness"}),
        ({"true_peak_dbtp": -0.9}, {"true_peak"}),
        ({"clipped_share": 1e-6}, {"clipping"}),
    ],
)
def test_sound_out_of_limits_fails(run, facts, sound, failed):
    assert failing(run(facts=replace(facts, audio=replace(facts.audio, **sound)))) == failed


def test_silence_fails_as_silence_and_is_not_measured_as_loudness(run, facts):
    audio = replace(facts.audio, integrated_lufs=None, true_peak_dbtp=None)
    checks = run(facts=replace(facts, audio=audio))
    assert checks["audible"].ok is False
    assert checks["loudness"].ok is None
    assert checks["loudness"].detail == "the sound is silent"
    assert checks["true_peak"].ok is None


def test_a_file_too_large_fails_only_where_it_is(run, facts):
    checks = run(facts=replace(facts, file_size_bytes=150_000_000))
    assert checks["file_size_instagram"].ok is False
    assert checks["file_size_youtube"].ok is True


def test_each_placement_of_the_shape_says_whether_the_length_fits(run, facts):
    video = replace(facts.video, duration_s=75.0)
    checks = run(facts=replace(facts, video=video))
    assert checks["length_instagram_reels"].ok is True
    assert checks["length_youtube_shorts"].ok is False
    assert checks["length_youtube_shorts"].severity == "advises"
    assert "length_instagram_posts" not in checks


def test_metadata_that_lacks_or_misstates_something_fails(run):
    bare = run.metadata.model_copy(update={"tags": (), "description": ""})
    assert run(metadata=bare)["metadata_complete"].detail == "description, tags"
    wrong = run.metadata.model_copy(
        update={"format": run.metadata.format.model_copy(update={"file_size": 1})}
    )
    assert failing(run(metadata=wrong)) == {"metadata_agrees"}


def test_thumbnails_of_a_wrong_size_missing_or_damaged_fail(run):
    thumbs = {
        **run.thumbs,
        "thumb": run.thumbs["thumb_youtube"],
        "thumb_youtube": run.thumbs["thumb_youtube"][:500],
    }
    del thumbs["thumb_instagram"]
    checks = run(thumbnails=thumbs)
    assert failing(checks) == {
        "thumb", "thumb_youtube", "thumb_instagram", "thumb_instagram_bytes",
    }  # fmt: skip
    assert checks["thumb"].value == "1280x720"
    assert checks["thumb_youtube"].value == "damaged"
    assert checks["thumb_instagram"].value == "missing"


def test_sidecars_that_do_not_parse_or_do_not_agree_fail(run, line, timelines, captions):
    other = timelines(captions=((captions("Another text", 2, 25),), (), ()), frames=30)
    assert failing(run(srt="1\nnever\n")) == {"captions_srt"}
    assert failing(run(vtt=to_vtt(other))) == {"captions_vtt"}
    late = to_srt(line).replace("00:00:00,067", "00:00:00,100")
    assert failing(run(srt=late)) == {"captions_srt"}
    assert failing(run(srt="")) == {"captions_srt"}


def test_no_storyboard_is_not_passed(run):
    assert run(storyboard=None)["storyboard"].ok is None
    assert run(storyboard=b"not a picture")["storyboard"].ok is False


def test_the_stricter_source_counts():
    reels = next(p for p in PLACEMENTS if p.name == "instagram_reels")
    assert (reels.max_s, reels.max_bytes) == (90, 100_000_000)
    wide = next(p for p in PLACEMENTS if p.name == "youtube")
    assert wide.max_s == 900
