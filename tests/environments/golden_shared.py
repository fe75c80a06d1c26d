"""Texts that all scenarios share, as a model reads them: reasoning styles, memories, retries and repairs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

from interlab.actors.llm import LLMActor
from interlab.actors.reasoning import ChainOfThought, PlanActReflect
from interlab.memory import RetrievalMemory, SummaryMemory, WindowMemory
from interlab.queries import choose, number
from interlab.situations import Observation, Query
from interlab.testing import ScriptedModel
from interlab.wording import SHARED_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.actors.reasoning import Style
    from interlab.memory import Memory

MOVE: Final = Query(prompt="Which action do you choose?", expected_type=Literal["X", "Y"])
AMOUNT: Final = Query(prompt="How many points do you give?", expected_type=int)
VALID: Final = '{"answer":"X"}'
INVALID: Final = ("", "X or Y?", '{"answer":"X"} or {"answer":"Y"}', '{"answer":"Z"}', VALID)
LOOK: Final = '{"beliefs":"bob reciprocates.","lesson":"Choose X."}'


async def _embed(texts: Sequence[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0] for text in texts]


async def _read(answers: Sequence[str], queries: Sequence[Query], style: Style | None, memory: str = "") -> str:
    """Let a model answer queries, and return every message of every request to it."""
    model = ScriptedModel(answers)
    kinds: dict[str, Memory] = {
        "summary": SummaryMemory(model.send, tokens=50),
        "retrieval": RetrievalMemory(WindowMemory(items=1), _embed, items=2),
    }
    actor = LLMActor("alice", "scripted/scripted", model, style=style, memory=kinds.get(memory))
    actor.observe(Observation("The rules.", kind="rules"))
    for round_, query in enumerate(queries, 1):
        await actor.query(query)
        actor.observe(Observation(f"Round {round_}: you chose X and bob chose X. " + "This is an event. " * 8))
    return _requests(model)


async def _ask(model: ScriptedModel) -> str:
    await choose(model.send, "Which colour?", ["red", "blue"])
    await number(model.send, "How many?", 0, 10, whole=True)
    return _requests(model)


def _requests(model: ScriptedModel) -> str:
    parts: list[str] = []
    for call, request in enumerate(model.requests, 1):
        parts.append(f"### request {call}")
        parts += [f"[{message.role}] {message.content}" for message in request.messages]
        if request.schema is not None:
            parts.append(f"[schema] {request.schema.instructions}")
    return "\n\n".join(parts)


async def _conversations() -> dict[str, str]:
    plans = ("A plan.", VALID, LOOK, "Another plan.", VALID)
    long = " ".join(["word"] * 20)
    return {
        "invalid answers": await _read(INVALID[:3], [MOVE], None),
        "other invalid answers": await _read(INVALID[3:], [MOVE], None),
        "an invalid number": await _read(('{"answer":true}', '{"answer":1.5}', '{"answer":1}'), [AMOUNT], None),
        "chain of thought": await _read(("I reason.", VALID), [MOVE], ChainOfThought()),
        "plan, act, reflect": await _read(plans, [MOVE, MOVE], PlanActReflect()),
        "summary": await _read((VALID, "A summary.", VALID, long, "Short.", VALID), [MOVE] * 3, None, "summary"),
        "retrieval": await _read((VALID, VALID, VALID), [MOVE] * 3, None, "retrieval"),
        "choice and number": await _ask(ScriptedModel(['{"answer":"red"}', '{"answer":3}'])),
    }


def write_shared() -> str:
    """Return everything that the shared texts consist of, as one text."""
    found = asyncio.run(_conversations())
    parts = [f"## {title}\n\n{text}" for title, text in found.items()]
    return "\n\n".join([f"# shared by all scenarios, texts {SHARED_TEXTS}", *parts]) + "\n"
