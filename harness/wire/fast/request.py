"""Build the request of an arrival: the bytes to send, and the journal's line of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.binding import Verb
from harness.model.exchange import Request
from harness.model.workload import Arrival
from harness.wire.auth import Session
from harness.wire.fast.arrival_values import ArrivalValues
from harness.wire.fast.byte_template import ByteTemplate
from harness.wire.fast.framing import framed, request_head
from harness.wire.fast.request_template import RequestTemplate
from harness.wire.intent import intent_of_verb
from harness.wire.journal.lines import Redact, invoke_line
from harness.wire.request import render
from harness.wire.verbs import Speaker

Line = Callable[[str, int, int], bytes]
"""Id of the attempt, due and sent time to the journal's line."""


@dataclass(frozen=True, slots=True)
class BuiltRequest:
    """One request ready to leave: its bytes, and the journal's line of it."""

    data: bytes
    line: Line


@dataclass(frozen=True, slots=True)
class RequestWriter:
    """Renders each request in full, as the rest of the wire does."""

    speaker: Speaker
    session: Session
    base_url: str
    values: ArrivalValues
    redact: Redact

    def write(self, source: str, verb: Verb, arrival: Arrival, fresh: str) -> BuiltRequest:
        """Return the request of an arrival; raises AuthFailed."""
        plain, intent = self.speaker.verb(
            verb.name,
            self.values.members[arrival.member],
            arrival.units,
            arrival.reference,
            self.values.rows(arrival),
            extra_names(verb, fresh, arrival.entry),
        )
        request, anonymous = render(self.session.apply(plain)), render(plain)
        return BuiltRequest(
            framed(request_head(request, self.base_url), request.body),
            lambda attempt_id, due_ns, sent_ns: invoke_line(
                attempt_id, source, intent, anonymous, due_ns, sent_ns, self.redact
            ),
        )


@dataclass(frozen=True, slots=True)
class CompiledRequest:
    """What the requests of one verb share, for members with the same fields.

    sent        the request with credentials
    anonymous   the request before authentication
    line        the journal's line; None where it is made of `anonymous` each time
    any_text    whether values that need encoding may take the gaps too
    """

    source: str
    verb: Verb
    sent: RequestTemplate
    anonymous: RequestTemplate
    line: ByteTemplate | None
    any_text: bool

    def build(self, writer: RequestWriter, arrival: Arrival, fresh: str) -> BuiltRequest:
        """Return the request of an arrival."""
        verb, known, line, anonymous = self.verb, writer.values, self.line, self.anonymous
        plain = known.need_no_encoding(arrival)
        values_of: Callable[..., Mapping[str, Any]] = known.encoded if plain else known.texts
        values = values_of(
            verb, arrival.member, arrival.units, arrival.reference, fresh, arrival.entry
        )
        rows = [values_of(verb, *row, fresh) for row in arrival.rows]

        def journal_line(attempt_id: str, due_ns: int, sent_ns: int) -> bytes:
            if line is not None:
                if plain:
                    stamps = {"due_ns": b"%d" % due_ns, "sent_ns": b"%d" % sent_ns}
                    return line.fill_encoded({**values, "id": attempt_id.encode(), **stamps})
                texts = {"id": attempt_id, "due_ns": str(due_ns), "sent_ns": str(sent_ns)}
                return line.fill({**values, **texts})
            head, body = (
                anonymous.fill_encoded(values, rows) if plain else anonymous.fill(values, rows)
            )
            method, _, path = head.decode().partition(" ")
            member, written = known.members[arrival.member], known.rows(arrival)
            intent = intent_of_verb(
                verb, member, arrival.units, arrival.reference, written, arrival.entry
            )
            request = Request(method, path, (), body)
            return invoke_line(
                attempt_id, self.source, intent, request, due_ns, sent_ns, writer.redact
            )

        sent = self.sent
        head, body = sent.fill_encoded(values, rows) if plain else sent.fill(values, rows)
        return BuiltRequest(framed(head, body), journal_line)


Compile = Callable[[RequestWriter, str, Verb, Arrival], CompiledRequest | None]
"""Writer, source, verb and one of its arrivals to what its requests share; None for nothing."""


class RequestBuilder:
    """Builds the requests of one process; forget what is compiled when the credentials change.

    `tag` starts the fresh text of each request.
    """

    def __init__(self, writer: RequestWriter, compile_request: Compile, tag: str) -> None:
        self._writer = writer
        self._compile = compile_request
        self._tag = tag
        self._values = writer.values
        self._compiled: dict[tuple[str, str, frozenset[str]], CompiledRequest | None] = {}
        self.count = 0

    def forget(self) -> None:
        """Compile everything anew from now on: the credentials have changed."""
        self._compiled.clear()

    def compiled(self) -> Mapping[str, bool]:
        """Return for each source and verb met whether its requests have a template."""
        return {
            f"{source} {verb}": found is not None
            for (source, verb, _), found in self._compiled.items()
        }

    def build(self, source: str, name: str, arrival: Arrival) -> BuiltRequest:
        """Return the request of an arrival that sends the verb `name`; raises AuthFailed."""
        self.count += 1
        fresh = f"{self._tag}f{self.count}"
        verb, values = self._writer.speaker.binding.verbs[name], self._values
        key = (source, name, values.fields(arrival))
        try:
            compiled = self._compiled[key]
        except KeyError:
            compiled = self._compiled[key] = self._compile(self._writer, source, verb, arrival)
        if compiled is None or not values.are_alike(arrival):
            return self._writer.write(source, verb, arrival, fresh)
        if not compiled.any_text and not values.need_no_encoding(arrival):
            return self._writer.write(source, verb, arrival, fresh)
        return compiled.build(self._writer, arrival, fresh)


def extra_names(verb: Verb, fresh: str, entry: str | None) -> dict[str, str]:
    """Return the further names that the templates know; a verb without an entry has none."""
    return {"fresh": fresh} if verb.entry is None else {"fresh": fresh, "entry": entry or ""}
