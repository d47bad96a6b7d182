"""What an earn costs the mock: processor time beside a bare Starlette application on uvicorn.

Run as `python bench/mock.py`; the peer needs `uvicorn` and `starlette`. Both servers take turns
with the same requests over the same number of connections; read the ratio. The peer reads the form
and responds from a dictionary: no limits, no credentials, no references.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from harness import mock

ROUNDS = 5
REQUESTS = 8000
CONNECTIONS = 8
PEER = """
import asyncio, json, sys
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
import uvicorn
balances = {}
async def earn(request):
    form = await request.form()
    now = balances[form["cuid"]] = balances.get(form["cuid"], 0) + int(form["point"])
    return JSONResponse({"code": 200, "msg": "ok", "data": {"point": {"now": now}}})
app = Starlette(routes=[Route("/api/points/add_customer_point", earn, methods=["POST"])])
async def main():
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    config = server.config; config.load(); server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    print(json.dumps({"base_url": f"http://127.0.0.1:{port}/api"}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


@contextmanager
def serving(command: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run a server and yield its process id and what it says of itself."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.pid, json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def post(path: str, fields: dict[str, Any]) -> bytes:
    """Return the bytes of a form request."""
    body = urlencode(fields).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\n"
    kind = "content-type: application/x-www-form-urlencoded\r\n"
    return f"{head}{kind}content-length: {len(body)}\r\n\r\n".encode() + body


def ask(connection: socket.socket, request: bytes) -> dict[str, Any]:
    """Send one request and return its response."""
    connection.sendall(request)
    _, _, body = connection.recv(65536).partition(b"\r\n\r\n")
    while not body:
        body = connection.recv(65536)
    response: dict[str, Any] = json.loads(body)
    return response


def measure(pid: int, address: str, requests: list[bytes]) -> float:
    """Return the microseconds of server time a request takes."""
    port = urlsplit(address).port or 80
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    before = cpu_seconds(pid)
    for start in range(0, len(requests), CONNECTIONS):
        batch = list(zip(connections, requests[start : start + CONNECTIONS], strict=False))
        for connection, request in batch:
            connection.sendall(request)
        for connection, _ in batch:
            seen = b""
            while not seen.endswith(b"}"):
                seen += connection.recv(65536)
            assert b'"code":200' in seen.replace(b" ", b""), seen
    spent = cpu_seconds(pid) - before
    for connection in connections:
        connection.close()
    return spent / len(requests) * 1e6


def main() -> int:
    """Print what each server costs and their ratio."""
    path = "/api/points/add_customer_point"
    figures: dict[str, list[float]] = {"mock": [], "starlette": []}
    with (
        serving(mock.command("loga")) as (ours, ready),
        serving([sys.executable, "-c", PEER]) as (peer, other),
    ):
        login = {
            "user": ready["secrets"]["user"],
            "pass": hashlib.md5(ready["secrets"]["password"].encode()).hexdigest(),
            "uuid": ready["values"]["uuid"],
        }
        port = urlsplit(ready["base_url"]).port or 80
        with socket.create_connection(("127.0.0.1", port)) as connection:
            token = ask(connection, post("/api/main/login", login))["data"]["token"]
        fixed = {"token": token, "uuid": login["uuid"], "card_id": ready["values"]["card_id"]}
        for number in range(ROUNDS):
            requests = [
                post(
                    path,
                    {
                        **fixed,
                        "cuid": ready["members"][i % 256]["id"],
                        "point": 5,
                        "remark": "bench",
                        "reference": f"b{number}-{i}",
                    },
                )
                for i in range(REQUESTS)
            ]
            figures["mock"].append(measure(ours, ready["base_url"], requests))
            figures["starlette"].append(measure(peer, other["base_url"], requests))
    mine, theirs = (statistics.median(figures[name]) for name in ("mock", "starlette"))
    sys.stdout.write(f"mock, a complete earn:        {mine:5.1f} us of processor time\n")
    sys.stdout.write(f"Starlette on uvicorn, bare:    {theirs:5.1f} us\n")
    sys.stdout.write(f"ratio mock / Starlette: {mine / theirs:.2f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
