"""A form that follows the schema of an answer: field after field, down into objects and lists."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from interlab.actors.human.base import Answer
from interlab.actors.human.fields import BooleanField, ChoiceField, FormField, kind_of
from interlab.errors import InvalidAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.human.base import Question
    from interlab.schema.episode import Json

    Schema = Mapping[str, Any]

START_OVER: Final = "!"
"""The entry that empties the form."""
_ANSWER: Final = "answer"
_ABOUT_NULL: Final = re.compile(r"[;,]? null\b[^.;]*")


class FormRenderer(Protocol):
    """Shows the fields of a form and reads entries."""

    def section(self, name: str, about: str) -> None:
        """Begin a group of fields."""
        ...

    async def enter(self, field: FormField, problem: str | None) -> str:
        """Ask for the entry of a field.

        Args:
            field: The field.
            problem: Why the entry before was rejected.
        """
        ...


class _StartOver(Exception):  # noqa: N818  nothing is wrong
    pass


class _GivenUp(Exception):  # noqa: N818  as above
    def __init__(self, entry: str) -> None:
        super().__init__()
        self.entry = entry


class Form:
    """The form of one question.

    Args:
        question: The question.
        renderer: Shows fields and reads entries.
    """

    def __init__(self, question: Question, renderer: FormRenderer) -> None:
        self._question = question
        self._renderer = renderer
        self._invalid_entries = 0

    async def fill(self) -> Answer:
        """Ask for all fields; ask again for an invalid entry while attempts are left."""
        schema = self._question.wanted.schema.document
        while True:
            try:
                document = await self._root(schema)
            except _StartOver:
                continue
            except _GivenUp as end:
                return Answer(end.entry, self._invalid_entries - 1)
            return Answer(json.dumps(document, ensure_ascii=False), self._invalid_entries)

    async def _root(self, schema: Schema) -> Json:
        fields: Mapping[str, Schema] = schema.get("properties", {})
        if list(fields) == [_ANSWER]:
            return {_ANSWER: await self._value("", fields[_ANSWER])}
        return await self._value("", schema)

    async def _value(self, name: str, schema: Schema) -> Json:
        """Ask for a value of any kind."""
        about = _about(schema)
        kinds = _kinds(schema)
        optional = _nullable(schema)
        if len(kinds) > 1:
            return await self._one_of(name, about, kinds, optional=optional)
        (kind,) = kinds or [schema]
        if kind.get("type") == "array":
            return await self._list(name, about, kind)
        if "properties" not in kind:
            if "const" in kind and not optional:
                return kind["const"]
            return await self._entry(FormField(name, about, kind_of(kind), optional))
        if optional and not await self._entry(FormField(name, about or "fill it in?", BooleanField())):
            return None
        if name:
            self._renderer.section(name, about)
        return {field: await self._value(field, each) for field, each in kind["properties"].items()}

    async def _one_of(self, name: str, about: str, kinds: list[Schema], *, optional: bool) -> Json:
        titles = [_title(each) for each in kinds]
        chosen = await self._entry(FormField(name, about, ChoiceField(list(range(len(kinds))), titles), optional))
        return None if chosen is None else await self._value(name, kinds[cast("int", chosen)])

    async def _list(self, name: str, about: str, schema: Schema) -> Json:
        """Ask for items until there are enough or the person wants no more."""
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        items: list[Json] = []
        if about:
            self._renderer.section(name, about)
        while most is None or len(items) < most:
            label = f"{name} {len(items) + 1}".strip()
            if len(items) >= least and not await self._entry(FormField(label, "another one?", BooleanField())):
                break
            items.append(await self._value(label, schema["items"]))
        return items

    async def _entry(self, field: FormField) -> Json:
        problem: str | None = None
        while True:
            entry = (await self._renderer.enter(field, problem)).strip()
            if entry == START_OVER:
                raise _StartOver
            try:
                return field.read(entry)
            except InvalidAnswerError as error:
                problem = str(error)
            self._invalid_entries += 1
            if self._question.attempts is not None and self._invalid_entries >= self._question.attempts:
                raise _GivenUp(entry)


def _about(schema: Schema) -> str:
    """Return the description without what it says about `null`, which people do not enter."""
    return _ABOUT_NULL.sub("", schema.get("description", ""))


def _title(schema: Schema) -> str:
    """Return a label for one of several kinds of answers."""
    fields: Mapping[str, Schema] = schema.get("properties", {})
    constants = [str(each["const"]) for each in fields.values() if "const" in each]
    return " ".join(constants) or ", ".join(fields) or str(schema.get("const") or schema.get("type") or "other")


def _kinds(schema: Schema) -> list[Schema]:
    """List the kinds of a value other than `null`."""
    branches: list[Schema] = schema.get("anyOf", [schema])
    return [each for each in branches if each.get("type") != "null"]


def _nullable(schema: Schema) -> bool:
    return any(each.get("type") == "null" for each in schema.get("anyOf", ()))
