"""Parameters of a matrix game, and what follows from them alone."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, cast

from pydantic import Field, field_validator, model_validator

from interlab.environments.base import Parameters
from interlab.environments.templates import template

if TYPE_CHECKING:
    from pydantic import ValidationInfo

ROLES: Final = ("alice", "bob")

Probability = Annotated[float, Field(ge=0, le=1)]


class MatrixParameters(Parameters):
    """Parameters of a repeated matrix game between two players."""

    actions: tuple[str, ...] = Field(default=("C", "D"), min_length=2)
    """Canonical action names, as in records and metrics; they hold no comma."""
    other_actions: tuple[str, ...] | None = Field(default=None, min_length=2)
    """The second player's actions; ``None`` if they are the same."""
    cooperate: str | None = "C"
    """The action that counts as cooperation, if one does."""
    payoffs: dict[str, tuple[float, float]]
    """``"C,D"`` (first player's action, second player's action) -> their payoffs in points; may be given as a
    table, with a row for each of the first player's actions and a pair for each of the second player's."""
    rounds: int = Field(default=10, ge=1)
    """Number of rounds; with ``continuation``, the most there can be."""
    continuation: float | None = Field(default=None, ge=0, lt=1)
    """Probability that another round follows; ``None`` for a fixed number of rounds."""
    horizon_known: bool = True
    """State the number of rounds in the rules."""
    order: Literal["simultaneous", "sequential"] = "simultaneous"
    """``simultaneous``: both choose at once; ``sequential``: the second player sees the first player's action."""
    noise: Probability = 0.0
    """Probability that another action is played than was chosen, each other one as likely."""
    noise_known: bool = True
    """State the noise in the rules; reports of a round always show the player's action."""
    history: Literal["public", "own", "none"] = "public"
    """Content of the report of a round: both actions and payoffs, own action and payoff, or nothing."""
    misperception: Probability = 0.0
    """Probability that the report names a wrong action of the other player; it then shows no payoffs."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Action -> name that the players see; an action without a label is shown under its name."""
    framing: Annotated[str, template("role", "other")] = "You are playing a game with one other player, {other}."
    """First words of the rules; ``{role}`` and ``{other}`` are replaced."""
    unit: str = "points"
    """Unit of payoffs, in the plural."""
    aim: Annotated[str, template("role", "other", "unit")] = (
        "Your goal is to earn as many {unit} as possible over the whole game."
    )
    """Last words of the rules; ``{role}``, ``{other}`` and ``{unit}`` are replaced."""
    talk: bool = False
    """Let each player send a message to the other before each round (cheap talk)."""

    @field_validator("payoffs", mode="before")
    @classmethod
    def _table(cls, given: Any, info: ValidationInfo) -> Any:
        """A table given by rows, as a mapping from cells; of the wrong shape, as it was."""
        if not isinstance(given, list | tuple):
            return given
        rows: tuple[str, ...] = info.data.get("actions", ())
        columns: tuple[str, ...] = info.data.get("other_actions") or rows
        table = cast("list[Any]", given)
        shape = [len(cast("list[Any]", row)) if isinstance(row, list | tuple) else 0 for row in table]
        if shape != [len(columns)] * len(rows):
            raise ValueError(f"the table must have {len(rows)} rows of {len(columns)} pairs of payoffs")
        return {f"{a},{b}": table[i][j] for (i, a), (j, b) in product(enumerate(rows), enumerate(columns))}

    @model_validator(mode="after")
    def _whole_table(self) -> Self:
        if any("," in action or not action for action in self.all_actions):
            raise ValueError("actions need names without a comma")
        if any(len(set(actions)) < len(actions) for actions in self.actions_by_seat):
            raise ValueError("an action is named twice")
        wanted = {f"{a},{b}" for a, b in product(*self.actions_by_seat)}
        if set(self.payoffs) != wanted:
            raise ValueError(f"payoffs must have exactly the cells {', '.join(sorted(wanted))}")
        for actions in self.actions_by_seat:
            if self.cooperate is not None and self.cooperate not in actions:
                raise ValueError(f"cooperate must be one of the actions {', '.join(actions)}")
        return self

    @model_validator(mode="after")
    def _telling_labels(self) -> Self:
        if unknown := set(self.labels) - set(self.all_actions):
            raise ValueError(f"labels name no action: {', '.join(sorted(unknown))}")
        if len({self.label(action) for action in self.all_actions}) < len(self.all_actions):
            raise ValueError("labels must differ")
        if not all(self.labels.values()):
            raise ValueError("labels must not be empty")
        return self

    @model_validator(mode="after")
    def _told_consistently(self) -> Self:
        if self.history != "public" and self.order == "sequential":
            raise ValueError("order sequential needs history public: the second player sees what the first does")
        if self.history != "public" and self.misperception:
            raise ValueError("misperception needs history public: otherwise no player is told the other's action")
        return self

    @property
    def actions_by_seat(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The first player's actions, and the second's."""
        return self.actions, self.other_actions or self.actions

    @property
    def all_actions(self) -> tuple[str, ...]:
        """All actions of both players, each once."""
        return tuple(dict.fromkeys((*self.actions, *(self.other_actions or ()))))

    @property
    def horizon(self) -> int | None:
        """The number of rounds, if the players know it."""
        return self.rounds if self.horizon_known and self.continuation is None else None

    def label(self, action: str) -> str:
        """Return the name of an action that the players see."""
        return self.labels.get(action, action)

    def cells(self, seat: int) -> dict[tuple[str, str], tuple[float, float]]:
        """Return the table as a player sees it.

        Args:
            seat: 0 for the first player, 1 for the second.

        Returns:
            (own action, other's action) -> (own payoff, other's payoff).
        """
        first, second = self.actions_by_seat
        if seat == 0:
            return {(a, b): self.payoffs[f"{a},{b}"] for a, b in product(first, second)}
        mirrored = {(b, a): self.payoffs[f"{a},{b}"] for b, a in product(second, first)}
        return {cell: (theirs, ours) for cell, (ours, theirs) in mirrored.items()}

    def equilibria(self) -> list[tuple[str, str]]:
        """The pure Nash equilibria of one round: cells where neither gains by another action of its own.

        Those of the game in which both choose at once, in the order of the table.
        """
        first, second = self.actions_by_seat
        table = self.cells(0)
        return [
            (a, b)
            for a, b in product(first, second)
            if table[a, b][0] == max(table[other, b][0] for other in first)
            and table[a, b][1] == max(table[a, other][1] for other in second)
        ]
