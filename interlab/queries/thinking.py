"""Private reasoning inside an answer: the tags in which models and their chat templates write it.

A reasoning model thinks before it answers. Most servers report its thoughts in a separate field;
the others leave them in the text, in tags that differ by model family.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_WORDS: Final = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)"
_PAIRS: Final = (
    (rf"<\|?{_WORDS}\|?>", rf"<\|?/{_WORDS}\|?>"),
    (r"\[THINK\]", r"\[/THINK\]"),  # Mistral
    (r"◁think▷", r"◁/think▷"),  # Kimi
    (r"<\|(?:START|begin)_(?:OF_)?(?:THINKING|THOUGHT)\|>", r"<\|(?:END|end)_(?:OF_)?(?:THINKING|THOUGHT)\|>"),
    (r"<\|channel>thought", r"<channel\|>"),  # Gemma 4
    (r"<unused94>(?:thought)?", r"<unused95>"),  # Gemma 3
)
_OPENING: Final = re.compile("|".join(opening for opening, _ in _PAIRS), re.IGNORECASE)
_CLOSING: Final = re.compile("|".join(closing for _, closing in _PAIRS), re.IGNORECASE)
_CHANNEL: Final = re.compile(
    r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>(.*?)"
    r"(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
"""A message of the harmony format of gpt-oss, https://cookbook.openai.com/articles/openai-harmony."""
_BARE_CHANNELS: Final = re.compile(r"\A\s*analysis(.*?)assistant\s*final(.*)\Z", re.DOTALL)
"""The same where the server has dropped the special tokens."""
_TOKENS: Final = re.compile(
    r"<\|(?:im_end|im_start|eot_id|end_of_text|endoftext|eom_id|end|return|eos|assistant|user"
    r"|START_RESPONSE|END_RESPONSE|END_OF_TURN_TOKEN|start_header_id|end_header_id)\|>"
    r"|</?s>|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>|\[/?INST\]",
)
"""Special tokens of chat templates that should not have reached the text."""
_MARGINS: Final = re.compile(rf"\A(?:\s|{_TOKENS.pattern})+|(?:\s|{_TOKENS.pattern})+\Z")


class Thinking(NamedTuple):
    """A text, divided into private reasoning and answer."""

    thought: str
    """Empty if there is no reasoning."""
    answer: str


def split_thinking(text: str) -> Thinking:
    """Divide a text into reasoning and answer.

    Text before a closing tag without an opening one is reasoning, because some chat templates write the opening
    tag into the prompt. Text after an opening tag that is never closed is reasoning too. Text that begins as a
    JSON object is an answer, whatever it quotes.

    Example:
        >>> split_thinking('<think>They will cooperate.</think>{"answer": "C"}')
        Thinking(thought='They will cooperate.', answer='{"answer": "C"}')
    """
    if not _may_hold_tags(text):
        return Thinking("", text)
    if "<|channel|>" in text:
        return _of_channels(text)
    if bare := _BARE_CHANNELS.match(text):
        return Thinking(bare[1].strip(), _trimmed(bare[2]))
    thoughts: list[str] = []
    kept: list[str] = []
    position = 0
    for closing in _CLOSING.finditer(text):
        opening = _OPENING.search(text, position, closing.start())
        if opening is None:  # everything so far was reasoning
            thoughts += [*kept, text[position : closing.start()]]
            kept = []
        else:
            kept.append(text[position : opening.start()])
            thoughts.append(text[opening.end() : closing.start()])
        position = closing.end()
    if opening := _OPENING.search(text, position):
        kept.append(text[position : opening.start()])
        thoughts.append(text[opening.end() :])
    else:
        kept.append(text[position:])
    return Thinking("\n".join(filter(None, map(str.strip, thoughts))), _trimmed("".join(kept)))


def _may_hold_tags(text: str) -> bool:
    """Look at the text quickly, since most answers have no tags."""
    beginning = text.lstrip()[:8]
    if beginning.startswith("{"):
        return text.rstrip().endswith(">")  # a special token at the end
    return beginning == "analysis" or any(sign in text for sign in "<[◁")


def _of_channels(text: str) -> Thinking:
    thoughts: list[str] = []
    final: list[str] = []
    for channel, message in _CHANNEL.findall(text):
        (final if channel == "final" else thoughts).append(_trimmed(message))
    return Thinking("\n".join(filter(None, thoughts)), "".join(final))


def _trimmed(text: str) -> str:
    return _MARGINS.sub("", text)
