"""A server that repeats every secret it is given, in every coat, and what a run writes of it."""
