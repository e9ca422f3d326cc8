"""What is wrong with a notice or a policy is said in the reader's language, value and all."""

from flask import Flask
from flask_babel import force_locale

from sla.errors import BadPolicy
from sla.policies import read_policies
from sla.problems import PROBLEMS, problem
from web import problems
from web.errors import sentence_for


def test_every_problem_has_its_sentence(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert {code: str(said) for code, said in problems.PROBLEMS.items()} == dict(PROBLEMS)


def test_problems_are_said_in_chinese(app: Flask) -> None:
    table = {"policies": [{"code": "help", "conditions": [{}], "limits": {"resolve": "soon"}}]}

    with app.test_request_context(), force_locale("zh_CN"):
        try:
            read_policies(table)
        except BadPolicy as error:
            said = sentence_for(error)

    assert "时限 soon 无法使用：请写" in said


def test_what_somebody_typed_is_cut_to_a_sentence() -> None:
    assert len(problem("not_a_day", entry="长" * 5000)) < 100


def test_a_problem_without_a_code_is_shown_as_it_is() -> None:
    assert problems.problem_words("broken") == "broken"
