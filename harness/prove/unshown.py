"""What a proof cannot show of vendors that have no mock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from harness.document.messages import counted
from harness.prove.seeded_auditors import SEEDED_AUDITORS
from harness.prove.trial import TrialResult

_PASSED, _INCONCLUSIVE = 0, 5


def not_shown(without_mock: Mapping[str, str], own_servers: Iterable[TrialResult]) -> Iterator[str]:
    """Yield what is not shown of each vendor without a mock, and why.

    `without_mock` are these vendors, each with the reason why it has no server to run, which is
    empty where a server of its own was tried; `own_servers` are those trials.
    """
    tried = {one.trial.vendor: one for one in own_servers}
    for vendor, reason in without_mock.items():
        yield f"{vendor}: seeded defects, as the package has no mock of it to seed them in"
        one = tried.get(vendor)
        if one is None:
            yield f"{vendor}: seeded faulty auditors, as no run was made: {reason or 'interrupted'}"
            continue
        yield (
            f"{vendor}: false positives, as its own server is not known to be correct; "
            f"the gate of it {_said(one)}"
        )
        for name, false_positives in one.seeded_auditors.items():
            if not false_positives:
                sentence = SEEDED_AUDITORS[name].sentence
                yield f"{vendor}: that its laws detect an auditor that {sentence}"
        for name, why in one.undetectable.items():
            sentence = SEEDED_AUDITORS[name].sentence
            yield f"{vendor}: that its laws detect an auditor that {sentence}; {why}"


def _said(one: TrialResult) -> str:
    if one.findings:
        return f"had {counted(len(one.findings), 'finding')}"
    return {_PASSED: "passed", _INCONCLUSIVE: "was inconclusive"}.get(
        one.exit, f"ended with exit code {one.exit}"
    )
