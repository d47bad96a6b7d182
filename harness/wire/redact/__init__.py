"""Keep secrets and personal values out of everything that is written down."""
