"""Interfaces at the terminal: people take turns at it, see what is new and fill in a form.

The text goes to standard output where that is a terminal, else to standard error, so that results of a
command can be piped on. Answers that are piped in are shown after their question.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from rich.rule import Rule
from rich.text import Text

from interlab.actors.human.form import START_OVER, Form
from interlab.actors.terminal.lines import Lines, StandardInput
from interlab.actors.terminal.texts import print_text
from interlab.console import SafeConsole
from interlab.escaping import for_line
from interlab.models.loops import PerLoop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from interlab.actors.human.base import Answer, Question
    from interlab.actors.human.fields import FormField
    from interlab.situations import Observation

HELP: Final = "?"
"""The entry that shows the rules again."""
_WIDEST: Final = 96
_KEYS: Final = f"`{HELP}` shows the rules again, `{START_OVER}` starts the answer again, Ctrl-C stops."
_SHORT: Final = 60
"""Maximum width in characters of options shown in one line."""


class Terminal:
    """The terminal that this process runs in.

    Args:
        lines: Source of typed lines.
        console: Output; standard output by default.
    """

    at_terminal = True

    def __init__(self, lines: Lines | None = None, console: SafeConsole | None = None) -> None:
        self.lines = lines or StandardInput()
        self._console = console
        self._turn = PerLoop(asyncio.Lock)
        self._seated: list[TerminalInterface] = []
        self._last: TerminalInterface | None = None

    @property
    def console(self) -> SafeConsole:
        """Return the console for output."""
        if self._console is not None:
            return self._console
        console = SafeConsole(stderr=not sys.stdout.isatty())
        console.width = min(console.width, _WIDEST)
        return console

    def interface(self, role: str, name: str) -> TerminalInterface:
        """Create the interface of a role."""
        if any(each.asked for each in self._seated):  # an episode is under way or over, so this is the next
            self._seated = []
        interface = TerminalInterface(self, role, name)
        self._seated.append(interface)
        return interface

    @asynccontextmanager
    async def turn(self, interface: TerminalInterface) -> AsyncGenerator[None]:
        """Keep the terminal for one person, once the others are done and have looked away."""
        async with self._turn.here():
            if interface is not self._last and len(self._seated) > 1:
                await self._hand_over(interface)
            self._last = interface
            yield

    async def typed(self, prompt: str) -> str:
        """Wait for a line that a person types; what is said after an interruption begins a line of its own."""
        try:
            return await self.lines.read(for_line(prompt))
        except asyncio.CancelledError:
            self.console.print()
            raise

    async def _hand_over(self, interface: TerminalInterface) -> None:
        console = self.console
        if self.lines.typed:
            console.clear()
            console.print(Rule(f"{interface.who}: your turn", align="left"))
            await self.typed("The others look away. Press Enter when you are ready. ")
        else:
            console.print()
            console.print(Rule(interface.who, align="left"))


class TerminalInterface:
    """The interface of a person at the terminal."""

    def __init__(self, terminal: Terminal, role: str, name: str) -> None:
        self.asked = False
        self.who = f"{role} ({name})" if name else role
        self._terminal = terminal
        self._role = role
        self._rules: list[str] = []
        self._unseen: list[Observation] = []

    def show(self, observation: Observation) -> None:
        """Keep the observation until it is this person's turn."""
        self._unseen.append(observation)
        if observation.kind == "rules":
            self._rules.append(observation.text)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Reserve the terminal."""
        return self._terminal.turn(self)

    async def ask(self, question: Question) -> Answer:
        """Show what is new, ask the question and fill in the form."""
        self.asked = True
        console = self._terminal.console
        self._show_unseen()
        console.print()
        print_text(console, question.prompt, style="bold")
        if question.complaint:
            _complain(console, question.complaint)
        return await Form(question, _TerminalRenderer(self._terminal, self._role, self._rules)).fill()

    async def close(self) -> None:
        """Show what happened last."""
        if self._unseen:
            async with self._terminal.turn(self):
                self._show_unseen()

    def _show_unseen(self) -> None:
        console = self._terminal.console
        unseen, self._unseen = self._unseen, []
        for observation in unseen:
            if observation.kind == "rules":
                console.print()
                console.print(Rule(f"You are {self.who}", align="left"))
                print_text(console, observation.text)
                print_text(console, _KEYS, style="dim")
        events = [each.text for each in unseen if each.kind != "rules"]
        if events:
            console.print()
        for text in events:
            print_text(console, text, style="cyan")


class _TerminalRenderer:
    """A form on the terminal."""

    def __init__(self, terminal: Terminal, role: str, rules: list[str]) -> None:
        self._terminal = terminal
        self._role = role
        self._rules = rules

    def section(self, name: str, about: str) -> None:
        self._label(name, about)

    async def enter(self, field: FormField, problem: str | None) -> str:
        console = self._terminal.console
        if problem is None:
            self._show(field)
        else:
            _complain(console, problem)
        prompt = f"{self._role}, {_in_words(field.name)}> " if field.name else f"{self._role}> "
        while True:
            entry = await self._line(prompt)
            if entry.strip() != HELP:
                return entry
            for rules in self._rules:
                print_text(console, rules)
            print_text(console, _KEYS, style="dim")
            self._show(field)
            print_text(console, f"Enter {field.hint}.")

    async def _line(self, prompt: str) -> str:
        """Read a line; a line that is piped in is shown as if it had been typed."""
        console, lines = self._terminal.console, self._terminal.lines
        if lines.typed:
            return await self._terminal.typed(prompt)
        console.print(prompt, end="", soft_wrap=True)
        entry = ""
        try:
            entry = await lines.read(prompt)
        finally:
            console.print(entry, soft_wrap=True)
        return entry

    def _show(self, field: FormField) -> None:
        options: list[tuple[str, str]] = getattr(field.kind, "options", [])
        self._label(field.name, field.about, "" if options and not field.optional else field.hint)
        shown = [f"{mark}  {name}" if mark else name for mark, name in options]
        if sum(map(len, shown)) <= _SHORT:
            shown = ["     ".join(shown)] if shown else []
        for line in shown:
            print_text(self._terminal.console, f"  {line}")

    def _label(self, name: str, about: str, hint: str = "") -> None:
        label = Text(_in_words(name), style="bold")
        if name and (about or hint):
            label.append(": " if about else " ", style="not bold")
        label.append(about, style="not bold")
        if hint:
            label.append(f" ({hint})" if about or name else f"({hint})", style="not bold dim")
        if label.plain:
            self._terminal.console.print(label, soft_wrap=not self._terminal.console.is_terminal)


def _complain(console: SafeConsole, problem: str) -> None:
    print_text(console, f"{problem[:1].upper()}{problem[1:].rstrip('.')}.", style="yellow")


def _in_words(name: str) -> str:
    return name.replace("_", " ")


TERMINAL: Final = Terminal()
"""The only terminal of this process."""
