from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from raypipe.post.metadata import build_metadata, canonical_genre
from raypipe.post.platforms import PLATFORMS, TEXT_LIMITS
from raypipe.post.summary import story_sentences
from raypipe.post.variants import utf16_length, weighted_length

TEMPLE = [
    (
        "In a dusty ancient temple, archaeologist Dr. Elena Martinez discovered a glowing crystal. "
        "The crystal pulsed with mysterious energy, and blue light ran along the carved walls."
    ),
    (
        'She had followed a faded map for eleven years. "It is warm," she whispered. '
        "Far above, the old doors began to close."
    ),
    (
        "Her guide Tomas shouted from the stairs and held the last torch high. "
        "Elena ran between falling pillars while the floor broke behind her."
    ),
    "It was not a treasure at all. It was a way home for someone who had been waiting.",
]
MOMOTARO = [
    "むかしむかし、おじいさんとおばあさんが住んでいました。川で大きな桃が流れてきました。",
    "桃を切ると、中から元気な男の子が生まれました。桃太郎は鬼ヶ島へ鬼退治に出かけました。",
    "犬と猿と雉がお供になりました。鬼を降参させ、宝物を持って村に帰りました。",
]
ALI = [
    "كان علي بابا حطابًا فقيرًا يعيش على أطراف المدينة. رأى أربعين لصًا أمام صخرة كبيرة.",
    "قال زعيمهم: «افتح يا سمسم»، فانفتحت الصخرة. اختبأ علي بابا حتى رحلوا.",
    "وجد في الداخل ذهبًا وجواهر لا تُحصى. لكن مرجانة وحدها عرفت كيف تنقذه من انتقامهم.",
]


def build(plan, **changes):
    facts = {"duration_s": 58.2345, "width": 1080, "height": 1920, "file_size_bytes": 12_345_678}
    return build_metadata(plan, **{**facts, **changes})


@pytest.fixture
def temple(plans):
    return plans(
        TEMPLE, people=("Dr. Elena Martinez", "Tomas"), subjects=("crystal", "temple", "torch")
    )


def test_the_file_has_the_fields_of_the_specification(temple):
    made = datetime(2026, 11, 22, 14, 30, 5, 123, tzinfo=timezone(timedelta(hours=1)))
    data = json.loads(build(temple, created_at=made).to_json())
    assert data["title"] == "The Lost Artifact"
    assert data["duration"] == 58.234 or data["duration"] == 58.235
    assert data["created_at"] == "2026-11-22T13:30:05+00:00"
    assert data["format"] == {
        "resolution": "1080x1920",
        "aspect_ratio": "9:16",
        "codec": "h264",
        "file_size": 12_345_678,
    }
    assert set(data["platforms"]) == set(PLATFORMS)
    assert {"description", "tags", "hashtags"} <= set(data)


def test_the_time_is_now_if_not_given(temple):
    made = datetime.fromisoformat(build(temple).created_at)
    assert abs(datetime.now(UTC) - made) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("texts", "language", "title"),
    [(TEMPLE, "en", "The Lost Artifact"), (MOMOTARO, "ja", "桃太郎"), (ALI, "ar", "علي بابا")],
)
def test_the_description_is_whole_sentences_of_the_story_and_not_its_end(
    plans, texts, language, title
):
    plan = plans(texts, language=language, title=title, genre="folklore")
    summary, _, marks = build(plan).description.partition("\n\n")
    sentences = story_sentences(plan)
    used = [sentence for sentence in sentences if sentence in summary]
    assert 1 <= len(used) <= 3
    assert summary == ("" if language == "ja" else " ").join(used)
    assert len(summary) <= 300
    assert sentences[-1] not in summary
    assert all(mark.startswith("#") for mark in marks.split())
    assert 1 <= len(marks.split()) <= 5


def test_the_description_is_not_merely_the_beginning(temple):
    summary = build(temple).description.partition("\n\n")[0]
    assert not " ".join(TEMPLE).startswith(summary)


def test_one_endless_sentence_is_cut_at_a_clause(plans):
    text = "The road went on, " * 40 + "and on"
    summary = build(plans([text] * 3)).description.partition("\n\n")[0]
    assert len(summary) <= 300
    assert summary.endswith("went on…")


def test_tags_come_from_content_and_genre_without_doubles(temple):
    tags = build(temple).tags
    assert {"Elena Martinez", "crystal", "adventure", "story"} <= set(tags)
    assert tags[0] == "The Lost Artifact"
    folded = [tag.casefold().replace(" ", "") for tag in tags]
    assert len(folded) == len(set(folded))
    assert "Dr. Elena Martinez" not in tags
    assert len(tags) <= 25


def test_words_of_other_scripts_become_tags_and_hashtags(plans):
    japanese = build(plans(MOMOTARO, title="桃太郎", language="ja", genre="folklore"))
    assert {"桃太郎", "昔話", "物語"} <= set(japanese.tags)
    assert "#昔話" in japanese.hashtags
    arabic = build(plans(ALI, title="علي بابا", language="ar", genre="fable", people=("مرجانة",)))
    assert "#علي_بابا" in arabic.hashtags
    assert "مرجانة" in arabic.tags


def test_every_platform_stays_within_its_limits(plans):
    title = "An Endless Voyage 🚀 <around> the World, " * 4
    texts = [f"{text} {'更に長い話。' * 20} {'Even longer, ' * 40}." for text in TEMPLE]
    made = build(plans(texts, title=title[:160], people=("Elena",)))
    texts_by = made.platforms
    tube = texts_by.youtube
    assert len(tube.title) <= 100
    assert not set("<>") & set(tube.title + tube.description + "".join(tube.tags))
    assert len(tube.description.encode()) <= 5000
    assert len(",".join(tube.tags)) + 2 * sum(" " in tag for tag in tube.tags) <= 500
    assert len(tube.hashtags) <= 60
    assert len(texts_by.instagram.caption) <= 2200
    assert texts_by.instagram.caption.count("#") <= TEXT_LIMITS["instagram"].hashtags
    assert utf16_length(texts_by.tiktok.title) <= 2200
    assert weighted_length(texts_by.x.text) == texts_by.x.weighted_length <= 280
    assert len(texts_by.facebook.title) <= 255


def test_ai_labels_default_to_true(temple):
    platforms = build(temple).platforms
    assert platforms.youtube.contains_synthetic_media
    assert platforms.instagram.is_ai_generated
    assert platforms.tiktok.is_aigc
    assert platforms.x.made_with_ai
    assert platforms.facebook.is_ai_generated


def test_shorts_are_short_and_not_wide(plans):
    upright, wide = plans(TEMPLE), plans(TEMPLE, aspect_ratio="16:9")
    assert build(upright).platforms.youtube.short
    assert not build(upright, duration_s=181).platforms.youtube.short
    assert not build(wide).platforms.youtube.short
    assert "#Shorts" in build(upright).platforms.youtube.hashtags


@pytest.mark.parametrize(
    ("written", "known"),
    [("Sci-Fi", "science fiction"), (" FOLK_TALE ", "folklore"), ("steampunk", "steampunk")],
)
def test_genres_are_known_by_other_names(written, known):
    assert canonical_genre(written) == known


def test_an_unknown_or_empty_genre_still_has_tags(plans):
    assert "steampunk" in build(plans(TEMPLE, genre="Steampunk")).tags
    plain = build(plans(TEMPLE, genre=""))
    assert "" not in plain.tags
    assert "storytelling" in plain.tags
