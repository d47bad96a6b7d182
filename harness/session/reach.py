"""Reach the server before any check: connect, log in once, send one harmless read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from harness.check.foreign import FORBIDDEN, UNAUTHORIZED, foreign_response
from harness.document.messages import Problem, choice
from harness.engine.members.enrollment import (
    Enroller,
    NotEnrolled,
    default_kind,
    member_kind,
)
from harness.model.binding import TokenAuth
from harness.model.exchange import Exchange, Fault, Intent
from harness.model.history import REACH
from harness.model.target import Member, Target
from harness.wire.auth import AuthFailed, LoginRefused
from harness.wire.channel import CONNECTING, is_of_the_way
from harness.wire.client import Client
from harness.wire.connection.cause import cause_of, remedy_of
from harness.wire.connection.route import Route, open_connection
from harness.wire.request import Draft
from harness.wire.retry import Retry

# A gateway or a network that fails for a moment is no reason to give up.
READING = Retry(attempts=6, pauses_seconds=(0.1, 0.2, 0.4, 0.8, 1.6))
_REFUSED = "connection refused"


class Unreached(Exception):
    """The server cannot be tested; the text says why, and what can be done about it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A target with the client and the way to it, before any check.

    `enrolls`: a member is enrolled next, which tells an API from something else for certain.
    """

    client: Client
    target: Target
    route: Route
    enrolls: bool = False

    def require(self) -> None:
        """Return when the server responds as an API to whoever the credentials belong to.

        Raises Unreached; AuthFailed where the API responds to a login, but gives no token. A login
        is asked for once: repeated failures may lock the account.
        """
        self._connect()
        self._log_in()
        if (first := next(self._reads(), None)) is not None:
            self._read(*first)

    def member(self, enroller: Enroller) -> Member:
        """Return a new member; raises NotEnrolled, and Unreached where no API responds."""
        try:
            return enroller.one()
        except NotEnrolled as error:
            self._require_api(error.exchange, own=True)
            raise

    def _connect(self) -> None:
        """Open a connection, with TLS where the address asks for it, and close it again."""
        for _ in CONNECTING.tries():
            try:
                open_connection(self.route, self.target.deadline_seconds).close()
            except OSError as error:
                cause = cause_of(error)
                if cause != _REFUSED:
                    break
            else:
                return
        raise Unreached(self._unconnected(cause))

    def _unconnected(self, cause: str) -> str:
        proxy = self.route.proxy
        where = self.route.address
        if proxy is not None:
            where = f"{where} through the proxy {proxy.address} ({proxy.origin})"
        return _with(f"cannot connect to {where}: {cause}", remedy_of(cause))

    def _log_in(self) -> None:
        try:
            self.client.session.log_in()
        except AuthFailed as error:
            self._require_api(error.exchange, own=True)
            if not isinstance(error, LoginRefused):
                raise
            text = f"cannot log in at {self.route.address}: {error}"
            raise Unreached(_with(text, self._credentials())) from None

    def _read(self, plain: Draft, intent: Intent, own: bool) -> None:
        until = time.monotonic() + self.target.outage_seconds
        for _ in READING.tries():
            exchange = self.client.send(plain, intent, source=REACH)
            if not is_of_the_way(exchange) or time.monotonic() > until:
                break
        self._require_api(exchange, own)

    def _reads(self) -> Iterator[tuple[Draft, Intent, bool]]:
        """Yield requests that read: of a member, of nothing in particular, of an unknown member.

        The last value says whether a refusal is about the credentials alone.
        """
        speaker, usual = self.client.speaker, default_kind(self.client.speaker.binding)
        known = (one for one in self.target.members if member_kind(one, usual) == usual)
        if (member := next(known, None)) is not None:
            yield from self._balance(member, own=True)
        tokens = [step for step in speaker.binding.auth if isinstance(step, TokenAuth)]
        closing = {name for step in tokens for name in (step.operation, step.end)}
        for name, operation in speaker.specification.operations.items():
            writes = any(verb.writes for verb in speaker.binding.verbs_of(name))
            if operation.method.upper() != "GET" or writes or name in closing:
                continue
            try:
                plain = speaker.sample(name, None, {"fresh": "reach"})
            except Problem:
                continue
            if _is_whole(plain):
                yield plain, Intent(name), True
        if (unknown := speaker.binding.nonexistent.get("member")) is not None:
            yield from self._balance(unknown, own=False)

    def _balance(self, member: Member, own: bool) -> Iterator[tuple[Draft, Intent, bool]]:
        speaker = self.client.speaker
        if "balance" in speaker.binding.verbs:
            try:
                plain, intent = speaker.verb("balance", member, extra={"fresh": "reach"})
            except (Problem, KeyError):
                return
            yield plain, intent, own

    def _require_api(self, exchange: Exchange | None, own: bool) -> None:
        """Raise Unreached if the exchange shows that something else responds, or nothing does."""
        if exchange is None:
            return
        operation = self.client.speaker.specification.operations[exchange.intent.operation]
        response, where = exchange.response, self.route.address
        if response is None:
            cause = exchange.cause or "no response"
            got = "no response from"
            if exchange.fault is Fault.OVERSIZED:
                got = "a response that is not read, from"
            text = f"{got} {where} to {operation.id}: {cause}"
            raise Unreached(_with(text, remedy_of(cause)))
        status = response.status
        found = foreign_response(operation, response)
        if status == UNAUTHORIZED or (status == FORBIDDEN and own):
            text = f"{where} refuses the credentials: {operation.id} has status {status}"
            raise Unreached(_with(text, self._credentials()))
        # To a member that nobody has, an API may respond in a form that it declares nowhere.
        tells = own or (status < 400 and not self.enrolls)
        if found is not None and tells:
            raise Unreached(_with(f"{where} is not the API: {found.words}", found.remedy))

    def _credentials(self) -> str:
        variables = [text.removeprefix("env:") for text in self.target.secrets.values()]
        if variables:
            return f"check {choice(sorted(set(variables)), 'and')} in the environment"
        if not self.client.speaker.binding.auth:
            return "the binding declares no auth"
        return ""


def _is_whole(plain: Draft) -> bool:
    """Say whether a request has every required parameter of its address."""
    given = {"path": plain.path, "query": plain.query}
    return all(
        parameter.name in given[parameter.place]
        for parameter in plain.operation.parameters
        if parameter.required and parameter.place in given
    )


def _with(text: str, remedy: str) -> str:
    return f"{text}; {remedy}" if remedy else text
