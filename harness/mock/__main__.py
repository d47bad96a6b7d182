"""Run one vendor's mock until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import stat
import sys
from importlib import import_module

from harness.mock import catalogue, vendors
from harness.mock.defects.switches import Switches
from harness.mock.faults import KINDS, Faults, read_rates
from harness.mock.router import Router, Service, Setting
from harness.mock.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, build the vendor, serve it; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        fitting = {defect.id for defect in catalogue(options.vendor)}
        switches = Switches(options.defect, options.seed)
        for unfit in sorted(switches.active - fitting):
            raise ValueError(f"defect {unfit} does not apply to {options.vendor}")
        wire = Faults(read_rates(options.fault), options.seed)
    except ValueError as problem:
        parser.error(str(problem))
    module = import_module(f"harness.mock.vendors.{options.vendor}")
    service: Service = module.build(Setting(switches, options.seed, options.members))
    # A ledger only grows, so the collector has little to find and would cost latency.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        asyncio.run(_run(service, wire, options.port, foreground=options.foreground))
    except OSError as problem:
        print(f"cannot serve: {problem}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m harness.mock",
        description="Serve a vendor's API on 127.0.0.1. One line of JSON says when it is ready.",
    )
    parser.add_argument("vendor", choices=vendors())
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument(
        "--defect", action="append", default=[], metavar="ID", help="be wrong in this way"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND=RATE",
        help=f"share of requests that suffer a fault: {', '.join(KINDS)}",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the data, faults and rare defects")
    parser.add_argument("--members", type=_positive, default=256, help="how many members there are")
    parser.add_argument(
        "--foreground", action="store_true", help="do not stop when standard input closes"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


async def _run(service: Service, wire: Faults, port: int, *, foreground: bool) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ready: asyncio.Future[int] = loop.create_future()
    ready.add_done_callback(lambda bound: _announce(service, bound.result()))
    if not foreground and _closable(sys.stdin.fileno() if sys.stdin else -1):
        loop.add_reader(0, _Starter(service, stop).hear)
    await serve(Router(service), wire, port=port, stop=stop, ready=ready)


def _announce(service: Service, port: int) -> None:
    line = {
        "ready": True,
        "base_url": f"http://127.0.0.1:{port}{service.base_path}",
        "secrets": dict(service.secrets),
        "values": dict(service.values),
        "members": list(service.members),
        "clock": service.clock is not None,
        "pid": os.getpid(),
    }
    print(json.dumps(line), flush=True)


def _closable(descriptor: int) -> bool:
    """Tell whether the end of an input means that the process that started this one has ended."""
    if descriptor < 0:
        return False
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


class _Starter:
    """Reads standard input: each line is a command, and its end stops the mock.

    There is one command, `advance SECONDS`; its result is a line of JSON on standard output.
    """

    def __init__(self, service: Service, stop: asyncio.Event) -> None:
        self._clock = service.clock
        self._stop = stop
        self._begun = b""

    def hear(self) -> None:
        data = os.read(0, 4096)
        if not data:
            self._stop.set()
            return
        *lines, self._begun = (self._begun + data).split(b"\n")
        for line in lines:
            if line.strip():
                print(json.dumps(self._done(line.decode("utf-8", "replace"))), flush=True)

    def _done(self, line: str) -> dict[str, object]:
        command, _, number = line.strip().partition(" ")
        try:
            if command != "advance" or self._clock is None:
                raise ValueError(f"no such command here: {command}")
            self._clock.advance(float(number))
        except ValueError as problem:
            return {"error": str(problem)}
        return {"advanced": float(number)}


if __name__ == "__main__":
    sys.exit(main())
