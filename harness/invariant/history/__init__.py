"""What a history proves: changes, effects, segments, duplicate deliveries."""
