"""Build the request of an arrival: the bytes to send, and the journal's line of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from harness.document.template import names as names_in
from harness.model.binding import AuthStep, SignAuth, Verb
from harness.model.exchange import Request
from harness.model.target import Member
from harness.model.workload import Arrival
from harness.wire.attempt import Redact, invoke_line
from harness.wire.auth import Session
from harness.wire.connection.route import Route
from harness.wire.fast.request_template import (
    ByteTemplate,
    NoTemplate,
    RequestTemplate,
    Values,
    line_template,
    request_template,
)
from harness.wire.intent import BulkRow, intent_of_verb
from harness.wire.message.encoding import encoded
from harness.wire.message.framing import framed, request_head
from harness.wire.request import render
from harness.wire.verbs import Speaker, templates_of

_PROBE_REFERENCES = ("zq1", "ä\"\\ /+&=%?#:;,<'>{}\t")
"""Two to compare with rendered requests: one needs no encoding, the other every one."""

Line = Callable[[str, int, int], bytes]
"""Id of the attempt, due and sent time to the journal's line."""


class ArrivalValues:
    """The members of a load by their numbers, and the values that each arrival needs of them.

    The last member, whose number is NONEXISTENT, is one that the vendor does not know.
    """

    def __init__(self, members: Sequence[Member], nonexistent: Member) -> None:
        self.members = members = [*members, nonexistent]
        self._values = [
            {f"member.{field}": str(value).encode() for field, value in member.items()}
            for member in members
        ]
        self._plain = [all(map(bytes.isalnum, values.values())) for values in self._values]
        shared = {frozenset(member): frozenset(member) for member in members}
        self._fields = [shared[frozenset(member)] for member in members]

    def fields(self, arrival: Arrival) -> frozenset[str]:
        """Return the names of the fields that the arrival's member has."""
        return self._fields[arrival.member]

    def are_alike(self, arrival: Arrival) -> bool:
        """Say whether the members of all rows have the same fields as the arrival's own."""
        fields = self._fields[arrival.member]
        return all(self._fields[row[0]] is fields for row in arrival.rows)

    def need_no_encoding(self, arrival: Arrival) -> bool:
        """Say whether every value of the arrival is written alike in every place."""
        plain = self._plain
        if not arrival.rows:
            return (
                plain[arrival.member] and _is_plain(arrival.reference) and _is_plain(arrival.entry)
            )
        return all(plain[row[0]] and _is_plain(row[2]) for row in arrival.rows)

    def rows(self, arrival: Arrival) -> list[BulkRow] | None:
        """Return the rows of a bulk with their members, None for any other arrival."""
        return [(self.members[member], units, ref) for member, units, ref in arrival.rows] or None

    def values(
        self,
        verb: Verb,
        member: int,
        units: int,
        reference: str | None,
        fresh: str,
        entry: str | None = None,
    ) -> Values:
        """Return the values of one request or row."""
        return {
            **self._values[member],
            "units": b"%d" % (units * verb.unit),
            "amount": b"%d" % units,
            "reference": (reference or "").encode(),
            "fresh": fresh.encode(),
            "entry": (entry or "").encode(),
        }


def _is_plain(text: str | None) -> bool:
    return not text or (text.isalnum() and text.isascii())


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
    route: Route
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
            framed(request_head(request, self.route), encoded(request)),
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
        verb, known = self.verb, writer.values
        plain = known.need_no_encoding(arrival)
        values = known.values(
            verb, arrival.member, arrival.units, arrival.reference, fresh, arrival.entry
        )
        rows = [known.values(verb, *row, fresh) for row in arrival.rows]

        def line(attempt_id: str, due_ns: int, sent_ns: int) -> bytes:
            entry = arrival.entry
            if self.line is not None and (entry is None or entry == writer.redact(entry)):
                stamps = {"due_ns": b"%d" % due_ns, "sent_ns": b"%d" % sent_ns}
                return self.line.fill({**values, "id": attempt_id.encode(), **stamps}, plain)
            head, body = self.anonymous.fill(values, rows, plain)
            target, *lines = head.decode().split("\r\n")
            method, _, path = target.partition(" ")
            headers = tuple((name, value) for name, _, value in (x.partition(": ") for x in lines))
            intent = intent_of_verb(
                verb,
                known.members[arrival.member],
                arrival.units,
                arrival.reference,
                known.rows(arrival),
                arrival.entry,
            )
            request = Request(method, path, headers, body)
            return invoke_line(
                attempt_id, self.source, intent, request, due_ns, sent_ns, writer.redact
            )

        return BuiltRequest(framed(*self.sent.fill(values, rows, plain)), line)


@dataclass(slots=True)
class RequestBuilder:
    """Builds the requests of one process; forget what is compiled when the credentials change.

    `tag` starts the fresh text of each request. `compiled` is by source, verb and the fields of
    the member; None for what has no template.
    """

    writer: RequestWriter
    tag: str
    compiled: dict[tuple[str, str, frozenset[str]], CompiledRequest | None] = field(
        default_factory=dict
    )
    count: int = 0

    def forget(self) -> None:
        """Compile everything anew from now on: the credentials have changed."""
        self.compiled.clear()

    def build(self, source: str, name: str, arrival: Arrival) -> BuiltRequest:
        """Return the request of an arrival that sends the verb `name`; raises AuthFailed."""
        self.count += 1
        fresh = f"{self.tag}f{self.count}"
        verb, values = self.writer.speaker.binding.verbs[name], self.writer.values
        if verb.price:
            price = self.writer.speaker.price_of(verb)
            rows = tuple((member, price, reference) for member, _, reference in arrival.rows)
            arrival = replace(arrival, units=price, rows=rows)
        key = (source, name, values.fields(arrival))
        try:
            compiled = self.compiled[key]
        except KeyError:
            compiled = self.compiled[key] = compile_request(self.writer, source, verb, arrival)
        if (
            compiled is not None
            and values.are_alike(arrival)
            and (compiled.any_text or values.need_no_encoding(arrival))
        ):
            return compiled.build(self.writer, arrival, fresh)
        return self.writer.write(source, verb, arrival, fresh)


def extra_names(verb: Verb, fresh: str, entry: str | None) -> dict[str, str]:
    """Return the further names that the templates know; a verb without an entry has none."""
    return {"fresh": fresh} if verb.entry is None else {"fresh": fresh, "entry": entry or ""}


def compile_request(
    writer: RequestWriter, source: str, verb: Verb, arrival: Arrival
) -> CompiledRequest | None:
    """Return what the verb's requests share, for members with the fields of the arrival's.

    None where each must be rendered: it tells the time, is signed, or its template does not
    write the very bytes that the writer does.
    """
    if any(map(_changes, writer.speaker.binding.auth)) or "now" in names_in(templates_of(verb)):
        return None
    compiled = _templates(writer, source, verb, arrival)
    if compiled is None:
        return None
    plain, any_text = (_is_equal(compiled, writer, arrival, text) for text in _PROBE_REFERENCES)
    return replace(compiled, any_text=any_text) if plain else None


def _changes(step: AuthStep) -> bool:
    """Say whether what an auth step places differs in each request."""
    values = [place.value for place in step.places]
    return isinstance(step, SignAuth) or not names_in(values).isdisjoint({"now", "fresh"})


def _templates(
    writer: RequestWriter, source: str, verb: Verb, arrival: Arrival
) -> CompiledRequest | None:
    fields = sorted(writer.values.fields(arrival))
    member = {name: f"zqm{number:03}qz" for number, name in enumerate(fields)}
    units, reference, fresh, entry = 73_100_000_017, "zqr000qz", "zqf000qz", "zqt000qz"
    names = {text.encode(): f"member.{name}" for name, text in member.items()}
    names |= {reference.encode(): "reference", fresh.encode(): "fresh", entry.encode(): "entry"}
    # A request holds the vendor's units, a journal line ours.
    names |= {str(units).encode(): "amount", str(units * verb.unit).encode(): "units"}
    bulk, rows = (verb, [(member, units, reference)]) if arrival.rows else (None, None)
    given = None if arrival.reference is None else reference
    extra = extra_names(verb, fresh, entry)
    plain, intent = writer.speaker.verb(verb.name, member, units, given, rows, extra)
    try:
        signed, head = writer.session.apply(plain), partial(request_head, route=writer.route)
        sent = request_template(signed, names, bulk, head)
        anonymous = request_template(plain, names, bulk, _told_head)
    except NoTemplate:
        return None
    line = None
    if not arrival.rows:
        with suppress(NoTemplate):
            line = line_template(source, intent, plain, names, writer.redact)
    return CompiledRequest(source, verb, sent, anonymous, line, any_text=False)


def _told_head(request: Request) -> bytes:
    """Return what the journal keeps of a request before its body, a header a line."""
    headers = [f"{name}: {value}" for name, value in request.headers]
    return "\r\n".join([f"{request.method} {request.path}", *headers]).encode()


def _is_equal(
    compiled: CompiledRequest, writer: RequestWriter, arrival: Arrival, text: str
) -> bool:
    """Say whether the templates write what the writer does, with the text in every reference."""
    rows = tuple((arrival.member, 7 + n, f"{text}{n}") for n in range(3))
    probe = replace(
        arrival,
        units=12_345,
        reference=None if arrival.reference is None else text,
        rows=rows if arrival.rows else (),
        entry=None if compiled.verb.entry is None else text,
    )
    fresh = f"f{text}"
    try:
        full = writer.write(compiled.source, compiled.verb, probe, fresh)
    except ValueError:
        # Such a text cannot be sent at all, as a header cannot hold it.
        return False
    built = compiled.build(writer, probe, fresh)
    return built.data == full.data and built.line("i", 1, 2) == full.line("i", 1, 2)
