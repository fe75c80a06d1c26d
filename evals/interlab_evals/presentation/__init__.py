"""Tables as data, and their renderers: the one place where a number becomes text.

A result (a summary, a comparison, a ranking) gives a :class:`~interlab_evals.presentation.tables.Page`: tables
with typed columns and cells, and notes tied to the columns or rows that they explain. A renderer turns a page
into text for one medium and knows nothing about metrics or statistics:

=================  ==========================================================
``terminal``       a rich renderable, as wide as the console allows
``delimited``      CSV that is safe to open in a spreadsheet
``documents``      plain values that JSON can hold
``markdown``       a pipe table
``html``           an escaped ``<table>``, for notebooks and pages
=================  ==========================================================

A new renderer takes a :class:`Page`, asks :func:`~interlab_evals.presentation.cells.table_text` for the text
of its cells, and escapes it for its medium. Of the rest of InterLab it
imports only :mod:`interlab.escaping`.
"""
