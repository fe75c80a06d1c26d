"""Every error that InterLab raises on purpose.

One tree; each leaf also derives from the builtin a caller would expect to catch::

    InterLabError
    ├── UsageError (ValueError)             something the user asked for is wrong
    │   ├── UnknownNameError (LookupError)  no such player, scenario, metric, suite, run
    │   ├── ParameterError                  a parameter is unknown or has a bad value
    │   ├── ConfigurationError              a file or setting cannot be understood
    │   └── MissingDependencyError          an optional part is not installed
    ├── RecordError (OSError)               the record cannot be written
    ├── SpanFormatError (ValueError)        a file or backend holds no spans we can read
    ├── BackendError (ConnectionError)      a telemetry backend (Jaeger, a collector) fails us
    ├── ModelError (RuntimeError)           a model call failed
    │   └── ModelUnavailableError           it will fail for every call: key, address, model name
    ├── InputEndedError (RuntimeError)      a person was to answer, and there is no input any more
    ├── InvalidAnswerError (ValueError)     an actor gave no valid answer in all its attempts
    └── EpisodeFailedError (RuntimeError)   an episode failed, and the run was to stop at the first

A message is one line: what is wrong, where, and what to do. The command line prints it and exits with 2
(with 1 where an episode failed). What can be done about a run that has stopped is a note on the exception.
"""

from __future__ import annotations

from interlab.redaction import hidden


class InterLabError(Exception):
    """Root of all errors that InterLab raises on purpose; no message repeats a key or a password."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(hidden(each) if isinstance(each, str) else each for each in arguments))


class UsageError(InterLabError, ValueError):
    """Something that the user asked for is wrong."""


class UnknownNameError(UsageError, LookupError):
    """A name that nothing is registered or stored under."""


class ParameterError(UsageError):
    """A parameter that is unknown, missing or out of range."""


class ConfigurationError(UsageError):
    """A file or a setting that cannot be read or understood."""


class MissingDependencyError(UsageError):
    """An optional part (an extra, model weights) that is not installed."""


class RecordError(InterLabError, OSError):
    """The record could not be written; what had been written before stays valid."""


class SpanFormatError(InterLabError, ValueError):
    """A source that holds no spans in a form we read, or a span that OTLP cannot carry."""


class BackendError(InterLabError, ConnectionError):
    """A telemetry backend that cannot be reached or does not answer as it should."""


class ModelError(InterLabError, RuntimeError):
    """A call to a model that failed after its retries."""


class ModelUnavailableError(ModelError):
    """A model that no call can reach: bad key, bad address, no such model."""


class InputEndedError(InterLabError, RuntimeError):
    """A person was to answer, and the input had come to its end."""


class InvalidAnswerError(InterLabError, ValueError):
    """An actor that gave no valid answer in all its attempts."""


class EpisodeFailedError(InterLabError, RuntimeError):
    """An episode that failed in a run that was to stop at the first failure."""
