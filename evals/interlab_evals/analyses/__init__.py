"""Analyses of whole samples: of frames, and of the moves behind them.

A metric looks at one episode; what is here looks at many. ``frequencies.py`` estimates which strategies a
population plays (``automata.py`` are the candidates, ``mixture.py`` the likelihood), ``lines.py`` and
``acceptance.py`` fit lines and thresholds, ``arms.py`` pairs episodes that differ in one thing, ``costs.py`` and
``replays.py`` are about money and about determinism. ``choices.py`` makes their rows from a run.
"""
