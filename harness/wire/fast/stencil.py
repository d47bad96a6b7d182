"""Calls written quickly: what is the same in every call of a verb is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.document.template import names as names_in
from harness.model.arrival import Arrival, PlannedRow
from harness.model.binding import AuthStep, SignAuth, Verb
from harness.model.exchange import Intent, Request, Row
from harness.model.target import Member
from harness.wire.auth import Session
from harness.wire.fast.framing import head_of, whole
from harness.wire.fast.journal import Clean, invoke_line, invoke_pattern
from harness.wire.fast.splice import Form, Marks, NotSplicable, Pattern, form_of, is_plain, marks
from harness.wire.request import Draft, render
from harness.wire.verbs import BulkRow, Speaker

_PROBE_REFERENCES = ("zq1", "ä\"\\ /+&=%?#:;,<'>{}\t")
"""Two to compare with the full way: one that needs no encoding, one that needs every one."""

Line = Callable[[str, int, int], bytes]
"""Id of the call, due and sent time to the journal's line."""


@dataclass(frozen=True, slots=True)
class Written:
    """One call ready to leave: its bytes, its journal line, and what it means."""

    data: bytes
    line: Line
    intent: Callable[[], Intent]


@dataclass(frozen=True, slots=True)
class _Stencil:
    """What a verb's calls for members of one shape share.

    `form` is None where each call must be written anew; `line` where its journal line must, from
    the request that `bare` writes. `anything` says that values of any characters may stand in the
    gaps, not only plain ones.
    """

    form: Form | None
    bare: Form | None
    line: Pattern | None
    anything: bool


_NEVER = _Stencil(None, None, None, False)


def carries_reference(verb: Verb) -> bool:
    """Say whether the verb's requests hold the caller's reference, as a whole or in their rows."""
    rows = verb.rows
    texts = [verb.send, rows.columns, rows.each] if rows is not None else [verb.send]
    return "reference" in names_in(texts)


def _is_new(step: AuthStep) -> bool:
    """Say whether what an auth step places is of one call alone."""
    values = [place.value for place in step.places]
    return isinstance(step, SignAuth) or not names_in(values).isdisjoint({"now", "fresh"})


def _is_dated(verb: Verb) -> bool:
    rows = verb.rows
    texts = [verb.send] if rows is None else [verb.send, rows.columns, rows.each]
    return "now" in names_in(texts)


class Stencils:
    """Writes the calls of one process; forget them when the credentials change."""

    def __init__(
        self,
        speaker: Speaker,
        session: Session,
        base_url: str,
        members: Sequence[Member],
        tag: str,
        clean: Clean,
    ) -> None:
        self._speaker = speaker
        self._session = session
        self._base_url = base_url
        # The last one, whose number is NOBODY, is somebody the vendor does not know.
        nobody = {**members[0], **speaker.binding.nonexistent.get("member", {})}
        self._members = members = [*members, nobody]
        self._tag = tag
        self._clean = clean
        self._new_each_time = any(map(_is_new, speaker.binding.auth))
        self._known: dict[tuple[str, str, frozenset[str]], _Stencil] = {}
        self._values = [
            {f"member.{field}": str(value) for field, value in member.items()} for member in members
        ]
        self._encoded = [
            {name: text.encode() for name, text in known.items()} for known in self._values
        ]
        self._plain = [all(map(is_plain, known.values())) for known in self._values]
        shapes = {frozenset(member): frozenset(member) for member in members}
        self._shapes = [shapes[frozenset(member)] for member in members]
        self.count = 0

    def forget(self) -> None:
        """Write everything anew from now on: the credentials have changed."""
        self._known.clear()

    def spliced(self) -> Mapping[str, bool]:
        """Return for each source and verb met whether its calls are spliced."""
        return {
            f"{source} {verb}": s.form is not None for (source, verb, _), s in self._known.items()
        }

    def write(self, source: str, name: str, planned: Arrival) -> Written:
        """Return one call of a verb as the plan asks for it."""
        verb = self._speaker.binding.verbs[name]
        self.count += 1
        fresh = f"{self._tag}f{self.count}"
        stencil = self._stencil(source, verb, planned)
        plain = self._is_plain(planned)
        if stencil.form is None or not self._alike(planned) or not (plain or stencil.anything):
            return self._in_full(source, verb, planned, fresh)
        return self._spliced(stencil, source, verb, planned, fresh, plain)

    def _alike(self, planned: Arrival) -> bool:
        shape = self._shapes[planned.member]
        return all(self._shapes[row[0]] is shape for row in planned.rows)

    def _spliced(
        self,
        stencil: _Stencil,
        source: str,
        verb: Verb,
        planned: Arrival,
        fresh: str,
        plain: bool,
    ) -> Written:
        form, bare, line = stencil.form, stencil.bare, stencil.line
        if form is None or bare is None:
            return self._in_full(source, verb, planned, fresh)
        gaps: Callable[..., dict[str, Any]] = self._bytes if plain else self._texts
        own = (planned.units, planned.reference, fresh, planned.target)
        values = gaps(verb, planned.member, *own)
        rows = [gaps(verb, *row, fresh, None) for row in planned.rows]

        def told(call_id: str, due_ns: int, sent_ns: int) -> bytes:
            if line is not None:
                stamps = {"id": call_id, "due": str(due_ns), "sent": str(sent_ns)}
                if not plain:
                    return line.fill({**values, **stamps})
                values.update((name, text.encode()) for name, text in stamps.items())
                return line.fill_plain(values)
            head, body = bare.fill_plain(values, rows) if plain else bare.fill(values, rows)
            method, _, path = head.decode().partition(" ")
            intent = self._intent(verb, planned)
            request = Request(method, path, (), body)
            return invoke_line(call_id, source, intent, request, due_ns, sent_ns, self._clean)

        filled = form.fill_plain(values, rows) if plain else form.fill(values, rows)
        return Written(whole(*filled), told, partial(self._intent, verb, planned))

    def _is_plain(self, planned: Arrival) -> bool:
        if not planned.rows:
            texts = (planned.reference or "none", planned.target or "none")
            return self._plain[planned.member] and all(map(is_plain, texts))
        return all(self._plain[row[0]] and is_plain(row[2] or "none") for row in planned.rows)

    def _texts(
        self,
        verb: Verb,
        member: int,
        units: int,
        reference: str | None,
        fresh: str,
        target: str | None,
    ) -> dict[str, str]:
        return {
            **self._values[member],
            "units": str(units * verb.unit),
            "amount": str(units),
            "reference": reference or "",
            "fresh": fresh,
            "entry": target or "",
        }

    def _bytes(
        self,
        verb: Verb,
        member: int,
        units: int,
        reference: str | None,
        fresh: str,
        target: str | None,
    ) -> dict[str, bytes]:
        return {
            **self._encoded[member],
            "units": b"%d" % (units * verb.unit),
            "amount": b"%d" % units,
            "reference": (reference or "").encode(),
            "fresh": fresh.encode(),
            "entry": (target or "").encode(),
        }

    def _stencil(self, source: str, verb: Verb, planned: Arrival) -> _Stencil:
        if self._new_each_time or _is_dated(verb):
            return _NEVER
        key = (source, verb.name, self._shapes[planned.member])
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._cut(source, verb, planned)
        return found

    def _cut(self, source: str, verb: Verb, planned: Arrival) -> _Stencil:
        """Return the stencil if it writes the same bytes as the full way does."""
        marked = marks(self._members[planned.member], verb.unit)
        plain, intent = self._marked(verb, marked, planned)
        bulk = verb if planned.rows else None
        try:
            form = form_of(
                self._session.apply(plain), marked, bulk, lambda r: head_of(r, self._base_url)
            )
            bare = form_of(plain, marked, bulk, lambda r: f"{r.method} {r.path}".encode())
        except NotSplicable:
            return _NEVER
        try:
            line = None if bulk else self._line(source, plain, intent, marked)
        except NotSplicable:
            line = None
        stencil = _Stencil(form, bare, line, False)
        same = [self._same(stencil, source, verb, planned, text) for text in _PROBE_REFERENCES]
        return replace(stencil, anything=same[1]) if same[0] else _NEVER

    def _marked(self, verb: Verb, marked: Marks, planned: Arrival) -> tuple[Draft, Intent]:
        reference = marked.reference if planned.reference is not None else None
        row: BulkRow = (marked.member, marked.units, marked.reference)
        return self._speaker.verb(
            verb.name,
            marked.member,
            marked.units,
            reference,
            [row] if planned.rows else None,
            _extra(verb, marked.fresh, marked.target),
        )

    def _line(self, source: str, plain: Draft, intent: Intent, marked: Marks) -> Pattern:
        media_type = plain.operation.body.media_type if plain.operation.body else ""
        return invoke_pattern(source, intent, render(plain), media_type, marked.names, self._clean)

    def _same(
        self, stencil: _Stencil, source: str, verb: Verb, planned: Arrival, text: str
    ) -> bool:
        """Say whether the stencil agrees with the full way for a reference and some rows."""
        reference = text if planned.reference is not None else None
        rows = tuple((planned.member, 7 + n, f"{text}{n}") for n in range(3))
        probe = Arrival(
            0,
            0,
            0,
            planned.member,
            12_345,
            reference,
            rows if planned.rows else (),
            target=None if verb.entry is None else text,
        )
        try:
            full = self._in_full(source, verb, probe, f"f{text}")
        except ValueError:
            # Such a text cannot be sent at all, as a header cannot hold it.
            return False
        plain = self._is_plain(probe)
        spliced = self._spliced(stencil, source, verb, probe, f"f{text}", plain)
        return spliced.data == full.data and spliced.line("i", 1, 2) == full.line("i", 1, 2)

    def _in_full(self, source: str, verb: Verb, planned: Arrival, fresh: str) -> Written:
        plain, intent = self._speaker.verb(
            verb.name,
            self._members[planned.member],
            planned.units,
            planned.reference,
            [self._row(row) for row in planned.rows] or None,
            _extra(verb, fresh, planned.target),
        )
        request = render(self._session.apply(plain))
        head = head_of(request, self._base_url)
        bare = render(plain)
        return Written(
            whole(head, request.body),
            lambda call_id, due, sent: invoke_line(
                call_id, source, intent, bare, due, sent, self._clean
            ),
            lambda: intent,
        )

    def _row(self, row: PlannedRow) -> BulkRow:
        member, units, reference = row
        return self._members[member], units, reference

    def _intent(self, verb: Verb, planned: Arrival) -> Intent:
        rows: tuple[Row, ...] = ()
        if planned.rows:
            rows = tuple(
                Row(verb.account_of(self._members[member]["id"]), verb.sign * units, reference)
                for member, units, reference in planned.rows
            )
        elif verb.sign:
            account = verb.account_of(self._members[planned.member]["id"])
            rows = (Row(account, verb.sign * planned.units, planned.reference),)
        accounts = {row.account for row in rows} or {
            verb.account_of(self._members[planned.member]["id"])
        }
        only = accounts.pop() if len(accounts) == 1 else None
        return Intent(verb.operation, verb.name, only, rows, planned.target)


def _extra(verb: Verb, fresh: str, target: str | None) -> dict[str, str]:
    """Return the names a call knows besides its own; only what acts on something has a target."""
    return {"fresh": fresh} if verb.entry is None else {"fresh": fresh, "entry": target or ""}
