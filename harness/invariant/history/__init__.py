"""A history sorted for judgement: effects, segments, duplicate deliveries."""
