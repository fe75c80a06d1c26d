"""Interfaces through which people take part, and the form that they fill in.

A human actor (:mod:`interlab.actors.people`) uses a :class:`HumanInterface`. The terminal, a web page and a test
with scripted answers each provide an :class:`InterfaceFactory`; :func:`using_interfaces` chooses one.
"""

from interlab.actors.human.base import (
    Answer,
    HumanInterface,
    InterfaceFactory,
    Question,
    chosen_interfaces,
    using_interfaces,
)
from interlab.actors.human.fields import FormField
from interlab.actors.human.form import Form, FormRenderer
from interlab.actors.human.scripted import ScriptedInterface, ScriptedInterfaces

__all__ = [
    "Answer",
    "Form",
    "FormField",
    "FormRenderer",
    "HumanInterface",
    "InterfaceFactory",
    "Question",
    "ScriptedInterface",
    "ScriptedInterfaces",
    "chosen_interfaces",
    "using_interfaces",
]
