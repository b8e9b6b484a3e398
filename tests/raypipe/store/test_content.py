import os
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from raypipe.errors import SettingsError, StorageError
from raypipe.picture.light import map_light
from raypipe.speech.engine import Speech, WordTime
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.keys import UNLESS_DEFAULT, code_revision, content_key
from raypipe.store.products import get_picture, get_speech, light_of, put_picture, put_speech
from raypipe.timeline.model import Rect


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(StoreConfig(url=f"file://{tmp_path}/cache"))


def _only_file(store: ContentStore) -> Path:
    root = Path(store.config.url.removeprefix("file://"))
    (found,) = (path for path in root.rglob("*") if path.is_file())
    return found


def test_what_was_put_is_got(store):
    key = content_key("sheet", a=1)
    assert store.get(key) is None
    assert not store.has(key)
    store.put(key, b"payload", {"name": "é"})
    entry = store.get(key)
    assert entry is not None
    assert bytes(entry.payload) == b"payload"
    assert entry.header["name"] == "é"
    assert store.has(key)


@pytest.mark.parametrize("position", [0, 9, 30, -1])
def test_one_changed_byte_anywhere_makes_it_a_miss_and_deletes_it(store, position):
    key = content_key("segment", a=1)
    store.put(key, b"x" * 100, {})
    path = _only_file(store)
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(data)
    assert store.get(key) is None
    assert not path.exists()


def test_a_truncated_entry_is_a_miss(store):
    key = content_key("segment", a=1)
    store.put(key, b"x" * 100, {})
    path = _only_file(store)
    path.write_bytes(path.read_bytes()[:-3])
    assert store.get(key) is None


def test_an_old_entry_is_a_miss_and_pruned(store):
    key = content_key("image", a=1)
    store.put(key, b"x", {})
    path = _only_file(store)
    eight_days_ago = path.stat().st_mtime - 8 * 86_400
    os.utime(path, (eight_days_ago, eight_days_ago))
    assert store.get(key) is None
    assert not store.has(key)
    assert store.prune() > 0
    assert not path.exists()


def test_prune_deletes_the_oldest_until_the_limit_holds(tmp_path):
    store = ContentStore(StoreConfig(url=f"file://{tmp_path}/cache", max_bytes=2500))
    keys = [content_key("image", n=n) for n in range(4)]
    for age, key in enumerate(reversed(keys)):
        store.put(key, b"x" * 900, {})
        path = tmp_path / "cache" / key
        then = path.stat().st_mtime - 60 * (age + 1)
        os.utime(path, (then, then))
    store.prune()
    assert [store.has(key) for key in keys] == [False, False, True, True]


def test_many_writers_of_one_key_leave_one_whole_entry(store):
    key = content_key("segment", a=1)
    payload = os.urandom(200_000)
    threads = [threading.Thread(target=store.put, args=(key, payload, {"n": 1})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entry = store.get(key)
    assert entry is not None
    assert bytes(entry.payload) == payload


@pytest.mark.parametrize("packed", [True, False])
def test_a_picture_its_focus_and_its_light_survive_unchanged(store, packed):
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (33, 21, 3), dtype=np.uint8)
    focus = Rect(0.1, 0.2, 0.3, 0.4)
    light = map_light(picture)
    put_picture(store, "image/a", picture, focus=focus, light=light, packed=packed)
    found = get_picture(store, "image/a")
    assert found is not None
    np.testing.assert_array_equal(found[0], picture)
    assert found[1] == focus
    assert light_of(store.get("image/a")) == light


def test_a_picture_of_an_older_version_has_no_light(store):
    store.put("image/a", b"x", {"kind": "image", "focus": (0, 0, 1, 1)})
    assert light_of(store.get("image/a")) is None


def test_speech_survives_unchanged(store):
    samples = np.linspace(-1, 1, 999, dtype=np.float32)
    speech = Speech(samples, 22_050, (WordTime(0, 3, 5, 400),), exact_words=True)
    put_speech(store, "speech/a", speech)
    found = get_speech(store, "speech/a")
    assert found is not None
    np.testing.assert_array_equal(found.samples, samples)
    assert (found.sample_rate_hz, found.words, found.exact_words) == (22_050, speech.words, True)


def test_no_url_means_no_store():
    store = ContentStore(StoreConfig(url=""))
    store.put("image/a", b"x", {})
    assert store.get("image/a") is None
    assert store.prune() == 0


def test_an_unknown_address_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="s3://"):
        ContentStore(StoreConfig(url="floppy://a"))


def test_a_file_where_the_folder_should_be_is_one_clear_error(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(StorageError, match=r"storage\.cache_url"):
        ContentStore(StoreConfig(url=f"file://{tmp_path}/cache"))


def test_keys_depend_on_values_and_kind_but_not_on_order():
    assert content_key("image", a=1, b="x") == content_key("image", b="x", a=1)
    assert content_key("image", a=1) != content_key("image", a=2)
    assert content_key("image", a=1) != content_key("speech", a=1)
    assert content_key("image", a=Rect(0, 0, 1, 1)) != content_key("image", a=Rect(0, 0, 1, 0.5))
    with pytest.raises(TypeError, match="canonical"):
        content_key("image", a=object())


def test_code_revision_changes_with_the_packages_it_covers():
    assert code_revision("raypipe.store") == code_revision("raypipe.store")
    assert code_revision("raypipe.store") != code_revision("raypipe.story")


@dataclass(frozen=True)
class _Before:
    a: int


@dataclass(frozen=True)
class _Since:
    a: int
    b: int = field(default=5, metadata=UNLESS_DEFAULT)


def test_a_field_that_came_later_changes_a_key_only_where_it_says_something():
    before = content_key("image", request=_Before(1))
    assert content_key("image", request=_Since(1)) == before
    assert content_key("image", request=_Since(1, b=6)) != before


def test_a_service_that_refuses_is_one_clear_error(monkeypatch):
    class Refusing(BaseHTTPRequestHandler):
        def refuse(self):
            self.send_error(400)

        do_GET = do_HEAD = do_PUT = refuse  # noqa: N815 - the base class wants these

        def log_message(self, *_):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in {
            "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_REGION": "x",
        }.items():
            monkeypatch.setenv(name, value)
        refused = ContentStore(StoreConfig(url="s3://bucket/cache"))
        for ask in (
            lambda: refused.get("image/1"),
            lambda: refused.has("image/1"),
            lambda: refused.put("image/1", b"x", {}),
            refused.prune,
        ):
            with pytest.raises(StorageError, match=r"storage\.cache_url") as told:
                ask()
            assert told.value.where == "s3://bucket/cache"
            assert "\n" not in told.value.problem
        server.shutdown()
