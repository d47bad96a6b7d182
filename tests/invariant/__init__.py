"""What must hold of the invariants: no false alarm on a correct server, no defect that slips by."""
