"""A pool on a cluster of two nodes, one of which is drained; run by test_many_nodes.py.

A process of its own, for a test session has one Ray. Prints what happened as JSON.
"""

import asyncio
import json
import sys
from dataclasses import replace

from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.store.content import StoreConfig
from raypipe_actors.messages import ImageJob, Ticket
from raypipe_actors.shares import share_out
from raypipe_cluster.ray_environment import prepare_ray

prepare_ray(own_cluster=True)

import ray  # noqa: E402 - Ray reads its environment when it is imported
from ray._raylet import GcsClient  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

from raypipe_actors.pools import open_pool, pool_config  # noqa: E402

PREEMPTION = 2  # ray.core.generated.autoscaler_pb2.DRAIN_NODE_REASON_PREEMPTION


def main() -> None:
    cluster = Cluster()
    cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
    leaving = cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
    ray.init(address=cluster.address, namespace="raypipe", log_to_driver=False)
    try:
        sys.stdout.write(json.dumps(asyncio.run(drain(cluster, leaving.node_id))) + "\n")
    finally:
        ray.shutdown()
        cluster.shutdown()


async def drain(cluster: Cluster, leaving: str) -> dict[str, object]:
    config = pool_config("image", "card", share_out(2, 0, image_on_gpu=False, speech_on_gpu=False))
    limits = replace(config.limits, max_workers=2)
    pool = open_pool(replace(config, num_cpus=1, limits=limits))
    await pool.warm(2)
    before = await workers(pool, 2)
    asked = [asyncio.create_task(pool.submit(ticket(number))) for number in range(40)]
    await asked[0]
    accepted, problem = GcsClient(address=cluster.address).drain_node(
        leaving, PREEMPTION, "the test takes it away", 0
    )
    replies = await asyncio.gather(*asked)
    after = await workers(pool, 1)
    return {
        "accepted": accepted,
        "problem": problem,
        "leaving": leaving,
        "nodes_before": sorted(before),
        "nodes_after": sorted(after),
        "done": len({reply.done.key for reply in replies}),
    }


async def workers(pool, count: int) -> list[str]:
    """The nodes of the pool's workers, as soon as exactly ``count`` of them have found one."""
    while True:
        nodes = [worker.node_id for worker in (await pool.status()).workers if worker.node_id]
        if len(nodes) == count:
            return nodes
        await asyncio.sleep(0.1)


def ticket(number: int) -> Ticket:
    request = ImageRequest("", "", 270, 480, number, SceneFacts(text=f"Scene {number}."))
    key = f"image/{number}"
    return Ticket(key, "story", number, ImageJob(key, request, StoreConfig(url="")))


if __name__ == "__main__":
    main()
