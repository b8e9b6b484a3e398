from __future__ import annotations

import pytest

from raypipe.story.atmosphere import read_atmospheres


def read(facts_of, *scenes, language="en", genre=""):
    return read_atmospheres([facts_of(scene, language) for scene in scenes], genre=genre)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "In a dark forest the storm began at midnight.", ("forest", "night", "storm")),
        ("en", "At dawn the snow lay on the mountain.", ("mountain", "dawn", "snow")),
        ("es", "Por la noche llovía en la ciudad.", ("city", "night", "rain")),
        ("ja", "夜、村に雪が降りました。", ("village", "night", "snow")),
        ("ar", "في الليل هبت الريح في الصحراء.", ("desert", "night", "wind")),
        (
            "fr",
            "À l'aube, le brouillard couvrait la mer et ils étaient dans le port.",
            ("shore", "dawn", "fog"),
        ),
        ("de", "Am Abend regnete es im Wald.", ("forest", "dusk", "rain")),
        ("zh", "晚上，森林里下雪了。", ("forest", "night", "snow")),
        ("ko", "밤에 숲에서 비가 내렸다.", ("forest", "night", "rain")),
        ("ru", "Ночью в лесу началась буря.", ("forest", "night", "storm")),
        ("hi", "रात को जंगल में बारिश हुई।", ("forest", "night", "rain")),
        ("it", "Di notte nevicava nel bosco.", ("forest", "night", "snow")),
        ("pt", "À noite chovia na floresta.", ("forest", "night", "rain")),
    ],
)
def test_place_hour_and_weather_are_read(facts_of, language, text, expected):
    (found,) = read(facts_of, text, language=language)
    assert (found.setting, found.hour, found.weather) == expected


def test_what_is_not_told_stays(facts_of):
    first, second = read(facts_of, "At night it rained in the forest.", "He waited.")
    assert (second.setting, second.hour, second.weather) == ("forest", "night", "rain")
    assert (first.place, second.place) == ("forest", "forest")


def test_time_that_passes_ends_night_and_rain(facts_of):
    _, second = read(facts_of, "At night it rained in the forest.", "Years later he came back.")
    assert second.hour != "night"
    assert second.weather == "clear"


def test_a_room_of_the_temple_is_in_the_temple(facts_of):
    _, second = read(facts_of, "They entered an ancient temple.", "She stood in this room.")
    assert (second.setting, second.place) == ("ruins", "ancient temple")


def test_a_place_passed_by_or_denied_is_not_entered(facts_of):
    _, second, third = read(
        facts_of, "They sat in the garden.", "They drove past the houses.", "It was not a forest."
    )
    assert second.setting == "garden"
    assert third.setting == "garden"


def test_a_destination_is_not_reached_yet(facts_of):
    _, second = read(
        facts_of, "家に住んでいました。", "鬼ヶ島へ出かけました。", language="ja", genre="folklore"
    )
    assert second.setting == "road"


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("They laughed and danced with joy at the festival.", "joyful"),
        ("She wept alone, full of grief.", "sad"),
        ("Suddenly he screamed and fled in panic.", "tense"),
        ("The magic crystal shimmered with wonder.", "wondrous"),
        ("They kissed, and love filled the tender wedding.", "romantic"),
        ("The army fought a mighty battle for the kingdom.", "epic"),
        ("A cursed corpse lay in the haunted darkness.", "dark"),
        ("The sea was calm and peaceful.", "calm"),
        ("It was a silly, ridiculous joke.", "comic"),
    ],
)
def test_moods(facts_of, text, mood):
    (found,) = read(facts_of, text)
    assert found.mood == mood


def test_a_silent_text_takes_its_genres_place(facts_of):
    (found,) = read(facts_of, "She waited.", genre="sci-fi")
    assert found.setting == "space"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The sun hung low over the field in October.", ("golden", "clear", "autumn")),
        ("en", "Darkness fell and the snowfall began.", ("dusk", "snow", "")),
        ("en", "At breakfast the rain had stopped.", ("day", "clear", "")),
        ("de", "Im Winter lag Mondlicht auf dem Hof.", ("night", "clear", "winter")),
        ("es", "En primavera, al caer la tarde, llovía.", ("dusk", "rain", "spring")),
        ("fr", "En automne, le soleil se couchait.", ("dusk", "clear", "autumn")),
        ("it", "D'inverno, nel tardo pomeriggio, nevica.", ("golden", "snow", "winter")),
        ("pt", "No verão, no fim da tarde, choveu.", ("golden", "rain", "summer")),
        ("ru", "Зимой под вечер начался снегопад.", ("golden", "snow", "winter")),
        ("ar", "في الشتاء عند العصر هطل المطر.", ("golden", "rain", "winter")),
        ("hi", "वसंत में भोर के समय धुंध थी।", ("dawn", "fog", "spring")),
        ("ja", "冬の早朝、粉雪が舞っていた。", ("dawn", "snow", "winter")),
        ("ko", "가을 늦은 오후에 바람이 불었다.", ("golden", "wind", "autumn")),
        ("zh", "春天的傍晚，细雨落下。", ("dusk", "rain", "spring")),
    ],
)  # fmt: skip
def test_hour_weather_and_season_in_twelve_languages(facts_of, language, text, expected):
    (found,) = read(facts_of, text, language=language)
    assert (found.hour, found.weather, found.season) == expected


def test_rain_that_somebody_dreams_of_does_not_fall(facts_of):
    (found,) = read(facts_of, 'She looked at the tree in the garden. "It dreamed of rain."')
    assert found.weather == "clear"


def test_where_somebody_came_from_is_behind_them(facts_of):
    _, second = read(facts_of, "She sat in the bookshop.", "A man hurried in from the street.")
    assert second.setting == "indoors"


@pytest.mark.parametrize(("genre", "setting"), [("sci-fi", "indoors"), ("adventure", "river")])
def test_the_bridge_of_a_spaceship_is_a_room(facts_of, genre, setting):
    (found,) = read(facts_of, "She stood on the bridge.", genre=genre)
    assert found.setting == setting
