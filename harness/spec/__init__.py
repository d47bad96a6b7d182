"""A vendor's specification, read into operations."""
