"""The journal of a run: written before and after each request, and read back."""
