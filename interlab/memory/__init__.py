"""What an actor remembers, and how it reaches the prompt."""

from interlab.memory.base import Memory
from interlab.memory.window import WindowMemory, estimate_tokens

__all__ = ["Memory", "WindowMemory", "estimate_tokens"]
