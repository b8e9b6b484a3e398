"""What an engine leaves out of a request is told to whoever asked, also from the store."""

import asyncio
import uuid
from dataclasses import replace

from raypipe.images.card import CardEngine
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.products import notes_of
from raypipe.story.planner import plan_story
from raypipe.story.read import read_source
from raypipe.timeline.model import Rect
from raypipe_actors.assets import PictureAsset
from raypipe_actors.dispatcher import Dispatcher
from raypipe_actors.messages import ImageJob, Ticket
from raypipe_actors.pools import open_pool, pool_config
from raypipe_actors.shares import share_out
from raypipe_actors.workers import ImageWorker
from raypipe_cluster.running import picture_notes


class ShortSighted(CardEngine):
    """Reads three words of a prompt."""

    def notes_on(self, request):
        rest = request.prompt.split()[3:]
        return (f"left out the end: {' '.join(rest)}",) if rest else ()


class ShortSightedWorker(ImageWorker):
    def _warm_up(self):
        self._engine = ShortSighted()


class ShortSightedDispatcher(Dispatcher):
    worker_classes = {**Dispatcher.worker_classes, "image": ShortSightedWorker}  # noqa: RUF012 - as there


def test_notes_come_with_the_picture_and_stay_with_it(ray_cluster, tmp_path):  # noqa: ARG001 - Ray must run
    import ray

    store = StoreConfig(url=f"file://{tmp_path}/store")
    shares = share_out(2, 0, image_on_gpu=False, speech_on_gpu=False)
    config = pool_config("image", "short-sighted", shares)
    config = replace(config, name=f"{config.name}-{uuid.uuid4().hex[:8]}")
    pool = open_pool(config, dispatcher=ShortSightedDispatcher)

    async def draw(prompt):
        request = ImageRequest(prompt, "", 64, 64, 1, SceneFacts(text="A fox."))
        job = ImageJob(f"image/{len(prompt)}", request, store)
        reply = await pool.submit(Ticket(job.key, "story", 0, job))
        await pool.flush()
        return job.key, reply.done.notes

    async def both():
        drawn = [await draw(prompt) for prompt in ("a red fox", "a red fox by the sea")]
        await pool._handle.close.remote()
        return drawn

    (short, none), (long, notes) = asyncio.run(both())
    ray.kill(pool._handle)
    assert none == notes_of(ContentStore(store).get(short)) == ()
    assert notes == notes_of(ContentStore(store).get(long)) == ("left out the end: by the sea",)


def test_a_story_names_the_scenes(examples):
    story = read_source(examples / "wolf.md")
    plan = plan_story(story, target_duration=60, aspect_ratio="9:16")
    plain = PictureAsset("image/1", (8, 8), Rect(0, 0, 1, 1), None, "card", False, 1, None)  # noqa: FBT003
    pictures = [plain for _ in plan.scenes]
    pictures[1] = replace(plain, notes=("left out the end: sea",))
    assert picture_notes(plan, pictures) == (
        f"picture of {plan.scenes[1].scene_id}: left out the end: sea",
    )
