"""targets.yaml: the servers a vendor may be tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.contract.members import Members, read_members, refuse_repeats
from harness.document.messages import choice, dotted
from harness.document.reader import Document, Pointer, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.target import (
    SECRET_CHARACTERS_MIN,
    ClientCertificate,
    Limits,
    Listening,
    Target,
)

_PER_SECOND = {"s": 1.0, "min": 1 / 60, "h": 1 / 3600}
_MOCK: Mapping[str, Any] = {"deadline_seconds": 2.0, "load": "allow"}
_REFERENCE = "env:"
_NOT_OF_A_MOCK = ("base_url", "secrets", "clock", "proxy", "ca_file", "client_certificate")


def read_targets(path: Path, vendor: str) -> Mapping[str, Target]:
    """Return the targets of a file by name; a private file has the same form.

    Secrets stay references to the environment; `resolve_secrets` turns them into values. Raises
    `Problem` or `Problems`, which never show a secret or a member: malformed keys and values, a
    mock with an address, members without an id or repeated, a file that is of another vendor.
    """
    document = validate(read_document(path), "targets")
    raw: dict[str, Any] = document.value
    problems: list[Problem] = []
    if raw.get("vendor", vendor) != vendor:
        message = f"vendor: expected {vendor}, saw '{raw['vendor']}'"
        problems.append(document.problem(message, ("vendor",)))
    members: dict[str, Members] = {}
    for name, terms in raw["targets"].items():
        pointer: Pointer = ("targets", name)
        problems.extend(_faults(document, terms, pointer))
        try:
            members[name] = _members(document, terms, pointer)
        except Problem as problem:
            problems.append(problem)
    refuse(problems)
    return {
        name: _target(document, name, terms, members[name])
        for name, terms in raw["targets"].items()
    }


def vendor_of(path: Path) -> str:
    """Return the vendor that a targets file names, empty for none; raises as `read_targets`."""
    return str(validate(read_document(path), "targets").value.get("vendor", ""))


def resolve_secrets(target: Target, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the target's secrets by name, taken from the environment.

    Raises `Problem` that names every variable which is unset or empty, and never a value.
    """
    variables = {name: text.removeprefix(_REFERENCE) for name, text in target.secrets.items()}
    missing = sorted({variable for variable in variables.values() if not environ.get(variable)})
    if missing:
        some = "is" if len(missing) == 1 else "are"
        message = f"{choice(missing, 'and')} {some} not set in the environment"
        message += f"; the target {target.name} takes its secrets from there"
        raise Problem(message, target.place, f"export {missing[0]}=…")
    for name, variable in variables.items():
        if not environ[variable].isprintable() and "-----BEGIN" not in environ[variable]:
            message = f"the secret {name} holds a line break or another character"
            message += " that cannot be sent"
            raise Problem(message, target.place, f"set {variable} again, without it")
    return {name: environ[variable] for name, variable in variables.items()}


def short_secrets(target: Target, secrets: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a warning for each secret that is too short to be hidden; none is shown."""
    for name, value in secrets.items():
        if len(value) < SECRET_CHARACTERS_MIN:
            message = f"the secret {name} has fewer than {SECRET_CHARACTERS_MIN} characters"
            message += ", too few to be hidden where the server repeats it"
            yield Problem(message, target.place_of(f"secrets.{name}"))


def _faults(document: Document, terms: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
    kind, where = terms["kind"], dotted(pointer)
    if kind == "mock":
        for key in _NOT_OF_A_MOCK:
            if key in terms:
                message = f"{where} is a mock, which has its own {key}; expected none"
                yield document.problem(message, (*pointer, key), "or make it a sandbox")
    elif "base_url" not in terms:
        message = f"{where} lacks the key 'base_url'; expected the address of the {kind}"
        yield document.problem(message, pointer)
    if "base_url" in terms and (fault := _address_fault(terms["base_url"])):
        message, hint = fault
        yield document.problem(f"{where}.base_url {message}", (*pointer, "base_url"), hint)
    if "@" in terms.get("proxy", ""):
        message = f"{where}.proxy holds a login; expected an address alone"
        hint = 'write "env:NAME" and set NAME to the address with the login'
        yield document.problem(message, (*pointer, "proxy"), hint)
    elif terms.get("proxy", "").startswith("http") and (fault := _address_fault(terms["proxy"])):
        yield document.problem(f"{where}.proxy {fault[0]}", (*pointer, "proxy"), fault[1])
    yield from _faults_of_webhook(document, terms.get("webhook", {}), (*pointer, "webhook"))
    if "members" in terms and "members_file" in terms:
        message = f"{where} has both members and members_file; expected one of them"
        yield document.problem(message, (*pointer, "members_file"))


def _faults_of_webhook(
    document: Document, terms: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    listen, where = terms.get("listen", ""), dotted(pointer)
    try:
        port = urlsplit(f"//{listen}").port
    except ValueError:
        message = f"{where}.listen has an invalid port; expected one from 1 to 65535"
        yield document.problem(message, (*pointer, "listen"))
        return
    if "url" in terms and (fault := _address_fault(terms["url"])):
        yield document.problem(f"{where}.url {fault[0]}", (*pointer, "url"), fault[1])
    if "url" in terms and not port:
        message = f"{where} has a url that leads to no fixed port"
        hint = "say where it leads, such as listen: 127.0.0.1:9090"
        yield document.problem(message, (*pointer, "url"), hint)
    if listen.startswith(("0.0.0.0", "[::]")) and "url" not in terms:
        message = f"{where} listens everywhere, which is no address to tell"
        yield document.problem(message, (*pointer, "listen"), "add the url that the vendor is told")


def _address_fault(address: str) -> tuple[str, str] | None:
    """Return what is wrong with a base address, and a hint; None where nothing is."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        text = str(error).lower()
        if "port" in text:
            return "has an invalid port; expected one from 1 to 65535", ""
        return f"is not an address: {text}", ""
    if "@" in parts.netloc:
        hint = "put the login under secrets, as references to the environment"
        return "holds a login; expected an address alone", hint
    if port == 0:
        return "has port 0; expected one from 1 to 65535", ""
    if not parts.hostname:
        return "names no host", ""
    return None


def _members(document: Document, terms: Mapping[str, Any], pointer: Pointer) -> Members:
    if "members_file" in terms:
        place = document.place((*pointer, "members_file"))
        return read_members(terms["members_file"], document.path, place)
    members = tuple(terms.get("members", ()))
    places = [document.place((*pointer, "members", index)) for index in range(len(members))]
    refuse_repeats(zip((member["id"] for member in members), places, strict=True))
    return members, tuple(places)


def _target(document: Document, name: str, terms: Mapping[str, Any], members: Members) -> Target:
    fields = {
        key: _CONVERTED[key](value) if key in _CONVERTED else value
        for key, value in terms.items()
        if key not in ("members", "members_file")
    }
    folder = document.path.parent
    if "ca_file" in fields:
        fields["ca_file"] = str(folder / fields["ca_file"])
    if "client_certificate" in fields:
        own = fields["client_certificate"]
        files = {key: str(folder / own[key]) for key in ("file", "key") if key in own}
        fields["client_certificate"] = ClientCertificate(**{**own, **files})
    usual = _MOCK if terms["kind"] == "mock" else {}
    place = document.place(("targets", name))
    places = dict(_places(document, name, terms, members[1]))
    fixed = {"name": name, "members": members[0], "place": place, "places": places}
    return Target(**{**usual, **fields, **fixed})


def _places(
    document: Document, name: str, terms: Mapping[str, Any], members: Sequence[str]
) -> Iterator[tuple[str, str]]:
    at: Pointer = ("targets", name)
    for part in ("secrets", "values", "webhook"):
        if part in terms:
            yield part, document.place((*at, part))
        for key in terms.get(part, ()):
            yield f"{part}.{key}", document.place((*at, part, key))
    for key in ("members", "members_file"):
        if key in terms:
            yield "members", document.place((*at, key))
    yield from ((f"members.{index}", place) for index, place in enumerate(members))


def _rate(rate: str | float) -> float:
    number, _, unit = str(rate).partition("/")
    return float(number) * _PER_SECOND[unit or "s"]


_CONVERTED: Mapping[str, Callable[[Any], Any]] = {
    "base_url": lambda address: address.rstrip("/"),
    "rate": _rate,
    "deadline_seconds": float,
    "patience_seconds": float,
    "outage_seconds": float,
    "limits": lambda terms: Limits(**terms),
    "webhook": lambda terms: Listening(**terms),
}
"""How the value of a key becomes the value of its field, where they differ."""
