"""The metrics that InterLab ships: pure functions from an episode to counts or values.

Every one is declared with :func:`~interlab_evals.measures.declaration.metric` and found by name through the
entry points of the group ``interlab.metrics``. Three rules hold for all of them:

*   Which metrics judge an episode is declared by its scenario (or its suite), by name. A metric that is asked
    always answers, with one measurement per role (and component) or one for the episode: NaN where it has no
    meaning there, so that the undefined are counted and none is lost.
*   A ratio keeps its counts: ``value = k / n``, and ``n = 0`` is NaN.
*   A move that a role failed to make (``None``) does not count as an action, and it breaks the chain
    from one round to the next. ``invalid_action_rate`` is where it shows.

Metrics ask for keys of a game, never for names of scenarios; the keys are those of
``docs/adr/0004-what-a-game-says-of-itself.md``. What many metrics look at is worked out once per episode
(:mod:`~interlab_evals.measures.sharing`): the metrics of a file are thin readings of it. Nothing is imported here,
so that a run loads only the metrics that judge it.
"""
