"""loadtests/*.yaml: what a load run sends, when, and what it must keep to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import choice, guess
from harness.document.reader import Document, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.workload import InvalidRows, MixEntry, Stage, Threshold, Workload


@dataclass(frozen=True, slots=True)
class WorkloadFile:
    """A workload and the verbs a vendor must have for it; `place` is where these stand."""

    workload: Workload
    needs: tuple[str, ...]
    place: str = ""


def read_workload(path: Path) -> WorkloadFile:
    """Return the workload of a file and its needs.

    Without `needs` they are the verbs of the mix. Raises `Problem` or `Problems`: malformed keys
    and values, an id that is not the file's name, a mix that uses what `needs` leaves out.
    """
    document = read_document(path)
    validate(document, "workload")
    raw: dict[str, Any] = document.value
    refuse([*_faults_of_head(document, raw), *_faults_of_mix(document, raw)])
    limits = raw.get("limits", {})
    workload = Workload(
        id=raw["id"],
        title=raw["title"],
        seed=raw["seed"],
        process=raw["arrivals"].get("process", "poisson"),
        stages=tuple(_stage(stage) for stage in raw["arrivals"]["stages"]),
        members=raw["population"]["members"],
        initial_balance=raw["population"].get("fund", 0),
        mix=tuple(_entry(entry) for entry in raw["mix"]),
        thresholds=tuple(
            _threshold(limit, document.place(("thresholds", index)))
            for index, limit in enumerate(raw.get("thresholds", ()))
        ),
        in_flight=limits.get("in_flight", 256),
        deadline_seconds=float(limits.get("deadline_seconds", 5)),
        lateness_ms=float(limits.get("lateness_ms", 50)),
        place=document.place(),
    )
    needs = tuple(raw.get("needs", _verbs(raw)))
    return WorkloadFile(workload, needs, document.place(("needs" if "needs" in raw else "mix",)))


def _verbs(raw: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(entry["verb"] for entry in raw["mix"]))


def _faults_of_head(document: Document, raw: Mapping[str, Any]) -> Iterator[Problem]:
    name = document.path.stem
    if raw["id"] != name:
        message = f"id: expected the file's name {name}, saw '{raw['id']}'"
        yield Problem(message, document.place(("id",)))
    stages = raw["arrivals"]["stages"]
    if not any(stage.get("measure", True) for stage in stages):
        message = "no stage is measured; expected at least one"
        yield Problem(message, document.place(("arrivals", "stages")), "leave `measure: false` out")
    names = [entry["name"] for entry in raw["mix"]]
    for index, limit in enumerate(raw.get("thresholds", ())):
        entry = limit.get("entry")
        if entry is not None and entry not in names:
            message = f"unknown entry '{entry}'; expected {choice(names)}"
            place = document.place(("thresholds", index, "entry"))
            yield Problem(message, place, guess(entry, names))


def _faults_of_mix(document: Document, raw: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    needs = raw.get("needs", _verbs(raw))
    for index, entry in enumerate(raw["mix"]):
        at: Pointer = ("mix", index)
        name, act = entry["name"], entry.get("act", "call")
        if name in seen:
            message = f"the name '{name}' is a duplicate in the mix"
            yield Problem(message, document.place((*at, "name")))
        seen.add(name)
        if entry["verb"] not in needs:
            message = f"the mix sends '{entry['verb']}' without needing it"
            hint = guess(entry["verb"], needs) or f"add {entry['verb']} to needs"
            yield Problem(message, document.place((*at, "verb")), hint)
        lowest, highest = entry.get("units", (1, 1))
        if lowest > highest:
            message = f"units: expected the lower first, saw {lowest} before {highest}"
            yield Problem(message, document.place((*at, "units")))
        if act == "race" and "copies" not in entry:
            hint = "say how many leave at once, such as copies: 4"
            yield Problem(f"'{name}' is a race without copies", document.place(at), hint)
        if act != "race" and "copies" in entry:
            message = f"'{name}' has copies and is a {act}; expected copies in a race alone"
            yield Problem(message, document.place((*at, "copies")))
        bulk = entry["verb"].startswith("bulk_")
        if bulk and act != "replay" and "rows" not in entry:
            hint = "say how many a call has, such as rows: 10"
            yield Problem(f"'{name}' sends a bulk without rows", document.place(at), hint)
        if not bulk and "rows" in entry:
            message = f"'{name}' has rows and sends {entry['verb']}; expected rows in a bulk alone"
            yield Problem(message, document.place((*at, "rows")))
        if "bad_rows" in entry and "rows" not in entry:
            message = f"'{name}' has bad rows and no rows; expected them in a bulk alone"
            yield Problem(message, document.place((*at, "bad_rows")))


def _stage(raw: Mapping[str, Any]) -> Stage:
    start, end = raw.get("from", raw.get("rate")), raw.get("to", raw.get("rate"))
    measure = raw.get("measure", True)
    return Stage(raw["name"], float(start), float(end), float(raw["seconds"]), measure)


def _entry(raw: Mapping[str, Any]) -> MixEntry:
    lowest, highest = raw.get("units", (1, 1))
    return MixEntry(
        name=raw["name"],
        verb=raw["verb"],
        weight=float(raw["weight"]),
        units=(lowest, highest),
        rows=_lengths(raw),
        replay=raw.get("act") == "replay",
        concurrent=raw.get("copies", 1),
        invalid_rows=InvalidRows(**raw["bad_rows"]) if "bad_rows" in raw else None,
    )


def _lengths(raw: Mapping[str, Any]) -> tuple[int | str, ...]:
    rows = raw.get("rows", [])
    return tuple(rows) if isinstance(rows, list) else (rows,)


def _threshold(raw: Mapping[str, Any], place: str) -> Threshold:
    return Threshold(
        raw["figure"], raw.get("entry"), raw.get("at_most"), raw.get("at_least"), place
    )
