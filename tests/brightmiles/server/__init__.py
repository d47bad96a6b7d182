"""The server of Brightmiles, a process of its own: correct, or with seeded defects."""
