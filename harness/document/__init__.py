"""Declarations as text: files are read with line numbers, validated and filled in."""
