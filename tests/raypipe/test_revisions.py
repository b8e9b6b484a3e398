import pytest

from raypipe.revisions import embedded_revision


@pytest.mark.parametrize("engine", ["storybook", "card", "piper:joe", "espeak:ja", "silence"])
def test_an_embedded_engine_has_a_revision_without_being_loaded(engine):
    revision = embedded_revision(engine)
    assert revision
    assert "none" not in revision.split("+")


@pytest.mark.parametrize("engine", ["diffusers:/models/sd", "coqui:tts_models/en", "unknown"])
def test_other_engines_are_asked_themselves(engine):
    assert embedded_revision(engine) is None
