"""What a vendor's tests need of a target: secrets, values and members."""
