"""`interlab export`: to an endpoint only what it lacks, and to one JSON document what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from interlab.schema import names
from interlab_exporters import read_spans
from tests.exporters.collectors import Answer, Collector, collecting, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import CommandLine


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def spans_in(document: bytes | str) -> list[dict[str, Any]]:
    groups = orjson.loads(document)["resourceSpans"]
    return [span for group in groups for scope in group["scopeSpans"] for span in scope["spans"]]


def ids(run: Path) -> set[str]:
    return {span.span_id for span in read_spans(run / "spans")}


class TestToAnEndpoint:
    def test_the_same_command_again_sends_nothing(
        self, run: Path, collector: Collector, interlab: CommandLine
    ) -> None:
        count = len(ids(run))
        first = interlab("export", str(run), "--to", "otlp", "--endpoint", collector.url)
        second = interlab("export", str(run), "--to", "otlp", "--endpoint", collector.url)
        assert first == (0, f"sent {count} spans of 3 traces to {collector.url}\n", "")
        assert second == (
            0,
            f"{collector.url} has acknowledged all {count} spans before; `--again` sends them again\n",
            "",
        )
        assert len(collector.spans) == count

    def test_again_sends_all_again(self, run: Path, collector: Collector, interlab: CommandLine) -> None:
        interlab("export", str(run), "--endpoint", collector.url)
        interlab("export", str(run), "--endpoint", collector.url, "--again")
        assert len(collector.spans) == 2 * len(ids(run))

    def test_only_what_was_asked_for_and_later_the_rest(
        self, run: Path, collector: Collector, interlab: CommandLine
    ) -> None:
        episode = next(
            str(span.attributes[names.EPISODE_ID])
            for span in read_spans(run / "spans")
            if names.EPISODE_ID in span.attributes
        )
        one = interlab("export", str(run), "--endpoint", collector.url, "--episode", episode, "--json")
        sent = orjson.loads(one.out)
        assert (sent["traces"], sent["sent_before"]) == (1, 0)
        rest = orjson.loads(interlab("export", str(run), "--endpoint", collector.url, "--json").out)
        assert (rest["traces"], rest["sent_before"]) == (2, sent["spans"])
        assert {span.span_id.hex() for span in collector.spans} == ids(run)

    def test_headers_and_the_endpoint_of_the_environment(
        self, run: Path, collector: Collector, interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("INTERLAB_OTLP", collector.url)
        assert interlab("export", str(run), "--header", "tenant=lab", "--header", "x=a=b").code == 0
        assert (collector.headers[0]["tenant"], collector.headers[0]["x"]) == ("lab", "a=b")

    def test_the_default_endpoint_speaks_the_protocol_of_the_environment(
        self, run: Path, interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        said = interlab("export", str(run), "--endpoint", f"http://127.0.0.1:{refusing_port()}")
        assert (said.code, said.out) == (2, "")
        assert "nothing that speaks gRPC is listening there" in said.err

    def test_long_attributes_are_cut_where_asked_for(
        self, run: Path, collector: Collector, interlab: CommandLine
    ) -> None:
        interlab("export", str(run), "--endpoint", collector.url, "--bound", "64")
        values = [pair.value.string_value for span in collector.spans for pair in span.attributes]
        assert max(len(value.encode()) for value in values) <= 64
        assert any("[cut: " in value for value in values)

    def test_a_refusal_is_one_line(self, run: Path, interlab: CommandLine) -> None:
        with collecting(Answer(400, b"no")) as refusing:
            said = interlab("export", str(run), "--endpoint", refusing.url)
        assert said == (2, "", f"interlab: `{refusing.url}/v1/traces` answered 400 Bad Request: no\n")

    def test_ctrl_c_says_what_was_sent(
        self, run: Path, collector: Collector, interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("interlab_exporters.deliveries.DeliveryLog.acknowledge", interrupt)
            said = interlab("export", str(run), "--endpoint", collector.url)
        assert said == (130, "", "interrupted; 0 spans were sent, the same command sends the rest\n")
        assert interlab("export", str(run), "--endpoint", collector.url).code == 0
        assert {span.span_id.hex() for span in collector.spans} == ids(run)


class TestToJson:
    def test_a_document_in_the_directory_of_the_run(self, run: Path, interlab: CommandLine) -> None:
        said = interlab("export", str(run), "--to", "json")
        assert said == (0, f"{run}/otlp.json\n", "")
        read = sorted(read_spans(run / "otlp.json"), key=lambda span: span.span_id)
        assert read == sorted(read_spans(run / "spans"), key=lambda span: span.span_id)

    def test_beside_a_file_of_spans(self, run: Path, interlab: CommandLine) -> None:
        (shard,) = (run / "spans").iterdir()
        said = interlab("export", str(shard), "--to", "json")
        assert said.out == f"{run.absolute()}/{shard.stem}.otlp.json\n"

    def test_beside_a_file_of_spans_that_is_no_shard(
        self, run: Path, tmp_path: Path, interlab: CommandLine
    ) -> None:
        (shard,) = (run / "spans").iterdir()
        copy = shard.rename(tmp_path / "some.jsonl")
        assert interlab("export", str(copy), "--to", "json").out == f"{tmp_path}/some.otlp.json\n"

    def test_is_not_read_as_part_of_the_record(self, run: Path, interlab: CommandLine) -> None:
        before = sorted(span.span_id for span in read_spans(run))
        (shard,) = (run / "spans").iterdir()
        for source in (run, shard):
            assert interlab("export", str(source), "--to", "json").code == 0
        for directory in (run, run.parent):
            assert sorted(span.span_id for span in read_spans(directory)) == before

    def test_to_standard_output(self, run: Path, interlab: CommandLine) -> None:
        said = interlab("export", str(run), "--to", "json", "--out", "-")
        assert (said.code, said.err) == (0, "")
        assert {span["spanId"] for span in spans_in(said.out)} == ids(run)

    def test_only_some_episodes_and_short_attributes(
        self, run: Path, tmp_path: Path, interlab: CommandLine
    ) -> None:
        chosen = max(str(span.attributes.get(names.EPISODE_ID, "")) for span in read_spans(run / "spans"))
        out = tmp_path / "one.json"
        interlab("export", str(run), "--to", "json", "--episode", chosen, "--bound", "64", "--out", str(out))
        spans = list(read_spans(out))
        assert {str(span.attributes[names.EPISODE_ID]) for span in spans} == {chosen}
        assert any("[cut: " in str(value) for span in spans for value in span.attributes.values())

    def test_a_file_that_cannot_be_written(self, run: Path, interlab: CommandLine) -> None:
        said = interlab("export", str(run), "--to", "json", "--out", "absent/trace.json")
        assert said == (2, "", "interlab: `absent/trace.json` cannot be written: No such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--to", "json", "--again"), "`--again` means nothing with `--to json`; leave it out"),
        (("--to", "json", "--endpoint", "x:1"), "`--endpoint` means nothing with `--to json`"),
        (("--to", "otlp", "--out", "x"), "`--out` means nothing with `--to otlp`"),
        (("--header", "novalue"), "`--header` needs a name and a value: write `--header name=value`"),
        (("--header", "x=€"), "header `x` cannot be sent: its value has a line break or a character beyond ASCII"),
        (("--header", "x=a\nb"), "header `x` cannot be sent: its value has a line break"),
        (("--header", "a b=1"), "header `a b` cannot be sent: a name has letters, digits"),
        (("--bound", "5"), "`--bound` is 5; it must be at least 64"),
        (("--bound", "-5"), "must be at least 64"),
        (("--episode", "nobody"), "unknown episode `nobody`: expected one of 2: `prisoners-dilemma-"),
    ],
)
def test_what_does_not_fit_is_refused(
    run: Path, arguments: tuple[str, ...], line: str, interlab: CommandLine
) -> None:
    said = interlab("export", str(run), *arguments)
    assert (said.code, said.out) == (2, "")
    assert line in said.err
    assert said.err.count("\n") == 1
