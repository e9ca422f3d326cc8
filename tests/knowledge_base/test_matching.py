"""`minhu kb match`: files in, files out, the very engine of the service."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowledge_base.matching import match_file
from web.cli.kb import app

SHARED = Path(os.environ.get("MINHU_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    questions = ["居住证怎么办理？", "身份证怎么补办？", "路灯不亮找谁？"]
    return write(tmp_path / "a.jsonl", [{"id": f"a{n}", "question": q} for n, q in enumerate(questions)])


def test_every_query_gets_a_line_with_confidences_and_time(tmp_path: Path, articles: Path) -> None:
    queries = write(tmp_path / "q.jsonl", [{"id": "q1", "text": "居住证办理"}, {"id": "q2", "text": ""}])
    out = tmp_path / "out.jsonl"

    result = CliRunner().invoke(
        app, ["match", "--articles", str(articles), "--queries", str(queries), "--out", str(out)]
    )

    assert result.exit_code == 0, result.output
    first, second = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert first["id"] == "q1"
    assert first["results"][0][0] == "a0"
    assert 0 < first["results"][0][1] <= 1
    assert first["ms"] > 0
    assert second["results"] == []


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "q1"}'])
def test_broken_line_is_named(tmp_path: Path, articles: Path, line: str) -> None:
    queries = tmp_path / "q.jsonl"
    queries.write_text(line + "\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"q\.jsonl, line 1"):
        match_file(articles, queries, tmp_path / "out.jsonl")


@pytest.mark.parametrize(
    ("task", "first_right", "among_three"), [("message", 0.83, 0.93), ("paraphrase10k", 0.62, 0.76)]
)
def test_right_answer_comes_first_on_real_messages(
    tmp_path: Path, task: str, first_right: float, among_three: float
) -> None:
    folder = SHARED / "suggest"
    if not folder.is_dir():
        pytest.skip(f"needs the public messages in {folder} (MINHU_SHARED_DATA names another folder)")
    out = tmp_path / "out.jsonl"
    queries = folder / f"{task}.queries.jsonl"

    match_file(folder / f"{task}.articles.jsonl", queries, out, limit=3)

    gold = {q["id"]: set(q["gold"]) for q in rows(queries) if q["gold"]}
    found = {r["id"]: [a for a, _ in r["results"]] for r in rows(out)}
    right = sum(bool(gold[q] & set(found[q][:1])) for q in gold) / len(gold)
    near = sum(bool(gold[q] & set(found[q])) for q in gold) / len(gold)
    assert right >= first_right
    assert near >= among_three
