"""Rubrics: what a judge is asked about an episode, and what its answers count as. They are TOML files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from interlab.environments.templates import template
from interlab.errors import ConfigurationError, UnknownNameError
from interlab.registry import suggestion
from interlab.validation import problems, read_toml

_SHIPPED: Final = Path(__file__).with_name("rubrics")


class Choice(BaseModel):
    """An answer that is one of several words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: dict[str, str] = Field(min_length=2)
    """Answer -> its meaning."""
    success: tuple[str, ...] = Field(min_length=1)
    """The answers that count as k."""
    counted: tuple[str, ...] = Field(min_length=1)
    """The answers that count as n; all others leave the figure undefined."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := {*self.success, *self.counted} - set(self.options):
            raise ValueError(f"no option is called {', '.join(sorted(unknown))}")
        if set(self.success) - set(self.counted):
            raise ValueError("what counts as success must be counted")
        return self


class Scale(BaseModel):
    """An answer that is a whole number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: int
    most: int
    meaning: str
    """Meaning of the ends and the middle."""

    @model_validator(mode="after")
    def _wide(self) -> Self:
        if self.least >= self.most:
            raise ValueError("`least` must be below `most`")
        return self


class Rubric(BaseModel):
    """Question to judges, with its answers.

    Attributes:
        name: Snake case; the metric is called ``judged_<name>``.
        summary: One line.
        about: Whether each role is judged, or the episode as a whole.
        question: What is asked; ``{role}`` is who is judged, ``{others}`` everybody else.
        facts: Keys of the episode's game that the judge is told.
        private: Whether the judge is shown the prompts of the role judged, with what only it knows.
        choice: The answers, where they are words.
        scale: The answers, where they are numbers.
        needs_talk: Whether an episode without any message is left out.
        direction: Which way is better.
        source: Whose concept it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    summary: str
    about: Literal["role", "episode"] = "role"
    question: Annotated[str, template("role", "others")]
    facts: tuple[str, ...] = ()
    private: bool = False
    choice: Choice | None = None
    scale: Scale | None = None
    needs_talk: bool = True
    direction: Literal["higher", "lower", "neutral"] = "neutral"
    source: str

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if (self.choice is None) == (self.scale is None):
            raise ValueError("a rubric has either [choice] or [scale]")
        return self

    @property
    def metric(self) -> str:
        """The name of the metric that it makes."""
        return f"judged_{self.name}"


def rubrics() -> list[str]:
    """The names of the rubrics that are shipped."""
    return sorted(path.stem.replace("-", "_") for path in _SHIPPED.glob("*.toml"))


def rubric_named(name: str) -> Rubric:
    """Read a rubric: a shipped one by its name, or one's own by the path of its file.

    Raises:
        UnknownNameError: No rubric has this name.
        ConfigurationError: The file is not a valid rubric.
    """
    path = Path(name) if name.endswith(".toml") else _SHIPPED / f"{name.replace('_', '-')}.toml"
    if not path.is_file():
        raise UnknownNameError(f"no rubric is called `{name}`; {suggestion(name, rubrics())}")
    document = read_toml(path, "rubric")
    try:
        return Rubric.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(f"rubric `{path}`: {problems(error)[0]}") from None
