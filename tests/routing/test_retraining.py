"""Learning from cases: measured on kept-aside ones, calibrated, and never silently worse."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from routing import RoutingFacts, decide, load_catalogue
from routing.catalogue import Catalogue, DepartmentEntry
from routing.departments import create_department
from routing.errors import BadModel, TooFewExamples
from routing.precedents import Precedents
from routing.retraining import Lesson, Standing, is_kept_aside, keep, train
from routing.runs import finish_run, latest_run, note_progress, request_run
from routing.versions import classifier_versions
from tests.routing.conftest import NOW

SAID = {
    "water": ("水管漏了", "水龙头没水", "水压太低", "自来水发黄", "水表走得快"),
    "labour": ("老板不发工钱", "工地欠钱不给", "加班没有加班费", "被公司开除", "干活没结账"),
}
LESSONS = [
    Lesson(number, RoutingFacts(f"{text}，{number}号楼{ending}"), label)
    for number, (label, text, ending) in enumerate(
        (
            (label, text, ending)
            for ending in ("怎么办", "没人管", "请处理", "好几天了")
            for i in range(5)
            for label, texts in SAID.items()
            for text in texts[i : i + 1]
        ),
        1,
    )
]
PLAIN = Catalogue.build([DepartmentEntry(1, "water", "县水利局"), DepartmentEntry(2, "labour", "县人社局")])


def test_decisions_get_better_on_cases_that_were_kept_aside() -> None:
    trained = train(PLAIN, LESSONS)

    assert trained.before.accuracy == 0
    assert trained.after.accuracy > 0.8
    assert trained.after.cases == sum(is_kept_aside(lesson.case_id) for lesson in LESSONS) > 3
    assert not trained.is_worse


def test_a_similar_earlier_case_is_shown_as_a_reason() -> None:
    trained = train(PLAIN, LESSONS)

    decision = decide(
        PLAIN.with_classifier(trained.learned.classifier, trained.precedents),
        RoutingFacts("水龙头没水，没人管"),
    )

    (similar,) = [reason for reason in decision.candidates[0].reasons if reason.code == "similar"]
    assert decision.candidates[0].code == "water"
    assert {LESSONS[i - 1].label for i in similar.params["cases"]} == {"water"}


def test_a_training_set_of_one_department_is_refused() -> None:
    with pytest.raises(TooFewExamples):
        train(PLAIN, [lesson for lesson in LESSONS if lesson.label == "water"])
    with pytest.raises(TooFewExamples):
        train(PLAIN, [])


def test_a_worse_version_is_kept_and_not_used(session: Session) -> None:
    for code in SAID:
        create_department(session, code=code, name=code)
    good = train(load_catalogue(session), LESSONS)
    first = keep(session, good, now=NOW)
    worse = replace(good, after=Standing(9, 0.1, 0.1, 0.1, 0.0, 0.2), before=good.after)

    second = keep(session, worse, now=NOW)

    assert (first.is_active, second.is_active, second.is_worse) == (True, False, True)
    assert [version.id for version in classifier_versions(session)] == [second.id, first.id]
    assert load_catalogue(session).precedents is not None


def test_one_training_at_a_time(session: Session) -> None:
    first = request_run(session, requested_by=None, now=NOW)
    assert first is not None
    assert request_run(session, requested_by=None, now=NOW) is None

    note_progress(session, first, 40)
    finish_run(session, first, "too_few", now=NOW)
    finish_run(session, first, "activated", now=NOW)
    session.expire_all()

    run = latest_run(session)
    assert run is not None
    assert (run.outcome, run.is_under_way) == ("too_few", False)
    assert request_run(session, requested_by=None, now=NOW) is not None


def test_precedents_survive_storing_and_find_the_nearest() -> None:
    built = Precedents.build(
        [(7, "停水", "望江社区停水三天", "water"), (8, None, "老板欠薪不发工资", "labour")]
    )

    restored = Precedents.from_bytes(built.to_bytes())

    found = restored.nearest("停水", "望江社区又停水了")
    assert [(case.case_id, case.label) for case in found] == [(7, "water")]
    assert restored.nearest(None, "天气不错") == []
    assert restored.nearest(None, "") == []
    assert Precedents.build([]).nearest(None, "停水") == []
    with pytest.raises(BadModel):
        Precedents.from_bytes(b"PK no")
