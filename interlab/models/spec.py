"""A model's spec: ``provider/name?option=value&option=value``.

The name may contain slashes (``openrouter/meta-llama/llama-3-8b``, ``local//weights/model.gguf``). What
options there are is the provider's business: it reads them with :meth:`ModelSpec.read_options`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, urlencode

from pydantic import TypeAdapter, ValidationError

from interlab.errors import ParameterError
from interlab.registry import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model, and with what options.

    Example:
        >>> spec = ModelSpec.parse("openai/gpt-5-mini?temperature=0.7")
        >>> spec.provider, spec.name, dict(spec.options)
        ('openai', 'gpt-5-mini', {'temperature': '0.7'})
        >>> str(spec)
        'openai/gpt-5-mini?temperature=0.7'
    """

    provider: str
    name: str
    options: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @classmethod
    def parse(cls, text: str) -> ModelSpec:
        """Read a spec.

        Raises:
            ParameterError: It lacks the provider, the name, or an option's value, or gives an option twice.
        """
        path, _, query = text.partition("?")
        provider, _, name = path.partition("/")
        if not provider or not name:
            raise ParameterError(f"`{text}` is no model: write `provider/name`, such as `openai/gpt-5-mini`")
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        except ValueError:
            raise ParameterError(f"`{text}`: write options as `?name=value&name=value`") from None
        options = dict(pairs)
        if len(options) < len(pairs):
            raise ParameterError(f"`{text}` gives an option twice")
        return cls(provider, name, options)

    def __str__(self) -> str:
        path = f"{self.provider}/{self.name}"
        return f"{path}?{urlencode(self.options)}" if self.options else path

    def read_options(self, expected: type[T]) -> T:
        """Read the options as a dataclass, whose fields are the options there are.

        Raises:
            ParameterError: An option is unknown or has a bad value.
        """
        known = [each.name for each in dataclasses.fields(expected)]  # pyright: ignore[reportArgumentType]
        for option in self.options:
            if option not in known:
                raise ParameterError(f"`{self}` has no option `{option}`; {suggestion(option, known)}")
        try:
            return TypeAdapter(expected).validate_python(dict(self.options))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            option = ".".join(map(str, first["loc"]))
            raise ParameterError(f"`{self}`: option `{option}`: {first['msg']}") from None
