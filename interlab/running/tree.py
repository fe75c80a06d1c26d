"""Tree of alternative continuations of one situation.

From an environment as it stands, every branch is a copy that plays one more round with chance of its own. Each
branch is a trace, linked to the trace that it continues, so that a tree can be read in any trace viewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interlab import seeds
from interlab.errors import UsageError
from interlab.schema.episode import Seat
from interlab.tasks import run_together
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import SpanContext

    from interlab.environments import Environment, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A situation in a tree.

    Attributes:
        path: Which branch was taken at each level, from 0; empty for where the tree begins.
        environment: The situation itself; it can be played on.
        step: The round that led here; ``None`` where the tree begins.
        children: What followed, in the order of their paths.
    """

    path: tuple[int, ...]
    environment: Environment[Any]
    step: Step | None
    children: tuple[Node, ...] = ()

    @property
    def leaves(self) -> Iterator[Node]:
        """The situations after which nothing was played, left to right."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves


async def expand_tree(
    environment: Environment[Any],
    depth: int,
    children: int,
    *,
    telemetry: Telemetry | None = None,
    header: EpisodeHeader | None = None,
    parent: SpanContext | None = None,
) -> Node:
    """Play a situation on in many ways, round by round.

    The environment that is given, and its actors, stay as they are. Branches at the same level are played at the
    same time.

    Args:
        environment: A situation that has been started.
        depth: How many rounds deep, at least 0.
        children: How many continuations every situation gets, at least 1.
        telemetry: Where the spans go; by default nowhere.
        header: Of the episode that is continued; by default one without a run. A branch's id is that episode's and
            its path, ``EPISODE/0/2``, its seed is derived from both.
        parent: The root span of that episode's trace, to link to.

    Returns:
        The situation given, with its continuations below it.

    Raises:
        UsageError: The depth or the number of children is too small.
        InterLabError: An actor or a model failed; so did the tree.
    """
    if depth < 0 or children < 1:
        raise UsageError(f"a tree of depth {depth} with {children} children is none; give at least 0 and 1")
    how = _Branching(children, telemetry or Telemetry([]), header or _unplanned(environment))
    return await _grow(Node(path=(), environment=environment, step=None), depth, how, parent)


def _unplanned(environment: Environment[Any]) -> EpisodeHeader:
    name = type(environment).__name__
    return EpisodeHeader(
        run="tree",
        suite="tree",
        scenario=name,
        condition=name,
        id=name,
        index=0,
        seed=0,
        seats=[Seat(role=role, player=role, kind="unknown") for role in environment.actors],
        parameters=environment.parameters.model_dump(mode="json"),
        game=environment.game(environment.parameters),
    )


@dataclass(frozen=True, slots=True)
class _Branching:
    children: int
    telemetry: Telemetry
    header: EpisodeHeader


async def _grow(node: Node, depth: int, how: _Branching, parent: SpanContext | None) -> Node:
    if depth == 0 or node.environment.is_finished:
        return node
    grown = await run_together(
        _branch(node, (*node.path, number), depth, how, parent) for number in range(how.children)
    )
    return replace(node, children=tuple(grown))


async def _branch(
    node: Node, path: tuple[int, ...], depth: int, how: _Branching, parent: SpanContext | None
) -> Node:
    environment = node.environment.copy()
    name = "/".join(map(str, path))
    seed = seeds.derive(how.header.seed, f"branch {name}")
    environment.reseed(seed)
    header = replace(how.header, id=f"{how.header.id}/{name}", seed=seed)
    with record_episode(how.telemetry, header, parent, judged=False) as episode:
        with record_round(environment.rounds_played + 1) as round_:
            step = await environment.step()
            round_.played(step.actions, step.payoffs, step.facts)
        if environment.is_finished:
            environment.end()
            result = environment.result
            episode.finished(result.outcome, result.payoffs, result.end_reason)
        else:
            episode.finished({}, step.payoffs, "branched")
        here = episode.context
    grown = Node(path=path, environment=environment, step=step)
    return await _grow(grown, depth - 1, how, here)
