"""A points server and its clients over an unreliable network, in simulated time."""

from tests.simulator.clients import simulate
from tests.simulator.server import Setting

__all__ = ["Setting", "simulate"]
