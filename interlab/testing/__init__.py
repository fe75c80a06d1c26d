"""For tests of your own actors, environments and models: contracts to inherit, and doubles.

A contract is a class of tests that holds for every actor, environment or model. Inherit it in a test module,
say how yours is made, and pytest (or any other runner of ``test_*`` methods) does the rest::

    from interlab.testing import EnvironmentContract

    class TestMyGame(EnvironmentContract):
        def scenario(self):
            return MY_GAME

:func:`play` and :func:`record` record an episode in memory, without files or the registry. Ids and clock are
those of :class:`CountingIds` and :class:`FakeClock`, so that two recordings of the same play are equal.
"""

from interlab.actors.human import ScriptedInterface, ScriptedInterfaces
from interlab.models.scripted import ScriptedModel
from interlab.testing.actors import ActorContract
from interlab.testing.arbitrary import ArbitraryActor
from interlab.testing.doubles import CountingIds, FakeClock
from interlab.testing.environments import EnvironmentContract
from interlab.testing.models import ModelContract
from interlab.testing.recording import Recording, play, record

__all__ = [
    "ActorContract",
    "ArbitraryActor",
    "CountingIds",
    "EnvironmentContract",
    "FakeClock",
    "ModelContract",
    "Recording",
    "ScriptedInterface",
    "ScriptedInterfaces",
    "ScriptedModel",
    "play",
    "record",
]
