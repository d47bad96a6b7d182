"""Write docs/formats/*.md from the JSON Schemas and the example beside them.

`python docs/build.py` runs it with the other pages. A test compares the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.document.schema import load_schema, number_range

FOLDER = Path(__file__).parent / "formats"
EXAMPLE = FOLDER / "example"

PLACES: Mapping[str, tuple[str, str]] = {
    "binding": ("contracts/VENDOR/binding.yaml", "contracts/acme/binding.yaml"),
    "requirements": ("contracts/VENDOR/requirements.yaml", "contracts/acme/requirements.yaml"),
    "laws": ("contracts/common/laws.yaml", "contracts/common/laws.yaml"),
    "targets": ("contracts/VENDOR/targets.yaml", "contracts/acme/targets.yaml"),
    "waivers": ("contracts/VENDOR/waivers.yaml", "contracts/acme/waivers.yaml"),
    "observed": ("contracts/VENDOR/observed.yaml", "contracts/acme/observed.yaml"),
    "scenarios": (
        "contracts/VENDOR/scenarios/*.yaml and contracts/common/scenarios/*.yaml",
        "contracts/common/scenarios/points.yaml",
    ),
    "workload": ("loadtests/*.yaml", "loadtests/steady.yaml"),
    "workload-defaults": ("loadtests/defaults.yaml", "loadtests/defaults.yaml"),
    "result": ("REPORT/result.json", ""),
    "run_header": ("the first line of each journal", ""),
    "proof": ("REPORT/result.json", ""),
}
"""The file of each format, and the file of the example that shows it."""

SPECIFICATION = "specification"

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "array": "list",
    "null": "null",
}
_EXTENSIONS = """\
# Specification: `specs/VENDOR/openapi.yaml`

OpenAPI 3.1 or 3.0, as YAML or JSON; a 3.0 document is read as 3.1 says the same. A `$ref` may name
a part of another file, such as a path, a schema or a response; an address is not followed.
`harness new VENDOR --openapi FILE` also converts Swagger 2.

Every operation has an `operationId`. These keys say where each part comes from; a part without them
is taken as the vendor's own statement.

| key | stands in | value |
|---|---|---|
| `x-source` | any part | where the vendor states it: a page, a line, an address |
| `x-basis` | any part, with all inside it | `documented`, `example`, `published` or `inferred` |
| `x-confidence` | a part with `x-basis: inferred` | `high`, `medium` or `low` |
| `x-inferred` | a schema | its inferred keywords alone, each with its confidence |

A response that violates an inferred part does not fail the vendor. It becomes an observation and an
open question (`response-inferred`, `property-inferred`).

## Example

"""


def build() -> dict[str, str]:
    """Return the pages by the names of their files."""
    names = [name for name in PLACES if _exists(name)]
    pages = {f"{name}.md": _page(name) for name in names}
    pages[f"{SPECIFICATION}.md"] = _EXTENSIONS + _code(EXAMPLE / "specs/acme/openapi.yaml")
    pages["README.md"] = _index(names)
    return pages


def _exists(name: str) -> bool:
    return (FOLDER.parents[1] / f"harness/document/schemas/{name}.schema.json").is_file()


def _index(names: list[str]) -> str:
    lines = [
        "# Formats",
        "",
        "`harness schema NAME` prints the JSON Schema of a format. A file names its schema in its",
        "first line, so that an editor completes and checks it; `harness lint` also checks every",
        "reference between the files. The examples belong to one vendor, [acme](example).",
        "",
        "| format | file | what it says |",
        "|---|---|---|",
    ]
    for name in names:
        what = _cell(load_schema(name)["description"].partition(". ")[0].rstrip("."))
        lines.append(f"| [{name}]({name}.md) | {_cell(_file(name))} | {what} |")
    lines.append(
        f"| [{SPECIFICATION}]({SPECIFICATION}.md) | `specs/VENDOR/openapi.yaml` "
        "| What the vendor's API is, and where that is stated |"
    )
    return "\n".join(lines) + "\n"


def _file(name: str) -> str:
    words = PLACES[name][0].split(" ")
    return " ".join(f"`{word}`" if "/" in word else word for word in words)


def _page(name: str) -> str:
    schema = load_schema(name)
    head = f"# {schema['title']}: {_file(name)}\n\n{schema['description']}\n"
    example = PLACES[name][1]
    shown = f"\n## Example\n\n{_code(EXAMPLE / example)}" if example else ""
    return head + shown + "\n## Keys\n\n" + "\n".join(_sections(schema)) + "\n"


def _code(path: Path) -> str:
    return f"```yaml\n{path.read_text('utf-8')}```\n"


def _sections(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from _table(schema, schema)
    for name, shared in schema.get("$defs", {}).items():
        if _has_keys(shared):
            yield f"\n### {name}\n"
            if "description" in shared:
                yield f"{shared['description']}\n"
            yield from _table(shared, schema)


def _has_keys(node: Mapping[str, Any]) -> bool:
    return bool(node.get("properties") or node.get("items", {}).get("properties"))


def _table(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    yield from _rows(node, schema, "")


def _rows(node: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
    required = node.get("required", ())
    for key, below in node.get("properties", {}).items():
        yield from _row(f"{path}{key}", below, schema, needed=key in required)
    pattern = next(iter(node.get("patternProperties", {}).values()), None)
    others = node.get("additionalProperties") or pattern
    if isinstance(others, Mapping) and (others.get("description") or "$ref" in others):
        yield from _row(f"{path}NAME", others, schema, needed=False)
    if isinstance(node.get("items"), Mapping):
        yield from _rows(node["items"], schema, path)
    for branch in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        if "properties" in branch or "items" in branch:
            yield from _rows(branch, schema, path)


def _row(
    path: str, node: Mapping[str, Any], schema: Mapping[str, Any], *, needed: bool
) -> Iterator[str]:
    value = _value(node, schema) + (", required" if needed else "")
    if "default" in node:
        value += f", default `{_plain(node['default'])}`"
    meaning = node.get("description") or _resolved(node, schema).get("description", "")
    yield f"| `{path}` | {_cell(value)} | {_cell(meaning)} |"
    if "$ref" not in node:
        inner = f"{path}[]." if node.get("type") == "array" else f"{path}."
        yield from _rows(node, schema, inner)


def _value(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    reference = str(node.get("$ref", ""))
    found = _resolved(node, schema)
    if reference.startswith("#/$defs/") and _has_keys(found):
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name})"
    if "const" in found:
        return f"`{_plain(found['const'])}`"
    if "enum" in found:
        return ", ".join(f"`{_plain(each)}`" for each in found["enum"])
    for key in ("anyOf", "oneOf"):
        kinds = (each for each in found.get(key, ()) if "required" not in each or "type" in each)
        branches = [_value(each, schema) for each in kinds]
        if branches:
            return " or ".join(dict.fromkeys(branches))
    if "x-expected" in found:
        return str(found["x-expected"])
    if found.get("type") == "array" and isinstance(found.get("items"), Mapping):
        items = _value(found["items"], schema)
        return f"list of {items}" if items not in ("", "mapping", "any value") else "list"
    types = found.get("type", [])
    words = [_TYPES[each] for each in ([types] if isinstance(types, str) else types)]
    return f"{' or '.join(words) or 'any value'}{number_range(found)}"


def _resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        file, _, pointer = str(node["$ref"]).partition("#")
        schema = load_schema(file.removesuffix(".schema.json")) if file else schema
        found: Any = schema
        for part in pointer.strip("/").split("/"):
            found = found[part]
        node = found
    return node


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value).replace("\n", "\\n")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    for file, text in build().items():
        (FOLDER / file).write_text(text, "utf-8")
