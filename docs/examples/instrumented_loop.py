"""A prisoner's dilemma in a loop of your own, recorded by InterLab."""

import random

import interlab as il
import interlab_evals as ev

PAYOFFS = {("C", "C"): (3, 3), ("C", "D"): (0, 5), ("D", "C"): (5, 0), ("D", "D"): (1, 1)}


def tit_for_tat(others_moves: list[str], _: random.Random) -> str:
    return others_moves[-1] if others_moves else "C"


def moody(_: list[str], chance: random.Random) -> str:
    return "C" if chance.random() < 0.7 else "D"


with il.trace.run("my-study", seed=1) as run:
    for _ in range(20):
        with run.episode(
            "prisoners-dilemma",
            players={"alice": "mine/tit-for-tat", "bob": "mine/moody"},
            game="prisoners-dilemma",
            parameters={"rounds": 10},
        ) as episode:
            chance = random.Random(episode.seed)
            moves: dict[str, list[str]] = {"alice": [], "bob": []}
            for _ in range(10):
                with episode.round() as round_:
                    with round_.turn("alice", prompt="C or D?"):
                        first = tit_for_tat(moves["bob"], chance)
                        round_.action("alice", first)
                    with round_.turn("bob", prompt="C or D?"):
                        second = moody(moves["alice"], chance)
                        round_.action("bob", second)
                    moves["alice"].append(first)
                    moves["bob"].append(second)
                    round_.payoff(dict(zip(("alice", "bob"), PAYOFFS[first, second], strict=True)))
            episode.outcome({"rounds": 10})

print(run.path)
print(ev.metrics(run).query("metric == 'cooperation_rate'").groupby("player")["value"].mean())
