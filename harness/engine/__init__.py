"""The three engines that make exchanges: property, scenario and load."""
