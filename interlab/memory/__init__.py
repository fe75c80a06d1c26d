"""Memories of actors, and their place in the prompt."""

from interlab.memory.base import Memory
from interlab.memory.retrieval import Embed, RetrievalMemory
from interlab.memory.summary import SummaryMemory
from interlab.memory.window import WindowMemory, estimate_tokens

__all__ = ["Embed", "Memory", "RetrievalMemory", "SummaryMemory", "WindowMemory", "estimate_tokens"]
