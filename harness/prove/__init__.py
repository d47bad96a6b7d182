"""The harness's own test: every defect of a mock is caught, and no correct server is accused."""
