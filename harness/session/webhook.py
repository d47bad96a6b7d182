"""A vendor's announcements during a run: listened for, asked for, and waited for at its end."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from harness.check.conformance import decode
from harness.check.extraction import described, extracted
from harness.check.outcome import explained
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, counted
from harness.document.pointer import MISSING
from harness.document.template import names
from harness.invariant.history.announced import Name, names_of_announcement, names_of_changes
from harness.model.binding import Binding, EnrollStep, Webhook
from harness.model.exchange import Intent, Request, Response
from harness.model.target import Listening, Target
from harness.model.verdict import Outcome
from harness.session.target import Opened
from harness.wire.attempt import json_line
from harness.wire.client import Client
from harness.wire.connection.cause import cause_of
from harness.wire.journal.reader import read_journal
from harness.wire.journal.writer import Writer
from harness.wire.pace import BudgetSpent
from harness.wire.webhook.announcement import AnnouncementReader, announcement_line, reader_of
from harness.wire.webhook.listener import Listener

SOURCE = "webhook"
"""The source of the requests that tell the vendor where the harness listens."""

_POLL_SECONDS = 0.02


class NotTold(Exception):
    """The vendor does not know where to announce; the text says why."""


@dataclass(frozen=True, slots=True)
class OpenedWebhook:
    """Where a run listens for announcements, before anything is sent.

    `listener`: None where it does not listen, and `reason` says why.
    `url`: the address that the vendor is told.
    `declared`: whether the target says that the vendor can reach it.
    """

    listener: Listener | None = None
    reason: str = ""
    url: str = ""
    declared: bool = False

    def close(self) -> None:
        """Listen no more."""
        if self.listener is not None:
            self.listener.close()


def open_webhook(vendor: Vendor, opened: Opened) -> tuple[OpenedWebhook, Opened]:
    """Listen if the vendor announces changes; return the target with the address it is told."""
    hook = OpenedWebhook()
    if vendor.binding.webhook is not None:
        hook = _listen(vendor.binding, opened.target)
    told = None if hook.listener is None else Listening(url=hook.url)
    return hook, replace(opened, target=replace(opened.target, webhook=told))


def _listen(binding: Binding, target: Target) -> OpenedWebhook:
    where = target.webhook or _on_this_machine(target)
    if where is None:
        text = f"the target {target.name} is on another machine and says no address, under webhook,"
        return OpenedWebhook(reason=f"{text} at which the vendor could reach the harness")
    at = urlsplit(f"//{where.listen}")
    if not (where.url or at.port or _tells(binding)):
        text = "nothing tells the vendor the address: no request has ${webhook.url}"
        return OpenedWebhook(reason=f"{text}, and the target {target.name} has no fixed one")
    try:
        listener = Listener(at.hostname or "", at.port or 0)
    except OSError as error:
        return OpenedWebhook(reason=f"cannot listen at {where.listen}: {cause_of(error)}")
    url = where.url or listener.address
    return OpenedWebhook(listener, url=url, declared=target.webhook is not None)


def _on_this_machine(target: Target) -> Listening | None:
    """Return where to listen for a server on this machine, None for any other."""
    host = urlsplit(target.base_url).hostname or ""
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        if not address.is_loopback:
            return None
        return Listening("[::1]") if address.version == 6 else Listening()
    return Listening() if host == "localhost" else None


def _tells(binding: Binding) -> bool:
    steps = binding.enroll.steps if binding.enroll else ()
    webhook = binding.webhook.register if binding.webhook else ()
    sends = [step.send for step in (*steps, *webhook)]
    sends += [verb.send for verb in binding.verbs.values()]
    return "webhook.url" in names([*sends, *binding.samples.values()])


@contextmanager
def announced(hook: OpenedWebhook, client: Client, folder: Path, patience: float) -> Iterator[None]:
    """Keep the announcements that come meanwhile in a journal of their own, below `folder`.

    At the end the last ones are waited for, for `patience` seconds at most.
    """
    webhook = client.speaker.binding.webhook
    if webhook is None:
        yield
        return
    journal = Writer(folder / "webhook.ndjson", client.journal.header, client.redactor.text)
    complete = False
    try:
        if hook.listener is None:
            journal.append(_line("listen", reason=hook.reason))
            yield
        else:
            with _listening(hook, hook.listener, client, webhook, journal) as receiver:
                yield
                _drain(client.speaker.binding, folder, receiver, patience)
        complete = True
    finally:
        journal.close(complete)


@contextmanager
def _listening(
    hook: OpenedWebhook, listener: Listener, client: Client, webhook: Webhook, journal: Writer
) -> Iterator[_Receiver]:
    """Take what comes into the journal, from when the vendor knows the address."""
    receiver, address = _receiver(client, webhook, journal), _Address(client, webhook)
    try:
        listener.open(receiver)
        try:
            receiver.reader.require()
            address.register()
        except (NotTold, Problem) as error:
            receiver.close()
            journal.append(_line("listen", reason=str(error)))
        else:
            since = {"since_ns": time.monotonic_ns(), "url": client.speaker.webhook}
            journal.append(_line("listen", **since, declared=hook.declared))
        yield receiver
        if not receiver.closed:
            stalled = {"stalled_ns": listener.stalled_ns}
            journal.append(_line("listened", until_ns=time.monotonic_ns(), **stalled))
            heard = counted(receiver.taken, "request")
            journal.note(SOURCE, f"{heard} of the vendor came to {client.speaker.webhook}")
            address.unregister()
    finally:
        receiver.close()


def _line(event: str, **fields: Any) -> bytes:
    return json_line({"event": event, **fields})


def _drain(binding: Binding, folder: Path, receiver: _Receiver, patience: float) -> None:
    """Wait until every change has been announced, or until that is overdue."""
    within = min(binding.promises.announced_within or 0.0, patience)
    if receiver.closed or not within:
        return
    history = read_journal(folder).history
    until = time.monotonic() + within
    missing = names_of_changes(history, binding.promises)
    while missing and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        missing = receiver.not_heard(missing)
    # One that came in the last moment is under way to the journal.
    time.sleep(_POLL_SECONDS)


def _receiver(client: Client, webhook: Webhook, journal: Writer) -> _Receiver:
    speaker = client.speaker
    reader = reader_of(speaker.binding, webhook, speaker.values, speaker.secret_values)
    media = {"content-type": "application/json"} if webhook.body else {}
    return _Receiver(reader, journal, Response(webhook.status, media, webhook.body.encode()))


@dataclass
class _Receiver:
    """Takes the vendor's requests into the journal: `taken` of them, which named `heard`."""

    reader: AnnouncementReader
    journal: Writer
    response: Response
    heard: set[Name] = field(default_factory=set)
    closed: bool = False
    taken: int = 0
    _lock: Lock = field(default_factory=Lock)

    def take(self, request: Request, received_ns: int, unread: str) -> str:
        """Read and keep a request before it gets its response."""
        with self._lock:
            name, self.taken = f"w{self.taken}", self.taken + 1
        announcement = self.reader.read(name, request, received_ns, unread)
        self._keep(announcement_line(announcement, request, self.journal.redact))
        with self._lock:
            self.heard.update(names_of_announcement(announcement))
        return name

    def not_heard(self, changes: Sequence[frozenset[Name]]) -> list[frozenset[Name]]:
        """Return the changes that nothing has named so far."""
        with self._lock:
            return [names for names in changes if names.isdisjoint(self.heard)]

    def unresponded(self, name: str) -> None:
        """Keep that the sender of a request did not get the whole response."""
        self._keep(_line("unresponded", id=name))

    def close(self) -> None:
        """Keep no more: the journal is about to be closed."""
        with self._lock:
            self.closed = True

    def _keep(self, line: bytes) -> None:
        with self._lock:
            if not self.closed:
                self.journal.append(line)


@dataclass
class _Address:
    """Tells the vendor the address, and takes it back; `shown` is what its responses gave."""

    client: Client
    webhook: Webhook
    shown: dict[str, Any] = field(default_factory=dict)
    registered: bool = False

    def register(self) -> None:
        """Tell the vendor the address; raises NotTold."""
        self._send(self.webhook.register)
        self.registered = True

    def unregister(self) -> None:
        """Take the address back if it was told; note it where that fails."""
        if not self.registered:
            return
        try:
            self._send(self.webhook.unregister)
        except (BudgetSpent, NotTold, Problem) as error:
            self.client.journal.note(SOURCE, f"the webhook is still registered: {error}")

    def _send(self, steps: Sequence[EnrollStep]) -> None:
        for step in steps:
            speaker = self.client.speaker
            plain = speaker.request(step.operation, step.send, self.shown)
            exchange = self.client.send(plain, Intent(step.operation), source=SOURCE)
            if exchange.outcome is not Outcome.OK or exchange.response is None:
                raise NotTold(f"{step.operation} {explained(exchange)}")
            self.shown.update(_shown(step, exchange.response))


def _shown(step: EnrollStep, response: Response) -> Mapping[str, Any]:
    body = decode(response)
    found = {name: extracted(source, response, body) for name, source in step.extract.items()}
    for name, value in found.items():
        if value in (MISSING, None):
            where = described(step.extract[name])
            raise NotTold(f"the response of {step.operation} has no {where}")
    return {name: str(value) for name, value in found.items()}
