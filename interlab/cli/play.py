"""``interlab play``: take a seat."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from interlab import registry
from interlab.cli.ending import print_ending
from interlab.cli.given import read_parameters, read_players
from interlab.cli.opponents import opponent
from interlab.cli.run import EPISODES_FAILED, Otlp
from interlab.console import say, say_line
from interlab.environments import scenario
from interlab.episodes.from_spans import episodes_from_spans
from interlab.errors import UnknownNameError, UsageError
from interlab.running.api import Interrupted, run
from interlab.running.run import Execution, Run
from interlab.settings import settings
from interlab_exporters import read_spans

_EXAMPLES: Final = """Examples:
  interlab play prisoners-dilemma
  interlab play price-negotiation --as seller --against negotiator/boulware
  interlab play bargaining --against openai/gpt-5-mini
  interlab play public-goods --as bob -p rounds=5 --against strategy/free-rider
  interlab play stag-hunt --against human
"""
_PERSON: Final = "human"
_SEEDS: Final = 2**31


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("play", epilog=_EXAMPLES)(_play)


def _play(
    name: Annotated[str, typer.Argument(metavar="SCENARIO", help="See `interlab list scenarios`.")],
    role: Annotated[
        str | None, typer.Option("--as", metavar="ROLE", help="Your seat; by default the first.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[ROLE=]PLAYER",
            help="Who sits in the other seats, one for all or one for each; by default a strategy that can play.",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE|@FILE",
            help="Parameter of the scenario, or a TOML or JSON file of them; repeatable.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of chance; by default another each time.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run's directory is made; by default `runs`.")
    ] = None,
    otlp: Otlp = None,
) -> None:
    """Play an episode of a scenario yourself, at this terminal; it is recorded like any other."""
    if name not in registry.names("environments"):
        known = registry.names("environments")
        raise UnknownNameError(f"no scenario is called `{name}`; {registry.suggestion(name, known)}")
    changes = read_parameters(parameter or [])
    roles = scenario(name).with_parameters(changes).roles
    me = role or roles[0]
    if me not in roles:
        raise UnknownNameError(f"`{name}` has no role `{me}`; {registry.suggestion(me, list(roles))}")
    others = [each for each in roles if each != me]
    opponents = _opponents(others, against or ([opponent(name, changes)] if others else []))
    try:
        played = run(
            name,
            players={me: _PERSON, **opponents},
            parameters=changes,
            seed=secrets.randbelow(_SEEDS) if seed is None else seed,
            out=out,
            execution=Execution(otlp=otlp or settings().otlp),
        )
    except Interrupted as interruption:
        say(str(interruption), error=True)
        raise typer.Exit(128 + interruption.signal) from None
    _end(played, me)


def _opponents(others: Sequence[str], given: Sequence[str]) -> dict[str, str]:
    """Put those who were given into the other seats.

    Raises:
        UsageError: They do not fit.
    """
    players = read_players(given)
    if isinstance(players, list):
        if len(players) == 1:
            players *= len(others)
        if len(players) != len(others):
            raise UsageError(
                f"{len(players)} players for {len(others)} other seats ({', '.join(others)}): "
                "give one `--against` for all, or one for each"
            )
        return dict(zip(others, players, strict=True))
    for role in players:
        if role not in others:
            known = registry.suggestion(role, list(others))
            raise UnknownNameError(f"invalid role `{role}` in `--against`: {known}")
    if missing := [role for role in others if role not in players]:
        raise UsageError(f"no one plays {', '.join(f'`{role}`' for role in missing)}: add `--against`")
    return players


def _end(played: Run, me: str) -> None:
    """Say how it ended and where the record is."""
    if played.failed:
        (reason,) = played.failures
        say_line(f"the episode failed: {reason}", error=True)
    else:
        (episode,) = episodes_from_spans(read_spans(played.path / "spans"))
        say("")
        print_ending(episode, me)
    say(f"\nrun  {played.path}")
    if played.failed:
        raise typer.Exit(EPISODES_FAILED)
