"""The machine that plays any matrix game."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from interlab import seeds
from interlab.environments.balances import Balance
from interlab.environments.base import PROMISES, WORDS, Environment, Result, Step
from interlab.environments.matrix.parameters import ROLES, MatrixParameters
from interlab.environments.matrix.wording import Played, Wording
from interlab.situations import (
    CooperationSituation,
    MatrixSituation,
    Query,
    ReciprocitySituation,
    announcement_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from interlab.schema.episode import Episode, Json
    from interlab.situations import Announcement, Participant


class _Seat:
    """A player's side of the game: what it can do, what it reads, what it knows of the past."""

    def __init__(self, parameters: MatrixParameters, seat: int) -> None:
        self.role = ROLES[seat]
        self.wording = Wording(parameters, seat)
        self.actions = parameters.actions_by_seat[seat]
        self.table = parameters.cells(seat)
        self.action_of = {parameters.label(action): action for action in self.actions}
        self.expected: Any = Literal[tuple(self.action_of)]
        self.announcement = announcement_of(tuple(self.action_of))
        self.own: list[str] = []
        self.chosen: list[str] = []
        self.other: list[str] = []
        self.total = 0.0

    def __deepcopy__(self, memo: dict[int, Any]) -> _Seat:
        """Only what changes is copied."""
        twin = object.__new__(_Seat)
        vars(twin).update(vars(self), own=[*self.own], chosen=[*self.chosen], other=[*self.other])
        return twin


class MatrixGame(Environment[MatrixParameters]):
    """A matrix game, played again and again by the same two players."""

    situation = MatrixSituation

    def __init__(self, parameters: MatrixParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._noise = seeds.stream(seed, "noise")
        self._misperception = seeds.stream(seed, "misperception")
        self._seats = (_Seat(parameters, 0), _Seat(parameters, 1))
        self._situation = self.situation_in(parameters)
        self._known: dict[str, Any] = {
            "labels": {action: parameters.label(action) for action in parameters.all_actions},
            "horizon": parameters.horizon,
        }
        if self._situation is not MatrixSituation:
            defect = next(action for action in parameters.actions if action != parameters.cooperate)
            self._known |= {"cooperate": parameters.cooperate, "defect": defect}
        self._stopped = False

    @classmethod
    def roles(cls, parameters: MatrixParameters) -> tuple[str, ...]:
        """Two players."""
        return ROLES

    @classmethod
    def situation_in(cls, parameters: MatrixParameters) -> type[MatrixSituation]:
        """Return the most informative situation that the parameters allow."""
        if parameters.cooperate is None:
            return MatrixSituation
        return ReciprocitySituation if parameters.history == "public" else CooperationSituation

    @classmethod
    def game(cls, parameters: MatrixParameters) -> dict[str, Json]:
        """Actions, payoffs, equilibria, the least and most that a round can pay to both together, and the rest."""
        welfare = [sum(pair) for pair in parameters.payoffs.values()]
        game: dict[str, Json] = {
            "kind": "matrix",
            "actions": list(parameters.actions),
            "cooperate": parameters.cooperate,
            "payoffs": {cell: list(pair) for cell, pair in parameters.payoffs.items()},
            "equilibria": [list(cell) for cell in parameters.equilibria()],
            "welfare": [min(welfare), max(welfare)],
            "horizon": parameters.rounds if parameters.continuation is None else None,
            "horizon_known": parameters.horizon is not None,
            "continuation": parameters.continuation,
            "order": parameters.order,
            "noise": parameters.noise,
            "history": parameters.history,
            "misperception": parameters.misperception,
        }
        if parameters.other_actions is not None:
            game["actions_by_role"] = {
                role: list(actions) for role, actions in zip(ROLES, parameters.actions_by_seat, strict=True)
            }
        return game

    @classmethod
    def further_metrics(cls, parameters: MatrixParameters) -> tuple[str, ...]:
        """Return the metrics of talk, if there is talk."""
        if not parameters.talk:
            return ()
        return WORDS if parameters.cooperate is None else PROMISES

    @classmethod
    def opening(cls, parameters: MatrixParameters, role: str) -> MatrixSituation:
        """The first round's; who moves second has seen some action."""
        seat = ROLES.index(role)
        seen = parameters.actions[0] if seat and parameters.order == "sequential" else None
        return cls(parameters, {}, 0)._situation_of(seat, seen)

    @classmethod
    def balances(cls, parameters: MatrixParameters, episode: Episode) -> Iterator[Balance]:
        """Every round pays what the table says."""
        for each in (each for each in episode.rounds if each.payoffs):
            cell = parameters.payoffs[",".join(str(each.actions[role]) for role in ROLES)]
            for role, due in zip(ROLES, cell, strict=True):
                yield Balance(f"what round {each.number} paid to {role}", each.payoffs[role], due)

    def rules(self, role: str) -> str:
        """The rules with the whole payoff table in the player's own perspective."""
        return self._seats[ROLES.index(role)].wording.rules()

    async def step(self) -> Step:
        """Talk if there is talk, then choose, pay and tell."""
        if self.parameters.talk:
            await self._talk()
        sides = await self._choose()
        self.rounds_played += 1
        if self.parameters.continuation is not None:
            self._stopped = self.random.random() >= self.parameters.continuation
        first, second = sides
        if first is None or second is None:
            for seat in self._seats:
                self.tell((seat.role,), seat.wording.void(self.rounds_played))
            return Step(
                {role: None if side is None else side.played for role, side in zip(ROLES, sides, strict=True)}
            )
        return self._pay(first, second)

    async def _choose(self) -> tuple[Played | None, Played | None]:
        if self.parameters.order == "simultaneous":
            answers = await self.ask({seat.role: self._choice(index) for index, seat in enumerate(self._seats)})
            first, second = (self._played(index, answers[role]) for index, role in enumerate(ROLES))
            return first, second
        first = self._played(0, (await self.ask({ROLES[0]: self._choice(0)}))[ROLES[0]])
        if first is None:
            return None, None
        second = self._played(1, (await self.ask({ROLES[1]: self._choice(1, first.told)}))[ROLES[1]])
        return first, second

    def _played(self, index: int, answer: str | None) -> Played | None:
        """Apply noise and misperception to a choice."""
        if answer is None:
            return None
        seat = self._seats[index]
        chosen = seat.action_of[answer]
        played = _slip(chosen, seat.actions, self.parameters.noise, self._noise)
        told = _slip(played, seat.actions, self.parameters.misperception, self._misperception)
        return Played(chosen=chosen, played=played, told=told)

    def _pay(self, *sides: Played) -> Step:
        payoffs = self._seats[0].table[sides[0].played, sides[1].played]
        history = self.parameters.history
        for index, seat in enumerate(self._seats):
            own, other = sides[index], sides[1 - index]
            paid = (payoffs[index], payoffs[1 - index])
            seat.total += paid[0]
            seat.chosen.append(own.chosen)
            seat.own.append(own.chosen if history == "none" else own.played)
            if history == "public":
                seat.other.append(other.told)
            self.tell((seat.role,), seat.wording.report(self.rounds_played, own, other, paid))
        facts: dict[str, Json] = {}
        if self.parameters.noise:
            facts["intended"] = {role: side.chosen for role, side in zip(ROLES, sides, strict=True)}
        if self.parameters.misperception:
            facts["perceived"] = {role: side.told for role, side in zip(ROLES, sides, strict=True)}
        actions: dict[str, Json] = {role: side.played for role, side in zip(ROLES, sides, strict=True)}
        return Step(actions, dict(zip(ROLES, payoffs, strict=True)), facts)

    async def _talk(self) -> None:
        said: dict[str, Announcement | None] = await self.ask(
            {
                seat.role: Query(
                    prompt=seat.wording.announcing(self.rounds_played + 1),
                    expected_type=seat.announcement,
                    purpose="message",
                    situation=self._situation_of(index),
                )
                for index, seat in enumerate(self._seats)
            }
        )
        for seat, hearer in zip(self._seats, reversed(ROLES), strict=True):
            announcement = said[seat.role]
            if announcement is not None and announcement.message:
                action = seat.action_of.get(announcement.announced_action or "")
                self.say(seat.role, (hearer,), announcement.message, action)

    def _choice(self, index: int, seen: str | None = None) -> Query:
        seat = self._seats[index]
        return Query(
            prompt=seat.wording.choosing(self.rounds_played + 1, seen),
            expected_type=seat.expected,
            situation=self._situation_of(index, seen),
            default=self._known["labels"][self._known.get("defect", seat.actions[-1])],
        )

    def _situation_of(self, index: int, seen: str | None = None) -> MatrixSituation:
        seat, other = self._seats[index], self._seats[1 - index]
        return self._situation(
            actions=seat.actions,
            other_actions=other.actions,
            own=seat.own,
            chosen=seat.chosen,
            other=seat.other,
            seen=seen,
            payoffs=seat.table,
            round=self.rounds_played + 1,
            **self._known,
        )

    @property
    def is_finished(self) -> bool:
        """After the last round, or when chance says so."""
        return self._stopped or self.rounds_played >= self.parameters.rounds

    @property
    def result(self) -> Result:
        """Total payoffs."""
        return Result(
            outcome={"rounds": self.rounds_played},
            payoffs={seat.role: seat.total for seat in self._seats},
            end_reason="completed",
        )


def _slip(action: str, actions: tuple[str, ...], probability: float, stream: Random) -> str:
    """The action, or with this probability one of the others."""
    if probability and stream.random() < probability:
        return stream.choice([other for other in actions if other != action])
    return action
