"""Webhooks: the server announces each change by a request of its own."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

import harness
from harness.model.result import VendorResult
from harness.model.verdict import Verdict
from tests.starpoints.project import BINDING, SPECIFICATION, TARGETS, VENDOR, Project
from tests.starpoints.server.__main__ import Server
from tests.starpoints.server.handler import handler_of
from tests.starpoints.server.settings import HOOK_SECRET, TOKEN, Settings

SEARCH_PATH = "  /v2/loyalty/events/search:\n"
HOOK_PATHS = """\
  /v2/loyalty/webhooks:
    post:
      operationId: CreateWebhook
      x-source: handbook, Webhooks
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [url], properties: {url: {type: string}}}
      responses:
        "200":
          description: the webhook
          content: {application/json: {schema: {type: object, required: [webhook]}}}
        default: {$ref: "#/components/responses/Errors"}
  /v2/loyalty/webhooks/{webhook_id}:
    parameters: [{name: webhook_id, in: path, required: true, schema: {type: string}}]
    delete:
      operationId: DeleteWebhook
      x-source: handbook, Webhooks
      responses:
        "200":
          description: gone
          content: {application/json: {schema: {type: object}}}
        default: {$ref: "#/components/responses/Errors"}
"""
WEBHOOK = {
    "register": [
        {
            "operation": "CreateWebhook",
            "send": {"body": {"url": "${webhook.url}"}},
            "extract": {"webhook": "/webhook/id"},
        }
    ],
    "unregister": [{"operation": "DeleteWebhook", "send": {"path": {"webhook_id": "${webhook}"}}}],
    "events": [{"when": {"body": "/type", "equals": "points.changed"}}],
    "extract": {
        "reference": "/idempotency_key",
        "entry": "/event_id",
        "member": "/account",
        "amount": "/points",
        "balance": "/balance",
    },
    "auth": {
        "header": "X-Star-Signature",
        "value": "sha256=${signature}",
        "algorithm": "hmac-sha256-hex",
        "key": "${secret.hook}",
    },
}
PROMISES = {"announced": "once", "announced_within": "20s", "announced_only": True}
LAWS = ("LAW-ANNOUNCED", "LAW-ANNOUNCED-ONCE", "LAW-ANNOUNCED-TRULY", "LAW-ANNOUNCED-AUTHENTIC")
REACHED = "    webhook: {listen: 127.0.0.1}\n"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the secrets into the environment of runs in this process."""
    monkeypatch.setenv("STAR_TOKEN", TOKEN)
    monkeypatch.setenv("STAR_HOOK", HOOK_SECRET)


def declare_webhook(project: Project, **promises: Any) -> None:
    """Declare how the server is told an address and announces there, and what it promises."""
    project.edit(SPECIFICATION, SEARCH_PATH, f"{HOOK_PATHS}{SEARCH_PATH}")
    binding = project.read(BINDING)
    binding["webhook"] = WEBHOOK
    binding["promises"] |= {**PROMISES, **promises}
    project.write(BINDING, binding)
    project.edit(TARGETS, 'STAR_TOKEN"', 'STAR_TOKEN", hook: "env:STAR_HOOK"')
    project.edit(TARGETS, "    load: allow\n", f"    load: allow\n{REACHED}")


def run_here(project: Project, *defects: str, habits: tuple[str, ...] = ()) -> VendorResult:
    """Play a scenario with a refused redemption on a server of this process."""
    settings = Settings(habits=frozenset({"webhook", *habits}), defects=frozenset(defects))
    server = Server((Server.loopback, 0), handler_of(settings))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    project.stack.callback(server.server_close)
    project.stack.callback(server.shutdown)
    project.point(f"http://127.0.0.1:{server.server_address[1]}")
    result = harness.run(
        VENDOR, engines=["scenario"], only="ledger.overdraft", root=project.root,
        out=project.root / "run",
    )  # fmt: skip
    (vendor,) = result.vendors
    return vendor


def verdict_of(run: VendorResult, law: str) -> tuple[Verdict, str]:
    """Return the verdict on a law, and the reason."""
    ((verdict, reason),) = [(r.verdict, r.reason) for r in run.requirements if r.id == law]
    return verdict, reason


def test_a_server_that_announces_each_change_passes_the_gate(project: Project) -> None:
    """In properties, scenarios and load; its address is told once, and taken back."""
    declare_webhook(project)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve("webhook")
    run = project.gate()
    run.passed()
    assert {run.verdicts()[law] for law in LAWS} == {"pass"}
    lines = [*run.lines()]
    told = {line["seen"].get("reference") for line in lines if line["event"] == "announce"}
    sent = {row[2] for line in lines for row in line.get("rows", ())}
    assert len(told & sent) > 100
    for operation in ("CreateWebhook", "DeleteWebhook"):
        assert [one["outcome"] for one in run.outcomes(operation)] == ["ok"]
    assert HOOK_SECRET not in str(lines)
    assert "requests of the vendor came to http://127.0.0.1:" in run.output


@pytest.mark.parametrize(
    ("defect", "law", "title"),
    [
        ("announces-nothing", "LAW-ANNOUNCED", "A change was not announced"),
        ("announces-again", "LAW-ANNOUNCED-ONCE", "A change was announced more than once"),
        (
            "announces-other-amount",
            "LAW-ANNOUNCED-TRULY",
            "An announcement says another amount than the change",
        ),
        (
            "announces-refusals",
            "LAW-ANNOUNCED-TRULY",
            "A refused request was announced as a change",
        ),
        (
            "announces-unsigned",
            "LAW-ANNOUNCED-AUTHENTIC",
            "An announcement does not prove that it is the vendor's",
        ),
    ],
)
def test_a_wrong_announcement_is_found(project: Project, defect: str, law: str, title: str) -> None:
    """Each under its own law, and nothing else is held against the server."""
    declare_webhook(project, announced_within="1s" if defect == "announces-nothing" else "20s")
    run = run_here(project, defect)
    (found,) = run.findings
    assert found.title == title
    assert {one.id for one in found.requirements} == {law}


def test_the_last_announcements_are_waited_for(project: Project) -> None:
    """As long as the vendor may take, and no longer than it takes."""
    declare_webhook(project)
    run = run_here(project, habits=("late-webhook",))
    assert run.verdict is Verdict.PASS
    assert verdict_of(run, "LAW-ANNOUNCED")[0] is Verdict.PASS


@pytest.mark.parametrize("defect", ["announces-again", "announces-refusals"])
def test_what_is_not_promised_is_not_judged(project: Project, defect: str) -> None:
    """A vendor that announces at least once may repeat, and one may tell of refusals too."""
    declare_webhook(project, announced="at-least-once", announced_only=False)
    run = run_here(project, defect)
    assert run.verdict is Verdict.PASS
    assert verdict_of(run, "LAW-ANNOUNCED")[0] is Verdict.PASS
    assert "LAW-ANNOUNCED-ONCE" not in {one.id for one in run.requirements}


def test_silence_is_no_finding_where_the_vendor_may_not_reach_us(project: Project) -> None:
    """The target does not say that it can: inconclusive, with the remedy."""
    declare_webhook(project, announced_within="0.2s")
    project.edit(TARGETS, REACHED, "")
    run = run_here(project, "announces-nothing")
    assert run.findings == ()
    verdict, reason = verdict_of(run, "LAW-ANNOUNCED")
    assert verdict is Verdict.INCONCLUSIVE
    assert "does not say, under webhook, that the vendor can reach it" in reason


def test_a_wrong_secret_of_ours_is_no_finding(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no proof fits, the secret may be another one."""
    declare_webhook(project)
    monkeypatch.setenv("STAR_HOOK", "another-secret")
    run = run_here(project)
    assert run.findings == ()
    verdict, reason = verdict_of(run, "LAW-ANNOUNCED-AUTHENTIC")
    assert verdict is Verdict.INCONCLUSIVE
    assert "check the secret" in reason
    assert verdict_of(run, "LAW-ANNOUNCED")[0] is Verdict.PASS


def test_a_vendor_that_refuses_the_address_is_not_judged_by_silence(project: Project) -> None:
    """What it could not be told of is not checked, and the reason is the vendor's own."""
    declare_webhook(project)
    binding = project.read(BINDING)
    binding["webhook"]["register"][0]["send"]["body"]["url"] = "x${webhook.url}"
    project.write(BINDING, binding)
    run = run_here(project)
    assert run.findings == ()
    for law in LAWS:
        verdict, reason = verdict_of(run, law)
        assert verdict is Verdict.INAPPLICABLE
        assert "not checked: CreateWebhook refused" in reason
