"""Loads the policy once. Each line that comes in is answered with the process id of a fresh worker, born of it."""

import asyncio
import json
import os
import signal
import sys

from gateway.app import load_policy, policy_folder
from gateway.observability.logs import make_log
from gateway.settings import Settings
from gateway.worker.loop import at_work


async def work(settings, policy) -> None:
    async with at_work(settings, make_log(), policy=policy):
        told = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
        await told.wait()


def main() -> None:
    settings = Settings()
    policy = load_policy(policy_folder(settings))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are buried by the system
    for _ in sys.stdin:
        born = os.fork()
        if not born:
            asyncio.run(work(settings, policy))
            os._exit(0)
        sys.stdout.write(json.dumps({"event": "born", "worker": born}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
