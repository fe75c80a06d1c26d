"""Repeated two-player matrix games: the prisoner's dilemma and its relatives.

Both players choose at the same time, see what the other chose, and are paid from a table. One machine serves
every matrix game; a scenario is its table, its action names and its words.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from interlab.environments.base import Environment, Parameters, Result, Scenario, Step
from interlab.environments.templates import template
from interlab.situations import MatrixSituation, Query, announcement_of
from interlab.situations.wording import counted, listed, plain

if TYPE_CHECKING:
    from interlab.situations import Announcement, Participant
    from interlab.tracing.episodes import Json

ROLES: Final = ("alice", "bob")


class MatrixParameters(Parameters):
    """Parameters of a repeated matrix game between two players with the same actions."""

    actions: tuple[str, ...] = Field(default=("C", "D"), min_length=2)
    """Canonical action names, as in records and metrics; they hold no comma."""
    cooperate: str | None = "C"
    """The action that counts as cooperation, if one does."""
    payoffs: dict[str, tuple[float, float]]
    """``"C,D"`` (first player's action, second player's action) -> their payoffs in points."""
    rounds: int = Field(default=10, ge=1)
    """Number of rounds; with ``continuation``, the most there can be."""
    continuation: float | None = Field(default=None, ge=0, lt=1)
    """Probability that another round follows; ``None`` for a fixed number of rounds."""
    horizon_known: bool = True
    """Whether the players are told how many rounds there are."""
    labels: dict[str, str] = Field(default_factory=dict)
    """What the players see an action called; an action without a label is shown under its own name."""
    framing: Annotated[str, template("role", "other")] = "You take part in a game with one other player, {other}."
    """First words of the rules; ``{role}`` and ``{other}`` are replaced."""
    talk: bool = False
    """Whether each player may say something to the other before each round (cheap talk)."""

    @model_validator(mode="after")
    def _whole_table(self) -> Self:
        if any("," in action or not action for action in self.actions):
            raise ValueError("actions need names without a comma")
        wanted = {f"{a},{b}" for a, b in product(self.actions, repeat=2)}
        if set(self.payoffs) != wanted:
            raise ValueError(f"payoffs must have exactly the cells {', '.join(sorted(wanted))}")
        if self.cooperate is not None and self.cooperate not in self.actions:
            raise ValueError(f"cooperate must be one of the actions {', '.join(self.actions)}")
        if unknown := set(self.labels) - set(self.actions):
            raise ValueError(f"labels name no action: {', '.join(sorted(unknown))}")
        if len({self.label(action) for action in self.actions}) < len(self.actions):
            raise ValueError("labels must differ")
        if not all(self.labels.values()):
            raise ValueError("labels must not be empty")
        return self

    def label(self, action: str) -> str:
        """What the players see an action called."""
        return self.labels.get(action, action)


class MatrixGame(Environment[MatrixParameters]):
    """A matrix game, played again and again by the same two players."""

    situation = MatrixSituation

    def __init__(self, parameters: MatrixParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._labels = {action: parameters.label(action) for action in parameters.actions}
        self._actions_by_label = {label: action for action, label in self._labels.items()}
        labels = tuple(self._labels.values())
        self._choice = Literal[labels]
        self._announcement = announcement_of(labels)
        self._history: tuple[list[str], list[str]] = ([], [])
        self._totals: dict[str, float] = dict.fromkeys(ROLES, 0.0)
        self._stopped = False
        cells = {(a, b): parameters.payoffs[f"{a},{b}"] for a, b in product(parameters.actions, repeat=2)}
        mirrored = {(own, other): (cells[other, own][1], cells[other, own][0]) for own, other in cells}
        self._tables = (cells, mirrored)
        cooperate = parameters.cooperate or parameters.actions[0]
        self._cooperate = cooperate
        self._defect = next(action for action in parameters.actions if action != cooperate)

    @classmethod
    def roles(cls, parameters: MatrixParameters) -> tuple[str, ...]:
        """Two players."""
        return ROLES

    @classmethod
    def game(cls, parameters: MatrixParameters) -> dict[str, Json]:
        """Actions, payoff table, and the least and most that a round can pay to both together."""
        welfare = [sum(pair) for pair in parameters.payoffs.values()]
        return {
            "kind": "matrix",
            "actions": list(parameters.actions),
            "cooperate": parameters.cooperate,
            "payoffs": {cell: list(pair) for cell, pair in parameters.payoffs.items()},
            "welfare": [min(welfare), max(welfare)],
            "horizon": parameters.rounds if parameters.continuation is None else None,
            "horizon_known": parameters.horizon_known and parameters.continuation is None,
            "continuation": parameters.continuation,
        }

    def rules(self, role: str) -> str:
        """The rules with the whole payoff table in the player's own perspective."""
        parameters = self.parameters
        seat = ROLES.index(role)
        opponent = ROLES[1 - seat]
        cells = [
            f"- if you choose {self._labels[own]} and {opponent} chooses {self._labels[other]}, "
            f"you get {plain(ours)} and {opponent} gets {plain(theirs)}"
            for (own, other), (ours, theirs) in self._tables[seat].items()
        ]
        lines = [
            parameters.framing.format(role=role, other=opponent),
            f"In each round both of you choose at the same time, without seeing the other's choice, "
            f"between {listed(list(self._labels.values()))}. You are paid in points:",
            ";\n".join(cells) + ".",
            self._duration(),
        ]
        if parameters.talk:
            lines.append("Before each round, each of you may say something to the other. It binds nobody.")
        lines.append("Your aim is to get as many points as you can over the whole game.")
        return "\n".join(lines)

    def _duration(self) -> str:
        parameters = self.parameters
        if parameters.continuation is not None:
            probability = plain(parameters.continuation)
            most = counted(parameters.rounds, "round")
            return f"After each round there is another one with probability {probability}, up to {most}."
        if parameters.horizon_known:
            return f"The game lasts {counted(parameters.rounds, 'round')}."
        return "You are not told how many rounds there are."

    async def step(self) -> Step:
        """Talk if there is talk, then choose, pay and tell."""
        if self.parameters.talk:
            await self._talk()
        answers = await self.ask(
            {role: self._query(seat, f"{self._heading()} Which do you choose?") for seat, role in enumerate(ROLES)}
        )
        self.rounds_played += 1
        if self.parameters.continuation is not None:
            self._stopped = self.random.random() >= self.parameters.continuation
        actions = {role: self._actions_by_label.get(answer) for role, answer in answers.items()}
        first, second = actions.values()
        if first is None or second is None:
            self.tell(ROLES, f"Round {self.rounds_played} is void: somebody made no valid choice.")
            return Step(dict(actions))
        return self._pay(first, second)

    def _pay(self, first: str, second: str) -> Step:
        self._history[0].append(first)
        self._history[1].append(second)
        payoffs = self._tables[0][first, second]
        chosen = (self._labels[first], self._labels[second])
        paid = (plain(payoffs[0]), plain(payoffs[1]))
        for seat, role in enumerate(ROLES):
            opponent = ROLES[1 - seat]
            self._totals[role] += payoffs[seat]
            self.tell(
                (role,),
                f"Round {self.rounds_played}: you chose {chosen[seat]}, {opponent} chose {chosen[1 - seat]}. "
                f"You got {paid[seat]}, {opponent} got {paid[1 - seat]}.",
            )
        return Step(dict(zip(ROLES, (first, second), strict=True)), dict(zip(ROLES, payoffs, strict=True)))

    async def _talk(self) -> None:
        prompt = f"{self._heading()} What do you say to the other player before you both choose?"
        said: dict[str, Announcement | None] = await self.ask(
            {role: self._query(seat, prompt, talk=True) for seat, role in enumerate(ROLES)}
        )
        for (role, announcement), hearer in zip(said.items(), reversed(ROLES), strict=True):
            if announcement is not None and announcement.message:
                action = self._actions_by_label.get(announcement.announced_action or "")
                self.say(role, (hearer,), announcement.message, action)

    def _heading(self) -> str:
        known = self.parameters.horizon_known and self.parameters.continuation is None
        of = f" of {self.parameters.rounds}" if known else ""
        return f"Round {self.rounds_played + 1}{of}."

    def _query(self, seat: int, prompt: str, *, talk: bool = False) -> Query:
        parameters = self.parameters
        situation = MatrixSituation(
            actions=parameters.actions,
            cooperate=self._cooperate,
            defect=self._defect,
            labels=self._labels,
            own=self._history[seat],
            other=self._history[1 - seat],
            payoffs=self._tables[seat],
            round=self.rounds_played + 1,
            horizon=parameters.rounds if parameters.horizon_known and parameters.continuation is None else None,
        )
        if talk:
            return Query(prompt=prompt, expected_type=self._announcement, purpose="message", situation=situation)
        return Query(
            prompt=prompt,
            expected_type=self._choice,
            situation=situation,
            default=self._labels[self._defect],
        )

    @property
    def is_finished(self) -> bool:
        """After the last round, or when chance says so."""
        return self._stopped or self.rounds_played >= self.parameters.rounds

    @property
    def result(self) -> Result:
        """Total points."""
        return Result(outcome={"rounds": self.rounds_played}, payoffs=dict(self._totals), end_reason="completed")


def _prisoners_dilemma() -> Scenario:
    return Scenario(
        name="prisoners-dilemma",
        summary="Two players choose again and again whether to cooperate; defection pays, mutual defection hurts.",
        environment=MatrixGame,
        parameters=MatrixParameters(
            payoffs={"C,C": (3, 3), "C,D": (0, 5), "D,C": (5, 0), "D,D": (1, 1)},
            labels={"C": "X", "D": "Y"},
        ),
        metrics=(
            "cooperation_rate",
            "mutual_cooperation",
            "memory_one",
            "mean_payoff",
            "payoff_efficiency",
            "invalid_action_rate",
            "input_tokens",
            "output_tokens",
            "usd",
            "latency",
        ),
        source="Axelrod, R. (1984). The Evolution of Cooperation. Basic Books.",
    )


PRISONERS_DILEMMA: Final = _prisoners_dilemma()
