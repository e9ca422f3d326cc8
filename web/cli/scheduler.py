"""`minhu scheduler`: find lost work, due deadlines and interrupted deliveries."""

import signal
import threading

from web.cli.entry import begin_service


def command() -> None:
    """Run a scheduler. Run two or more for safety: only one of them acts."""
    settings = begin_service()
    from web.runtime import running
    from web.scheduler import run_scheduler

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running(settings) as runtime:
        run_scheduler(runtime, stop)
