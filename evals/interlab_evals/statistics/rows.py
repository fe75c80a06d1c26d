"""From a tidy frame to the rows of one metric: what they count, whose they are, and which are independent."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from interlab.errors import ParameterError
from interlab.registry import suggestion
from interlab_evals.measures.lookup import declaration
from interlab_evals.measures.plays import count_repeated_plays
from interlab_evals.statistics.intervals import UNBOUNDED
from interlab_evals.statistics.observations import Observations, Pairing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.statistics.clustering import Codes, Floats
    from interlab_evals.statistics.intervals import Bounds

EPISODE: Final = ("run", "episode")
"""The columns that tell episodes apart."""

CHANCE: Final = ("scenario", "seed")
"""The columns that tell apart what chance dealt: all line-ups and treatments meet the same under one seed."""

Invalid = Literal["keep", "drop-episodes"]
"""What becomes of figures of a role whose first answer was invalid: kept as the game was played, or left out."""

DROPPED: Final = (
    "figures of episodes with an invalid first answer are left out: that selects on the outcome, and tells only "
    "how far the result hangs on them."
)

ALIASES: Final = {"seat": "role", "partner": "opponents"}
"""Words of the field for columns of a frame."""

_INVALID: Final = "invalid_action_rate"
_OF_PLAYERS: Final = frozenset({"player", "opponents", "model"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one metric, and what it declares.

    Attributes:
        frame: The rows, with columns ``value``, ``k`` and ``n`` (1 where a row has no counts; for a
            time-to-event ``k`` is whether the event came), ``self_play``, and those of the source.
        metric: The metric's name.
        kind: What sort of quantity it is.
        bounds: Its range.
        unit: What it is counted in.
        direction: Which way is better.
        zero_sum: Whether the figures of two roles of an episode add up to 0.
    """

    frame: pd.DataFrame
    metric: str
    kind: Kind
    bounds: Bounds
    unit: str = ""
    direction: Direction = "neutral"
    zero_sum: bool = False

    def __len__(self) -> int:
        return len(self.frame)

    def where(self, chosen: pd.Series[bool] | Sequence[bool] | NDArray[np.bool_]) -> Rows:
        """Keep some rows."""
        return replace(self, frame=self.frame[np.asarray(chosen, dtype=bool)])

    def groups(self, by: Sequence[str]) -> Iterator[tuple[tuple[str, ...], bool, Rows]]:
        """Split by columns, and self-play from the rest, in the order of first appearance, self-play last.

        Yields:
            The values of the columns, whether this is self-play, the rows.
        """
        for self_play in (False, True):
            part = self.frame[self.frame["self_play"] == self_play]
            if by:
                for values, group in part.groupby(list(by), sort=False, dropna=True):
                    yield tuple(map(str, values)), self_play, replace(self, frame=group)
            elif len(part):
                yield (), self_play, replace(self, frame=part)

    def codes(self, columns: Sequence[str]) -> Codes:
        """Number the rows by what stands in these columns, from 0 without gaps; shape (rows,)."""
        require(self.frame, columns)
        return self.frame.groupby(list(columns), sort=False, dropna=False).ngroup().to_numpy().astype(np.intp)

    def independent_by(self) -> tuple[str, ...]:
        """The columns that tell independent rows apart: of what chance dealt, where several conditions met it."""
        if not {*CHANCE} <= {*self.frame.columns} or self.frame["seed"].isna().any():
            return EPISODE
        who = ["lineup", "parameters"] if {"lineup", "parameters"} <= {*self.frame.columns} else list(EPISODE)
        conditions = self.frame[[*CHANCE, *who]].drop_duplicates()
        return CHANCE if conditions.duplicated(list(CHANCE)).any() else EPISODE

    def observations(self, clusters: Sequence[str] | None = None, *, paired: bool = False) -> Observations:
        """Return the measurements as arrays.

        Args:
            clusters: The columns that distinguish independent units; by default :meth:`independent_by`.
            paired: Whether to tell the players of each row, from ``player`` and ``opponents``.
        """
        columns = clusters or self.independent_by()
        pairing = None
        if paired:
            require(self.frame, ["player", "opponents"])
            names = (self.frame[name].fillna("").astype(str).tolist() for name in ("player", "opponents"))
            pairing = Pairing(*names)
        return Observations(
            kind=self.kind,
            bounds=self.bounds,
            value=self.value,
            k=self.k,
            n=self.n,
            episode=self.codes(EPISODE),
            cluster=self.codes(columns),
            shares_chance=clusters is None and columns is CHANCE,
            pairing=pairing,
            n_invalid=self.n_invalid,
            n_plays=self._n_plays(),
            is_zero_sum=self.zero_sum,
        )

    def _n_plays(self) -> int | None:
        """Count the plays of line-ups that play one each; ``None`` where they do not, or the frame lacks plays."""
        who = [each for each in ("scenario", "parameters", "lineup") if each in self.frame.columns]
        if not who or not {"play", "sampled", "seed"} <= {*self.frame.columns}:
            return None
        plays, sampled = (self.frame[name].to_numpy() for name in ("play", "sampled"))
        return count_repeated_plays(self.codes(who), self.codes(["seed"]), plays, sampled)

    @property
    def value(self) -> Floats:
        """Shape (rows,); NaN where undefined."""
        return self.frame["value"].to_numpy(np.float64)

    @property
    def k(self) -> Floats:
        """Shape (rows,): the numerator, NaN where undefined."""
        return self.frame["k"].to_numpy(np.float64)

    @property
    def n(self) -> Floats:
        """Shape (rows,): the denominator."""
        return self.frame["n"].to_numpy(np.float64)

    @property
    def n_episodes(self) -> int:
        """How many episodes the rows are from."""
        return len(self.frame[list(EPISODE)].drop_duplicates())

    @property
    def is_invalid(self) -> NDArray[np.bool_]:
        """Shape (rows,): whether a first answer was invalid in what the row is about."""
        return self.frame["invalid"].to_numpy(np.float64) > 0

    def judged_by(self, invalid: Invalid) -> tuple[Rows, tuple[str, ...]]:
        """Keep or drop the rows in which a first answer was invalid, and say so.

        Raises:
            ParameterError: They are to be dropped, and the source does not tell which they are.
        """
        if invalid == "keep":
            return self, ()
        if self.n_invalid is None and len(self):
            raise ParameterError("which answers were invalid is not told: measure `invalid_action_rate`, too")
        dropped = self.is_invalid
        note = (f"{int(dropped.sum())} {DROPPED}",) if dropped.any() else ()
        return self.where(~dropped), note

    @property
    def n_invalid(self) -> int | None:
        """How many first answers were invalid in what the rows are about, where the source told."""
        told = self.frame["invalid"].dropna()
        return int(told.sum()) if len(told) else None


def rows_of(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: Sequence[str] = (),
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> Rows:
    """Take the rows of one metric out of a frame.

    Rows of failed episodes are left out. A metric of the whole episode counts for every player who sat in it
    where the columns grouped by are about players.

    Args:
        frame: As :func:`interlab_evals.metrics` gives it, or any with columns ``run``, ``episode`` and
            ``value``; without a column ``metric`` every row is about the metric. Columns ``k`` and ``n`` are
            the counts behind a ratio.
        metric: The metric's name, with its component.
        by: The columns that rows will be grouped by; ``NAME.key`` is an entry of a column of JSON objects,
            such as ``parameters.rounds``.
        kind: Instead of what the metric declares, which then need not be registered.
        bounds: Instead of the declared range; with ``kind`` by default unbounded.

    Raises:
        ParameterError: The frame lacks a column or has no row of the metric.
        UnknownNameError: No such metric is registered, and no kind is given.
    """
    require(frame, ["value", *EPISODE])
    chosen = _of_metric(frame, metric)
    if "status" in chosen.columns:
        chosen = chosen[chosen["status"] != "failed"]
    chosen = _with_invalid(_counted(chosen), frame)
    chosen = chosen.assign(self_play=_self_play(chosen))
    if _OF_PLAYERS & set(by) and "lineup" in chosen.columns:
        chosen = _seated(chosen, frame)
    chosen = _with_entries(chosen, by, frame)
    require(chosen, by)
    if kind is not None:
        return Rows(frame=chosen, metric=metric, kind=kind, bounds=bounds or UNBOUNDED)
    declared = declaration(metric)
    return Rows(
        frame=chosen,
        metric=metric,
        kind=declared.kind,
        bounds=bounds or declared.range,
        unit=declared.unit,
        direction=declared.direction,
        zero_sum=declared.zero_sum,
    )


def require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Make sure that a frame has columns.

    Raises:
        ParameterError: It lacks one; the message says which there are.
    """
    if not len(frame.columns):
        raise ParameterError("the frame is empty: take one from `interlab_evals.metrics`")
    for name in columns:
        if name not in frame.columns:
            raise ParameterError(
                f"the frame has no column `{name}`; {suggestion(name, sorted(map(str, frame.columns)))}"
            )


def told_invalid(frame: pd.DataFrame) -> int | None:
    """How many first answers were invalid in all, where the frame tells."""
    told = frame[frame["metric"] == _INVALID] if {"metric", "k"} <= {*frame.columns} else frame.head(0)
    return int(told["k"].sum()) if len(told) else None


def column(name: str) -> str:
    """The column of a frame that a word of the field stands for, e.g. ``role`` for ``seat``."""
    return ALIASES.get(name, name)


def _of_metric(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    if "metric" not in frame.columns:
        return frame
    chosen = frame[frame["metric"] == metric]
    if not len(chosen) and len(frame):
        there = sorted(map(str, frame["metric"].unique()))
        components = [each for each in there if each.startswith(f"{metric}.")]
        advice = f"its components are {', '.join(components)}" if components else suggestion(metric, there)
        raise ParameterError(f"nothing was measured as `{metric}`; {advice}")
    return chosen


def _counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every row its counts: of a plain value, the value of one."""
    value = frame["value"].astype("float64")
    k, n = (frame[name] if name in frame.columns else pd.Series(np.nan, frame.index) for name in ("k", "n"))
    plain = n.isna()
    k, n = k.astype("float64").where(~plain, value), n.astype("float64").where(~plain, 1.0)
    return frame.assign(value=value, k=k.where(value.notna(), np.nan), n=n)


def _with_invalid(chosen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Note on every row how many first answers of its role (or its episode) were invalid, if the frame tells."""
    if not {"metric", "role", "k"} <= {*frame.columns} or not len(chosen):
        return chosen.assign(invalid=np.nan)
    told = frame[frame["metric"] == _INVALID]
    if not len(told):
        return chosen.assign(invalid=np.nan)
    by_role = told.groupby([*EPISODE, "role"])["k"].sum()
    by_episode = told.groupby(list(EPISODE))["k"].sum()
    keys = pd.MultiIndex.from_frame(chosen[[*EPISODE, "role"]])
    whole = np.array(by_episode.reindex(keys.droplevel("role")), dtype=np.float64)
    own = np.array(by_role.reindex(keys), dtype=np.float64)
    about_episode = np.array(chosen["role"].isna(), dtype=bool)
    own[about_episode] = whole[about_episode]
    return chosen.assign(invalid=own)


def _self_play(frame: pd.DataFrame) -> list[bool]:
    """Tell which rows are about episodes in which all seats had the same player."""
    if "lineup" not in frame.columns:
        return [False] * len(frame)
    lineups = frame["lineup"].astype(str)
    players = {each: each.split(", ") for each in lineups.unique()}
    alike = {each: len(names) > 1 and len(set(names)) == 1 for each, names in players.items()}
    return lineups.map(alike).tolist()


def _seated(frame: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """Turn each row about a whole episode into one per player who sat in it."""
    if "player" not in frame.columns:
        nobody = pd.Series(pd.NA, index=frame.index, dtype="string")
        frame = frame.assign(player=nobody, opponents=nobody)
    whole = frame["player"].isna()
    if not whole.any():
        return frame
    lineups = [str(each).split(", ") for each in frame.loc[whole, "lineup"]]
    seats = [(place, player) for place, each in enumerate(lineups) for player in dict.fromkeys(each)]
    seated = frame[whole].iloc[[place for place, _ in seats]]
    seated = seated.assign(
        player=pd.array([player for _, player in seats], dtype="string"),
        opponents=pd.array(
            [", ".join(_without(lineups[place], player)) for place, player in seats], dtype="string"
        ),
    )
    if "model" in source.columns and "player" in source.columns:
        models = source.dropna(subset=["player", "model"]).drop_duplicates("player").set_index("player")["model"]
        seated["model"] = seated["player"].map(models)
    return pd.concat([frame[~whole], seated], ignore_index=True)


def _without(lineup: list[str], player: str) -> list[str]:
    place = lineup.index(player)
    return lineup[:place] + lineup[place + 1 :]


def _with_entries(frame: pd.DataFrame, by: Sequence[str], whole: pd.DataFrame) -> pd.DataFrame:
    """Add a column for every ``NAME.key`` that names an entry of a column of JSON objects."""
    for name in by:
        source, dot, key = name.partition(".")
        if name in frame.columns or not dot or source not in frame.columns:
            continue
        entries = [json.loads(str(each)).get(key) for each in frame[source]]
        known = sorted({key for each in whole[source].unique() for key in json.loads(str(each))})
        if key not in known:
            raise ParameterError(f"`{source}` has no entry `{key}`; {suggestion(key, known)}")
        told = [None if each is None else json.dumps(each) for each in entries]
        frame = frame.assign(**{name: pd.Series(told, index=frame.index, dtype="string")})
    return frame
