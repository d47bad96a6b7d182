"""The result as JUnit XML: a suite per vendor, a case per rule and per finding without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.auditor.requirements import LEFT_OUT
from harness.model.result import FindingResult, RequirementResult, Result, VendorResult
from harness.report.text import VERDICT_WORDS, standing, visible_document


def junit(result: Result) -> str:
    """Return the XML text.

    A failed rule is a failure; an inconclusive one an error of type inconclusive where it keeps the
    vendor from passing, else skipped; waived, inapplicable and merely observed rules are skipped
    with the reason.
    """
    result = visible_document(result)
    xml: Any = JUnitXml("loyalty-harness")
    for vendor in result.vendors:
        suite = TestSuite(vendor.vendor)
        suite.timestamp = result.run.started
        suite.add_property("target", vendor.target)
        suite.add_property("verdict", vendor.verdict)
        suite.add_property("headline", vendor.headline)
        suite.add_property("run", result.run.id)
        suite.add_testcases(list(_cases(vendor)))
        xml.add_testsuite(suite)
    xml.update_statistics()
    tree = ElementTree.fromstring(xml.tostring())
    ElementTree.indent(tree)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(tree, "unicode")}\n'


def _cases(vendor: VendorResult) -> Iterator[TestCase]:
    found: dict[str, list[FindingResult]] = {}
    for entry in vendor.findings:
        for reference in entry.requirements:
            found.setdefault(reference.id, []).append(entry)
    name = vendor.vendor
    red = False
    for row in vendor.requirements:
        case = TestCase(f"{row.id}: {row.title}", f"{name}.{row.basis}", 0)
        outcome = _outcome(row, found.get(row.id, []), vendor)
        if outcome is not None:
            case.result = [outcome]
            red = red or not isinstance(outcome, Skipped)
        yield case
    declared = {row.id for row in vendor.requirements}
    for entry in vendor.findings:
        if any(reference.id in declared for reference in entry.requirements):
            continue
        red = True
        title = f"{entry.check} on {entry.subject}: {entry.title}"
        case = TestCase(title, f"{name}.{entry.check.kind}", 0)
        case.result = [_failure([entry])]
        yield case
    if vendor.exit and not red:
        # A suite without a red case reads as green, and this vendor is not.
        case = TestCase("verdict", name, 0)
        case.result = [Error(vendor.headline, vendor.verdict)]
        yield case


def _outcome(
    row: RequirementResult, entries: Sequence[FindingResult], vendor: VendorResult
) -> Failure | Error | Skipped | None:
    verdict, reason = row.verdict, row.reason or VERDICT_WORDS[row.verdict]
    if verdict == "pass":
        return None
    if verdict == "fail":
        if standing(row, vendor) == "observed":
            return Skipped(f"observed, please confirm: {reason}", "observed")
        return _failure(entries) if entries else Failure(reason, "fail")
    if verdict == "error":
        return Error(reason, "error")
    if verdict == "inconclusive":
        # Where the vendor passed all the same, the row did not count, and must not turn a job red.
        decisive = vendor.exit != 0 and row.basis != "inferred" and row.reason != LEFT_OUT
        return Error(reason, "inconclusive") if decisive else Skipped(reason, "inconclusive")
    return Skipped(f"{VERDICT_WORDS[verdict]}: {reason}", verdict)


def _failure(entries: Sequence[FindingResult]) -> Failure:
    failure = Failure("; ".join(entry.title for entry in entries), str(entries[0].check))
    failure.text = "\n\n".join(_told(entry) for entry in entries)
    return failure


def _told(entry: FindingResult) -> str:
    lines = [
        f"{entry.id} {entry.check} on {entry.subject} ({entry.count} times)",
        entry.title,
        f"expected: {entry.expected}",
        f"seen: {entry.seen}",
    ]
    if entry.place:
        lines.append(f"declared: {entry.place}")
    return "\n".join([*lines, *entry.detail, *entry.curl[:1]])
