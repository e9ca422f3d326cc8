"""`minhu routing`, `duplicates`, `topics` and `replies`: files in, files out, without a database."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from web.cli import build

MESSAGES = [
    {"id": "a", "title": "停水", "text": "望江社区停水三天了没有人管", "label": "water"},
    {"id": "b", "title": "停水", "text": "望江社区停水3天了没有人管", "label": "water"},
    {"id": "c", "title": "停水", "text": "自来水又停了，水龙头没水", "label": "water"},
    {"id": "d", "title": "欠薪", "text": "工地老板拖欠工资", "label": "labour"},
    {"id": "e", "title": "欠薪", "text": "干完活不给工钱", "label": "labour"},
    {"id": "f", "title": "欠薪", "text": "公司欠薪半年了", "label": "labour"},
]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build([str(arguments[0])]), [str(argument) for argument in arguments])


def write(path: Path, lines: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    return write(tmp_path / "messages.jsonl", MESSAGES)


def test_what_is_learned_is_predicted_with_reasons(messages: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "model", tmp_path / "out.jsonl"

    learned = run("routing", "learn", "--messages", messages, "--unlabelled", messages, "--model", model)
    predicted = run("routing", "predict", "--messages", messages, "--model", model, "--out", out)

    assert learned.exit_code == 0, learned.output
    assert predicted.exit_code == 0, predicted.output
    assert [line["label"] for line in read(out)] == [message["label"] for message in MESSAGES]
    assert all(0 <= line["confidence"] <= 1 and line["reasons"] for line in read(out))


def test_pairs_of_duplicates_are_written(messages: Path, tmp_path: Path) -> None:
    result = run("duplicates", "--messages", messages, "--out", tmp_path / "out.jsonl")

    assert result.exit_code == 0, result.output
    assert [(line["a"], line["b"]) for line in read(tmp_path / "out.jsonl")] == [("a", "b")]
    assert 0.8 <= read(tmp_path / "out.jsonl")[0]["similarity"] <= 1


def test_topics_are_written_with_their_members(tmp_path: Path) -> None:
    titles = [
        "丽景小区搅拌站扰民",
        "投诉丽景小区搅拌站",
        "丽景小区旁的搅拌站太吵",
        "居住证怎么办",
        "公交改线",
    ]
    lines = [{"id": n, "title": title, "text": title} for n, title in enumerate(titles)]

    result = run("topics", "--messages", write(tmp_path / "in", lines), "--out", tmp_path / "out")

    assert result.exit_code == 0, result.output
    assert sorted(read(tmp_path / "out")[0]["ids"]) == [0, 1, 2]


def test_replies_are_checked(tmp_path: Path) -> None:
    line = {"id": 1, "title": "路灯", "text": "望江路路灯坏了", "reply": "望江路路灯我们会尽快修复。"}

    result = run("replies", "check", "--replies", write(tmp_path / "in", [line]), "--out", tmp_path / "out")

    assert result.exit_code == 0, result.output
    checked = read(tmp_path / "out")[0]
    assert checked["id"] == 1
    assert {"rule": "vague_promise", "text": "尽快", "start": 8, "end": 10} in checked["findings"]


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_text('{"id": 1, "text": "好"}\n{"id": 2}\n', encoding="utf-8")

    result = run("duplicates", "--messages", path, "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert "line 2: no text" in result.output


def test_one_label_and_a_false_model_get_one_sentence(messages: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one", MESSAGES[:3])

    learned = run("routing", "learn", "--messages", one, "--model", tmp_path / "model")
    predicted = run("routing", "predict", "--messages", messages, "--model", one, "--out", tmp_path / "out")

    assert learned.exit_code == predicted.exit_code == 2
    assert "too few" in learned.output
    assert "not a readable classifier" in predicted.output
