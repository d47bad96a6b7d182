"""The load path of the wire: the same requests, judgements and journal lines, made cheaply."""
