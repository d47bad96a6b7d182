"""The expectations of a scenario, held against what was played."""
