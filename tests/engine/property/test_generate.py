"""The adapter to Schemathesis: what it relies on, that it repeats, that it leaves no traces."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.meta import CoverageScenario

from harness.engine.property import generate
from harness.engine.property import verdicts as tally
from harness.engine.property.generate import FUZZED, Generated, generate_cases, plain
from tests.acme import TREE, specification

ROOT = Path(__file__).parents[3]
OPENAPI = TREE / "specs/acme/openapi.yaml"
PRINT = """
import json, sys
from pathlib import Path
from harness.engine.property.generate import generate_cases
from harness.spec.openapi import read_specification
read = read_specification(Path(sys.argv[1]))
found = generate_cases(read, list(read.operations), 7, {"add_points": 10, "use_points": 10})
for name, case in ((name, case) for name, cases in found.items() for case in cases):
    print(json.dumps([name, case.kind, case.what, case.field, repr(case)]))
"""


def generated(*names: str, seed: int = 7, fuzz: int = 0) -> list[Generated]:
    """Return the cases of these operations."""
    found = generate_cases(specification(), names, seed, dict.fromkeys(names, fuzz))
    return [case for name in names for case in found[name]]


def test_what_the_adapter_uses_of_schemathesis_is_there() -> None:
    """An upgrade that renames or drops what the adapter uses fails here and not in a run."""
    config = generate._config(3)
    assert config.projects.default.generation.allow_x00 is False
    schema = schemathesis.openapi.from_dict(dict(specification().document), config=config)
    results: list[Any] = list(schema.get_all_operations())
    operation = results[2].ok()
    assert operation.definition.raw["operationId"] == "add_points"
    assert operation.method.upper() == "POST"
    wanted = {"operation", "generation_modes", "generation_config"}
    assert wanted <= set(inspect.signature(schema.iter_coverage_cases).parameters)
    with generate._tables_elsewhere():
        found: list[Any] = list(
            schema.iter_coverage_cases(
                operation,
                generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
                generation_config=schema.config.generation,
            )
        )
    assert {case.meta.generation.mode for case in found} == set(GenerationMode)
    data = found[-1].meta.phase.data
    for name in ("scenario", "description", "location", "parameter", "parameter_location"):
        assert hasattr(data, name)
    for name in ("path_parameters", "query", "headers", "body", "method"):
        assert hasattr(found[0], name)
    assert operation.as_strategy(generation_mode=GenerationMode.POSITIVE) is not None


def test_the_kinds_the_engine_knows_are_schemathesis_own() -> None:
    """Every kind that is named in a table exists, so that none is a dead letter."""
    known = {scenario.value for scenario in CoverageScenario}
    own = {"below_zero"}
    assert known >= generate._PROBES
    assert known >= generate.MISSING_KINDS
    assert known | own >= set(tally._ACCEPTED)


def test_a_setting_that_schemathesis_does_not_know_is_an_error() -> None:
    """The configuration is checked by Schemathesis, so a setting that vanished is noticed."""
    raised = False
    try:
        SchemathesisConfig.from_dict({"generation": {"no-such-setting": True}})
    except Exception:  # its own class, whatever its name in this release
        raised = True
    assert raised


def test_the_same_seed_gives_the_same_cases_in_two_processes(tmp_path: Path) -> None:
    """Neither the hash seed nor what ran before changes a case or the order."""
    runs = []
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PRINT, str(OPENAPI)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        runs.append(done.stdout.splitlines())
    assert runs[0] == runs[1]
    assert len(runs[0]) > 60
    assert [json.loads(line)[1] for line in runs[0]].count(FUZZED) == 20


def test_another_seed_gives_other_fuzzed_cases(tmp_path: Path) -> None:
    """The seed reaches the fuzzed cases."""
    first, second = (generated("add_points", seed=seed, fuzz=15) for seed in (1, 2))
    assert [case for case in first if case.kind == FUZZED] != [
        case for case in second if case.kind == FUZZED
    ]


def test_generation_leaves_no_files(tmp_path: Path) -> None:
    """Neither Schemathesis nor Hypothesis leaves a folder where the harness stands."""
    place = tmp_path / "work"
    place.mkdir()
    subprocess.run(
        [sys.executable, "-c", PRINT, str(OPENAPI)],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        check=True,
    )
    assert list(place.iterdir()) == []


def test_a_schemathesis_file_in_the_working_folder_is_not_read(tmp_path: Path) -> None:
    """The configuration is ours alone: a broken schemathesis.toml nearby does no harm."""
    (tmp_path / "schemathesis.toml").write_text("no such = [syntax", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PRINT, str(OPENAPI)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


def test_credentials_are_left_to_the_client(tmp_path: Path) -> None:
    """Fields and parameters marked x-auth are in no case, nor are they found missing."""
    for case in generated("add_points", "use_points", "read_account", "logout", fuzz=5):
        assert "token" not in (case.parts["body"] or {})
        assert "x-token" not in {name.lower() for name in case.parts["header"]}
        assert "token" not in case.field
        assert "x-token" not in case.field


def test_the_invalid_field_is_named(tmp_path: Path) -> None:
    """A case with one invalid value says where it stands, in a body, a list or a parameter."""
    fields = {
        (name, case.field, case.kind)
        for name in ("add_points", "use_points", "read_account")
        for case in generated(name)
        if not case.positive
    }
    missing = "object_missing_required_property"
    assert ("add_points", ("body", "remark"), missing) in fields
    assert ("add_points", ("body", "amount"), "value_above_maximum") in fields
    assert ("use_points", ("body", "detail", "amount"), missing) in fields
    assert ("use_points", ("header", "X-Key"), "missing_parameter") in fields
    assert ("read_account", ("query", "limit"), "value_below_minimum") in fields


def test_only_the_declared_method_is_generated(tmp_path: Path) -> None:
    """Probes with other methods, media types or repeated parameters are left out."""
    found = generated("add_points", "use_points", "read_account")
    kinds = {case.kind for case in found}
    assert not kinds & generate._PROBES
    assert {"positive", "negative"} == {"positive" if c.positive else "negative" for c in found}


def test_whole_numbers_are_written_as_such() -> None:
    """A schema takes 5.0 for a whole number, but a strict server may not."""
    assert json.dumps(plain({"a": [5.0, 0.5], "b": 1e300})) == '{"a": [5, 0.5], "b": 1e+300}'
