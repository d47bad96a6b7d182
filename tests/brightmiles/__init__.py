"""A second made-up vendor by files alone: signed requests, and a code in every response."""
