"""From a violation to a finding: a diagnosis, facts, a timeline."""
