"""Sends generated valid and invalid requests of every operation and judges the responses."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial

from harness.contract.vendor import Vendor
from harness.document.messages import Problem
from harness.engine.property.baseline import Baseline, Case, roles_of
from harness.engine.property.generate import Generated, generate_cases
from harness.engine.property.mutation import Path
from harness.engine.property.opaque import opaque_names
from harness.engine.property.planner import mark_inferred, plan_cases
from harness.engine.property.request_schema import RequestSchema
from harness.engine.property.sender import (
    SETTLING,
    Batch,
    NoEntry,
    Silence,
    Unanswered,
    base_of,
    send_case,
)
from harness.engine.property.verdicts import CaseResult, judge, judge_unsent, refusals
from harness.engine.scenario.context import unique_texts
from harness.model.binding import Binding, TokenAuth
from harness.model.target import Member
from harness.model.verdict import Checked, Verdict
from harness.wire.client import Client
from harness.wire.retry import is_known
from harness.wire.throttle import Throttled

CASES_MAX = 150
"""Cases of one operation at most; the first of each field and kind is always sent."""

_FUND_UNITS = 5_000
_FUND_TIMES = 3
_CORRECT = "correct its sample or verb in binding.yaml"

OnProgress = Callable[[str, int, int], None]
"""Receives the operation, the number of its cases sent, and the number of all."""


def run_properties(
    client: Client,
    vendor: Vendor,
    members: Sequence[Member],
    seed: int,
    fuzz_count: int,
    on_progress: OnProgress,
) -> None:
    """Send generated requests of every operation of the vendor, and journal them and the verdicts.

    `members` must not be used by others meanwhile; the last one gets the requests whose effect on
    its balance is not known, so its account may not be judged. `fuzz_count` is the number of
    generated valid requests of each operation that changes a balance. Raises AuthFailed and
    BudgetSpent.
    """
    if not members:
        client.journal.note("property", "no generated requests: the target has no members")
        return
    binding, specification = client.speaker.binding, vendor.specification
    tokens = [step for step in binding.auth if isinstance(step, TokenAuth)]
    # Those of tokens come last, because they may end the run's own.
    last = {name for token in tokens for name in (token.operation, token.end)}
    # An address that is told twice is announced to twice.
    told = {step.operation for step in binding.webhook.steps} if binding.webhook else set()
    for name in sorted(told):
        client.journal.note(f"property:{name}", "no generated requests: it is about the webhook")
    generable = (name for name in specification.operations if name not in told)
    names = sorted(generable, key=lambda name: name in last)
    moving = {verb.operation for verb in binding.verbs.values() if verb.sign}
    fuzz = {name: fuzz_count for name in names if name in moving}
    without = partial(_untested, client)
    generated = generate_cases(specification, names, seed, fuzz, without)
    fresh = unique_texts(f"p{secrets.token_hex(3)}")
    # One account per operation where there are enough, so that a violation in one shows in one.
    usual = members[:-1] or members
    for index, name in enumerate(generated):
        chosen = usual[index % len(usual)]
        batch = _prepared(client, vendor, name, generated[name], chosen, members[-1], fresh)
        if batch is not None:
            _play(batch, on_progress)
    if tokens:
        client.session.tokens.renew()


def _untested(client: Client, name: str, why: str) -> None:
    reason = f"no request was generated: {why}"
    check = Checked(f"property:accepts-valid:{name}", name, Verdict.INCONCLUSIVE, reason)
    client.journal.checked(check)


def _prepared(
    client: Client,
    vendor: Vendor,
    name: str,
    generated: Sequence[Generated],
    member: Member,
    spare: Member,
    fresh: Callable[[], str],
) -> Batch | None:
    """Return the batch of an operation, None (and a note) if no valid request is declared."""
    binding = client.speaker.binding
    roles = roles_of(binding, name)
    schema = RequestSchema(vendor.specification.operations[name], vendor.specification)
    try:
        base = base_of(client, name, member, fresh(), "1", roles)
    except Problem as problem:
        client.journal.note(f"property:{name}", f"no generated requests: {problem.message}")
        return None
    if misfit := schema.why_surely_invalid(base):
        check = f"property:accepts-valid:{name}"
        text = "the declared minimal request does not fit the specification"
        reason = f"{text}: {misfit}; {_CORRECT}"
        client.journal.checked(Checked(check, name, Verdict.INCONCLUSIVE, reason))
        return None
    opaque = opaque_names(binding, vendor.specification, schema.operation)
    baseline = Baseline(base, schema, roles, _auth_paths(binding, schema, name), opaque)
    planned = mark_inferred(plan_cases(baseline, generated), baseline, vendor.specification)
    if any(isinstance(step, TokenAuth) and step.end == name for step in binding.auth):
        planned = tuple(case for case in planned if not case.positive)
    kept = _capped(planned)
    if len(kept) < len(planned):
        text = f"{len(kept)} of {len(planned)} generated cases were sent"
        client.journal.note(f"property:{name}", text)
    return Batch(client, baseline, kept, binding.verbs_of(name), member, spare, fresh)


def _auth_paths(binding: Binding, schema: RequestSchema, operation: str) -> frozenset[Path]:
    places = {
        ("header", "authorization") if place.where == "basic" else (place.where, place.name)
        for step in binding.auth
        if operation not in step.exempt
        for place in step.places
    }
    headers = {("header", name.lower()) for where, name in places if where == "header"}
    return frozenset(places | {p for p in schema.parameters if (p[0], p[1].lower()) in headers})


def _capped(planned: Sequence[Case]) -> tuple[Case, ...]:
    """Return the first case of each field and kind, and others up to CASES_MAX, in order."""
    first: dict[tuple[bool, str, str], int] = {}
    for index, case in enumerate(planned):
        first.setdefault((case.positive, case.part, case.kind), index)
    always = set(first.values())
    ranked = sorted(range(len(planned)), key=lambda index: index not in always)
    kept = sorted(ranked[: max(CASES_MAX, len(always))])
    return tuple(planned[index] for index in kept)


def _play(batch: Batch, on_progress: OnProgress) -> None:
    """Send the cases between two balance reads and journal the verdicts."""
    journal, name = batch.client.journal, batch.operation.id
    _read(batch)
    if batch.spends:
        _fund(batch)
    tried: list[CaseResult] = []
    stopped, silence = "", Silence()
    try:
        for done, case in enumerate(batch.cases):
            on_progress(name, done, len(batch.cases))
            tried.append(send_case(batch, case, silence))
    except NoEntry as error:
        journal.note(batch.source, str(error))
    except Throttled as error:
        stopped = str(error)
    except Unanswered as error:
        stopped = str(error)
        tried.append(CaseResult(batch.cases[len(tried)], None))
    on_progress(name, len(tried), len(batch.cases))
    _read(batch)
    must_accept = batch.reads or batch.sign > 0
    made = list(judge(batch.operation, tried, must_accept))
    if stopped:
        left = batch.cases[len(tried) :]
        made += judge_unsent(batch.operation, made, left, must_accept, stopped)
    for checked in made:
        journal.checked(checked)
    if not must_accept and (text := refusals(tried)):
        journal.note(batch.source, text)


def _read(batch: Batch) -> None:
    client = batch.client
    reader = client.speaker.binding.reader_of(batch.wallet)
    if batch.verbs and not batch.reads and reader is not None:
        read = partial(client.verb, reader, member=batch.member, source=batch.source)
        SETTLING.until_known(read)


def _fund(batch: Batch) -> None:
    """Credit both members enough for every burn but the largest, as far as credits are settled."""
    binding = batch.client.speaker.binding
    earner = binding.earner_of(batch.wallet)
    if earner is None:
        return
    units = binding.promises.units_max or _FUND_UNITS
    for member in (batch.member, batch.spare):
        for _ in range(_FUND_TIMES):
            if not is_known(SETTLING.until_known(partial(batch.move, earner, member, units))):
                return
