"""Whether the declarations of a vendor agree with the specification and with each other."""
