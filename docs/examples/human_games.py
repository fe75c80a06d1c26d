"""Human games of Dal Bo and Frechette (2011), imported and reported: ``python human_games.py CHOICES.json OUT``.

The file holds treatment -> subject -> match -> [own choices, the other's choices], such as ``["DCD", "DDC"]``.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import interlab as il
import interlab_evals as ev

choices, out = (Path(each) for each in sys.argv[1:])
found = json.loads(choices.read_text())
waiting: dict[tuple[str, ...], list[str]] = defaultdict(list)

with il.trace.run("dal-bo-frechette-2011", seed=1, out=out) as run:
    for treatment, subjects in found.get("data", found).items():
        for subject, matches in subjects.items():
            for match, (own, other) in matches.items():
                partners = waiting[treatment, match, other, own]
                if not partners:  # the partner's line comes later, with both sides exchanged
                    waiting[treatment, match, own, other].append(subject)
                    continue
                players = {"first": f"human/{partners.pop()}", "second": f"human/{subject}"}
                facts = {"actions": ["C", "D"], "cooperate": "C"}
                with run.episode(treatment, players=players, game=facts, metrics=["cooperation_rate"]) as episode:
                    for first, second in zip(other, own, strict=True):
                        with episode.round() as round_:
                            for role, choice in (("first", first), ("second", second)):
                                with round_.turn(role):
                                    round_.action(role, choice)

print(ev.report(run, out / "report", only=["tables"]).directory)
