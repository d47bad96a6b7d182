"""Contract tests and load tests of loyalty-points HTTP APIs, judged from one journal."""

__version__ = "0.1.0"
__all__ = ["__version__"]
