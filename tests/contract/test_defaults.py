"""Request parts that several requests share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.contract.catalogue import read_catalogue
from tests.contract.trees import BINDING, complaints, copy_tree, edit

SEND = (
    '      body: {who: "${member.id}", amount: "${units}", reference: "${reference?}", '
    "remark: earned}\n"
)
GROUPS = """\
defaults:
  member: {body: {who: "${member.id}", amount: 1, remark: r}}
  one: {body: {amount: 2, reference: "${fresh}"}}
"""


def tree(folder: Path, send: str, groups: str = GROUPS) -> Path:
    """Return a copy of the vendor with these groups, whose earn sends this."""
    root = copy_tree(folder)
    edit(root, BINDING, "auth:\n", f"{groups}auth:\n")
    edit(root, BINDING, SEND, send)
    return root


@pytest.mark.parametrize(
    ("send", "body"),
    [
        (
            "      extends: member\n",
            [("who", "${member.id}"), ("amount", 1), ("remark", "r")],
        ),
        (
            "      extends: [member, one]\n",
            [("who", "${member.id}"), ("amount", 2), ("remark", "r"), ("reference", "${fresh}")],
        ),
        (
            "      extends: [one, member]\n",
            [("amount", 1), ("reference", "${fresh}"), ("who", "${member.id}"), ("remark", "r")],
        ),
        (
            '      extends: member\n      body: {reference: r, amount: "${units}"}\n',
            [("who", "${member.id}"), ("amount", "${units}"), ("remark", "r"), ("reference", "r")],
        ),
    ],
)
def test_a_request_is_laid_over_what_it_extends(
    tmp_path: Path, send: str, body: list[tuple[str, object]]
) -> None:
    """Later groups lie over earlier ones, the request over all; fields keep their first place."""
    root = tree(tmp_path, send)
    edit(root, BINDING, "samples:\n", "samples:\n  add_points: {extends: [member, one]}\n")
    binding = read_catalogue(root).vendors["acme"].binding
    assert list(binding.verbs["earn"].send["body"].items()) == body
    assert set(binding.verbs["earn"].send) == {"body"}
    assert binding.samples["add_points"]["body"]["amount"] == 2


def test_every_request_of_a_binding_may_extend_defaults(tmp_path: Path) -> None:
    """Those of tokens and of enrolments too."""
    login = {"user": "${secret.user}", "pass": "p", "device": "d"}
    groups = f"defaults:\n  login: {{body: {json.dumps(login)}}}\n"
    root = tree(tmp_path, SEND, groups)
    edit(
        root,
        BINDING,
        "      send:\n        body: {user",
        "      send:\n        extends: login\n        body: {user",
    )
    enroll = "enroll:\n  steps: [{operation: login, send: {extends: login}, extract: {a: /a}}]\n"
    edit(root, BINDING, "promises:", f'{enroll}  member: {{id: "${{a}}"}}\npromises:')
    binding = read_catalogue(root).vendors["acme"].binding
    assert binding.enroll is not None
    assert binding.enroll.steps[0].send == {"body": login}
    assert list(binding.auth[0].send["body"]) == ["user", "pass", "device"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("send", "groups", "said"),
    [
        (
            "      extends: membr\n",
            GROUPS,
            [
                "5: no request extends the defaults 'member'; remove them",
                "6: no request extends the defaults 'one'; remove them",
                "51: verbs.earn.send.extends: unknown defaults 'membr'; expected member or one; "
                "did you mean 'member'?",
            ],
        ),
        (
            "      extends: [member]\n",
            "",
            ["48: verbs.earn.send.extends[0]: unknown defaults 'member'; there are none"],
        ),
        (
            "      extends: [member, one]\n",
            GROUPS.replace("reference", "refrence"),
            [
                "6: the body of add_points has no field 'refrence'; expected amount, card, "
                "reference, remark or who; did you mean 'reference'?"
            ],
        ),
        (
            "      extends: [member, member, one]\n",
            GROUPS,
            [
                "51: verbs.earn.send.extends: expected each item once, saw one twice",
            ],
        ),
    ],
)
def test_a_mistake_in_defaults_is_told_where_it_stands(
    tmp_path: Path, send: str, groups: str, said: list[str]
) -> None:
    """Groups that do not exist or that nothing extends, and fields that no operation has."""
    root = tree(tmp_path, send, groups)
    assert complaints(root) == [f"{BINDING}:{line}" for line in said]
