"""Evaluates the journal of a run: from what was sent and received to one verdict.

The journal is the only evidence, so the same run gives the same verdict whenever it is audited.

1. `replay` lists every check: those the engines journalled, the invariants over the history, the
   responses against the specification, promises, and what is merely inferred of the vendor.
2. `requirements` accepts known deviations: a waiver is for one requirement and one check, until a
   date.
3. It gives each requirement the worst verdict of the checks that its patterns name (inapplicable <
   pass < waived < inconclusive < fail < error); one that nothing checked is inconclusive, never
   passed.
4. `findings` groups the failures. A failure behind which all is inferred is an observation: an open
   question for the vendor, which fails nothing unless the run is strict.
5. `load_stats` computes exact load figures, or says why they are invalid, and judges thresholds.
6. `judge` merges all of it into a `model.result.VendorResult`: the worst verdict of the mandatory
   requirements and of the checks decides, and without evidence that anything was checked a vendor
   is inconclusive. `counts` and `summary` say how much stands behind it.
"""
