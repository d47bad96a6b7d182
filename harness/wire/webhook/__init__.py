"""What a vendor announces: listened for, read and journalled."""
