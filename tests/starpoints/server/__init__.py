"""The made-up vendor's server, a process of its own: correct, with habits and seeded defects."""
