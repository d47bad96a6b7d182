"""A made-up vendor by files alone, tested over the command line with its server's habits."""
