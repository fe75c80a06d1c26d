"""Trees of continuations: copies that play on, each a trace linked to the one that it continues."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

import interlab as il
from interlab.actors.base import InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.episodes.from_spans import episodes_from_spans
from interlab.errors import InvalidAnswerError, UsageError
from interlab.testing import ArbitraryActor, CountingIds, FakeClock, ScriptedModel
from interlab.tracing.telemetry import Telemetry
from interlab_exporters.spans import Span

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from interlab.environments import Environment

from opentelemetry.sdk.trace import SpanProcessor


class Kept(SpanProcessor):
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(Span.from_readable(span))


def started(name: str = "prisoners-dilemma", spec: str = "strategy/random", **changes: Any) -> Environment[Any]:
    found = scenario(name)
    parameters = found.configure(changes)
    roles = found.environment.roles(parameters)
    actors = {role: player(spec).create_actor(role, seat, InvalidPolicy()) for seat, role in enumerate(roles)}
    environment = found.environment(parameters, actors, 1)
    environment.start()
    return environment


async def grown(environment: Environment[Any], depth: int, children: int) -> tuple[il.Node, list[Span]]:
    kept = Kept()
    telemetry = Telemetry([kept], ids=CountingIds(), clock=FakeClock())
    return await il.expand_tree(environment, depth, children, telemetry=telemetry), kept.spans


async def test_every_situation_gets_its_children() -> None:
    environment = started(rounds=5)
    await environment.step()
    tree, _ = await grown(environment, depth=2, children=3)
    assert len(tree.children) == 3
    assert [leaf.path for leaf in tree.leaves] == [(a, b) for a in range(3) for b in range(3)]
    assert {leaf.environment.rounds_played for leaf in tree.leaves} == {3}
    assert environment.rounds_played == 1, "the situation given stays as it is"


async def test_branches_differ_by_chance_and_the_tree_is_the_same_again() -> None:
    first, _ = await grown(started(rounds=5), depth=3, children=4)
    again, _ = await grown(started(rounds=5), depth=3, children=4)
    played = [leaf.step for leaf in first.leaves]
    assert played == [leaf.step for leaf in again.leaves]
    assert len({str(step) for step in played}) > 1


async def test_programs_without_chance_go_one_way() -> None:
    tree, _ = await grown(started(spec="strategy/tit-for-tat", rounds=5), depth=2, children=2)
    assert len({str(leaf.step) for leaf in tree.leaves}) == 1


async def test_nothing_follows_an_end() -> None:
    tree, spans = await grown(started(rounds=1), depth=3, children=2)
    assert [leaf.path for leaf in tree.leaves] == [(0,), (1,)]
    ended = [span.attributes["interlab.end.reason"] for span in spans if span.parent_id is None]
    assert ended == ["completed"] * 2


async def test_every_branch_is_a_trace_linked_to_its_parent() -> None:
    tree, spans = await grown(started(rounds=5), depth=2, children=2)
    roots = {str(span.attributes["interlab.episode.id"]): span for span in spans if span.parent_id is None}
    assert sorted(roots) == [f"MatrixGame/{path}" for path in ("0", "0/0", "0/1", "1", "1/0", "1/1")]
    for name, root in roots.items():
        parent = roots.get(name.rpartition("/")[0])
        assert [link.trace_id for link in root.links] == ([parent.trace_id] if parent else [])
    traces: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        traces[span.trace_id].append(span)
    assert len(traces) == 6
    episodes = {episode.id: episode for episode in episodes_from_spans(spans)}
    for leaf in tree.leaves:
        (round_,) = episodes["MatrixGame/" + "/".join(map(str, leaf.path))].rounds
        assert leaf.step is not None
        assert (round_.number, dict(round_.actions)) == (2, dict(leaf.step.actions))
        assert episodes["MatrixGame/0"].end_reason == "branched"


@pytest.mark.parametrize("name", ["price-negotiation", "commons-fishery", "reality-show", "trust"])
async def test_any_environment_can_be_expanded(name: str) -> None:
    found = scenario(name)
    roles = found.environment.roles(found.parameters)
    actors = {role: ArbitraryActor(role, seat) for seat, role in enumerate(roles)}
    environment = found.environment(found.parameters, actors, 1)
    environment.start()
    tree = await il.expand_tree(environment, depth=2, children=2)
    assert environment.rounds_played == 0
    assert all(leaf.environment.rounds_played in {1, 2} for leaf in tree.leaves)


async def test_a_tree_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="a tree of depth 1 with 0 children"):
        await il.expand_tree(started(), 1, 0)


async def test_a_tree_whose_actor_fails_fails_with_what_the_actor_says() -> None:
    """Not with a group of exceptions, however many branches failed."""
    found = scenario("prisoners-dilemma")
    policy = InvalidPolicy(attempts=1, then="fail")
    actors = {
        role: LLMActor(role, "scripted/scripted", ScriptedModel(lambda _: "no answer"), policy=policy)
        for role in found.environment.roles(found.parameters)
    }
    environment = found.environment(found.parameters, actors, 1)
    environment.start()
    with pytest.raises(InvalidAnswerError, match="gave no valid answer"):
        await il.expand_tree(environment, 2, 2)
