"""Have Schemathesis generate correct and incorrect requests from a specification, by seed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import HypothesisException
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.core.errors import SchemathesisError
from schemathesis.core.result import Ok

from harness.engine.property.mutation import Path
from harness.model.operation import Specification
from harness.spec.circles import WIDTH_MAX, is_wide
from harness.spec.credentials import without_auth

FUZZED = "fuzzed"
MISSING_KINDS = frozenset({"object_missing_required_property", "missing_parameter"})

# Probes that speak of methods, media types and repeated parameters ask for requests our own client
# cannot make, and a response to them says nothing about points.
_PROBES = frozenset(
    {
        "unspecified_http_method",
        "malformed_content_type",
        "unsupported_content_type",
        "duplicate_parameter",
    }
)


_WIDE = f"its request stands for more than {WIDTH_MAX} schemas, references written out"
_UNFIT = "no value fits its schemas, or they contradict each other"


@dataclass(frozen=True, slots=True)
class Generated:
    """The values of one generated request, and what they are meant to try.

    `parts` are the values of path, query, header, cookie and body (None: no body). `kind` is the
    name of the coverage scenario, or `fuzzed`; `what` says it in words. `field` is where the one
    invalid or varied value stands, empty when no single one is meant.
    """

    parts: Mapping[str, Any]
    positive: bool
    kind: str
    what: str
    field: Path = ()


def generate_cases(
    specification: Specification,
    operation_ids: Sequence[str],
    seed: int,
    fuzz: Mapping[str, int],
    without: Callable[[str, str], None] = lambda name, why: None,
) -> dict[str, list[Generated]]:
    """Return the cases of each operation: coverage first, then fuzzed ones.

    `fuzz` maps an operation to its number of fuzzed correct requests. Fields and parameters marked
    `x-auth` are left out, for the client adds credentials itself. The same seed gives the same
    cases in the same order. Nothing is written to the working folder. An operation for which no
    cases can be generated is left out, and told to `without` with the reason.
    """
    with _tables_elsewhere():
        schema: Any = schemathesis.openapi.from_dict(
            dict(without_auth(specification.document)), config=_config(seed)
        )
        results = (result for result in schema.get_all_operations() if isinstance(result, Ok))
        found = {one.ok().definition.raw.get("operationId"): one.ok() for one in results}
        made: dict[str, list[Generated]] = {}
        for name in operation_ids:
            if is_wide(specification.operations[name], specification.document):
                without(name, _WIDE)
                continue
            try:
                made[name] = list(_of_operation(schema, found[name], seed, fuzz.get(name, 0)))
            except (KeyError, SchemathesisError, HypothesisException):
                without(name, _UNFIT)
        return made


def _config(seed: int) -> SchemathesisConfig:
    """Return settings that depend on nothing outside: no file, no cache, no learning."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "cache": {"enabled": False},
            "generation": {
                "with-security-parameters": False,
                "allow-x00": False,
                "database": "none",
            },
            "phases": {
                "coverage": {"unexpected-methods": [], "generate-duplicate-query-parameters": False}
            },
        }
    )


@contextmanager
def _tables_elsewhere() -> Iterator[None]:
    """Have Hypothesis keep its character tables among the user's caches, not where we stand."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    set_hypothesis_home_dir(os.path.join(caches, "loyalty-harness", "hypothesis"))
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)


def _of_operation(schema: Any, operation: Any, seed: int, fuzz: int) -> Iterator[Generated]:
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # patterns that Python's own expressions do not know
        for case in schema.iter_coverage_cases(
            operation, generation_modes=modes, generation_config=schema.config.generation
        ):
            kind = case.meta.phase.data.scenario.value
            if kind not in _PROBES and case.method.upper() == operation.method.upper():
                yield _generated(case, kind)
        yield from (_generated(case, FUZZED) for case in _fuzzed(operation, seed, fuzz))


def _fuzzed(operation: Any, seed: int, count: int) -> list[Any]:
    if count <= 0:
        return []
    drawn: list[Any] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        derandomize=False,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def draw(case: Any) -> None:
        drawn.append(case)

    draw()
    return drawn


def _generated(case: Any, kind: str) -> Generated:
    meta = case.meta
    data = None if meta is None or kind == FUZZED else meta.phase.data
    return Generated(
        parts={
            "path": {
                key: unquote(value) if isinstance(value, str) else plain(value)
                for key, value in case.path_parameters.items()
            },
            "query": plain(case.query),
            "header": plain(case.headers),
            "cookie": plain(case.cookies),
            "body": None if isinstance(case.body, NotSet) else plain(case.body),
        },
        positive=meta is None or meta.generation.mode is GenerationMode.POSITIVE,
        kind=kind,
        what="Fuzzed values" if data is None else data.description or "",
        field=() if data is None else _field(data, kind),
    )


def plain(value: Any) -> Any:
    """Return the value with whole numbers written as such: a schema allows 5.0 where 5 is meant."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _field(data: Any, kind: str) -> Path:
    """Return the place of the value a coverage case is about, as far as it is a single one."""
    place = data.parameter_location.value if data.parameter_location else ""
    if place in ("path", "query", "header", "cookie"):
        return (place, data.parameter) if data.parameter else ()
    keys = _keys(data.location or "")
    if place == "body" and kind == "object_missing_required_property":
        _, said, name = data.description.rpartition("Missing required property: ")
        return (place, *keys, name) if said else ()
    return (place, *keys) if place == "body" else ()


def _keys(pointer: str) -> Path:
    """Return the keys of the instance: `/anyOf/0/properties/rows/items/minLength`: `rows`, `*`."""
    keys: list[str] = []
    steps = iter(pointer.strip("/").split("/"))
    for step in steps:
        if step == "properties" and (name := next(steps, None)) is not None:
            keys.append(name.replace("~1", "/").replace("~0", "~"))
        elif step == "items":
            keys.append("*")
    return tuple(keys)
