"""Run one worker of a load: read the job, fund, wait for the start, send, drain, close."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from harness.engine.load.job import SERVER_GONE, STOPPED, LoadFailed, LoadJob, decode_job
from harness.engine.load.phases import fund, read, resend_unknown
from harness.engine.load.worker import Load, Worker, close_load, open_load
from harness.model.check_id import GONE, SPENT
from harness.model.verdict import Checked, Verdict
from harness.wire.auth import AuthFailed
from harness.wire.connection.outage import ServerGone
from harness.wire.pace import BudgetSpent
from harness.wire.throttle import Throttled

DONE, CRASHED, FAILED = 0, 1, 5
"""Exit codes: all was sent and closed; an error of the harness; could not be run."""

_READ_BYTES = 65_536
_SECOND_NS = 1_000_000_000


class _Parent:
    """The lines of the parent; the end of them, or a signal, asks the child to stop."""

    def __init__(self) -> None:
        self.stopping = False
        self._lines: queue.Queue[str] = queue.Queue()

    def listen(self) -> None:
        """Read stdin to its end, beside everything else."""
        rest = b""
        while select.select([0], [], []) and (data := os.read(0, _READ_BYTES)):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._lines.put(line.decode())
        self.stopping = True

    def line(self) -> str:
        """Return the next line; raises LoadFailed when there will be none."""
        while not self.stopping or not self._lines.empty():
            with suppress(queue.Empty):
                return self._lines.get(timeout=0.2)
        raise LoadFailed("stopped before the load began")

    def stop(self, *_: object) -> None:
        """Ask everything to come to its end."""
        self.stopping = True


def run_child() -> int:
    """Run the child; the exit code says how it ended."""
    parent = _Parent()
    signal.signal(signal.SIGTERM, parent.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    threading.Thread(target=parent.listen, daemon=True).start()
    try:
        job, number = decode_job(parent.line())
        return _run(job, number, parent)
    except LoadFailed as failure:
        _report(event="failed", message=str(failure))
        return STOPPED if parent.stopping else FAILED
    except ServerGone as gone:
        _report(event="failed", message=str(gone))
        return STOPPED if parent.stopping else SERVER_GONE


def _run(job: LoadJob, number: int, parent: _Parent) -> int:
    worker = Worker(job, number, lambda: parent.stopping)
    hide = worker.client.redactor.text
    try:
        return _work(worker, parent)
    except ServerGone as gone:
        worker.client.journal.close()
        raise ServerGone(hide(str(gone))) from None
    except BudgetSpent as spent:
        worker.client.journal.close()
        raise LoadFailed(str(spent)) from None
    except (LoadFailed, AuthFailed, Throttled) as failure:
        raise LoadFailed(hide(str(failure))) from None
    except Exception:
        # The parent does not know the tokens that a message may hold.
        sys.stderr.write(hide(traceback.format_exc()))
        return CRASHED
    finally:
        _report(event="sent", requests=worker.sent)


def _work(worker: Worker, parent: _Parent) -> int:
    _report(event="phase", phase="setup", pid=os.getpid())
    fund(worker)
    read(worker, worker.own, "setup")
    worker.warm_up()
    _report(event="ready", plan=worker.hash)
    load = open_load(worker, int(json.loads(parent.line())["t0_ns"]))
    try:
        with _progress(worker, load):
            load.dispatcher.run(worker.arrivals())
        _report(event="phase", phase="close", pid=os.getpid())
        left = resend_unknown(worker, load.requests.unknown)
        time.sleep(worker.binding.promises.balance_lag)
        read(worker, load.requests.touched, "close", times=2)
    except (BudgetSpent, ServerGone) as cause:
        name = f"load:{worker.plan.workload.id}"
        check = GONE if isinstance(cause, ServerGone) else SPENT
        load.requests.journal.checked(Checked(check, name, Verdict.INCONCLUSIVE, str(cause)))
        load.requests.journal.close()
        raise
    close_load(worker, load, complete=not parent.stopping)
    _report(
        event="done",
        seconds=worker.seconds,
        second=worker.seconds,
        unresolved=left,
        cpu_seconds=round(time.process_time() - load.began_cpu_seconds, 3),
        **load.requests.live.total(),
    )
    return STOPPED if parent.stopping else DONE


@contextmanager
def _progress(worker: Worker, load: Load) -> Iterator[None]:
    """Report the progress to the parent every second, and stop the arrivals when it says so."""
    requests, dispatcher = load.requests, load.dispatcher
    over = threading.Event()

    def report_seconds() -> None:
        # Every worker reports every second, so that the parent can combine the reports.
        for second in range(1, worker.seconds + 1):
            end_ns = requests.t0_ns + second * _SECOND_NS
            over.wait(max(0.0, (end_ns - time.monotonic_ns()) / _SECOND_NS))
            if dispatcher.stopping:
                return
            _report(event="second", second=second, seconds=worker.seconds, **requests.live.second())

    def watch() -> None:
        while not over.wait(0.1):
            dispatcher.stopping = dispatcher.stopping or worker.stopping()
            # A server in trouble is asked again at the next turn.
            with suppress(AuthFailed, BudgetSpent, ServerGone, Throttled):
                worker.credentials.freshen()

    threads = [threading.Thread(target=work, daemon=True) for work in (report_seconds, watch)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _report(**line: Any) -> None:
    with suppress(OSError):  # a parent that is gone must not keep the journal from its end
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(run_child())
