"""The result as JUnit XML: a suite for each vendor, a case for each requirement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.document.characters import visible
from harness.model.record import with_texts
from harness.model.result import FindingResult, RequirementResult, Result, VendorResult
from harness.report.facts import VERDICT_WORDS, finding_facts, repeat_lines, standing, title_of


def junit(result: Result) -> str:
    """Return the XML text.

    A failed requirement is a failure. An inconclusive one is an error if it keeps the vendor from
    passing, else skipped. Waived, inapplicable and unchecked requirements and observations are
    skipped with their reason. A finding without a requirement has a case of its own.
    """
    result = with_texts(result, visible)
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
    name = vendor.vendor
    declared = {row.id for row in vendor.requirements}
    outcomes = [
        (f"{row.id}: {row.title}", f"{name}.{row.basis}", _outcome(row, vendor))
        for row in vendor.requirements
    ]
    outcomes += [
        (
            f"{entry.check} on {entry.subject}: {entry.title}",
            f"{name}.{entry.check.kind}",
            _failure([entry]),
        )
        for entry in vendor.findings
        if declared.isdisjoint(_ids(entry))
    ]
    if vendor.exit and all(isinstance(outcome, Skipped | None) for *_, outcome in outcomes):
        # A suite without a failure would count as passed.
        outcomes.append(("verdict", name, Error(vendor.headline, vendor.verdict)))
    for title, classname, outcome in outcomes:
        case = TestCase(title, classname, 0)
        if outcome is not None:
            case.result = [outcome]
        yield case


def _ids(entry: FindingResult) -> frozenset[str]:
    return frozenset(reference.id for reference in entry.requirements)


def _outcome(row: RequirementResult, vendor: VendorResult) -> Failure | Error | Skipped | None:
    entries = [entry for entry in vendor.findings if row.id in _ids(entry)]
    state = standing(row, vendor)
    words = VERDICT_WORDS[state]
    reason = row.reason or words
    match state:
        case "pass":
            return None
        case "fail":
            return _failure(entries) if entries else Failure(reason, "fail")
        case "error":
            return Error(reason, "error")
        case "inconclusive":
            # It counts only where the vendor did not pass and the requirement is mandatory.
            decisive = vendor.exit != 0 and row.basis != "inferred"
            return Error(reason, state) if decisive else Skipped(reason, state)
        case _:
            return Skipped(f"{words}: {reason}" if reason != words else words, state)


def _failure(entries: Sequence[FindingResult]) -> Failure:
    failure = Failure("; ".join(entry.title for entry in entries), str(entries[0].check))
    failure.text = "\n\n".join(_body(entry) for entry in entries)
    return failure


def _body(entry: FindingResult) -> str:
    facts = (f"{label}: {text}" for label, text in finding_facts(entry))
    return "\n".join([f"{entry.id} {title_of(entry)}", *facts, *entry.detail, *repeat_lines(entry)])
