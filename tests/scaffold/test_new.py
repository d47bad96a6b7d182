"""`harness new`: the first files of a vendor, from documents of each kind."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from harness.cli.app import cli
from harness.contract.catalogue import read_catalogue
from harness.contract.vendor import Vendor
from harness.scaffold.files import left_open
from harness.scaffold.skeleton import FILL_IN, GUESS

DOCUMENTS = Path(__file__).parent / "documents"
STARPOINTS = Path(__file__).parents[2] / "docs/tutorial/starpoints.yaml"
CLUB = DOCUMENTS / "club/openapi.yaml"
SWAGGER = DOCUMENTS / "swagger.json"


def new(root: Path, document: Path | None, vendor: str = "acme") -> Result:
    """Run the command."""
    words = ["--openapi", str(document)] if document else []
    return CliRunner().invoke(cli, ["new", vendor, *words, "--root", str(root)])


def scaffolded(root: Path, document: Path | None) -> Vendor:
    """Return the vendor of a document, as `harness lint` reads its files."""
    done = new(root, document)
    assert done.exit_code == 0, done.output
    lint = CliRunner().invoke(cli, ["lint", "acme", "--root", str(root)])
    assert lint.exit_code == 0, lint.output
    assert "acme: valid" in lint.output
    return read_catalogue(root).vendors["acme"]


def written(root: Path, file: str) -> Any:
    """Return the value of a file of the vendor."""
    return yaml.safe_load((root / f"contracts/acme/{file}.yaml").read_text("utf-8"))


def test_a_document_of_3_0_becomes_a_valid_vendor(tmp_path: Path) -> None:
    """Verbs are bound, a member is made, and the example of the document is a sample."""
    vendor = scaffolded(tmp_path, STARPOINTS)
    verbs = vendor.binding.verbs
    assert {name: verb.operation for name, verb in verbs.items()} == {
        "earn": "AccumulateLoyaltyPoints",
        "burn": "RedeemLoyaltyPoints",
        "balance": "RetrieveLoyaltyAccount",
    }
    assert [verbs[name].effect for name in ("earn", "burn", "balance")] == [
        "credit",
        "debit",
        "none",
    ]
    assert verbs["earn"].send == {
        "path": {"account_id": "${member.id}"},
        "body": {
            "idempotency_key": "${reference}",
            "location_id": "${value.location_id}",
            "accumulate_points": {"points": "${units}"},
        },
    }
    assert verbs["earn"].extract == {"entry": "/events/0/id"}
    assert verbs["burn"].extract == {"entry": "/event/id", "balance": "/balance"}
    assert verbs["balance"].extract == {"balance": "/loyalty_account/balance"}
    sample = vendor.binding.samples["AdjustLoyaltyPoints"]["body"]
    assert sample == {
        "idempotency_key": "${fresh}",
        "adjust_points": {"points": 5, "reason": "a birthday"},
    }
    assert vendor.binding.enroll is not None
    assert vendor.binding.enroll.steps[0].extract == {"account": "/loyalty_account/id"}
    assert (vendor.binding.promises.repeat, vendor.binding.promises.units_max) == ("same", 100000)
    assert vendor.binding.sensitive == {"phone_number"}
    assert vendor.targets["sandbox"].values == {"location_id": "harness"}
    assert vendor.targets["sandbox"].base_url == "https://eu.star.example"
    assert list(vendor.workloads) == ["acme-points"]
    operation = vendor.specification.operations["RedeemLoyaltyPoints"]
    assert operation.source == "starpoints.yaml, POST /v2/loyalty/accounts/{account_id}/redeem"
    text = json.dumps(vendor.specification.document)
    assert '"detail": {"type": ["string", "null"]}' in text
    assert "nullable" not in text


def test_a_document_in_several_files_becomes_a_valid_vendor(tmp_path: Path) -> None:
    """One file is written; values are made by their schemas, operations without a name get one."""
    vendor = scaffolded(tmp_path, CLUB)
    assert {name: verb.operation for name, verb in vendor.binding.verbs.items()} == {
        "earn": "collect",
        "burn": "redeem",
        "void": "cancelRedemption",
        "balance": "card",
    }
    assert vendor.binding.verbs["burn"].send == {
        "path": {"cardNo": "${member.id|number}"},
        "body": {
            "points": "${units}",
            "till": "T000",
            "at": "${now|iso-8601}",
            "requestId": "${reference}",
        },
    }
    void = written(tmp_path, "binding")["verbs"]["void"]
    assert void["entry"] == {"of": ["earn", "burn"], "by": "entry"}
    assert void["send"]["path"] == {"cardNo": "${member.id|number}", "id": "${entry}"}
    assert vendor.binding.samples["list"] == {
        "path": {"cardNo": "${member.id|number}"},
        "query": {"since": "${now|date}", "shopCode": "${value.shop_code}"},
    }
    assert vendor.binding.samples["get_health"] == {"cookie": {"shop": "main"}}
    assert written(tmp_path, "binding")["auth"][0]["static"]["exempt"] == ["get_health"]
    enroll = written(tmp_path, "binding")["enroll"]
    assert enroll["steps"] == [
        {
            "operation": "newCard",
            "send": {"body": {"email": "${fresh}@example.com"}},
            "extract": {"account": {"header": "Location", "matches": "([^/]+)/?$"}},
        }
    ]
    target = written(tmp_path, "targets")["targets"]["sandbox"]
    assert target["members"] == []
    assert target["base_url"] == "http://127.0.0.1:8080/api"
    assert target["secrets"] == {"key": "env:ACME_KEY"}
    assert target["values"] == {"shop_code": "harnessx"}, "as long as the schema asks for"
    assert [path.name for path in (tmp_path / "specs/acme").iterdir()] == ["openapi.yaml"]


def test_a_swagger_document_becomes_a_valid_vendor(tmp_path: Path) -> None:
    """It is written as OpenAPI 3.1."""
    vendor = scaffolded(tmp_path, SWAGGER)
    assert vendor.specification.document["openapi"] == "3.1.0"
    assert vendor.binding.verbs["earn"].send["body"] == {
        "points": "${units}",
        "reference": "${reference}",
    }
    assert vendor.targets["sandbox"].base_url == "https://old.example/v1"
    note = vendor.specification.operations["note"]
    assert note.body is not None
    assert note.body.media_type == "multipart/form-data"
    file = {"filename": "harness.txt", "content": "harness"}
    assert vendor.binding.samples["note"] == {"body": {"text": "har", "scan": file}}


def test_a_vendor_without_a_document_gets_an_example(tmp_path: Path) -> None:
    """All files fit each other from the start."""
    vendor = scaffolded(tmp_path, None)
    assert set(vendor.binding.verbs) == {"earn", "burn", "balance"}


@pytest.mark.parametrize("document", [STARPOINTS, CLUB, SWAGGER, None])
def test_lint_counts_what_is_left_to_a_person(tmp_path: Path, document: Path | None) -> None:
    """Each guess and value to fill in is a comment; without them lint says valid alone."""
    scaffolded(tmp_path, document)
    values, guesses = left_open(tmp_path, "acme")
    assert "to fill in" in values
    count = int(re.match(r"\d+", guesses)[0])  # type: ignore[index]
    files = [*(tmp_path / "contracts/acme").iterdir(), *(tmp_path / "loadtests").iterdir()]
    text = "".join(path.read_text("utf-8") for path in files)
    assert count == text.count(f"{GUESS}:") >= 5
    for path in files:
        kept = re.sub(rf" *({GUESS}|{FILL_IN}):.*", "", path.read_text("utf-8"))
        path.write_text(kept, "utf-8")
    lint = CliRunner().invoke(cli, ["lint", "acme", "--root", str(tmp_path)])
    left = [line for line in lint.output.splitlines() if not line.startswith("note: ")]
    assert (lint.exit_code, len(left)) == (0, 1), lint.output


def test_the_questions_are_printed_and_in_the_file(tmp_path: Path) -> None:
    """What only a person knows is printed, and stands where it is to be settled."""
    done = new(tmp_path, STARPOINTS)
    binding = (tmp_path / "contracts/acme/binding.yaml").read_text("utf-8")
    questions = re.findall(r"^  (\d+\. .*)$", done.output, re.MULTILINE)
    assert len(questions) >= 6
    assert all(f"# {question}\n" in binding for question in questions)
    assert "Which operations void?" in done.output
    assert f"harness lint acme --root {tmp_path}" in done.output


@pytest.mark.parametrize(
    "there", ["contracts/acme/x", "specs/acme/x", "loadtests/acme-points.yaml"]
)
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    """The command ends before it writes."""
    (tmp_path / there).parent.mkdir(parents=True)
    (tmp_path / there).write_text("kept", "utf-8")
    done = new(tmp_path, STARPOINTS)
    assert done.exit_code == 2
    assert "acme is there already, and nothing is overwritten" in done.output
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / there]


@pytest.mark.parametrize("name", ["Acme", "common", "a/b", "1a", ".."])
def test_a_name_that_no_vendor_may_have_is_told(tmp_path: Path, name: str) -> None:
    """Names are those of folders, and one is taken."""
    done = new(tmp_path, None, name)
    assert done.exit_code == 2
    assert "cannot be a vendor's name" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("openapi: 4.0.0\n", "document.yaml:1: openapi: expected OpenAPI 3.1, 3.0 or Swagger 2.0"),
        ("swagger: '1.2'\n", "swagger: expected OpenAPI 3.1, 3.0 or Swagger 2.0, saw '1.2'"),
        ("info: {}\n", "saw nothing"),
        ("[]\n", "expected an OpenAPI document, saw a list"),
        (
            "openapi: 3.1.0\npaths: {/a: {$ref: b.yaml}}\n",
            "document.yaml:2: the reference names 'b.yaml': there is no such file",
        ),
        ("openapi: 3.0.1\ninfo: {title: T}\npaths: {}\n", "yaml:3: no operation is declared"),
        ("openapi: 3.0.1\npaths: {/a: {get: {parameters: {}}}}\n", "yaml:2: parameters: expected"),
    ],
)
def test_a_document_that_is_none_is_told(tmp_path: Path, text: str, words: str) -> None:
    """Nothing is written then."""
    (tmp_path / "document.yaml").write_text(text, "utf-8")
    done = new(tmp_path / ".", tmp_path / "document.yaml")
    assert done.exit_code == 2
    assert words in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["document.yaml"]


BROKEN = """\
openapi: 3.0.1
info: {title: T}
paths:
  /loyalty/members/{id}:
    get:
      operationId: read
      shape: round
      parameters: [{$ref: "#/components/parameters/None"}]
      responses:
        "200":
          description: read
          content:
            application/json:
              schema:
                type: object
                optional: [x]
                properties:
                  balance: {type: integer, maximum: 1E+15}
                  more: {$ref: "#/components/schemas/None"}
        "4xx?": {description: odd}
  /other: {post: {operationId: other, requestBody: {$ref: "#/components/requestBodies/None"}}}
components: {schemas: {Far: {typ: string}}}
"""


def test_what_a_published_document_lacks_is_mended_and_told(tmp_path: Path) -> None:
    """A reference that names nothing, an unknown key, a parameter that only the path names."""
    (tmp_path / "document.yaml").write_text(BROKEN, "utf-8")
    done = new(tmp_path, tmp_path / "document.yaml")
    assert done.exit_code == 0, done.output
    for words in (
        "3 references to parts that it lacks",
        "3 keys that OpenAPI does not have, left out (",
        "1 parameter that only a path names, taken for a required text ({id} of /loyalty/",
    ):
        assert words in done.output
    assert "optional" in done.output
    vendor = read_catalogue(tmp_path).vendors["acme"]
    read = vendor.specification.operations["read"]
    assert [parameter.name for parameter in read.parameters] == ["id"]
    assert set(read.responses) == {"200"}
    assert vendor.specification.operations["other"].body is None
    assert vendor.binding.verbs["balance"].operation == "read"
    schema: Any = read.responses["200"].media["application/json"]
    assert schema["properties"] == {"balance": {"type": "integer", "maximum": 10**15}, "more": {}}


def test_a_part_of_a_large_document_is_taken(tmp_path: Path) -> None:
    """Paths by a text in them, with the components that these need."""
    (tmp_path / "document.yaml").write_text(BROKEN, "utf-8")
    words = ["new", "acme", "--openapi", str(tmp_path / "document.yaml"), "--root", str(tmp_path)]
    none = CliRunner().invoke(cli, [*words, "--paths", "/loyality"])
    assert none.exit_code == 2
    assert "no path contains '/loyality'" in none.output
    done = CliRunner().invoke(cli, [*words, "--paths", "/loyalty"])
    assert done.exit_code == 0, done.output
    specification = read_catalogue(tmp_path).vendors["acme"].specification
    assert list(specification.operations) == ["read"]
    assert specification.document["components"]["schemas"] == {}
    assert "typ" not in done.output
