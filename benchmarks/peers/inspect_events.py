"""The peer of a benchmark, run by a Python that has Inspect AI: conversations logged, and read back as events.

``python inspect_events.py log DIRECTORY`` has a model that answers at once hold conversations, and logs them;
``python inspect_events.py read DIRECTORY`` reads the log with ``events_df`` and prints microseconds per row, of a
processor.
"""

import sys
import time
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.analysis import events_df
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import solver

SAMPLES = 100
ROUNDS = 20
RULES = "You take part in a game with one other player. " + "Here is one of its rules. " * 30


def answer(*_, **__):
    """Answer; usage is told, or it would be counted with a tokenizer that has to be downloaded."""
    output = ModelOutput.from_content("mockllm/model", '{"answer": "X"}')
    output.usage = ModelUsage(input_tokens=200, output_tokens=7, total_tokens=207)
    return output


@solver
def game():
    """Two players are asked round by round, each in a conversation of its own."""

    async def solve(state, generate):
        model = get_model()
        conversations = [[ChatMessageSystem(content=RULES)] for _ in range(2)]
        for number in range(1, ROUNDS + 1):
            for conversation in conversations:
                conversation.append(ChatMessageUser(content=f"Round {number} of {ROUNDS}. Which do you choose?"))
                conversation.append((await model.generate(conversation)).message)
        state.completed = True
        return state

    return solve


@scorer(metrics=[mean()])
def one():
    """Score something."""

    async def score(state, target):
        return Score(value=1.0)

    return score


def log(directory):
    """Hold the conversations."""
    (made,) = evaluate(
        Task(dataset=[Sample(input="play", target="x") for _ in range(SAMPLES)], solver=game(), scorer=one()),
        model=get_model("mockllm/model", custom_outputs=answer),
        log_dir=directory,
        display="none",
        max_samples=8,
    )
    assert made.status == "success", made.error


def read(directory):
    """Time the second reading: the first one imports."""
    logs = [str(path) for path in Path(directory).glob("*.eval")]
    events_df(logs, quiet=True)
    began = time.process_time()
    rows = len(events_df(logs, quiet=True))
    print((time.process_time() - began) / rows * 1e6)


if __name__ == "__main__":
    {"log": log, "read": read}[sys.argv[1]](sys.argv[2])
