"""The dossier of an onboarding run: what a vendor keeps to, and the open questions for it."""
