"""The editors' synonyms: on a page, through the API, from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from typer.testing import CliRunner

from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from tests.web.api_program import Program
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of
from web.cli import build

Open = Callable[..., Browser]


def test_group_is_added_changed_removed_and_brought_back(people: People, browser: Open) -> None:
    chen = browser(people.chen)

    added = chen.post("/synonyms", {"words": "居住证、暂住证"}, follow_redirects=True)
    changed = chen.post("/synonyms/1", {"words": "居住证 流动人口证"}, follow_redirects=True)
    removed = chen.post("/synonyms/1/remove", follow_redirects=True)
    back = chen.post("/synonyms/1/restore", follow_redirects=True)

    assert 'value="居住证 暂住证"' in added.text
    assert 'value="居住证 流动人口证"' in changed.text
    assert "No group of your own yet" in removed.text
    assert "/synonyms/1/restore" in removed.text
    assert 'value="居住证 流动人口证"' in back.text


@pytest.mark.parametrize("words", ["", "居住证", "水 自来水", "居住证 居住證"])
def test_words_that_form_no_group_are_refused_and_stay_in_the_form(
    people: People, browser: Open, words: str
) -> None:
    answer = browser(people.chen).post("/synonyms", {"words": words})

    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert f'value="{words}"' in answer.text


def test_only_editors_keep_the_list(people: People, browser: Open) -> None:
    assert browser(people.alice).get("/synonyms").status_code == 403


def test_new_group_counts_at_once(app: Flask, people: People, browser: Open) -> None:
    with services_of(app).database.transaction() as session:
        for key, question in (
            ("a", "法律援助怎么申请？"),
            ("b", "临时救助怎么申请？"),
            ("c", "低保怎么申请？"),
        ):
            content = ArticleContent(question, "请到县行政服务中心办理。")
            install_article(session, content, key=key, author_id=1, reviewer_id=2, now=NOW)
    chen = browser(people.chen)

    chen.post("/synonyms", {"words": "法律援助 免费律师"})
    services_of(app).knowledge.forget()
    tried = chen.get("/articles/try", query_string={"text": "免费律师怎么申请"})

    assert tried.text.index("法律援助怎么申请") < tried.text.index("低保怎么申请")


def test_programs_keep_the_list_too(app: Flask, people: People) -> None:
    chen, alice = Program(app, people.chen), Program(app, people.alice)

    made = chen.post("/synonyms", {"words": ["养老金", "退休钱"]})
    changed = chen.put(f"/synonyms/{made.json['id']}", {"words": ["养老金", "老保"]})
    listed = chen.get("/synonyms")
    wrong = chen.post("/synonyms", {"words": ["水", "河"]})
    removed = chen.post(f"/synonyms/{made.json['id']}/remove")

    assert (made.status_code, changed.status_code, removed.status_code) == (201, 200, 204)
    assert listed.json == {"groups": [{"id": made.json["id"], "words": ["养老金", "老保"]}]}
    assert wrong.status_code == 422
    assert alice.get("/synonyms").status_code == 403
    assert chen.get("/synonyms").json == {"groups": []}


def test_command_line_lists_adds_and_removes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHU_HOME", str(home))
    monkeypatch.setenv("LANG", "C.UTF-8")

    def minhu(*arguments: str) -> Result:
        return CliRunner().invoke(build(["kb", "migrate"]), list(arguments))

    assert minhu("migrate").exit_code == 0
    added = minhu("kb", "synonyms", "add", "社保", "社会保险")
    alone = minhu("kb", "synonyms", "add", "社保")
    listed = minhu("kb", "synonyms", "list")
    removed = minhu("kb", "synonyms", "remove", "1")
    unknown = minhu("kb", "synonyms", "remove", "7")

    assert added.exit_code == removed.exit_code == 0
    assert listed.output == "1\t社保 社会保险\n"
    assert (alone.exit_code, unknown.exit_code) == (1, 1)
    assert "two or more different words" in alone.output
