"""The files of a new vendor: what is known of it, what is guessed, and what only a person knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.document.messages import choice
from harness.scaffold.credentials import Authentication, credentials
from harness.scaffold.fields import (
    Schema,
    fields_of,
    is_personal,
    names_member,
    promises_one_effect,
    type_of,
)
from harness.scaffold.outline import Outline, inputs, outlines
from harness.scaffold.samples import sampler
from harness.scaffold.source import Source
from harness.scaffold.verbs import Guess, guess_verbs, member_source, unguessed, units_field

GUESS = "# guess"
"""How the comment of a guess begins; who has checked the guess takes the comment away."""
FILL_IN = "# fill in"
"""How the comment of a value begins that only a person knows."""

_EFFECTS = {"earn": "credit", "burn": "debit"}
_WIDTH = 100
_MOST = 97
"""The most units of one request of the workload."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The files of a vendor by their paths below the root, and the questions they leave open."""

    files: Mapping[str, str]
    questions: tuple[str, ...]


def skeleton(vendor: str, source: Source) -> Skeleton:
    """Return the files of a vendor with this name, by its document."""
    found = outlines(source)
    root = source.document
    guesses = guess_verbs(found, root)
    enroll = guesses.pop("enroll", None)
    values: dict[str, Any] = {}
    verbs = [_verb(guess, guesses, root, values) for guess in guesses.values()]
    bound = {guess.operation.id for guess in guesses.values()}
    made_by = enroll.operation.id if enroll else ""
    samples = {
        one.id: sampler(one, root, "enroll" if one.id == made_by else "", values).send()
        for one in found
        if one.id not in bound
    }
    facts: dict[str, Any] = {
        "vendor": vendor,
        "title": source.title,
        "source": source,
        "prefix": re.sub(r"[^A-Z0-9]+", "", vendor.upper()),
        "variable": re.sub(r"[^A-Z0-9]+", "_", vendor.upper()),
        "address": _address(root),
        "local": "http://127.0.0.1:8080",
        "auth": credentials(root, found),
        "verbs": sorted(verbs, key=lambda verb: list(_ORDER).index(verb["name"])),
        "missing": unguessed(guesses),
        "samples": samples,
        "enroll": _enroll(enroll, root, values),
        "values": values,
        "sensitive": _sensitive(found, root),
        "burns": "burn" in guesses,
        "voids": "void" in guesses,
        "reads": any("balance" in guess.extract for guess in guesses.values()),
        "nobody": "999999999999" if _numbered(found, root) else "nobody",
        **_promises(guesses, root),
    }
    facts["most"] = min(facts["units_max"] or _MOST, _MOST)
    facts["questions"] = tuple(_questions(facts, source, guesses))
    written = {
        f"specs/{vendor}/openapi.yaml": _render("openapi.yaml.jinja", facts),
        f"contracts/{vendor}/binding.yaml": _render("binding.yaml.jinja", facts),
        f"contracts/{vendor}/requirements.yaml": _render("requirements.yaml.jinja", facts),
        f"contracts/{vendor}/targets.yaml": _render("targets.yaml.jinja", facts),
    }
    if {"earn", "balance"} <= guesses.keys():
        written[f"loadtests/{vendor}-points.yaml"] = _render("workload.yaml.jinja", facts)
    return Skeleton(written, facts["questions"])


_ORDER = ("earn", "burn", "void", "balance")


def _verb(
    guess: Guess, guesses: Mapping[str, Guess], root: Schema, values: dict[str, Any]
) -> dict[str, Any]:
    others = f"; or {choice(guess.others)}" if guess.others else ""
    made: dict[str, Any] = {"operation": guess.operation.id}
    made["effect"] = _EFFECTS.get(guess.verb, "none")
    if guess.verb == "void":
        moving = [verb for verb in _EFFECTS if verb in guesses]
        shown = [verb for verb in moving if "entry" in guesses[verb].extract]
        made["entry"] = {"of": shown or moving, "by": "entry" if shown else "reference"}
    made["send"] = sampler(guess.operation, root, guess.verb, values).send()
    if guess.extract:
        made["extract"] = dict(guess.extract)
    return {"name": guess.verb, "why": f"{guess.why}{others}", "form": made}


def _enroll(guess: Guess | None, root: Schema, values: dict[str, Any]) -> dict[str, Any] | None:
    if guess is None:
        return None
    step = {
        "operation": guess.operation.id,
        "send": sampler(guess.operation, root, "enroll", values).send(),
        "extract": {"account": member_source(guess.operation, root)},
    }
    return {"why": guess.why, "form": {"steps": [step], "member": {"id": "${account}"}}}


def _promises(guesses: Mapping[str, Guess], root: Schema) -> dict[str, Any]:
    """Return what the document says of references and of the most units, None where nothing."""
    moving = [guesses[verb].operation for verb in ("earn", "burn") if verb in guesses]
    named = [[name for _, name, _ in inputs(one, root)] for one in moving]
    keys = [[name for name in each if promises_one_effect(name)] for each in named]
    most = None
    if "earn" in guesses:
        one = guesses["earn"].operation
        units = units_field(one, root)
        limits = [s.get("maximum") for _, name, s in inputs(one, root) if name == units]
        most = next((limit for limit in limits if isinstance(limit, int)), None)
    return {"key": keys[0][0] if keys and all(keys) else None, "units_max": most}


def _address(root: Mapping[str, Any]) -> str:
    servers = root.get("servers")
    for server in servers if isinstance(servers, list) else ():
        address = str(server.get("url", ""))
        for name, variable in server.get("variables", {}).items():
            address = address.replace(f"{{{name}}}", str(variable.get("default", "")))
        address = address.partition("?")[0].rstrip("/")
        if "{" not in address and address.startswith(("http://", "https://", "/")):
            return address
    return ""


def _sensitive(found: Iterable[Outline], root: Schema) -> list[str]:
    """Return the names of the fields that hold personal values or secrets."""
    names = {name for one in found for _, name, _ in inputs(one, root)}
    names |= {name for one in found for _, name, _, _ in fields_of(one.success, root)}
    return sorted(name for name in names if is_personal(name))


def _numbered(found: Iterable[Outline], root: Schema) -> bool:
    """Say whether members have numbers as their ids."""
    return any(
        names_member(name) and type_of(schema) == "integer"
        for one in found
        for _, name, schema in inputs(one, root)
    )


def _questions(
    facts: Mapping[str, Any], source: Source, guesses: Mapping[str, Guess]
) -> Iterator[str]:
    """Yield what only a person can say, the most important first."""
    auth: Authentication = facts["auth"]
    yield "Which server may be tested, and which members may the harness move points on?"
    if guesses:
        yield f"Is each guess right: {choice(guesses, 'and')}? Every one has a comment, {GUESS}."
    if facts["missing"]:
        yield f"Which operations {choice(facts['missing'])}? None was found that looks like it."
    if auth.place is None:
        yield "How are requests authenticated? The document names no scheme that can be written."
    yield "Which responses refuse, and why? Above all: which says that there are not enough points?"
    if facts["key"] is None:
        yield "Is a request sent again with its reference done once? Then promise repeat: same."
    yield "May a balance fall below 0, and does a read show every earlier change immediately?"
    if facts["values"]:
        yield f"Which values exist at the vendor for {choice(facts['values'], 'and')}?"
    yield "Does the API have bulks, coupons or wallets? They are not guessed."
    if source.named:
        yield f"Are these names of operations right: {choice(source.named, 'and')}?"
    for sentence in source.mended:
        yield f"What is right instead? The document has {sentence}."
    yield "Where does the vendor state each operation (x-source), and what is only inferred?"


class _Dumper(yaml.SafeDumper):
    """Writes values out instead of naming one that stands in two places."""

    def ignore_aliases(self, data: Any) -> bool:
        """Say that no value is named."""
        return True


def as_yaml(value: Any, indent: int = 0) -> str:
    """Return a value as YAML, small collections on one line."""
    text: str = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=_WIDTH - indent,
    )
    return "".join(f"{' ' * indent}{line}" for line in text.splitlines(keepends=True)).rstrip()


def in_flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.dump(
        [value],
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=True,
        width=10**9,
    )
    return text.strip()[1:-1]


def _render(template: str, facts: Mapping[str, Any]) -> str:
    return _environment().get_template(template).render(facts)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.scaffold", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {"yaml": as_yaml, "flow": in_flow}
    environment.globals |= {"guess": GUESS, "fill_in": FILL_IN}
    return environment
