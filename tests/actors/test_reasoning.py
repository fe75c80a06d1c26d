"""How a language model thinks before it answers, and what of it stands where."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from interlab import registry
from interlab.actors.language import ActorOptions, LanguageModelPlayer, remember
from interlab.actors.llm import LLMActor
from interlab.actors.reasoning import ChainOfThought, PlanActReflect, Style, style
from interlab.errors import ConfigurationError, ParameterError, UnknownNameError
from interlab.memory import RetrievalMemory, SummaryMemory, WindowMemory
from interlab.player_spec import PlayerSpec
from interlab.situations import Observation, Query
from interlab.testing import Recording, ScriptedModel, record

MOVE = Query(prompt="C or D?", expected_type=Literal["C", "D"])
ANSWER = '{"answer":"C"}'
LOOK = '{"beliefs":"Bob is kind.","lesson":"Keep on."}'


def said(model: ScriptedModel, call: int) -> str:
    return model.requests[call].messages[-1].content


async def queried(actor: LLMActor, *queries: Query) -> tuple[list[Any], Recording]:
    with record() as recording:
        answers = [await actor.query(query) for query in queries]
    return answers, recording


class TestChainOfThought:
    def seated(self, *answers: str) -> tuple[LLMActor, ScriptedModel]:
        model = ScriptedModel(answers)
        return LLMActor("alice", "scripted/scripted", model, style=ChainOfThought()), model

    async def test_it_reasons_before_it_answers(self) -> None:
        actor, model = self.seated("Bob was kind.", ANSWER)
        answers, recording = await queried(actor, MOVE)
        assert answers == ["C"]
        assert said(model, 0).startswith("C or D?\nBefore you answer, think")
        assert model.requests[0].schema is None
        assert said(model, 1) == "Your reasoning about the next question: Bob was kind.\nC or D?"
        assert recording.episode.turns[0].thought == "Bob was kind."
        assert [span.name for span in recording.spans] == [
            "chat scripted",
            "reason",
            "chat scripted",
            "invoke_agent alice",
            "invoke_workflow scenario",
        ]
        assert len(recording.episode.turns[0].calls) == 2

    async def test_reasoning_is_not_remembered(self) -> None:
        actor, model = self.seated("Bob was kind.", ANSWER, "", ANSWER)
        await queried(actor, MOVE, MOVE)
        assert "Bob was kind." not in str(model.requests[2].messages)
        assert said(model, 3) == "C or D?", "no thought is nothing to be told"

    async def test_without_content_the_thought_is_left_out(self) -> None:
        actor, _ = self.seated("Bob was kind.", ANSWER)
        with record(content="none") as recording:
            await actor.query(MOVE)
        assert "kind" not in str([span.attributes for span in recording.spans])


class TestPlanActReflect:
    def seated(self, *answers: str) -> tuple[LLMActor, ScriptedModel]:
        model = ScriptedModel(answers)
        return LLMActor("alice", "scripted/scripted", model, style=PlanActReflect()), model

    async def test_it_plans_acts_looks_back_and_plans_again(self) -> None:
        actor, model = self.seated("Be kind.", ANSWER, LOOK, "Stay kind.", ANSWER)
        with record() as recording:
            await actor.query(MOVE)
            actor.observe(Observation("Bob chose C."))
            await actor.query(MOVE)
        notes = "Your beliefs about the others: Bob is kind.\nWhat you have learned so far: Keep on."
        assert said(model, 1) == "Your plan: Be kind.\nC or D?"
        assert "Bob chose C." in said(model, 2)
        assert said(model, 4).endswith(f"{notes}\nYour plan: Stay kind.\nC or D?")
        steps = [span.name for span in recording.spans if "interlab.step" in span.attributes]
        assert steps == ["plan", "reflect", "plan"]
        assert recording.episode.turns[1].thought == f"{notes}\nYour plan: Stay kind."

    async def test_a_message_is_said_with_the_notes_in_mind_and_no_plan(self) -> None:
        actor, model = self.seated("Be kind.", ANSWER, LOOK, "Stay kind.", ANSWER, '{"answer":"hi"}')
        await queried(actor, MOVE, MOVE, Query(prompt="Say!", expected_type=str, purpose="message"))
        assert said(model, 5).endswith("What you have learned so far: Keep on.\nSay!")

    async def test_a_look_back_that_cannot_be_read_changes_nothing(self) -> None:
        actor, model = self.seated("Be kind.", ANSWER, "?", "!", "Stay kind.", ANSWER)
        answers, _ = await queried(actor, MOVE, MOVE)
        assert answers == ["C", "C"]
        assert said(model, 5).endswith("Your plan: Stay kind.\nC or D?")
        assert "beliefs" not in said(model, 5)

    async def test_a_copy_has_notes_of_its_own(self) -> None:
        actor, _ = self.seated("Be kind.", ANSWER, LOOK, "Stay kind.", ANSWER, LOOK, "Or not.", ANSWER)
        await actor.query(MOVE)
        twin = actor.copy()
        await actor.query(MOVE)
        await twin.query(MOVE)


class TestSpecs:
    """``provider/model?style=...&memory=...``."""

    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ({}, WindowMemory),
            ({"memory": "summary", "memory_tokens": 500}, SummaryMemory),
            ({"memory": "retrieval", "found": 3}, RetrievalMemory),
            ({"memory": "summary+retrieval"}, RetrievalMemory),
        ],
    )
    def test_memories(self, options: dict[str, Any], kind: type) -> None:
        model = ScriptedModel([])
        assert isinstance(remember(ActorOptions(**options), model, model), kind)

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("vllm/m?memory=photographic", "option `memory`: Input should be 'window', 'summary'"),
            ("vllm/m?memory=summary&memory_items=3", "`memory=summary` is bounded by `memory_tokens`"),
            ("vllm/m?found=3", "`found` goes with `memory=retrieval`"),
            ("vllm/m?memory=summary&memory_tokens=5", "a memory of 5 tokens cannot hold a summary"),
        ],
    )
    def test_bad_options_are_told_in_one_line(self, text: str, complaint: str) -> None:
        with pytest.raises(ParameterError) as caught:
            LanguageModelPlayer(PlayerSpec.parse(text))
        assert complaint in str(caught.value)

    def test_an_unknown_style_is_told_with_what_there_is(self) -> None:
        with pytest.raises(UnknownNameError, match="no style is called `chain`"):
            LanguageModelPlayer(PlayerSpec.parse("vllm/m?style=chain"))


class TestAStyleOfOnesOwn:
    """As docs/extending.md has it."""

    @pytest.fixture
    def calculator(self, monkeypatch: pytest.MonkeyPatch) -> Style:
        page = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
        (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        module = ModuleType("my_package")
        monkeypatch.setitem(sys.modules, "my_package", module)
        exec(code, vars(module))
        return module.Calculator()

    async def test_it_may_use_tools_before_the_answer(self, calculator: Style) -> None:
        model = ScriptedModel(['{"answer":{"left":3,"right":5}}', ANSWER])
        actor = LLMActor("alice", "scripted/scripted", model, style=calculator)
        answers, recording = await queried(actor, MOVE)
        assert answers == ["C"]
        assert said(model, 1) == "3 times 5 is 15.\nC or D?"
        assert recording.episode.turns[0].thought == "3 times 5 is 15."
        assert len(recording.episode.turns[0].calls) == 2

    def test_what_is_registered_has_to_be_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def number(group: str, name: str) -> object:
            return int

        monkeypatch.setattr(registry, "load", number)
        with pytest.raises(ConfigurationError, match="names makes no Style"):
            style("number")
