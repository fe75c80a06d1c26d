"""Guess two thirds of the average: one file that adds a scenario, players, a style, a provider and a metric."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random  # noqa: TC003  read at run time, for the options
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from interlab.actors.program import Shelf
from interlab.actors.reasoning import Style, Thought
from interlab.environments import Environment, Parameters, Result, Scenario, Step
from interlab.models import Model, PlayerSpec, ScriptedModel
from interlab.situations import Query, Situation
from interlab_evals import metric

if TYPE_CHECKING:
    from interlab.actors.reasoning import Talk
    from interlab.schema.episode import Episode, Json

ROLES: Final[tuple[str, ...]] = ("ann", "ben", "cyd")


class GuessingParameters(Parameters):
    """Parameters of the guessing game."""

    rounds: int = Field(default=3, ge=1)
    share: float = Field(default=2 / 3, gt=0, lt=1)
    """What is to be guessed, as a share of the average."""


@dataclass(frozen=True, slots=True)
class GuessingSituation(Situation):
    """What a guesser knows: the targets so far."""

    targets: tuple[float, ...]


class Guessing(Environment[GuessingParameters]):
    """Everybody guesses a share of the average guess; who is closest wins a point."""

    situation = GuessingSituation

    def __init__(self, parameters: GuessingParameters, actors: dict[str, Any], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._targets: list[float] = []
        self._totals = dict.fromkeys(self.actors, 0.0)

    @classmethod
    def roles(cls, parameters: GuessingParameters) -> tuple[str, ...]:
        return ROLES

    @classmethod
    def game(cls, parameters: GuessingParameters) -> dict[str, Json]:
        return {"kind": "guessing", "share": parameters.share, "horizon": parameters.rounds}

    def rules(self, role: str) -> str:
        return f"You are {role}. Guess {self.parameters.share:.0%} of the average of three guesses from 0 to 100."

    async def step(self) -> Step:
        situation = GuessingSituation(tuple(self._targets))
        query = Query(
            prompt="Your guess?",
            expected_type=Annotated[int, Field(ge=0, le=100)],
            situation=situation,
            default=50,
        )
        guesses = await self.ask(dict.fromkeys(self.actors, query))
        self.rounds_played += 1
        made = {role: guess for role, guess in guesses.items() if guess is not None}
        target = self.parameters.share * fmean(made.values()) if made else 0.0
        self._targets.append(target)
        best = min((abs(guess - target) for guess in made.values()), default=0.0)
        payoffs: dict[str, float] = {
            role: float(role in made and abs(made[role] - target) == best) for role in ROLES
        }
        for role, payoff in payoffs.items():
            self._totals[role] += payoff
        self.tell(ROLES, f"The target was {target:.1f}.")
        return Step(dict(guesses), payoffs, {"target": target})

    @property
    def is_finished(self) -> bool:
        return self.rounds_played >= self.parameters.rounds

    @property
    def result(self) -> Result:
        return Result(outcome={"rounds": self.rounds_played}, payoffs=dict(self._totals), end_reason="completed")


GUESSING: Final = Scenario(
    name="guessing",
    summary="Guess two thirds of the average.",
    environment=Guessing,
    parameters=GuessingParameters(),
    metrics=("closeness", "mean_payoff"),
    source="Nagel, R. (1995). Unraveling in guessing games. American Economic Review 85, 1313-1326.",
)

GUESSERS: Final = Shelf("guesser")


def _say(query: Query, guess: float) -> int:
    return round(guess)


@GUESSERS.rule("level-k", plays=GuessingSituation, speak=_say, source="Nagel (1995)")
def level_k(situation: GuessingSituation, stream: Random, *, k: int = 1) -> float:
    """Takes the others for level k - 1; level 0 guesses 50."""
    return 50 * (2 / 3) ** k


class Counting(Style):
    """Tells the model how often it has been asked."""

    def __init__(self) -> None:
        self._asked = 0

    async def think(self, query: Query, talk: Talk) -> Thought:
        """Count."""
        self._asked += 1
        return Thought(before=f"This is question {self._asked}.")


def parrot(spec: PlayerSpec) -> Model:
    """Make a model of the provider ``parrot``: it always answers with its name."""
    return ScriptedModel(lambda request: f'{{"answer": {spec.name}}}', provider=spec.prefix, name=spec.name)


@metric(
    kind="bounded mean",
    unit="points",
    range=(0.0, 100.0),
    direction="lower",
    level="actor",
    undefined="the role never guessed",
    source="Nagel (1995)",
)
def closeness(episode: Episode) -> dict[str, float]:
    """Mean distance of a role's guesses from the targets."""
    return {
        role: fmean(distances) if (distances := list(_distances(episode, role))) else float("nan")
        for role in episode.roles
    }


def _distances(episode: Episode, role: str) -> Any:
    for each in episode.rounds:
        guess: Any = each.actions.get(role)
        target: Any = each.facts["target"]
        if guess is not None:
            yield abs(guess - target)
