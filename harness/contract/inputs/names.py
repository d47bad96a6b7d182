"""Names that templates ask a target for, written as there: `secret.token`, `member.id`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from harness.document.template import Mark, marks
from harness.model.binding import AuthStep, Binding, SignAuth, TextPart, TokenAuth, Verb
from harness.model.scenario import Scenario, Step

KINDS = ("secret", "value", "member")
"""The roots of the names, in the order in which they are shown."""

POINTS = ("earn", "burn", "balance")
"""The verbs without which nothing about points can be tested."""

_OPERATION = "sample"


def names_in(
    *templates: Any, members: Collection[str] = (), optional: bool = False
) -> frozenset[str]:
    """Return the names that templates cannot do without, or only those that they can.

    `members` are other words for a member, such as the names of a scenario's members.
    """
    found = [mark for each in templates for mark in marks(each)]
    needed = {_name(mark, members) for mark in found if not mark.optional}
    if optional:
        needed = {_name(mark, members) for mark in found if mark.optional} - needed
    return frozenset(filter(None, needed))


def _name(mark: Mark, members: Collection[str]) -> str:
    root, *rest = mark.parts
    root = "member" if root in members else root
    return f"{root}.{rest[0]}" if root in KINDS and rest else ""


def templates_of_step(step: AuthStep) -> list[Any]:
    """Return what an authentication step is filled from, the variants of a token apart."""
    templates: list[Any] = [place.value for place in step.places]
    if isinstance(step, TokenAuth):
        tied = [f"${{value.{name}}}" for name in step.bound_to]
        return [*templates, step.send, *tied]
    if isinstance(step, SignAuth):
        texts = [part.text for part in step.parts if isinstance(part, TextPart)]
        return [*templates, step.key, *texts]
    return templates


def templates_of_verb(verb: Verb) -> list[Any]:
    """Return what a verb's requests are filled from, and what it looks for in responses."""
    rows = [] if verb.rows is None else [verb.rows.columns, verb.rows.each]
    return [verb.send, *rows, dict(verb.extract), dict(verb.unit_templates), verb.price]


def templates_of_operation(binding: Binding, operation: str) -> list[Any]:
    """Return what the minimal request of an operation is filled from."""
    if operation in binding.samples:
        return [binding.samples[operation]]
    return [template for v in binding.verbs_of(operation)[:1] for template in templates_of_verb(v)]


def templates_of_kind(binding: Binding, kind: str) -> list[Any]:
    """Return what is filled in to enroll a member of a kind, the usual one if none is named."""
    enrollment = binding.enroll
    if enrollment is None:
        return []
    usual = next(iter(enrollment.kinds))
    steps = [step.send for step in enrollment.steps]
    return [*steps, enrollment.member, enrollment.kinds.get(kind or usual, {})]


def templates_of_webhook(binding: Binding) -> list[Any]:
    """Return what the requests about a webhook, and the proof that it is used, are filled from."""
    webhook = binding.webhook
    if webhook is None:
        return []
    proof = [] if webhook.auth is None else [webhook.auth.value, webhook.auth.key]
    return [*(step.send for step in webhook.steps), *proof]


def names_of_points(binding: Binding) -> frozenset[str]:
    """Return the names without which nothing about points can be tested.

    They are those of the credentials, of a usual member's enrolment, of the verbs of POINTS and of
    the units of all verbs.
    """
    verbs = [binding.verbs[name] for name in POINTS if name in binding.verbs]
    templates = [
        *(dict(verb.unit_templates) for verb in binding.verbs.values()),
        *(template for step in binding.auth for template in templates_of_step(step)),
        *(template for verb in verbs for template in templates_of_verb(verb)),
        *templates_of_kind(binding, ""),
    ]
    made = _made(binding)
    return frozenset(name for name in names_in(*templates) if name not in made)


def names_of_verbs(names: Iterable[str], binding: Binding) -> frozenset[str]:
    """Return the names that requests of these verbs cannot do without; others bind nothing."""
    bound = [binding.verbs[name] for name in names if name in binding.verbs]
    return names_in(*(template for verb in bound for template in templates_of_verb(verb)))


def names_of_scenario(scenario: Scenario, binding: Binding) -> frozenset[str]:
    """Return the names that a scenario cannot be played without.

    Kinds of members that the harness enrolls are left out, see `kinds_of_scenario`.
    """
    needed = {f"value.{n.partition(':')[2]}" for n in scenario.needs if n.startswith("value:")}
    verbs = [n for n in scenario.needs if ":" not in n]
    samples = [n.partition(":")[2] for n in scenario.needs if n.startswith(f"{_OPERATION}:")]
    samples += [step.operation for step in scenario.steps if step.operation]
    requests = [t for name in samples for t in templates_of_operation(binding, name)]
    own = [template for step in scenario.steps for template in _templates_of(step)]
    terms = [expectation.terms for expectation in scenario.expectations]
    needed |= names_of_verbs(verbs, binding)
    needed |= names_in(*requests, *own, *terms, members=tuple(scenario.members))
    return frozenset(needed)


def kinds_of_scenario(scenario: Scenario, binding: Binding) -> frozenset[str]:
    """Return the kinds of members, other than the usual one, that a scenario plays with."""
    usual = next(iter(binding.enroll.kinds)) if binding.enroll is not None else ""
    kinds = {wanted.kind for wanted in scenario.wanted.values()}
    return frozenset(kinds - {"", usual})


def value_needs(names: Iterable[str], known: Collection[str] = ()) -> Iterator[str]:
    """Yield the need `value:NAME` of each value among the names that is not known already."""
    for name in sorted(names):
        kind, _, value = name.partition(".")
        if kind == "value" and f"value:{value}" not in known:
            yield f"value:{value}"


def optional_names(binding: Binding) -> frozenset[str]:
    """Return the names that no request of the binding needs, and some can use."""
    templates = [
        *(template for verb in binding.verbs.values() for template in templates_of_verb(verb)),
        *binding.samples.values(),
    ]
    return names_in(*templates, optional=True)


def _templates_of(step: Step) -> list[Any]:
    tampered: list[Mapping[str, Any]] = [] if step.tamper is None else [step.tamper.send]
    return [step.send, *tampered]


def _made(binding: Binding) -> frozenset[str]:
    """Return the fields of members that an enrolment makes itself."""
    fields = binding.enroll.member if binding.enroll is not None else {}
    return frozenset(f"member.{name}" for name in (*fields, "id", "kind") if binding.enroll)
