"""Bulk import and triage of 10,000 messages by one worker, beside empty RQ jobs one by one in a SimpleWorker."""

import io
import json
import os
import subprocess
import sys
import time
from zoneinfo import ZoneInfo

import psutil
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from inbox.imports import import_outcome, store_upload
from inbox.models import ImportState
from tests.bench.figures import Figure
from tests.bench.office import measuring_office
from tests.servers import QueueServer
from web.demo.files import read_messages
from web.imports import run_import
from web.runtime import Runtime, utc_now

MESSAGES = 10_000
EMPTY_JOBS = 1_500
MEMORY_LIMIT_MB = 200.0


def nothing() -> None:
    """Do nothing: the peer's job."""


def measure() -> list[Figure]:
    """Measure the peer first, then a real worker process on a file of 10,000 messages."""
    with measuring_office() as (runtime, server):
        peer = _empty_jobs_a_second(server)
        worker = _start_worker(runtime)
        try:
            ours = _triaged_a_second(runtime)
            memory = psutil.Process(worker.pid).memory_info().rss / 1e6
        finally:
            worker.terminate()
            worker.wait(30)
    return [
        Figure("import + triage, one worker", "empty RQ jobs, SimpleWorker", peer, ours, "a second"),
        Figure("memory of the worker after it", "limit", MEMORY_LIMIT_MB, memory, "MB", more_is_better=False),
    ]


def _empty_jobs_a_second(server: QueueServer) -> float:
    queue = Queue("peer", connection=server.client, serializer=JSONSerializer)
    for _ in range(EMPTY_JOBS):
        queue.enqueue("tests.bench.intake.nothing")
    worker = SimpleWorker([queue], connection=server.client, serializer=JSONSerializer)
    started = time.perf_counter()
    worker.work(burst=True, logging_level="ERROR")
    return EMPTY_JOBS / (time.perf_counter() - started)


def _start_worker(runtime: Runtime) -> subprocess.Popen[bytes]:
    settings = runtime.settings
    environment = os.environ | {
        "MINHU_HOME": str(settings.home),
        "MINHU_QUEUE_URL": settings.queue_address,
        "MINHU_SECRET_KEY": "k" * 32,
        "MINHU_LOG_LEVEL": "error",
    }
    return subprocess.Popen([sys.executable, "-m", "web", "worker"], env=environment)


def _file() -> bytes:
    """Ten thousand messages in the demo's words, each with its own number."""
    messages = read_messages()
    lines = io.StringIO()
    for number in range(MESSAGES):
        message = messages[number % len(messages)]
        record = {"id": f"bench-{number}", "title": message.title, "text": f"{message.text}（{number}）"}
        lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    return lines.getvalue().encode()


def _triaged_a_second(runtime: Runtime) -> float:
    content = _file()
    started = time.perf_counter()
    with runtime.database.transaction() as session:
        upload = store_upload(session, "sample-import", "bench.jsonl", content, now=utc_now())
        import_id = upload.id or 0
        upload.state = ImportState.WAITING
    run_import(runtime.database, import_id, zone=ZoneInfo("Asia/Shanghai"), clock=utc_now)
    while True:
        with runtime.database.reading() as session:
            outcome = import_outcome(session, import_id)
        if outcome.new and outcome.pending == 0:
            break
        time.sleep(0.2)
    assert outcome.new == MESSAGES, outcome
    assert outcome.with_deadline == MESSAGES, outcome
    return MESSAGES / (time.perf_counter() - started)
