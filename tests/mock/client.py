"""A small client and a server in a thread, for tests of the mock over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from harness.mock.defects.catalogue import DEFECTS
from harness.mock.defects.switches import Switches
from harness.mock.faults import Faults
from harness.mock.router import Router, Service, Setting
from harness.mock.server import serve
from harness.mock.vendors import loga

FORM = {"content-type": "application/x-www-form-urlencoded"}
RACES = 8


def shows(defect: str, probe: Callable[[Any], bool], client: Any) -> bool:
    """Say whether a probe sees the defect.

    A race is lost now and then on a busy machine, so it has more than one try.
    """
    tries = RACES if DEFECTS[defect].shows == "concurrent" else 1
    return not all(probe(client) for _ in range(tries))


class Served:
    """A mock that serves from a thread of this process until it is closed."""

    def __init__(
        self,
        service: Service,
        faults: Mapping[str, float] | None = None,
        seed: int = 0,
    ) -> None:
        self.service = service
        self._wire = Faults(faults or {}, seed)
        self._bound = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        ready: asyncio.Future[int] = self._loop.create_future()

        def bound(port: asyncio.Future[int]) -> None:
            self.port = port.result()
            self._bound.set()

        ready.add_done_callback(bound)
        await serve(Router(self.service), self._wire, stop=self._stop, ready=ready)

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._bound.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        assert not self._thread.is_alive()


def served(
    *defects: str, faults: Mapping[str, float] | None = None, members: int = 64, seed: int = 0
) -> Served:
    """Return a server of the first vendor with the defects and faults given."""
    return Served(loga.build(Setting(Switches(defects, seed), seed, members)), faults, seed)


@dataclass
class Client:
    """Speaks to one server as one device; `member()` lends a member nobody else is given."""

    server: Served
    uuid: str = ""
    token: str = ""
    deadline_seconds: float = 10
    pool: Iterable[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        service = self.server.service
        self.uuid = self.uuid or service.values["uuid"]
        self.card = service.values["card_id"]
        self.pool = self.pool or itertools.chain(
            member["id"] for i, member in enumerate(service.members) if i % 16
        )
        self._lent = iter(self.pool)
        self._here = threading.local()

    def member(self) -> str:
        """Lend a member whose balance is zero."""
        return next(self._lent)

    def send(self, operation: str, fields: Any, method: str = "POST") -> http.client.HTTPResponse:
        """Send a form and return the response, its body not yet read."""
        connection = getattr(self._here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.server.port, timeout=self.deadline_seconds
            )
            self._here.connection = connection
        encoded = urlencode(fields, doseq=True)
        path = "/api" + loga.OPERATIONS[operation].path
        if method == "GET":
            connection.request("GET", f"{path}?{encoded}")
        else:
            connection.request(method, path, encoded, FORM)
        response: http.client.HTTPResponse = connection.getresponse()
        return response

    def call(self, operation: str, **fields: Any) -> dict[str, Any]:
        """Call an operation with this device's token; a list is sent as an array."""
        base = {"token": self.token, "uuid": self.uuid, "card_id": self.card}
        named = {
            f"{name}[]" if isinstance(value, list) else name: value
            for name, value in {**base, **fields}.items()
            if value is not None
        }
        response = self.send(operation, named)
        body = response.read()
        value = json.loads(body)
        assert isinstance(value, dict)
        return value

    def login(self) -> Client:
        """Log in and keep the token."""
        secrets = self.server.service.secrets
        value = self.call("login", user=secrets["user"], **{"pass": md5(secrets["password"])})
        assert value["code"] == 200, value
        self.token = value["data"]["token"]
        return self

    def earn(self, member: str, point: Any = 5, **fields: Any) -> dict[str, Any]:
        """Add points."""
        sent = {"cuid": member, "point": point, "remark": "earn", **fields}
        return self.call("add_customer_point", **sent)

    def burn(self, member: str, point: Any = 5, **fields: Any) -> dict[str, Any]:
        """Use points."""
        sent = {"cuid": member, "point": point, "remark": "burn", **fields}
        return self.call("use_customer_point", **sent)

    def bulk(
        self, kind: str, rows: Iterable[tuple[str, Any, str]], **fields: Any
    ) -> dict[str, Any]:
        """Add or use points in bulk; a row is member, points, reference."""
        cuid, point, reference = (list(column) for column in zip(*rows, strict=True))
        columns = {"cuid": cuid, "point": point, "remark": ["bulk"] * len(cuid)}
        return self.call(f"bulk_{kind}_point", **{**columns, "reference": reference, **fields})

    def balance(self, member: str) -> int:
        """Read a member's points."""
        value = self.call("get_customer_info", cuid=member)
        now: int = value["data"]["point"]["now"]
        return now


def md5(text: str) -> str:
    """Return what the vendor wants for a password."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def concurrently(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run `act` for 0..count-1, each in a thread of its own, released together."""
    barrier = threading.Barrier(count)

    def one(number: int) -> Any:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
