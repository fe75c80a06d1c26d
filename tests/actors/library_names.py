"""What the Axelrod library calls our strategies."""

from __future__ import annotations

DETERMINISTIC = {
    "Cooperator": "cooperator",
    "Defector": "defector",
    "Alternator": "alternator",
    "CyclerCCD": "cycler?cycle=CCD",
    "TitForTat": "tit-for-tat",
    "SuspiciousTitForTat": "suspicious-tit-for-tat",
    "TitFor2Tats": "tit-for-2-tats",
    "TwoTitsForTat": "two-tits-for-tat",
    "HardTitForTat": "hard-tit-for-tat",
    "HardTitFor2Tats": "hard-tit-for-2-tats",
    "AntiTitForTat": "anti-tit-for-tat",
    "Bully": "bully",
    "SpitefulTitForTat": "spiteful-tit-for-tat",
    "ContriteTitForTat": "contrite-tit-for-tat",
    "AdaptiveTitForTat": "adaptive-tit-for-tat",
    "Forgiver": "forgiver",
    "ForgivingTitForTat": "forgiving-tit-for-tat",
    "GoByMajority": "go-by-majority",
    "HardGoByMajority": "hard-go-by-majority",
    "Grudger": "grudger",
    "SoftGrudger": "soft-grudger",
    "Gradual": "gradual",
    "Appeaser": "appeaser",
    "FirstByDavis": "first-by-davis",
    "FirstByShubik": "first-by-shubik",
    "APavlov2006": "adaptive-pavlov",
    "Prober": "prober",
    "Prober2": "prober-2",
    "Prober3": "prober-3",
    "HardProber": "hard-prober",
    "Handshake": "handshake",
    "WinStayLoseShift": "win-stay-lose-shift",
    "WinShiftLoseStay": "win-shift-lose-stay",
}
"""Class of the library -> the strategy here that plays as it does, action by action."""

MEMORY_ONE = {
    "GTFT": "generous-tit-for-tat",
    "FirstByJoss": "first-by-joss",
    "FirmButFair": "firm-but-fair",
    "ZDExtort2": "zd-extort?chi=2",
    "ZDExtort2v2": "zd-extort?chi=2&phi=1/8",
    "ZDExtort3": "zd-extort?chi=3",
    "ZDExtort4": "zd-extort?chi=4&phi=4/17",
    "ZDGTFT2": "zd-gtft?chi=2&phi=1/4",
    "ZDGen2": "zd-gtft?chi=2&phi=1/8",
    "ZDSet2": "zd-set?kappa=2&phi=1/4",
    "ZDMischief": "zd-set?kappa=1&phi=0.1",
}
"""Class of the library -> the strategy here that has the same memory-one vector."""
