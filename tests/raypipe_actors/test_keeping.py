import threading

import numpy as np
import pytest

from raypipe.errors import DiskFullError
from raypipe.picture.focus import find_focus
from raypipe.picture.light import map_light
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.products import get_picture, put_picture
from raypipe_actors.keeping import Keeper, try_to_keep


@pytest.fixture
def keeper():
    keeper = Keeper(most=2)
    yield keeper
    keeper.close()


def test_what_is_kept_is_in_the_store_after_a_flush(keeper, tmp_path):
    store = ContentStore(StoreConfig(url=f"file://{tmp_path}"))
    picture = np.full((40, 30, 3), 7, np.uint8)
    found = {"focus": find_focus(picture), "light": map_light(picture)}
    keeper.keep(put_picture, store, "image/a", picture, **found)
    assert keeper.flush()
    kept = get_picture(store, "image/a")
    assert kept is not None
    np.testing.assert_array_equal(kept[0], picture)


def test_the_caller_goes_on_while_a_product_is_stored_and_waits_when_too_many_are(keeper):
    gate, stored = threading.Event(), []

    def put(number: int) -> None:
        gate.wait(30)
        stored.append(number)

    keeper.keep(put, 1)
    keeper.keep(put, 2)
    assert not stored, "neither call waited for its product"
    assert not keeper.flush(0)
    third = threading.Thread(target=keeper.keep, args=(put, 3))
    third.start()
    third.join(0.05)
    assert third.is_alive(), "two wait already"
    gate.set()
    third.join(30)
    assert keeper.flush(30)
    assert stored == [1, 2, 3]


def test_a_full_store_is_told_and_stops_nothing(keeper, caplog):
    def full() -> None:
        raise DiskFullError("no space left", remedy="free some")

    stored = []
    keeper.keep(full)
    keeper.keep(stored.append, 1)
    assert keeper.flush(30)
    assert stored == [1]
    assert keeper.failures == 1
    assert isinstance(keeper.last_failure, DiskFullError)
    assert "product not kept" in caplog.text


def test_what_cannot_be_stored_now_is_told_and_stops_nothing():
    def put(number: int) -> None:
        raise DiskFullError(f"no space left for {number}")

    assert "no space left for 3" in str(try_to_keep(put, 3))
    assert try_to_keep(lambda _number: None, 3) is None
