"""The parts of a message on the wire: parameters, bodies and their encodings."""
