"""JSON schemas in the form that endpoints hold a model to.

Pydantic describes what it would accept; an endpoint wants to be told what to produce. The two differ:
OpenAI's strict mode wants every object closed and every property required, grammars want no defaults, and a
model in whose prompt the schema is written wants no noise. :func:`closed` makes one schema that suits all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.schema.episode import Json

    Node = dict[str, Json]

_NOISE: Final = frozenset({"title", "default", "discriminator", "$defs", "examples"})
_REFERENCE: Final = "#/$defs/"
_STRICT_KEYWORDS: Final = frozenset(
    {
        "$ref", "$defs", "additionalProperties", "anyOf", "const", "description", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "multipleOf",
        "pattern", "properties", "required", "type",
    }
)  # fmt: skip
"""Keywords that OpenAI's strict mode supports, https://platform.openai.com/docs/guides/structured-outputs."""
_STRICT_FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """Schema of an answer."""

    name: str
    """Letters, digits, ``_`` and ``-``, at most 64."""
    document: dict[str, Json] = field(hash=False)
    """The JSON schema; its root is an object."""
    strict: bool
    """True if OpenAI's strict mode supports the schema; grammars always do."""
    instructions: str
    """The same in words, for a prompt whose endpoint takes no schema."""

    @classmethod
    def of(cls, name: str, generated: Mapping[str, Json]) -> AnswerSchema:
        """Make the schema of an answer from what pydantic generates."""
        document = closed(generated)
        return cls(
            name=re.sub(r"[^a-zA-Z0-9_-]+", "_", name)[:64],
            document=document,
            strict=_suits_strict_mode(document),
            instructions=(
                "Answer with one JSON object and nothing else. It must match this JSON schema: "
                + json.dumps(document, ensure_ascii=False)
            ),
        )


def closed(generated: Mapping[str, Json]) -> dict[str, Json]:
    """Rewrite a schema so that it says what to produce.

    Objects are closed and all their properties required, references are written out unless they recur,
    ``oneOf`` becomes ``anyOf``, and titles and defaults are left out. Of the docstring of a class, only the first
    paragraph is kept: the rest is for developers.
    """
    closing = _Closing(cast("dict[str, Node]", generated.get("$defs") or {}))
    root = closing.node(_summarised(dict(generated)), ())
    if closing.recurring:
        root["$defs"] = {
            name: closing.node(_summarised(closing.definitions[name]), (name,))
            for name in sorted(closing.recurring)
        }
    return root


class _Closing:
    """One pass over one schema; collects the definitions that refer to themselves."""

    def __init__(self, definitions: dict[str, Node]) -> None:
        self.definitions = definitions
        self.recurring: set[str] = set()

    def node(self, schema: Node, inside: tuple[str, ...]) -> Node:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = reference.removeprefix(_REFERENCE)
            if name in inside:
                self.recurring.add(name)
                return {"$ref": reference}
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return self.node({**_summarised(self.definitions[name]), **beside}, (*inside, name))
        result: Node = {}
        for key, value in schema.items():
            if key in _NOISE:
                continue
            if key == "properties":
                properties = cast("dict[str, Node]", value)
                result[key] = {name: self.node(each, inside) for name, each in properties.items()}
            elif key in {"anyOf", "oneOf", "allOf", "prefixItems"}:
                branches: list[Json] = [self.node(each, inside) for each in cast("list[Node]", value)]
                result["anyOf" if key == "oneOf" else key] = branches
            elif key in {"items", "additionalProperties"} and isinstance(value, dict):
                result[key] = self.node(value, inside)
            else:
                result[key] = value
        properties = result.get("properties")
        if isinstance(properties, dict):
            result["required"] = list(properties)
            result.setdefault("additionalProperties", False)
        return result


def _summarised(definition: Node) -> Node:
    description = definition.get("description")
    if not isinstance(description, str):
        return definition
    return {**definition, "description": description.partition("\n\n")[0]}


def _suits_strict_mode(schema: Json) -> bool:
    if not isinstance(schema, dict) or not schema.keys() <= _STRICT_KEYWORDS:
        return False
    if not schema.keys() & {"type", "anyOf", "$ref"}:
        return False
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    if schema.get("format", "date") not in _STRICT_FORMATS:
        return False
    below: list[Json] = []
    for key in ("properties", "$defs"):
        below += cast("dict[str, Json]", schema.get(key) or {}).values()
    below += cast("list[Json]", schema.get("anyOf") or [])
    if "items" in schema:
        below.append(schema["items"])
    return all(_suits_strict_mode(each) for each in below)
