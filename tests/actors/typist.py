"""Who fills in forms: any field, validly, as somebody may who presses keys at random."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING

from interlab.actors.human import Form, FormField, ScriptedInterface
from interlab.actors.human.fields import BooleanField, ChoiceField, NumberField, TextField

if TYPE_CHECKING:
    from random import Random

    from interlab.actors.human import Answer, Question


class Typist:
    """A page that is filled in at random.

    Args:
        stream: Where chance comes from.

    Attributes:
        fields: The names of the fields that were to be filled in.
        problems: Why entries were turned back.
    """

    def __init__(self, stream: Random) -> None:
        self.fields: list[str] = []
        self.problems: list[str] = []
        self._random = stream

    def section(self, name: str, about: str) -> None:
        del name, about

    async def enter(self, field: FormField, problem: str | None) -> str:
        self.fields.append(field.name)
        if problem:
            self.problems.append(problem)
        if field.optional and self._random.random() < 0.5:
            return ""
        match field.kind:
            case ChoiceField(options=options):
                mark, name = self._random.choice(options)
                return mark if self._random.random() < 0.5 else name
            case NumberField(least=least, most=most, whole=whole):
                least = least if least > -math.inf else -100
                drawn = self._random.uniform(least, most if most < math.inf else least + 200)
                return str(round(drawn)) if whole else f"{max(least, math.floor(drawn)):.2f}"
            case TextField(least=least):
                return "".join(self._random.choices(string.ascii_lowercase, k=least + 3))
            case BooleanField():
                return self._random.choice(["y", "n"])
            case kind:
                raise AssertionError(f"nothing is known to enter for {kind}")


class TypingInterface(ScriptedInterface):
    """An interface at which forms are filled in.

    Args:
        role: The seat's name.
        typist: By whom, for a question.
    """

    def __init__(self, role: str, stream: Random) -> None:
        super().__init__(role, lambda question: "")
        self.typist = Typist(stream)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        return await Form(question, self.typist).fill()
