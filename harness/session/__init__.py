"""A run as a library: open the target, drive the engines, judge the journal."""
