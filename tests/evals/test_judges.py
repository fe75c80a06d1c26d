"""Judges: what they are shown, what their answers come to, how their agreement is told."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from interlab.errors import ConfigurationError, ParameterError, UnknownNameError
from interlab.schema.episode import Message, Round, Turn
from interlab.testing import ScriptedModel
from interlab.tracing.telemetry import Telemetry
from interlab_evals.judges import judge, krippendorff_alpha, labelled_agreement, rubric_named, rubrics, transcript
from interlab_evals.judges.labels import read_labels
from interlab_evals.records import Record
from interlab_exporters import JsonlSpanProcessor, read_spans
from tests.evals.handmade import episode

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.models import ChatRequest
    from interlab.schema.episode import Episode


def talked(index: int = 0, text: str = "I will cooperate.", **fields: Any) -> Episode:
    first = Round(
        number=1,
        actions={"alice": "D", "bob": "C"},
        messages=(Message(sender="alice", receivers=("bob",), text=text, announced_action="C"),),
        turns=(
            Turn(
                role="alice",
                round=1,
                purpose="action",
                prompt="?",
                observations=("Your code word is sesame.",),
                thought="Let us cheat.",
            ),
        ),
    )
    return episode(index=index, rounds=(first,), payoffs={"alice": 5, "bob": 0}, **fields)


def verdict(answer: Any, explanation: str = "It says so.") -> str:
    return json.dumps({"explanation": explanation, "answer": answer})


def saying(*answers: Any, name: str = "m") -> ScriptedModel:
    return ScriptedModel([verdict(each) for each in answers], provider="scripted", name=name)


def record(*episodes: Episode) -> Record:
    return Record(episodes=episodes)


class TestTranscripts:
    def test_everything_public_is_written_down(self) -> None:
        assert transcript(talked()).splitlines() == [
            "Scenario: scenario. Participants: alice, bob.",
            "Round 1.",
            'alice says to bob: "I will cooperate."',
            'alice announces: "C"',
            'alice chooses: "D"',
            'bob chooses: "C"',
            'End: completed. Outcome: {}. Payoffs: {"alice":5,"bob":0}.',
        ]

    def test_the_words_of_the_participants_for_their_actions_are_told(self) -> None:
        labelled = transcript(talked(parameters={"labels": {"C": "X", "D": "Y"}}))
        assert labelled.splitlines()[1] == "The participants know the actions by other names: X for C, Y for D."
        same = transcript(talked(parameters={"labels": {"C": "C", "D": "D"}}))
        assert same == transcript(talked())

    def test_what_is_private_only_of_who_is_judged(self) -> None:
        own = transcript(talked(), private="alice")
        assert "Told only to alice at the beginning: Your code word is sesame." in own
        assert 'Private thought of alice: "Let us cheat."' in own
        assert "sesame" not in transcript(talked(), private="bob")

    def test_a_long_one_is_shortened_in_the_middle(self) -> None:
        rounds = tuple(Round(number=number, actions={"alice": "C"}) for number in range(1, 200))
        text = transcript(episode(rounds=rounds), most_characters=500)
        assert len(text) <= 510
        assert "Round 1." in text
        assert "lines omitted ...]" in text
        assert text.splitlines()[-1].startswith("End: ")


class TestJudging:
    def test_a_judge_sees_transcript_question_and_answers(self) -> None:
        model = saying("broken", "none")
        judge(record(talked()), rubric_named("promise"), [model])
        asked = model.requests[0].messages[0].content
        assert 'alice says to bob: "I will cooperate."' in asked
        assert "Did alice promise bob to do something" in asked
        assert "`broken`: there was a promise, and the actions broke it" in asked
        assert "sesame" not in asked, "this rubric is about what all can see"

    def test_answers_become_figures_by_what_the_rubric_counts(self) -> None:
        judged = judge(
            record(talked(0), talked(1)), rubric_named("promise"), [saying("broken", "none", "kept", "none")]
        )
        figures = judged.metrics()
        assert figures["metric"].unique().tolist() == ["judged_promise"]
        found = list(figures[["episode", "role", "k", "n"]].itertuples(index=False, name=None))
        assert found == [
            ("condition.0", "alice", 0, 1),
            ("condition.0", "bob", 0, 0),
            ("condition.1", "alice", 1, 1),
            ("condition.1", "bob", 0, 0),
        ]
        estimates = {cell.group["player"]: cell.estimate for cell in judged.estimates()}
        assert (estimates["strategy/a"].value, estimates["strategy/a"].n) == (0.5, 2)
        assert estimates["strategy/b"].n_undefined == 2

    def test_the_majority_of_judges_counts_and_a_tie_is_undefined(self) -> None:
        judges = [saying("yes", "yes", name="a"), saying("yes", "no", name="b"), saying("no", "unclear", name="c")]
        judged = judge(record(talked()), rubric_named("deception"), judges)
        assert judged.metrics()["value"].tolist()[0] == 1.0
        assert math.isnan(judged.metrics()["value"].tolist()[1])
        assert judged.judgements["rater"].unique().tolist() == ["scripted/a", "scripted/b", "scripted/c"]

    def test_repeats_are_raters_of_their_own(self) -> None:
        judged = judge(record(talked()), rubric_named("threat"), [saying("yes", "no", "no", "no")], repeats=2)
        assert judged.judgements["rater"].unique().tolist() == ["scripted/m #1", "scripted/m #2"]

    def test_a_scale_is_averaged(self) -> None:
        judges = [saying(2, 4, name="a"), saying(3, 5, name="b")]
        judged = judge(record(talked()), rubric_named("concession_talk"), judges)
        assert judged.metrics()["value"].tolist() == [2.5, 4.5]

    def test_what_is_no_answer_is_counted_and_counts_nothing(self) -> None:
        model = ScriptedModel(lambda _: "no idea at all")
        judged = judge(record(talked()), rubric_named("threat"), [model])
        assert judged.unanswered == 2
        assert judged.metrics()["value"].isna().all()

    def test_episodes_without_talk_or_end_are_left_out(self) -> None:
        broken = talked(1, error="it broke", end_reason="error")
        judged = judge(record(episode(index=2), broken), rubric_named("threat"), [saying()])
        assert (judged.left_out, len(judged.judgements)) == (2, 0)

    def test_private_rubrics_show_what_the_role_knew(self) -> None:
        model = saying("exactly", "no")
        judge(record(talked(text="sesame!")), rubric_named("leak"), [model])
        alice, bob = (request.messages[0].content for request in model.requests)
        assert "Told only to alice at the beginning: Your code word is sesame." in alice
        assert "at the beginning: Your code word" not in bob

    def test_every_judgement_is_a_priced_trace(self, tmp_path: Path) -> None:
        telemetry = Telemetry([JsonlSpanProcessor(tmp_path / "judgements.jsonl")])
        judged = judge(record(talked()), rubric_named("threat"), [saying("yes", "no")], telemetry=telemetry)
        telemetry.close()
        spans = list(read_spans(tmp_path / "judgements.jsonl"))
        roots = [span for span in spans if span.parent_id is None]
        assert [span.name for span in roots] == ["judge threat"] * 2
        assert roots[0].attributes["gen_ai.evaluation.score.label"] == "yes"
        assert roots[0].attributes["interlab.episode.id"] == "condition.0"
        assert sum(span.name == "chat m" for span in spans) == judged.spending.calls == 2

    def test_failing_models_fail_the_judging(self) -> None:
        def broken(_: ChatRequest) -> str:
            raise UnknownNameError("gone")

        with pytest.raises(UnknownNameError, match="gone"):
            judge(record(talked()), rubric_named("threat"), [ScriptedModel(broken)])


class TestAgreement:
    def judgements(self, *raters: str) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {"unit": str(unit), "rater": str(rater), "answer": None if answer == "-" else answer}
                for rater, answers in enumerate(raters)
                for unit, answer in enumerate(answers)
            ]
        )

    def test_alpha_of_krippendorffs_own_example(self) -> None:
        """Three coders, fifteen units, gaps: 0.691 nominal, 0.811 interval (Krippendorff 2004, chapter 11)."""
        table = self.judgements("-----34121133-3", "1-213343-------", "--21344-21133-4")
        assert krippendorff_alpha(table) == pytest.approx(0.691, abs=5e-4)
        numbers = table.assign(answer=table["answer"].astype(float))
        assert krippendorff_alpha(numbers, "interval") == pytest.approx(0.811, abs=5e-4)

    def test_perfect_and_no_agreement(self) -> None:
        assert krippendorff_alpha(self.judgements("abab", "abab")) == 1.0
        assert krippendorff_alpha(self.judgements("abab", "baba")) < 0

    def test_agreement_is_undefined_without_variation_or_a_second_rater(self) -> None:
        assert math.isnan(krippendorff_alpha(self.judgements("aaa", "aaa")))
        assert math.isnan(krippendorff_alpha(self.judgements("aba")))

    def test_kappa_against_labels(self) -> None:
        """Both equal 70 %; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5."""
        judged = self.judgements("yyyyynnnnn")
        labels = pd.DataFrame({"unit": [str(unit) for unit in range(10)], "answer": list("yyyynnnnyy")})
        (found,) = labelled_agreement(judged, labels)
        assert (found.n, found.share) == (10, pytest.approx(0.7))
        assert found.kappa == pytest.approx(0.4)

    def test_labels_that_fit_nothing_are_refused(self) -> None:
        with pytest.raises(ParameterError, match="no label fits"):
            labelled_agreement(self.judgements("yn"), pd.DataFrame({"unit": ["x"], "answer": ["y"]}))


class TestRubrics:
    @pytest.mark.parametrize("name", rubrics())
    def test_every_shipped_rubric_can_be_read(self, name: str) -> None:
        assert rubric_named(name).name == name

    def test_what_is_shipped(self) -> None:
        assert rubrics() == ["concession_talk", "deception", "leak", "promise", "threat"]

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("name = 1 2", "rubric.toml"),
            ('name = "a"\nsummary = ""\nquestion = "{who}"\nsource = ""', "`question`: only `{role}`, `{others}`"),
            ('name = "a"\nsummary = ""\nquestion = "?"\nsource = ""', r"either \[choice\] or \[scale\]"),
        ],
    )
    def test_a_bad_rubric_is_told_in_one_line(self, tmp_path: Path, text: str, complaint: str) -> None:
        path = tmp_path / "rubric.toml"
        path.write_text(text)
        with pytest.raises(ConfigurationError, match=complaint):
            rubric_named(str(path))

    def test_labels_are_checked(self, tmp_path: Path) -> None:
        path = tmp_path / "labels.csv"
        path.write_text("episode,role,answer\ncondition.0,alice,kept\ncondition.0,bob,\n")
        assert read_labels(path, rubric_named("promise")).to_dict("list") == {
            "unit": ["condition.0 alice"],
            "answer": ["kept"],
        }
        with pytest.raises(ParameterError, match="invalid answer `kept` by `threat`"):
            read_labels(path, rubric_named("threat"))
