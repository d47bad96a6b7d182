"""What the mocks say their defects violate, held against the vendors' requirements."""

from __future__ import annotations

import pytest

from harness import mock
from harness.contract.catalogue import read_catalogue
from harness.contract.root import find_root
from tests.cli.running import ROOT


@pytest.mark.parametrize("vendor", mock.vendors())
def test_every_defect_violates_a_mandatory_requirement_that_is_checked(vendor: str) -> None:
    """A defect of inferred or unchecked requirements alone could be seen and never fail a run."""
    catalogue = read_catalogue(find_root(ROOT), [vendor])
    rows = {row.id: row for row in catalogue.vendors[vendor].requirements}
    wrong = []
    for defect in mock.catalogue(vendor):
        wrong += [
            f"{defect.id}: no requirement {name}"
            for name in defect.requirements
            if name not in rows
        ]
        known = [rows[name] for name in defect.requirements if name in rows]
        if not any(row.basis != "inferred" and row.checks for row in known):
            wrong.append(f"{defect.id}: none of {', '.join(defect.requirements)} is mandatory")
    assert not wrong
