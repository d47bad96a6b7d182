"""The members of a run: who they are, how they are leased, how they are enrolled."""
