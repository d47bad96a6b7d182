"""What all vendors of a tree share: laws, common scenarios and workloads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from harness.contract.needs import unknown_verbs
from harness.contract.requirement import Law, read_laws
from harness.contract.root import BINDING, COMMON, CONTRACTS, shipped_common
from harness.contract.scenario import read_scenarios
from harness.contract.validate.references import faults_of_common
from harness.contract.workload import WorkloadFile, read_defaults, read_workload, workload_paths
from harness.document.reader import Problem, Problems, read_document
from harness.model.requirement import Requirement
from harness.model.scenario import Scenario

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gathering:
    """The problems of all files that are read."""

    problems: list[Problem] = field(default_factory=list)

    def take(self, read: Callable[..., T], *arguments: Any) -> T | None:
        """Return what was read, or keep its problems and return nothing."""
        try:
            return read(*arguments)
        except (Problem, Problems) as error:
            self.problems.extend(error.problems)
            return None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A law or common scenario of a tree that replaces the shipped one with its id."""

    kind: str
    id: str
    place: str
    shipped: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What all vendors share; scenarios and laws are None where their files have mistakes."""

    scenarios: tuple[Scenario, ...] | None
    laws: tuple[Law, ...] | None
    workloads: Mapping[str, WorkloadFile]
    replacements: tuple[Replacement, ...]


def read_shared(root: Path, known: Collection[str], gathered: Gathering) -> Shared:
    """Return what the vendors of a tree share; `known` are their names."""
    bound = _bound(root, known)
    own = root / CONTRACTS / COMMON
    scenarios = gathered.take(read_scenarios, own / "scenarios")
    laws = gathered.take(read_laws, own / "laws.yaml")
    gathered.problems.extend(faults_of_common(scenarios or (), bound))
    workloads = _workloads(root, bound, gathered)
    shipped = shipped_common(root)
    if shipped is None or scenarios is None or laws is None:
        return Shared(scenarios, laws, workloads, ())
    replacements: list[Replacement] = []
    below = read_scenarios(shipped / "scenarios")
    laws_below = read_laws(shipped / "laws.yaml")
    return Shared(
        (*_kept("scenario", below, scenarios, _itself, replacements), *scenarios),
        (*_kept("law", laws_below, laws, lambda law: law.requirement, replacements), *laws),
        workloads,
        tuple(replacements),
    )


def _itself(scenario: Scenario) -> Scenario:
    return scenario


def _kept(
    kind: str,
    shipped: Sequence[T],
    own: Sequence[T],
    row: Callable[[T], Scenario | Requirement],
    replacements: list[Replacement],
) -> Iterator[T]:
    """Yield what is shipped and not replaced, and keep what is."""
    places = {row(one).id: row(one).place for one in own}
    replaced: dict[str, Replacement] = {}
    for one in shipped:
        name, place = row(one).id, row(one).place
        if name not in places:
            yield one
        else:
            replaced.setdefault(name, Replacement(kind, name, places[name], place))
    replacements.extend(replaced.values())


def _workloads(
    root: Path, bound: Collection[str] | None, gathered: Gathering
) -> Mapping[str, WorkloadFile]:
    loads = root / "loadtests"
    found: dict[str, WorkloadFile] = {}
    defaults = gathered.take(read_defaults, loads)
    for path in workload_paths(loads):
        file = gathered.take(read_workload, path, defaults)
        if file is not None:
            found[file.workload.id] = file
            where = f"the workload {file.workload.id}"
            named = ((verb, file.place) for verb in file.needs)
            gathered.problems.extend(unknown_verbs(where, named, bound))
    return found


def _bound(root: Path, known: Collection[str]) -> set[str] | None:
    """Return the verbs that the bindings name, None where one cannot be read."""
    bound: set[str] = set()
    for name in known:
        try:
            value = read_document(root / CONTRACTS / name / BINDING).value
        except (Problem, Problems):
            return None
        verbs = value.get("verbs") if isinstance(value, dict) else None
        if not isinstance(verbs, dict):
            return None
        bound |= set(verbs)
    return bound
