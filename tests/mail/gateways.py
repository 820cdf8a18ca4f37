"""Loads the policy once. Each line that comes in is answered with the process id of a fresh gateway, which listens at one port."""

import os
import signal
import sys

from gateway.app import build_app, load_policy, policy_folder
from gateway.observability.logs import make_log
from gateway.server.run import listening_at, server
from gateway.settings import Settings

HOST = "127.0.0.1"


def serve(settings, policy, port) -> None:
    log = make_log()
    app = build_app(settings, policy=policy, log=log)
    server(app, settings).serve_on(listening_at(HOST, port), lambda: log.info("up", gateway=os.getpid(), port=port))


def main() -> None:
    settings = Settings()
    policy = load_policy(policy_folder(settings))
    with listening_at(HOST, 0) as free:
        port = free.getsockname()[1]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are buried by the system
    for _ in sys.stdin:
        born = os.fork()
        if not born:
            serve(settings, policy, port)
            os._exit(0)


if __name__ == "__main__":
    main()
