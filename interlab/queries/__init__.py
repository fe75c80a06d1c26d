"""Text -> typed value: ask in prose, get a value of a Python type or a reason why not.

:func:`answer_type` turns an expected type into what both sides need: the JSON schema that the model is held
to, and the parser that reads its answer. :func:`draw_answer` draws a random valid answer. :func:`ask` is the loop
around them: ask, read, tell the model what was wrong, ask again. :func:`choose`, :func:`number` and
:func:`summarise` are whole questions, each a step on the record.
"""

from interlab.queries.asking import Asked, Reply, Send, ask
from interlab.queries.drawing import draw_answer, draw_json
from interlab.queries.messages import ChatMessage, ChatRole
from interlab.queries.schema import AnswerSchema
from interlab.queries.texts import Say, choose, number, repeat, summarise, tagged
from interlab.queries.typed import AnswerType, Parsed, answer_type, thought_of, to_json

__all__ = [
    "AnswerSchema",
    "AnswerType",
    "Asked",
    "ChatMessage",
    "ChatRole",
    "Parsed",
    "Reply",
    "Say",
    "Send",
    "answer_type",
    "ask",
    "choose",
    "draw_answer",
    "draw_json",
    "number",
    "repeat",
    "summarise",
    "tagged",
    "thought_of",
    "to_json",
]
