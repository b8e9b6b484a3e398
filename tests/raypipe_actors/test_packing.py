import numpy as np
import pytest
import ray

from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.picture.light import LightMap
from raypipe.store.content import StoreConfig
from raypipe.timeline.model import Rect
from raypipe_actors.messages import Batch, ImageDone, ImageJob, Reply, Ticket
from raypipe_actors.packing import pack, unpack

NOWHERE = StoreConfig(url="")


def drawn(number: int) -> ImageDone:
    light = LightMap(2, 1, b"\x01\x02", b"\x03\x04")
    return ImageDone(f"image/{number}", 1080, 1920, Rect(0.1, 0.2, 0.3, 0.4), light, ("no wolf",))


@pytest.mark.parametrize("number", [0, 7])
def test_a_message_without_references_is_plain_bytes_and_comes_back_as_it_was(number):
    request = ImageRequest("a wolf", "", 1080, 1920, number, SceneFacts(text="Ein Wölfchen."))
    job = ImageJob(f"image/{number}", request, NOWHERE)
    ticket = Ticket(job.key, "story", number, job, timeout_s=2.5)
    for message in (ticket, Batch("call", (job, job)), Reply(drawn(number), (), "w", 1, 0.1, 0.2)):
        packed = pack(message)
        assert isinstance(packed, bytes), "Ray passes on bytes as they are"
        assert unpack(packed, type(message)) == message


def test_arrays_come_back_as_they_were():
    (array,) = unpack(pack([np.arange(6, dtype=np.float32).reshape(2, 3)]), list)
    np.testing.assert_array_equal(array, [[0, 1, 2], [3, 4, 5]])
    assert array.dtype == np.float32


def test_another_message_than_the_expected_is_refused():
    with pytest.raises(TypeError, match="expected a message Ticket, got list"):
        unpack(pack([drawn(1)]), Ticket)


@pytest.mark.usefixtures("ray_cluster")
def test_references_travel_beside_the_bytes_and_are_put_back_in_their_places(segment):
    first, second = ray.put("first"), ray.put("second")
    ticket = segment(NOWHERE, first, 1, frames=30)
    two = Batch("call", (ticket.job, segment(NOWHERE, second, 2, frames=30).job))
    for message, expected in ((ticket, [first]), (two, [first, second])):
        packed = pack(message)
        assert packed[1:] == expected
        assert unpack(packed, type(message)) == message


@ray.remote(num_cpus=0)
class Maker:
    """Makes objects that it keeps no reference to, as a dispatcher does."""

    def make(self) -> object:
        return pack(Reply("made", (ray.put(b"x" * 200_000),), "w", 1, 0.0, 0.0))


@ray.remote(num_cpus=0)
class Holder:
    """Holds what it was told of, and nothing else does."""

    def hold(self, packed: object) -> None:
        self.reply = unpack(packed, Reply)

    def size(self) -> int:
        return len(ray.get(self.reply.refs[0]))


@pytest.mark.usefixtures("ray_cluster")
def test_an_object_lives_for_as_long_as_a_message_that_names_it():
    maker, holder = Maker.remote(), Holder.remote()
    reply = unpack(ray.get(maker.make.remote()), Reply)
    ray.get(holder.hold.remote(pack(reply)))
    del reply
    assert ray.get(holder.size.remote()) == 200_000
