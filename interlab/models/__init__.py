"""Language models: one interface for all providers.

:func:`model` turns a player spec such as ``openai/gpt-5-mini?temperature=0.7`` into a :class:`Model`, and
:meth:`Model.complete` asks it one question and records the call as one span.
"""

from interlab.models.base import ChatMessage, ChatRequest, ChatResponse, Model, Sampling
from interlab.models.limits import Limits
from interlab.models.loading import model
from interlab.models.scripted import ScriptedModel
from interlab.player_spec import PlayerSpec

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "ChatResponse",
    "Limits",
    "Model",
    "PlayerSpec",
    "Sampling",
    "ScriptedModel",
    "model",
]
