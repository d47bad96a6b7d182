"""An operation as the specification declares it: method, path, parameters, bodies, responses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.binding import READING_VERBS, Verb, reads_balance

_READING_WORDS = frozenset(
    {"get", "list", "find", "search", "show", "read", "query", "check", "inquire", "inquiry"}
)
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a part of a specification is known: its basis and, where inferred, the confidence.

    `basis` is documented, example, published or inferred; `confidence` high, medium or low.
    """

    basis: str = "documented"
    confidence: str = ""

    @property
    def inferred(self) -> bool:
        """Whether the part is inferred and not stated by the vendor."""
        return self.basis == "inferred"


STATED = Provenance()
"""The provenance of what a specification says without any mark."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of a path, query, header or cookie, which is its `place`.

    `style` and `explode` say how lists and objects are written, `reserved` that reserved characters
    of a query stay as they are; in `media_type` the value is written whole.
    """

    name: str
    place: str
    required: bool
    schema: Mapping[str, Any]
    provenance: Provenance = STATED
    style: str = "form"
    explode: bool = True
    reserved: bool = False
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class FieldEncoding:
    """How one field of a form is written: its media type, and the style of lists and objects.

    Without a style lists make one field for each item, and objects are JSON.
    """

    media_type: str = ""
    style: str = ""
    explode: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """A request body in one media type; `schema` may hold references into the specification.

    `fields` are those of a form that the specification says how to write.
    """

    media_type: str
    required: bool
    schema: Mapping[str, Any]
    provenance: Provenance = STATED
    fields: Mapping[str, FieldEncoding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Responses:
    """What the specification allows under one status: media type to schema (None: any content)."""

    status: str
    media: Mapping[str, Mapping[str, Any] | None]
    provenance: Provenance = STATED


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path of a specification, known by its operationId.

    `path` is the template as written, below the server's address. `responses` maps a status such as
    `200`, `4XX` or `default` to what may come under it. `source` is the text of `x-source`.
    `provenance` is that of path and method, `closed` that of the claim that no other status comes.
    `styled` are the parameters, by place and name (of a header in lower case), that may be written
    in another way than one plain text.
    """

    id: str
    method: str
    path: str
    title: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[str, Responses]
    source: str
    provenance: Provenance = STATED
    closed: Provenance = STATED
    styled: Mapping[tuple[str, str], Parameter] = field(default_factory=dict)

    def under(self, status: int) -> Responses | None:
        """Return what is declared to come under a status, by itself, its class or by default."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((self.responses[key] for key in keys if key in self.responses), None)


@dataclass(frozen=True, slots=True)
class Specification:
    """A vendor's API: its operations and the document they came from.

    `document` is the whole OpenAPI document as plain values; schemas refer into it.
    """

    operations: Mapping[str, Operation]
    document: Mapping[str, Any]
    digest: str


def only_reads(operation: Operation, verbs: Iterable[Verb]) -> bool:
    """Say whether an operation, bound by these verbs, can be requested again without harm."""
    first = _WORD.match(operation.id)
    return (
        operation.method.upper() in ("GET", "HEAD")
        or any(verb.name in READING_VERBS or reads_balance(verb.name) for verb in verbs)
        or (first is not None and first[0].lower() in _READING_WORDS)
    )
