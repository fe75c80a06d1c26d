"""Tasks and threads: what is told at the same time lands where it belongs, and whole."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest

import interlab as il
from interlab.errors import UsageError
from interlab.schema import names
from tests.exporters.collectors import collecting
from tests.instrumentation.recorded import assert_whole, episodes, only_episode, spans, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interlab.instrumentation import TracedRun

PLAYERS = {"alice": "my/bot", "bob": "my/other"}
ROUNDS = 5
EPISODES = 12


@pytest.fixture
def run(tmp_path: Path) -> Iterator[TracedRun]:
    with il.trace.run("study", out=tmp_path) as run:
        yield run


def play(number: int) -> None:
    """An episode that says in everything which one it is, through nothing but what is current."""
    with il.trace.episode("duel", players=PLAYERS, parameters={"number": number}):
        for _ in range(ROUNDS):
            with il.trace.round():
                for role in PLAYERS:
                    with il.trace.turn(role, prompt=str(number)):
                        il.trace.action(role, number)
                il.trace.message("alice", "bob", str(number))
                il.trace.payoff({"alice": number})


async def play_in_tasks(number: int) -> None:
    async def act(role: str) -> None:
        with il.trace.turn(role, prompt=str(number)):
            await asyncio.sleep(0)
            il.trace.action(role, number)

    with il.trace.episode("duel", players=PLAYERS, parameters={"number": number}):
        for _ in range(ROUNDS):
            with il.trace.round():
                await asyncio.gather(*(act(role) for role in PLAYERS))
                il.trace.message("alice", "bob", str(number))
                await asyncio.to_thread(il.trace.payoff, {"alice": number})


def assert_unmixed(path: Path) -> None:
    found = episodes(path)
    assert len(found) == EPISODES
    assert_whole(spans(path))
    assert sorted(cast("int", each.parameters["number"]) for each in found) == list(range(EPISODES))
    for episode in found:
        number = cast("int", episode.parameters["number"])
        assert [each.number for each in episode.rounds] == list(range(1, ROUNDS + 1))
        for each in episode.rounds:
            assert each.actions == {"alice": number, "bob": number}
            assert {turn.prompt for turn in each.turns} == {str(number)}
            assert [turn.action for turn in each.turns] == [number, number]
            assert [message.text for message in each.messages] == [str(number)]
        assert episode.payoffs == {"alice": ROUNDS * number}


def test_episodes_in_a_pool_of_threads_never_mix(run: TracedRun) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(play, range(EPISODES)))
    assert_unmixed(run.path)
    assert run.done == EPISODES


async def test_episodes_in_one_loop_never_mix(run: TracedRun) -> None:
    await asyncio.gather(*(play_in_tasks(number) for number in range(EPISODES)))
    assert_unmixed(run.path)


def test_equal_episodes_in_threads_are_numbered_without_gap(run: TracedRun) -> None:
    def one(_: int) -> None:
        with run.episode("duel", players=PLAYERS):
            pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(30)))
    assert sorted(each.index for each in episodes(run.path)) == list(range(30))


def test_many_threads_record_into_one_round(run: TracedRun) -> None:
    with run.episode("crowd", players={f"agent-{number}": "my/bot" for number in range(16)}) as episode:
        with episode.round() as round_, ThreadPoolExecutor(16) as pool:

            def act(number: int) -> None:
                role = f"agent-{number}"
                for _ in range(10):
                    with round_.turn(role):
                        round_.message(role, "agent-0", "hello")
                    round_.payoff({role: 1, "agent-0": 1})
                round_.action(role, number)

            list(pool.map(act, range(1, 16)))
        found = round_
    assert found.number == 1
    assert_whole(spans(run.path))
    (played,) = only_episode(run.path).rounds
    assert played.actions == {f"agent-{number}": number for number in range(1, 16)}
    assert played.payoffs == {"agent-0": 150.0} | {f"agent-{number}": 10.0 for number in range(1, 16)}
    assert (len(played.turns), len(played.messages)) == (150, 150)


def test_a_handle_nests_right_in_a_thread_without_context(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round() as round_:

        def act() -> None:
            with round_.turn("alice"):
                il.trace.message("alice", "bob", "by function, below a turn by handle")

        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
    assert tree(spans(run.path))[1:] == [
        "  round 1 [INTERNAL interlab UNSET]",
        "    invoke_agent alice [INTERNAL alice UNSET]",
        "      send alice -> bob [PRODUCER alice UNSET]",
        "        receive bob [CONSUMER bob UNSET]",
    ]


def test_wrapped_work_belongs_to_the_turn_that_hands_it_over(run: TracedRun) -> None:
    def speak(text: str) -> str:
        il.trace.message("alice", "bob", text)
        return text.upper()

    with (
        run.episode("duel", players=PLAYERS) as episode,
        episode.round(),
        ThreadPoolExecutor(1) as pool,
        il.trace.turn("alice"),
    ):
        assert pool.submit(il.trace.wrap(speak), "hello").result() == "HELLO"
    assert [line.strip().split(" [")[0] for line in tree(spans(run.path))] == [
        "invoke_workflow duel",
        "round 1",
        "invoke_agent alice",
        "send alice -> bob",
        "receive bob",
    ]


def test_wrapped_coroutines_run_in_the_loop_of_another_thread(run: TracedRun) -> None:
    async def act() -> str:
        await asyncio.sleep(0)
        il.trace.action("alice", "C")
        return "done"

    with run.episode("duel", players=PLAYERS) as episode, episode.round(), ThreadPoolExecutor(1) as pool:
        wrapped = il.trace.wrap(act)
        assert pool.submit(lambda: asyncio.run(wrapped())).result() == "done"
    assert only_episode(run.path).rounds[0].actions == {"alice": "C"}


def test_a_thread_that_lost_sight_of_its_episode_is_told(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round(), ThreadPoolExecutor(1) as pool:
        for lost in (
            lambda: il.trace.action("alice", "C"),
            lambda: il.trace.turn("alice").__enter__(),
            lambda: il.trace.round().__enter__(),
        ):
            with pytest.raises(UsageError, match=r"il\.trace\.wrap"):
                pool.submit(lost).result()


async def test_a_task_from_an_earlier_round_acts_in_the_round_it_is_given(run: TracedRun) -> None:
    given: asyncio.Queue[il.trace.TracedRound] = asyncio.Queue()

    async def player() -> None:
        for _ in range(2):
            round_ = await given.get()
            with round_.turn("alice"):
                round_.action("alice", round_.number)
            given.task_done()

    with run.episode("duel", players=PLAYERS) as episode:
        task = None
        for _ in range(2):
            with episode.round() as round_:
                task = task or asyncio.create_task(player())
                await given.put(round_)
                await given.join()
        assert task is not None
        await task
    for each in only_episode(run.path).rounds:
        assert [turn.action for turn in each.turns] == [each.number]
    by_id = {span.span_id: span for span in spans(run.path)}
    for span in by_id.values():
        if span.name == "invoke_agent alice":
            assert by_id[span.parent_id or ""].name == f"round {span.attributes[names.ROUND]}"


async def test_a_cancelled_episode_leaves_no_root(run: TracedRun) -> None:
    async def forever() -> None:
        with run.episode("duel", players=PLAYERS) as episode, episode.round():
            await asyncio.sleep(60)

    task = asyncio.create_task(forever())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert episodes(run.path) == []


def test_what_ends_after_the_episode_is_no_part_of_it(run: TracedRun) -> None:
    begun, over = threading.Event(), threading.Event()
    with run.episode("duel", players=PLAYERS) as episode:

        def linger() -> None:
            with episode.turn("alice"):
                begun.set()
                over.wait(10)

        thread = threading.Thread(target=linger)
        thread.start()
        begun.wait(10)
    over.set()
    thread.join()
    assert [span.name for span in spans(run.path)] == ["invoke_workflow duel"]
    assert_whole(spans(run.path))


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads that take turns a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("switching")
def test_what_many_threads_do_in_one_episode_is_measured_and_disturbs_none_of_them(tmp_path: Path) -> None:
    threads, turns, calls = 8, 200, 3
    chat = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}

    def work(role: str) -> None:
        tracer = il.trace.tracer_provider().get_tracer("some.library")
        for _ in range(turns):
            with il.trace.turn(role, prompt="?") as turn:
                for _ in range(calls):
                    with tracer.start_as_current_span("chat m", attributes=chat):
                        pass
                turn.answered("C")

    with collecting() as collector:
        with (
            il.trace.run("study", out=tmp_path, otlp=collector.url) as run,
            run.episode("duel", players=PLAYERS) as episode,
            episode.round(),
            ThreadPoolExecutor(threads) as pool,
        ):
            for ended in [pool.submit(il.trace.wrap(work), role) for role in ("alice", "bob") * (threads // 2)]:
                ended.result()
        measured = collector.received.metrics
    assert sum(point.as_int for point in measured[names.DECISIONS].sum.data_points) == threads * turns
    assert (
        sum(point.count for point in measured[names.TOKEN_USAGE].histogram.data_points) == threads * turns * calls
    )
