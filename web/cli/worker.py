"""`minhu worker`: do the work that waits in the queue."""

from typing import Annotated

import typer

from web.cli.entry import begin_service


def command(
    burst: Annotated[bool, typer.Option("--burst", help="End when the queue is empty.")] = False,
) -> None:
    """Run a worker: triage, deliveries, imports. Run as many as you like, on as many machines."""
    settings = begin_service()
    from web.runtime import running
    from web.worker import run_worker

    with running(settings) as runtime:
        run_worker(runtime, burst=burst)
