"""The laws of a simulated world: what must hold whatever happens."""

from tests.simulation.laws.court import Court
from tests.simulation.laws.law import Broken, Law, fallen_at

__all__ = ["Broken", "Court", "Law", "fallen_at"]
