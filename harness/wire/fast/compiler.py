"""Compile the requests of a verb to byte templates, and prove them equal to rendered ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from harness.document.template import names as names_in
from harness.model.binding import AuthStep, SignAuth, Verb
from harness.model.workload import Arrival
from harness.wire.fast.client import request_head
from harness.wire.fast.request import CompiledRequest, RequestWriter, extra_names
from harness.wire.fast.request_template import (
    NoTemplate,
    line_template,
    placeholders,
    request_template,
)
from harness.wire.intent import BulkRow
from harness.wire.request import render
from harness.wire.verbs import templates_of

_PROBE_REFERENCES = ("zq1", "ä\"\\ /+&=%?#:;,<'>{}\t")
"""Two to compare with rendered requests: one needs no encoding, the other every one."""


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
    known = placeholders(writer.values.fields(arrival), verb.unit)
    row: BulkRow = (known.member, known.units, known.reference)
    plain, intent = writer.speaker.verb(
        verb.name,
        known.member,
        known.units,
        known.reference if arrival.reference is not None else None,
        [row] if arrival.rows else None,
        extra_names(verb, known.fresh, known.entry),
    )
    bulk = verb if arrival.rows else None
    try:
        sent = request_template(
            writer.session.apply(plain),
            known,
            bulk,
            lambda request: request_head(request, writer.base_url),
        )
        anonymous = request_template(plain, known, bulk, lambda r: f"{r.method} {r.path}".encode())
    except NoTemplate:
        return None
    media_type = plain.operation.body.media_type if plain.operation.body else ""
    line = None
    if not arrival.rows:
        with suppress(NoTemplate):
            line = line_template(
                source, intent, render(plain), media_type, known.names, writer.redact
            )
    return CompiledRequest(source, verb, sent, anonymous, line, any_text=False)


def _probe(verb: Verb, arrival: Arrival, text: str) -> Arrival:
    """Return an arrival like the given one, with a reference and some rows of its own."""
    reference = text if arrival.reference is not None else None
    rows = tuple((arrival.member, 7 + n, f"{text}{n}") for n in range(3))
    return replace(
        arrival,
        units=12_345,
        reference=reference,
        rows=rows if arrival.rows else (),
        entry=None if verb.entry is None else text,
    )


def _is_equal(
    compiled: CompiledRequest, writer: RequestWriter, arrival: Arrival, text: str
) -> bool:
    """Say whether the templates write the bytes and the line that the writer does."""
    probe, fresh = _probe(compiled.verb, arrival, text), f"f{text}"
    try:
        full = writer.write(compiled.source, compiled.verb, probe, fresh)
    except ValueError:
        # Such a text cannot be sent at all, as a header cannot hold it.
        return False
    built = compiled.build(writer, probe, fresh)
    return built.data == full.data and built.line("i", 1, 2) == full.line("i", 1, 2)
