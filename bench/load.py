"""How much the load engine costs: its client beside others on one mock, and its lateness by rate.

Run as `python bench/load.py`. Clients take turns, so that whatever else the machine does happens to
all of them; read the ratios, not the rates. Processor time is that of the generator alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
CONNECTIONS = 32
_GEVENT = ["-m", "gevent.monkey"]


def main() -> None:
    """Print the table of clients and the table of rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vendor", default="loga")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rates", default="1000,2000,3000")
    parser.add_argument("--child", choices=["ours", "fast"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.child, json.loads(sys.stdin.readline()))
        return
    with _mock(options.vendor) as ready:
        _clients(options, ready)
    for rate in options.rates.split(","):
        with _mock(options.vendor) as ready:
            _lateness(options.vendor, int(rate), ready)


@contextmanager
def _mock(vendor: str) -> Iterator[Mapping[str, Any]]:
    command = [sys.executable, "-m", "harness.mock", vendor, "--members", "64"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


def _clients(options: argparse.Namespace, ready: Mapping[str, Any]) -> None:
    """Let each client ask for one balance again and again, closed loop, in turns."""
    request = _request(options.vendor, ready)
    job = {**request, "seconds": options.seconds, "base_url": ready["base_url"]}
    names = ["ours", "fast", *(["wrk"] if shutil.which("wrk") else [])]
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for turn in range(options.rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            figures[name].append(_wrk(job) if name == "wrk" else _turn(name, job))
    titles = {"ours": "load client", "fast": "Locust FastHttpUser", "wrk": "wrk"}
    base = statistics.median(cpu for cpu, _ in figures["fast"])
    print(f"{'client':22}{'CPU us/request':>16}{'x FastHttpUser':>16}{'requests/s seen':>18}")
    for name in names:
        cpu = statistics.median(cpu for cpu, _ in figures[name])
        rate = statistics.median(rate for _, rate in figures[name])
        print(f"{titles[name]:22}{cpu:16.1f}{base / cpu:16.2f}{rate:18,.0f}")
    if "wrk" not in names:
        print("(wrk is not installed)")
    print()


def _request(vendor: str, ready: Mapping[str, Any]) -> dict[str, Any]:
    """Return an authenticated balance request, written by the wire."""
    from harness.contract.catalogue import read_catalogue
    from harness.model.run_header import RunHeader
    from harness.model.target import Target
    from harness.wire.client import open_client
    from harness.wire.connection.route import Route
    from harness.wire.transport import Transport

    declared = read_catalogue(ROOT, (vendor,)).vendors[vendor]
    members = tuple(ready["members"])
    target = Target(
        "mock", "mock", ready["base_url"], {}, ready["values"], members, None, None, "allow", 5.0
    )
    with tempfile.TemporaryDirectory() as folder:
        client = open_client(
            declared.binding,
            declared.specification,
            target,
            ready["secrets"],
            Transport(Route(target.base_url), 5.0),
            Path(folder) / "x.ndjson",
            "b",
            RunHeader(),
        )
        from harness.wire.request import render

        plain, _ = client.speaker.verb("balance", members[0], extra={"fresh": "f"})
        request = render(client.session.apply(plain))
        client.journal.close()
    return {
        "method": request.method,
        "path": request.path,
        "headers": list(request.headers),
        "body": request.body.decode(),
    }


def _turn(name: str, job: Mapping[str, Any]) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, *_GEVENT, __file__, "--child", name],
        input=json.dumps(job) + "\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    figures = json.loads(done.stdout)
    if figures["failed"]:
        sys.exit(f"{name}: {figures['failed']} of {figures['requests']} requests failed")
    return 1e6 * figures["cpu"] / figures["requests"], figures["requests"] / figures["seconds"]


def _child(name: str, job: Mapping[str, Any]) -> None:
    """Send for some seconds over many connections, and print what it took."""
    import gevent

    from harness.model.exchange import Request, Response
    from harness.wire.connection.route import Route
    from harness.wire.fast.client import LoadClient
    from harness.wire.message.framing import framed, request_head

    counts = {"requests": 0, "failed": 0}
    body = job["body"].encode()
    if name == "ours":
        route = Route(job["base_url"])
        client = LoadClient(route, 5.0)
        headers = tuple((key, value) for key, value in job["headers"])
        request = Request(job["method"], job["path"], headers, body)
        data = framed(request_head(request, route), body)

        def send() -> bool:
            result = client.exchange(data)
            return isinstance(result, Response) and result.status == 200

        senders = [send] * CONNECTIONS
    else:
        senders = _fast_senders(job, body)

    def loop(send: Any) -> None:
        while time.monotonic() < until:
            counts["failed"] += not send()
            counts["requests"] += 1

    began, cpu = time.monotonic(), time.process_time()
    until = began + job["seconds"]
    gevent.joinall([gevent.spawn(loop, send) for send in senders])
    print(
        json.dumps(
            {**counts, "cpu": time.process_time() - cpu, "seconds": time.monotonic() - began}
        )
    )


def _fast_senders(job: Mapping[str, Any], body: bytes) -> list[Any]:
    from locust import FastHttpUser
    from locust.env import Environment

    class Asking(FastHttpUser):
        host = job["base_url"]

    environment = Environment(user_classes=[Asking])
    environment.create_local_runner()
    headers = dict(job["headers"])

    def sender() -> Any:
        user = Asking(environment)
        return lambda: (
            user.client.request(
                job["method"], job["path"], data=body.decode(), headers=headers, name="balance"
            ).status_code
            == 200
        )

    return [sender() for _ in range(CONNECTIONS)]


def _wrk(job: Mapping[str, Any]) -> tuple[float, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"wrk.method = {json.dumps(job['method'])}\n")
        script.write(f"wrk.body = {json.dumps(job['body'])}\n")
        for key, value in job["headers"]:
            script.write(f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}\n")
        script.flush()
        before = os.times()
        began = time.monotonic()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(job['seconds']))}s",
             "-s", script.name, job["base_url"] + job["path"]],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        after = os.times()
    requests = int(done.stdout.split(" requests in ")[0].split()[-1])
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return 1e6 * cpu / requests, requests / (time.monotonic() - began)


def _lateness(vendor: str, rate: int, ready: Mapping[str, Any]) -> None:
    """Run the whole engine in an open model and print how late it was."""
    from harness.engine.load.driver import run_load
    from harness.engine.load.job import LoadJob
    from harness.model.run_header import RunHeader
    from harness.model.target import Target

    members = tuple(ready["members"])
    target = Target(
        "mock", "mock", ready["base_url"], {}, ready["values"], members, None, None, "allow", 5.0
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "loadtests").mkdir()
        for name in ("contracts", "specs"):
            (root / name).symlink_to(ROOT / name)
        text = (ROOT / "loadtests" / "earn-burn.yaml").read_text()
        text = text.replace("from: 50, to: 250", f"from: 50, to: {rate}")
        text = text.replace("duration: 8s, rate: 250", f"duration: 6s, rate: {rate}")
        (root / "loadtests" / "earn-burn.yaml").write_text(text)
        (root / "loadtests" / "defaults.yaml").symlink_to(ROOT / "loadtests" / "defaults.yaml")
        began = os.times()
        job = LoadJob(
            root, vendor, "earn-burn", target, ready["secrets"], members, "bench",
            root / "journal", RunHeader(),
        )  # fmt: skip
        total = run_load(job)
    took = os.times().elapsed - began.elapsed
    print(
        f"{rate:5}/s for {took:.0f} s, every response checked and journalled: "
        f"{total['arrivals']} requests, {total['dropped']} dropped, {total['unknown']} unknown, "
        f"lateness p50 {total['lateness_p50_ms']:.2f} p99 {total['lateness_p99_ms']:.2f} "
        f"max {total['lateness_max_ms']:.1f} ms, response p99 {total['response_p99_ms']:.1f} ms, "
        f"CPU {total['cpu_us_per_arrival']:.0f} us/request, load average {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
