"""From a request to the operation it names, and from there to its response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from harness.mock.clock import Clock
from harness.mock.defects.responses import corrupt
from harness.mock.defects.switches import Switches
from harness.mock.message import Refused, Reply, Request

Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its name, methods, path below the base (may hold `{name}`) and handler."""

    operation: str
    methods: tuple[str, ...]
    path: str
    handler: Handler


@dataclass(frozen=True, slots=True)
class Service:
    """One vendor, built and ready to serve.

    `secrets`, `values` and `members` are what a client must know. `refuse` puts a refusal into the
    vendor's own words. The places say where a response holds a balance and a message, as paths of
    keys with `*` for each item of a list. `clock` is the one it goes by where that can be moved.
    """

    base_path: str
    routes: Sequence[Route]
    secrets: Mapping[str, str]
    values: Mapping[str, str]
    members: Sequence[Mapping[str, Any]]
    refuse: Callable[[Refused], Reply]
    switches: Switches
    balance_places: tuple[tuple[str, ...], ...] = ()
    message_place: tuple[str, ...] = ()
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What one start of a vendor is given."""

    switches: Switches
    seed: int = 0
    members: int = 256
    clock: Clock = field(default_factory=Clock)


class Router:
    """Finds the route of a request: by whole path when it has no parameters, by segments else."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._whole: dict[str, dict[str, Route]] = {}
        self._patterns: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in service.routes:
            path = service.base_path + route.path
            if "{" in path:
                methods = self._patterns.setdefault(tuple(path.split("/")), {})
            else:
                methods = self._whole.setdefault(path, {})
            methods.update(dict.fromkeys(route.methods, route))

    async def response(self, request: Request) -> Reply:
        """Respond to a request; every refusal comes back in the vendor's own shape."""
        methods, places = self._find(request.path)
        route = methods.get(request.method)
        try:
            if route is None:
                raise _unrouted(methods)
            reply = await route.handler(replace(request, places=places) if places else request)
        except Refused as refusal:
            reply = self._service.refuse(refusal)
            if route is None and methods:
                reply = replace(reply, headers=(("allow", ", ".join(sorted(methods))),))
        switches = self._service.switches
        if switches.active:
            places_of = (self._service.balance_places, self._service.message_place)
            reply = corrupt(reply, switches, *places_of)
        return reply

    def _find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        methods = self._whole.get(path)
        if methods is not None:
            return methods, {}
        segments = path.split("/")
        for pattern, found in self._patterns.items():
            places = _match(pattern, segments)
            if places is not None:
                return found, places
        return {}, {}


def _unrouted(methods: Mapping[str, Route]) -> Refused:
    if methods:
        return Refused("wrong_method", "method not allowed")
    return Refused("unknown_path", "no such method")


def _match(pattern: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    places: dict[str, str] = {}
    for wanted, seen in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            if not seen:
                return None
            places[wanted[1:-1]] = unquote(seen)
        elif wanted != seen:
            return None
    return places
