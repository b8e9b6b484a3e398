import pytest

from raypipe.story.german import read_sie


def read(text: str) -> str | None:
    start = text.lower().index("sie")
    return read_sie(text, start, start + 3)


@pytest.mark.parametrize(
    "text",
    [
        "Sie ging durch den Wald.",
        "Mira trug eine Lampe, und sie hatte Angst.",
        "Am Fluss blieb sie stehen.",
        "Langsam ging sie hinein.",
        "Der Regen fiel, als sie die Tür öffnete.",
        "Da begann sie zu singen.",
        "Sie schien müde.",
        "Sie kann nicht schlafen.",
        "Er rief, doch sie lief weiter.",
    ],
)
def test_a_verb_in_the_singular_is_hers(text):
    assert read(text) == "she"


@pytest.mark.parametrize(
    "text",
    [
        "Sie fanden ihn im Garten.",
        "Dann liefen sie nach Hause.",
        "Es war dunkel, weil sie die Lampe vergessen hatten.",
        "Sie sind müde.",
        "Sie flüstern im Dunkeln.",
        "Der Wolf kam, und sie rannten davon.",
    ],
)
def test_a_verb_in_the_plural_is_theirs(text):
    assert read(text) == "they"


@pytest.mark.parametrize(
    "text", ["Er sah sie.", "Niemand wartete auf sie.", "Dann nahm er sie in die Hand.", "Und sie"]
)
def test_an_object_may_be_anything(text):
    assert read(text) is None
