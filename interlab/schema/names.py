"""Every span name and attribute key that InterLab writes or reads, and nowhere else.

What the OpenTelemetry GenAI semantic conventions name is written under their name, everything else under
``interlab.*``. Values marked JSON are strings holding JSON, because a search backend can match them and
every OTLP store can keep them.
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = "1"
"""Version of this schema, written on every episode's root span as :data:`SCHEMA_VERSION`."""

SERVICE: Final = "interlab"
"""Service of the spans that belong to no role."""
SERVICE_NAMESPACE: Final = "interlab"

EVALUATE: Final = "evaluate"
"""Name of the span that holds what was measured when an episode ended."""

# Stamped on every span of an episode, so that a search on one span finds it.
RUN_ID: Final = "interlab.run.id"
SUITE: Final = "interlab.suite"
SCENARIO: Final = "interlab.scenario"
CONDITION: Final = "interlab.condition"
EPISODE_ID: Final = "interlab.episode.id"
CONVERSATION_ID: Final = "gen_ai.conversation.id"
ROUND: Final = "interlab.round"

TEXTS_VERSION: Final = "interlab.texts.version"
"""On the root: version of the scenario's texts and of those that all scenarios share, as ``1.1``."""

# GenAI semantic conventions.
OPERATION: Final = "gen_ai.operation.name"
CALL_OPERATIONS: Final = frozenset({"chat", "embeddings", "generate_content", "text_completion"})
"""The operations that are a call to a language model; ours are ``chat`` and ``embeddings``."""
WORKFLOW: Final = "gen_ai.workflow.name"
AGENT: Final = "gen_ai.agent.name"
TOOL: Final = "gen_ai.tool.name"
PROVIDER: Final = "gen_ai.provider.name"
SYSTEM: Final = "gen_ai.system"
"""Attribute of the provider's name until version 1.36 of the conventions; read, never written."""
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_TOP_P: Final = "gen_ai.request.top_p"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_SEED: Final = "gen_ai.request.seed"
REQUEST_STOP: Final = "gen_ai.request.stop_sequences"
REQUEST_FREQUENCY_PENALTY: Final = "gen_ai.request.frequency_penalty"
REQUEST_PRESENCE_PENALTY: Final = "gen_ai.request.presence_penalty"
REQUEST_TOP_K: Final = "gen_ai.request.top_k"
REQUEST_MIN_P: Final = "interlab.request.min_p"
REQUEST_REASONING_EFFORT: Final = "interlab.request.reasoning_effort"
REQUEST_VERBOSITY: Final = "interlab.request.verbosity"
REQUEST_SERVICE_TIER: Final = "openai.request.service_tier"
REQUEST_EXTRA: Final = "interlab.request.extra"
"""Further fields of a request's body, as JSON; the conventions have no name for these and for ``min_p``."""
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
EVALUATION: Final = "gen_ai.evaluation.result"
EVALUATION_NAME: Final = "gen_ai.evaluation.name"
EVALUATION_VALUE: Final = "gen_ai.evaluation.score.value"
EVALUATION_LABEL: Final = "gen_ai.evaluation.score.label"
EVALUATION_EXPLANATION: Final = "gen_ai.evaluation.explanation"
EVALUATION_K: Final = "interlab.evaluation.k"
EVALUATION_N: Final = "interlab.evaluation.n"

# General semantic conventions.
ERROR_TYPE: Final = "error.type"
PEER_SERVICE: Final = "peer.service"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"

# The episode's root span.
SCHEMA_VERSION: Final = "interlab.schema.version"
ATTEMPT: Final = "interlab.attempt"
EPISODE_INDEX: Final = "interlab.episode.index"
SEED: Final = "interlab.seed"
PARAMETERS: Final = "interlab.parameters"
"""JSON: the scenario's parameters."""
GAME: Final = "interlab.game"
"""JSON: the facts that metrics need: actions, payoff table, reservation values, endowment."""
ACTORS: Final = "interlab.actors"
"""JSON: list of role, player, kind, model."""
OUTCOME: Final = "interlab.outcome"
"""JSON object."""
PAYOFFS: Final = "interlab.payoffs"
"""JSON object, role -> number; on the root the total, on a round what it paid."""
SPANS: Final = "interlab.trace.spans"
"""Number of spans of the trace, the root included, so that a reader knows when it has them all."""
LONG_TRACE: Final = "interlab.trace.long"
"""True where the trace has more spans than a page of Jaeger's shows with ease; left out elsewhere."""
END_REASON: Final = "interlab.end.reason"
USAGE_CALLS: Final = "interlab.usage.calls"
USAGE_INPUT_TOKENS: Final = "interlab.usage.input_tokens"
USAGE_OUTPUT_TOKENS: Final = "interlab.usage.output_tokens"
USAGE_USD: Final = "interlab.usage.usd"

# A round.
ACTIONS: Final = "interlab.actions"
"""JSON object, role -> action; null where the role made no valid move."""
FACTS: Final = "interlab.facts"
"""JSON object: what the environment declares public about the round."""

# One query to one actor.
ROLE: Final = "interlab.role"
PLAYER: Final = "interlab.player"
PURPOSE: Final = "interlab.purpose"
OBSERVATIONS: Final = "interlab.observations"
"""JSON list of the texts observed since the actor's last query."""
PROMPT: Final = "interlab.prompt"
ACTION: Final = "interlab.action"
"""JSON: the typed answer; null where no valid one came."""
ACTION_VALID: Final = "interlab.action.valid"
"""True if the first attempt was valid."""
ACTION_HANDLING: Final = "interlab.action.handling"
ATTEMPTS: Final = "interlab.attempts"
THOUGHT: Final = "interlab.thought"

# A step within a turn: reasoning, remembering.
STEP: Final = "interlab.step"
STEP_TEXT: Final = "interlab.step.text"
"""Result of the step: a plan, a summary, messages found."""

# A model call.
USD: Final = "interlab.usd"
RETRIES: Final = "interlab.retries"
ANSWER_IN_REASONING: Final = "interlab.answer.in_reasoning"
"""True where the message was empty and the answer was read in the reasoning; left out elsewhere."""

# A message.
SENDER: Final = "interlab.message.sender"
RECEIVERS: Final = "interlab.message.receivers"
TEXT: Final = "interlab.message.text"
ANNOUNCED_ACTION: Final = "interlab.message.announced_action"
"""JSON: the action the sender said it would take, where it said so in structured form."""

METRIC: Final = "interlab.metric."
"""Prefix: ``interlab.metric.<name>``, and ``interlab.metric.<name>.<role>`` per role."""
MEASUREMENTS: Final = "interlab.measurements"
"""JSON list of measurements with their counts: the same figures, whole."""

# Metrics (OpenTelemetry's), and what only they are told apart by.
TOKEN_USAGE: Final = "gen_ai.client.token.usage"  # noqa: S105  a metric, no secret
OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105
COST: Final = "interlab.cost"
UNPRICED_CALLS: Final = "interlab.calls.unpriced"
EPISODES: Final = "interlab.episodes"
EPISODE_STATUS: Final = "interlab.episode.status"
DECISIONS: Final = "interlab.decisions"
INVALID_DECISIONS: Final = "interlab.decisions.invalid"
EVALUATION_RESULTS: Final = "interlab.evaluation.results"
EVALUATION_DEFINED: Final = "interlab.evaluation.defined"
"""True if a metric had a value; the metrics of k and n are named as the attributes of the event."""
