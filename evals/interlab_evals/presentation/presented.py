"""The base of results that show themselves: on a terminal, in a notebook, as a document."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from interlab_evals.presentation.tables import Page


class Presented(ABC):
    """A result that gives a page of tables, and so has all renderers."""

    __slots__ = ()

    @abstractmethod
    def page(self) -> Page:
        """Return the tables of this result."""
        ...

    def markdown(self) -> str:
        """Return the page as Markdown."""
        from interlab_evals.presentation.markdown import page_markdown

        return page_markdown(self.page())

    def __rich__(self) -> RenderableType:
        """Draw the page on a terminal."""
        from interlab_evals.presentation.terminal import TerminalPage

        return TerminalPage(self.page())

    def _repr_html_(self) -> str:
        """Show the page in a notebook."""
        from interlab_evals.presentation.html import page_html

        return page_html(self.page())
