"""Where people sit: a desk is what a person looks at and types into while sitting in a seat.

An actor that is a person (:mod:`interlab.actors.human.actor`) knows a :class:`Desk` and nothing of what it is
made of. The terminal makes desks, a web page can, and a test has scripted ones: each is a :class:`Room`, and
:func:`in_room` says which one people sit in.
"""

from interlab.actors.human.base import Answer, Desk, Question, Room, in_room, room
from interlab.actors.human.blanks import Blank
from interlab.actors.human.form import Form, Page
from interlab.actors.human.scripted import ScriptedDesk, ScriptedRoom

__all__ = [
    "Answer",
    "Blank",
    "Desk",
    "Form",
    "Page",
    "Question",
    "Room",
    "ScriptedDesk",
    "ScriptedRoom",
    "in_room",
    "room",
]
