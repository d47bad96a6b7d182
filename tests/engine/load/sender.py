"""A child process that sends requests with the load client and prints what came of them.

Started as `python -m gevent.monkey --module tests.engine.load.sender`; reads one JSON line.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any

from harness.model.exchange import Failure, Request
from harness.model.target import Target
from harness.wire.connection.route import route_of
from harness.wire.fast.client import LoadClient


def main() -> None:
    """Send each request of the job in turn and print the results as JSON."""
    job = json.loads(sys.stdin.readline())
    files = job.get("files", 0)
    if files:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, files + 200), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(files)]
    route = route_of(Target("server", "sandbox", job["base_url"]), os.environ)
    client = LoadClient(route, job["deadline"])
    results: list[dict[str, Any]] = []
    for number, (method, path, body) in enumerate(job["requests"]):
        if number:
            time.sleep(job.get("pause", 0))
        began = time.monotonic()
        result = client.send(Request(method, path, (("x-test", "1"),), body.encode("latin-1")))
        seconds = time.monotonic() - began
        if isinstance(result, Failure):
            fault = {"fault": result.fault.value, "cause": result.cause}
            results.append({**fault, "seconds": seconds})
        else:
            results.append(
                {
                    "status": result.status,
                    "headers": dict(result.headers),
                    "body": result.body.decode("latin-1"),
                    "seconds": seconds,
                }
            )
    print(json.dumps({"results": results, "connects": client.connects, "files": len(held)}))


if __name__ == "__main__":
    main()
