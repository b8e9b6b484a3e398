"""From what was read to what is sent: planned here, options with it, files by whole paths."""

import json

import pytest

from raypipe.errors import MediaError, StoryError
from raypipe.settings import load_settings
from raypipe.story.collection import Gathered
from raypipe.story.model import Story, StoryMetadata
from raypipe.story.plan import StoryPlan
from raypipe_cluster.app import plan_read
from raypipe_cluster.jobs.preparing import Wish, prepare
from raypipe_cluster.overrides import Overrides

STORY = Story(
    story_id="fox", title="Fox", content="A fox ran over the hill. It slept there. Then night came."
)


def wish(*, overrides=None, far=False, fit="natural", **flags):
    settings = load_settings(flags, env={}, file=None).settings
    return Wish(settings, overrides or Overrides(), fit=fit, far=far)


def submission(source, given):
    (prepared,) = prepare([Gathered("fox.json", source)], given)
    if prepared.error is not None:
        raise prepared.error
    return prepared.submission


def with_music(music):
    return STORY.model_copy(update={"metadata": StoryMetadata(music=music)})


def test_the_story_travels_with_what_differs_from_the_defaults():
    made = submission(STORY, wish(**{"video.quality": "draft"}, fit="condense"))
    assert Story.model_validate_json(made.document) == STORY
    assert made.options == {"settings": {"video": {"quality": "draft"}}, "fit": "condense"}


def test_the_wished_retries_travel_with_the_story():
    assert submission(STORY, wish()).max_attempts == 4
    assert submission(STORY, wish(**{"processing.max_retries": 0})).max_attempts == 1


def test_flags_go_before_the_story_and_change_the_fingerprint():
    plain = submission(STORY, wish())
    wide = submission(STORY, wish(overrides=Overrides(aspect_ratio="16:9")))
    assert json.loads(wide.document)["metadata"]["aspect_ratio"] == "16:9"
    assert wide.fingerprint != plain.fingerprint
    assert submission(STORY, wish()).fingerprint == plain.fingerprint


def test_a_plan_is_sent_as_it_is():
    plan = plan_read(STORY, settings=wish().settings)
    assert StoryPlan.model_validate_json(submission(plan, wish()).document) == plan


def test_what_cannot_be_planned_or_read_is_never_sent():
    hopeless = STORY.model_copy(update={"content": "Ha."})
    error = StoryError("bad", remedy="mend")
    found = prepare(
        [Gathered("a", STORY), Gathered("b", error=error), Gathered("c", hopeless)], wish()
    )
    assert [each.place for each in found] == ["a", "b", "c"]
    assert found[0].submission is not None
    assert found[1].error is error
    assert (found[2].submission is None) == (found[2].error is not None)


def test_music_of_this_machine_is_named_by_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tune.wav").write_bytes(b"RIFF")
    made = submission(with_music("tune.wav"), wish())
    assert json.loads(made.document)["metadata"]["music"] == str(tmp_path / "tune.wav")
    with pytest.raises(MediaError, match="nowhere"):
        submission(with_music("nowhere.wav"), wish())


def test_music_for_a_cluster_elsewhere_must_be_there():
    with pytest.raises(MediaError, match="on the cluster"):
        submission(with_music("tune.wav"), wish(far=True))
    made = submission(with_music("/shared/tune.wav"), wish(far=True))
    assert json.loads(made.document)["metadata"]["music"] == "/shared/tune.wav"
    assert submission(with_music("none"), wish(far=True))
