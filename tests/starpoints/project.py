"""A copy of the made-up vendor's files that a test may change, and the runs on it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.cli.running import harness, result_of
from tests.starpoints.server.settings import TOKEN
from tests.starpoints.serving import served

TREE = Path(__file__).parent / "tree"
VENDOR = "starpoints"
BINDING = f"contracts/{VENDOR}/binding.yaml"
REQUIREMENTS = f"contracts/{VENDOR}/requirements.yaml"
SPECIFICATION = f"specs/{VENDOR}/openapi.yaml"
TARGETS = f"contracts/{VENDOR}/targets.yaml"
WORKLOAD = "loadtests/till.yaml"


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    output   what it printed, on either stream
    folder   what it wrote to
    seconds  how long it took
    """

    exit: int
    output: str
    folder: Path
    seconds: float

    @property
    def result(self) -> dict[str, Any]:
        """The vendor's part of the result that the run wrote."""
        (part,) = result_of(self.folder)["vendors"]
        assert part["vendor"] == VENDOR
        return dict(part)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The violations that the run found."""
        found: list[dict[str, Any]] = self.result["findings"]
        return found

    def violated(self) -> set[str]:
        """Return the ids of the requirements that the findings violate."""
        return {row["id"] for one in self.findings for row in one["requirements"]}

    def verdicts(self) -> dict[str, str]:
        """Return the verdict of each requirement."""
        return {row["id"]: row["verdict"] for row in self.result["requirements"]}

    def decided(self) -> set[str]:
        """Return the requirements that passed or failed."""
        return {name for name, one in self.verdicts().items() if one in ("pass", "fail")}

    def outcomes(self, operation: str) -> list[dict[str, Any]]:
        """Return how each attempt of an operation ended, with its request, in journal order."""
        sent: dict[str, dict[str, Any]] = {}
        for line in self.lines():
            if line["event"] == "invoke" and line["operation"] == operation:
                sent[line["id"]] = line
            elif line["event"] == "outcome" and line["id"] in sent:
                sent[line["id"]] = {**sent[line["id"]], **line}
        return list(sent.values())

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the run's journal."""
        for path in sorted((self.folder / "journal" / VENDOR).glob("*.ndjson")):
            yield from map(json.loads, path.read_text("utf-8").splitlines())

    def passed(self) -> None:
        """Assert that the vendor passed, and that something was tested."""
        assert self.exit == 0, self.output
        assert self.result["verdict"] == "pass"
        assert self.findings == []
        assert self.result["counts"]["ok"] > 0

    def inconclusive(self) -> None:
        """Assert that nothing was decided about the vendor."""
        assert self.exit == 5, self.output
        assert self.result["verdict"] == "inconclusive"
        assert self.findings == []
        assert self.decided() == set()


@dataclass
class Project:
    """The vendor's files in a folder of their own; `env` is added to the environment of runs.

    `timeout`: how many seconds a command may take.
    """

    root: Path
    stack: ExitStack
    env: dict[str, str] = field(default_factory=lambda: {"STAR_TOKEN": TOKEN})
    runs: int = 0
    timeout: float = 300

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        path = self.root / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    def cut(self, file: str, first: str, end: str) -> None:
        """Take out the lines from one that begins with `first` up to one that does with `end`."""
        path = self.root / file
        before, found, rest = path.read_text("utf-8").partition(f"\n{first}")
        assert found, f"{first!r} does not stand in {file}"
        _, ends, after = rest.partition(f"\n{end}")
        assert ends, f"{end!r} does not stand behind {first!r} in {file}"
        path.write_text(f"{before}\n{end}{after}", "utf-8")

    def read(self, file: str) -> Any:
        """Return the value of a YAML file."""
        return yaml.safe_load((self.root / file).read_text("utf-8"))

    def write(self, file: str, value: Any) -> None:
        """Write a value as a YAML file."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        # A copy without shared parts, which would become anchors.
        copy = json.loads(json.dumps(value))
        path.write_text(yaml.safe_dump(copy, sort_keys=False, allow_unicode=True), "utf-8")

    def add_paths(self, text: str) -> None:
        """Put paths at the beginning of those of the specification."""
        self.edit(SPECIFICATION, "\npaths:\n", f"\npaths:\n{text}")

    def add_samples(self, text: str) -> None:
        """Put samples at the beginning of those of the binding."""
        self.edit(BINDING, "\nsamples:\n", f"\nsamples:\n{text}")

    def require(self, *checks: str) -> None:
        """Add the requirement STAR-EXTRA-1, which these checks test."""
        requirements = self.read(REQUIREMENTS)
        row = {"id": "STAR-EXTRA-1", "title": "A further page keeps to the handbook"}
        row |= {"level": "must", "basis": "documented", "source": "handbook"}
        requirements["requirements"].append({**row, "checks": list(checks)})
        self.write(REQUIREMENTS, requirements)

    def accept(self, status: int) -> None:
        """Declare that a response with this status is a success too."""
        binding = self.read(BINDING)
        (rule,) = [rule for rule in binding["outcomes"] if rule["then"] == "ok"]
        rule["when"]["status"] = sorted({*rule["when"]["status"], status})
        self.write(BINDING, binding)

    def list_members(self, *ids: str) -> None:
        """Give the target members."""
        members = json.dumps([{"id": name} for name in ids], ensure_ascii=False)
        self.edit(TARGETS, "members: []", f"members: {members}")

    def serve(self, *habits: str, scheme: str = "http", path: str = "", **options: object) -> int:
        """Start the server and point the target at it; return its port."""
        words = [word for habit in habits for word in ("--habit", habit)]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        port = self.stack.enter_context(served(*words))
        self.point(f"{scheme}://{'[::1]' if 'ipv6' in options else '127.0.0.1'}:{port}{path}")
        return port

    def point(self, address: str) -> None:
        """Point the target at an address."""
        targets = self.read(TARGETS)
        targets["targets"]["local"]["base_url"] = address
        self.write(TARGETS, targets)

    def lint(self) -> Ended:
        """Validate the vendor's files."""
        return self._run("lint", VENDOR)

    def gate(self, *words: str) -> Ended:
        """Run everything."""
        return self._test("gate", VENDOR, *words)

    def check(self, *words: str, target: str = "local") -> Ended:
        """Run properties and scenarios; the target is named unless it is empty."""
        return self._test("check", VENDOR, *words, target=target)

    def load(self, *words: str) -> Ended:
        """Run the workload."""
        return self._test("load", VENDOR, "till", *words)

    def _test(self, *words: str, target: str = "local") -> Ended:
        self.runs += 1
        out = self.root / f"run-{self.runs}"
        named = ("--target", target) if target else ()
        return self._run(*words, *named, "--out", str(out), folder=out)

    def _run(self, *words: str, folder: Path | None = None) -> Ended:
        root, began = str(self.root), time.monotonic()
        done = harness(*words, "--root", root, cwd=self.root, env=self.env, timeout=self.timeout)
        seconds = time.monotonic() - began
        return Ended(done.returncode, done.stdout + done.stderr, folder or self.root, seconds)


def new_project(folder: Path, stack: ExitStack) -> Project:
    """Copy the vendor's files."""
    root = folder / "root"
    shutil.copytree(TREE, root)
    return Project(root, stack)


def key_in_header(project: Project) -> None:
    """Declare that the key is the header Idempotency-Key, and no field of the body."""
    specification = project.read(SPECIFICATION)
    parameter = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    }
    for item in specification["paths"].values():
        schema = _json_body(item)
        if "idempotency_key" in schema.get("properties", {}):
            del schema["properties"]["idempotency_key"]
            schema["required"].remove("idempotency_key")
            item["post"]["parameters"] = [parameter]
    project.write(SPECIFICATION, specification)
    binding = project.read(BINDING)
    sends = [verb.get("send", {}) for verb in binding["verbs"].values()]
    sends += [*binding["samples"].values(), *(step["send"] for step in binding["enroll"]["steps"])]
    for send in sends:
        if "idempotency_key" in send.get("body", {}):
            send["header"] = {"Idempotency-Key": send["body"].pop("idempotency_key")}
    project.write(BINDING, binding)


def _json_body(item: Mapping[str, Any]) -> dict[str, Any]:
    content = item.get("post", {}).get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema
