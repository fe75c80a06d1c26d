"""A run, a collector, a Prometheus, and every question that the Grafana dashboards ask."""

from __future__ import annotations

import asyncio
import itertools
import math
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from interlab.episodes.from_spans import episodes_from_spans
from interlab.schema import names
from interlab_exporters import read_spans
from tests.daemons import Jaeger
from tests.models.endpoint import KEY, Endpoint, Reply, completion, failure
from tests.system.command_line import document_of, run_command, succeed
from tests.system.metrics_backend import Prometheus, Question, offers, questions

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from interlab.schema.episode import Call, Episode

pytestmark = pytest.mark.prometheus

PRICED = "gpt-5-mini"
UNPRICED = "home-made-1"
SUITE = f"""
name = "drawn"
episodes = 12
seed = 3

[[scenarios]]
scenario = "prisoners-dilemma"
players = ["openai/{PRICED}", "openai/{UNPRICED}", "strategy/tit-for-tat"]
lineup = "round-robin"
parameters = {{ rounds = 4 }}

[[scenarios]]
scenario = "price-negotiation"
players = ["openai/{PRICED}", "negotiator/linear"]
lineup = "round-robin"
"""
EXPRESSIONS = {(each.dashboard, each.panel): each.text for each in questions()}


class Models:
    """Models that mostly answer, now and then invalidly, and seldom not at all."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self, body: dict[str, Any]) -> Reply:
        number = next(self._numbers)
        if number % 97 == 0:
            return Reply(failure("the prompt is too long", "context_length_exceeded"), status=400)
        if number % 11 == 0:
            return Reply(completion("I would rather not say.", model=body["model"]))
        if "'accept'" in str(body["response_format"]["json_schema"]):
            move = '{"answer": {"action": "accept", "message": "Agreed."}}'
            if number % 3:
                move = '{"answer": {"action": "offer", "price": 10000, "message": "My offer."}}'
            return Reply(completion(move, model=body["model"]))
        return Reply(completion(f'{{"answer": "{"XXY"[number % 3]}"}}', model=body["model"]))


class Played(NamedTuple):
    """A run, from its record."""

    episodes: list[Episode]
    printed: dict[str, Any]
    told: str

    @property
    def calls(self) -> list[Call]:
        return [call for episode in self.episodes for turn in episode.all_turns for call in turn.calls]

    def pooled(self, metric: str) -> dict[str, float]:
        """The pooled ratio by player; a metric of the whole episode counts once for each player in it."""
        k, n = defaultdict[str, float](float), defaultdict[str, float](float)
        for episode in self.episodes:
            for each in episode.measurements:
                if each.metric != metric or math.isnan(each.value):
                    continue
                players = {seat.player for seat in episode.seats if each.role in (None, seat.role)}
                for player in players:
                    k[player] += each.value if each.k is None else each.k
                    n[player] += 1 if each.n is None else each.n
        return {player: k[player] / n[player] for player in n}


@pytest.fixture(scope="module")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    with Jaeger(tmp_path_factory.mktemp("jaeger")) as own:
        yield own


@pytest.fixture(scope="module")
def prometheus(jaeger: Jaeger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with Prometheus(tmp_path_factory.mktemp("prometheus"), jaeger.scraped) as own:
        yield own


@pytest.fixture(scope="module")
def played(jaeger: Jaeger, prometheus: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A run that lasts over several scrapes, all of which Prometheus has seen."""
    directory = tmp_path_factory.mktemp("run")
    suite = directory / "drawn.toml"
    suite.write_text(SUITE)
    with (
        serving(Endpoint(chooses=Models(), listing=listing(), delay=0.2)) as url,
        pytest.MonkeyPatch.context() as user,
    ):
        user.setenv("OPENAI_BASE_URL", url)
        user.setenv("OPENAI_API_KEY", KEY)
        ended = run_command(
            *("run", suite, "--otlp", jaeger.otlp, "--out", directory, "--concurrency", "8", "--json")
        )
    assert ended.returncode in (0, 1), ended.stderr
    printed = document_of(ended)
    episodes = list(episodes_from_spans(read_spans(Path(printed["path"]) / "spans")))
    run = Played(episodes, printed, ended.stderr)
    wait_for(prometheus, f"sum({EPISODES})", len(episodes))
    return run


EPISODES = "interlab_episodes_total"


def listing() -> Reply:
    return Reply({"data": [{"id": PRICED}, {"id": UNPRICED}]})


@contextmanager
def serving(endpoint: Endpoint) -> Generator[str]:
    """Serve an endpoint from a thread, for a command in another process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(endpoint.__aenter__(), loop).result(10)
        yield endpoint.url
    finally:
        asyncio.run_coroutine_threadsafe(endpoint.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def wait_for(prometheus: Prometheus, query: str, wanted: float) -> None:
    """Wait until a query gives a number; two scrapes may be needed."""
    deadline = time.monotonic() + 20
    while (found := prometheus.number(query)) != wanted:
        assert time.monotonic() < deadline, f"`{query}` is {found}, not {wanted}"
        time.sleep(0.5)


def by_player(prometheus: Prometheus, panel: str, **variables: str) -> dict[str, float]:
    answer = prometheus.ask(EXPRESSIONS["behaviour", panel], instant=True, **variables)
    return {each.labels["interlab_player"]: each.values[0] for each in answer}


def named(question: Question) -> str:
    return f"{question.dashboard}: {question.panel}"


@pytest.mark.parametrize("question", questions(), ids=named)
def test_every_question_has_an_answer(question: Question, played: Played, prometheus: Prometheus) -> None:
    """With every choice open, and with one made."""
    del played
    metric = "mean_payoff"
    chosen = {
        "suite": "drawn",
        "scenario": "(prisoners-dilemma|price-negotiation)",
        "model": f"({PRICED}|{UNPRICED})",
    }
    for variables in ({}, chosen):
        answer = prometheus.ask(question.text, instant=question.instant, metric=metric, **variables)
        finite = [value for each in answer for value in each.values if math.isfinite(value)]
        assert finite, f"no finite value in {answer}"


@pytest.mark.parametrize("question", questions(), ids=named)
def test_no_question_has_an_answer_about_what_was_not_played(
    question: Question, played: Played, prometheus: Prometheus
) -> None:
    del played
    assert prometheus.ask(question.text, instant=question.instant, metric="mean_payoff", suite="none") == []


@pytest.mark.parametrize(("metric", "label"), offers())
def test_every_variable_offers_something(metric: str, label: str, played: Played, prometheus: Prometheus) -> None:
    del played
    assert [value for value in prometheus.get(f"label/{label}/values", **{"match[]": metric}) if value]


class TestFigures:
    """What the panels show is what the record says."""

    def test_episodes(self, played: Played, prometheus: Prometheus) -> None:
        failed = sum(episode.error is not None for episode in played.episodes)
        assert failed > 0, "no episode has failed: the models are too good for this test"
        assert prometheus.number(EXPRESSIONS["runs", "Episodes failed"]) == failed
        assert prometheus.number(EXPRESSIONS["runs", "Episodes done"]) == played.printed["episodes"]["done"]

    def test_moves(self, played: Played, prometheus: Prometheus) -> None:
        moves = [turn for each in played.episodes for turn in each.all_turns if turn.purpose == "action"]
        invalid = sum(not turn.valid for turn in moves)
        assert prometheus.number(EXPRESSIONS["runs", "Moves"]) == len(moves)
        assert prometheus.number(EXPRESSIONS["runs", "Invalid moves"]) == pytest.approx(invalid / len(moves))
        assert invalid > 0

    def test_tokens_and_cost(self, played: Played, prometheus: Prometheus) -> None:
        tokens = sum(call.input_tokens + call.output_tokens for call in played.calls)
        assert prometheus.number(EXPRESSIONS["runs", "Tokens"]) == tokens > 0
        usd = math.fsum(call.usd for call in played.calls if not math.isnan(call.usd))
        assert prometheus.number(EXPRESSIONS["runs", "Cost"]) == pytest.approx(usd)
        unpriced = sum(call.ok and math.isnan(call.usd) for call in played.calls)
        assert prometheus.number(EXPRESSIONS["models", "Calls without a price"]) == unpriced > 0

    def test_latency_is_within_the_bucket_of_the_calls(self, played: Played, prometheus: Prometheus) -> None:
        """They take a fifth of a second and a little."""
        answer = prometheus.ask(EXPRESSIONS["models", "Latency, 95th percentile"])
        assert {each.labels["gen_ai_request_model"] for each in answer} == {PRICED, UNPRICED}
        assert all(0.16 < each.values[0] < 2.56 for each in answer)
        assert min(call.latency for call in played.calls if call.ok) > 0.16

    @pytest.mark.parametrize(
        ("panel", "metric"),
        [
            ("Cooperation by player", "cooperation_rate"),
            ("Agreement by player", "agreement_rate"),
        ],
    )
    def test_ratios_are_pooled(self, panel: str, metric: str, played: Played, prometheus: Prometheus) -> None:
        expected = played.pooled(metric)
        assert len(expected) >= 2
        assert by_player(prometheus, panel) == pytest.approx(expected)

    def test_any_metric(self, played: Played, prometheus: Prometheus) -> None:
        for metric in ("surplus_share", "output_tokens", "mutual_cooperation"):
            found = by_player(prometheus, "$metric so far", metric=metric)
            assert found == pytest.approx(played.pooled(metric)), metric

    def test_rates_are_seen_while_the_run_lasts(self, played: Played, prometheus: Prometheus) -> None:
        del played
        answer = prometheus.ask(EXPRESSIONS["models", "Calls per minute"], instant=False)
        assert max(value for each in answer for value in each.values) > 1


def test_all_of_it_arrived(played: Played) -> None:
    assert "did not reach" not in played.told


def test_nothing_tells_runs_or_episodes_apart(played: Played, prometheus: Prometheus) -> None:
    del played
    labels: set[str] = set(prometheus.get("labels", **{"match[]": '{__name__=~"interlab_.+|gen_ai_.+"}'}))
    ours = {names.RUN_ID, names.EPISODE_ID, names.CONVERSATION_ID, names.CONDITION, names.ROUND}
    assert "interlab_suite" in labels
    assert not labels & {name.replace(".", "_") for name in ours}


def test_another_run_adds_to_the_first(
    played: Played, jaeger: Jaeger, prometheus: Prometheus, tmp_path: Path
) -> None:
    """A process of a few seconds, which Prometheus sees once: all that it did is there."""
    quick: Sequence[str] = ("prisoners-dilemma", "--player", "strategy/random", "-n", "7")
    succeed("run", *quick, "--otlp", jaeger.otlp, "--out", tmp_path, "--json")
    wait_for(prometheus, EXPRESSIONS["runs", "Episodes done"], played.printed["episodes"]["done"] + 7)
