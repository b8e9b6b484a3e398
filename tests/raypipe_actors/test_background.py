import asyncio
import gc

from raypipe_actors.background import Background


def test_what_nobody_else_holds_runs_to_its_end():
    async def run() -> list[str]:
        done: list[str] = []
        ended = asyncio.Event()

        async def work() -> None:
            await asyncio.get_running_loop().run_in_executor(None, gc.collect)
            done.append("done")
            ended.set()

        Background().spawn(work())
        gc.collect()
        await asyncio.wait_for(ended.wait(), 30)
        return done

    assert asyncio.run(run()) == ["done"]
