"""The library: open the target, run the engines, audit the journal."""
