"""Many stories at once, each named by file and line."""

import json
import time

import pytest

from raypipe.errors import StoryError
from raypipe.story import collection
from raypipe.story.collection import gather_stories
from raypipe.story.read import MAX_SOURCE_BYTES


def story(name, **more):
    return {"story_id": name, "title": name.title(), "content": f"The {name} ran away.", **more}


def lines(*stories):
    return "".join(json.dumps(each) + "\n" for each in stories)


def ids(found):
    return [each.source.story_id if each.source else None for each in found]


def test_files_folders_and_lines_in_order(tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    (folder / "b.json").write_text(json.dumps(story("hare")))
    (folder / "a.md").write_text("# The Wolf\n\nIt slept.")
    (folder / "c.jsonl").write_text(lines(story("owl"), story("elk")))
    (folder / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / ".hidden.json").write_text("{")
    (folder / "deeper").mkdir()
    (folder / "link.json").symlink_to(folder / "b.json")
    single = tmp_path / "fox.json"
    single.write_text(json.dumps(story("fox")))
    found = gather_stories([single, folder])
    assert ids(found) == ["fox", "a", "hare", "owl", "elk"]
    assert [each.error for each in found] == [None] * 5


def test_every_bad_line_is_named_with_its_number(tmp_path):
    path = tmp_path / "many.jsonl"
    bad = lines(story("elk", metadata={"target_duration": -1}))
    path.write_text(lines(story("fox")) + "\n{broken\n" + bad + lines(story("owl")) + "[1]")
    found = gather_stories([path])
    assert ids(found) == ["fox", None, None, "owl", None]
    bad_ones = [each for each in found if each.error]
    places = [each.place.rpartition(", ")[2] for each in bad_ones]
    assert places == ["line 3", "line 4", "line 6"]
    wheres = [each.error.where for each in bad_ones]
    assert wheres == ["column 2", "metadata.target_duration", ""]


def test_the_same_story_counts_once_and_another_of_its_id_is_refused(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text(lines(story("fox"), story("fox"), story("fox", content="Another.")))
    found = gather_stories([path])
    assert ids(found) == ["fox", None]
    assert "line 1" in str(found[1].error)
    assert "'fox'" in str(found[1].error)


@pytest.mark.parametrize("name", ["many.jsonl", "many.json"])
def test_fifty_megabytes_in_a_line_are_refused_quickly(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(b'{"story_id": "big", "content": "')
        for _ in range(50):
            file.write(b"word " * 200_000)
        file.write(b'"}\n')
        file.write(lines(story("fox")).encode())
    began = time.process_time()
    found = gather_stories([path])
    assert time.process_time() - began < 2
    assert "at most 4 MB, got 50.0 MB" in found[0].error.problem
    assert ids(found) == ([None, "fox"] if name.endswith("l") else [None])


def test_the_longest_line_that_is_allowed_is_read_whole(tmp_path):
    path = tmp_path / "long.jsonl"
    padding = " " * (MAX_SOURCE_BYTES - len(json.dumps(story("fox"))))
    path.write_text(json.dumps(story("fox")) + padding + "\n" + lines(story("owl")))
    assert ids(gather_stories([path])) == ["fox", "owl"]


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff"])
def test_a_file_without_a_line_is_told(tmp_path, content):
    path = tmp_path / "none.jsonl"
    path.write_text(content)
    (found,) = gather_stories([path])
    assert "empty" in found.error.problem


def test_a_folder_without_stories_and_a_missing_file_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "empty", tmp_path / "gone.jsonl", tmp_path / "gone.json"]
    problems = [each.error.problem for each in gather_stories(paths)]
    assert "found none" in problems[0]
    assert problems[1:] == ["there is no such file"] * 2


def test_too_many_stories_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "MAX_STORIES", 3)
    path = tmp_path / "many.jsonl"
    path.write_text(lines(*(story(f"s{number}") for number in range(4))))
    with pytest.raises(StoryError, match="at most 3"):
        gather_stories([path])
