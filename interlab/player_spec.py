"""How a player is written: ``prefix/name?option=value&option=value``.

The prefix says who makes the player: a provider of models (``openai/gpt-5-mini``) or a source of programs
(``strategy/tit-for-tat``). The name may contain slashes (``openrouter/meta-llama/llama-3-8b``,
``local//weights/model.gguf``); people need none (``human``). What options there are is the maker's business.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from pydantic import TypeAdapter, ValidationError

from interlab.errors import ParameterError
from interlab.redaction import is_secret_name
from interlab.registry import suggestion
from interlab.validation import problems

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_LONGEST: Final = 2000
_SHOWN: Final = 40
NAMELESS: Final = frozenset({"human"})
"""The prefixes that are players by themselves."""


@dataclass(frozen=True, slots=True)
class PlayerSpec:
    """Player and its options.

    Example:
        >>> spec = PlayerSpec.parse("openai/gpt-5-mini?temperature=0.7")
        >>> spec.prefix, spec.name, dict(spec.options)
        ('openai', 'gpt-5-mini', {'temperature': '0.7'})
        >>> str(spec)
        'openai/gpt-5-mini?temperature=0.7'
    """

    prefix: str
    name: str
    options: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @classmethod
    def parse(cls, text: str) -> PlayerSpec:
        """Read a spec.

        Raises:
            ParameterError: It lacks the prefix, the name, or an option's value, gives an option twice, or holds a
                secret.
        """
        if len(text) > _LONGEST or not text.isprintable():
            shown = repr(text[:_SHOWN])
            raise ParameterError(f"invalid player {shown}: expected at most {_LONGEST} printable characters")
        path, _, query = text.partition("?")
        prefix, _, name = path.partition("/")
        if not prefix or not (name or path in NAMELESS):
            raise ParameterError(
                f"invalid player `{text}`: expected `prefix/name`, such as `strategy/tit-for-tat` or "
                "`openai/gpt-5-mini`"
            )
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        except ValueError:
            raise ParameterError(f"`{text}`: write options as `?name=value&name=value`") from None
        options = dict(pairs)
        if secret := next((name for name in options if is_secret_name(name)), None):
            raise ParameterError(
                f"`{text}`: a player must not hold a secret, since it is recorded: leave out `{secret}` and set "
                "the environment variable of the provider (`interlab doctor` lists them)"
            )
        if len(options) < len(pairs):
            raise ParameterError(f"`{text}` gives an option twice")
        return cls(prefix, name, options)

    def __str__(self) -> str:
        path = f"{self.prefix}/{self.name}" if self.name else self.prefix
        return f"{path}?{urlencode(self.options, safe=',/')}" if self.options else path

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
            raise ParameterError(f"`{self}`: option {problems(error)[0]}") from None
