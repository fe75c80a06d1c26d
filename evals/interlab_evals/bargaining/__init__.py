"""Bargaining theory of a negotiation over issues: the frontier, the solutions, the distances to them.

``domain.py`` is the space of deals with everybody's utilities, ``frontier.py`` finds what is Pareto-optimal in it,
``solutions.py`` the points that Nash, Kalai, and Kalai and Smorodinsky single out.
"""
