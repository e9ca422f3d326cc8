"""Imports: looked at before anything is taken, whole or not at all, and the same file twice adds nothing."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, inspect
from sqlmodel import Session, select

from inbox.errors import AccountClosed, AccountNotFound, FileRefused, ImportNotFound
from inbox.imports import (
    Prepared,
    choose_import,
    finish_import,
    import_outcome,
    import_view,
    importable_accounts,
    list_imports,
    prepared_import,
    preview_import,
    retry_import,
    save_mapping,
    start_import,
    store_upload,
    take_chunk,
    untriaged_tasks,
)
from inbox.models import AccountState, Import, ImportState, Message, Task, TaskKind
from inbox.triage import triage_tasks
from tests.inbox.conftest import NOW, TownHall

ZONE = ZoneInfo("Asia/Shanghai")
GOOD = "编号,内容,来信时间\n1,人民路路灯坏了,2026-11-18 09:30\n2,小区电梯坏了没人修,2026/11/18\n"
BAD = GOOD + "3,,2026-11-18\n4,井盖丢了,昨天\n5,井盖丢了,2031-01-01\n" + f"{'长' * 200},居住证怎么办,\n"
MAPPING = {"编号": "external_id", "内容": "text", "来信时间": "posted_at"}


def upload(session: Session, content: str = GOOD, account: str = "sheet", name: str = "messages.csv") -> int:
    return store_upload(session, account, name, content.encode(), now=NOW).id or 0


def run(session: Session, import_id: int, *, all_or_nothing: bool = True) -> None:
    """Do what web.imports does, in this one transaction."""
    choose_import(session, import_id, MAPPING, all_or_nothing=all_or_nothing, now=NOW)
    prepared = prepared_import(session, import_id, zone=ZONE, now=NOW)
    if start_import(session, import_id, prepared):
        take_chunk(session, import_id, prepared.submissions, now=NOW)
        finish_import(session, import_id, now=NOW)
    else:
        finish_import(session, import_id, now=NOW, error="rows_refused")


def test_a_file_is_kept_with_a_guess_and_nothing_is_taken(town_hall: TownHall) -> None:
    view = import_view(town_hall.session, upload(town_hall.session))

    assert view.state == ImportState.UPLOADED
    assert view.mapping == MAPPING
    assert view.counts == {"received": 2}
    assert town_hall.session.exec(select(Message)).all() == []


def test_a_file_that_cannot_be_read_is_not_kept(town_hall: TownHall) -> None:
    with pytest.raises(FileRefused):
        upload(town_hall.session, "")
    with pytest.raises(AccountNotFound):
        upload(town_hall.session, account="nobody")
    town_hall.file_account.state = AccountState.CLOSED
    with pytest.raises(AccountClosed):
        upload(town_hall.session)

    assert list_imports(town_hall.session) == []


def test_bad_rows_are_named_with_line_and_reason(town_hall: TownHall) -> None:
    found = preview_import(town_hall.session, upload(town_hall.session, BAD), MAPPING, zone=ZONE, now=NOW)

    assert isinstance(found, Prepared)
    assert [(e.line, e.reason) for e in found.errors] == [
        (4, "empty"),
        (5, "bad_date"),
        (6, "impossible_date"),
        (7, "no_id"),
    ]
    assert [s.external_id for s in found.submissions] == ["1", "2"]


def test_without_a_column_for_the_text_there_is_a_table_to_choose_from(town_hall: TownHall) -> None:
    found = preview_import(
        town_hall.session, upload(town_hall.session), {"编号": "external_id"}, zone=ZONE, now=NOW
    )

    assert not isinstance(found, Prepared)
    assert found.columns == ("编号", "内容", "来信时间")


def test_one_bad_row_keeps_a_whole_file_out(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session, BAD)

    run(town_hall.session, import_id)

    view = import_view(town_hall.session, import_id)
    assert (view.state, view.error) == (ImportState.FAILED, "rows_refused")
    assert view.counts == {"received": 6, "refused": 4, "new": 0, "repeated": 0}
    assert len(view.row_errors) == 4
    assert town_hall.session.exec(select(Message)).all() == []


def test_good_rows_are_taken_when_asked_for_and_bad_ones_counted(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session, BAD)

    run(town_hall.session, import_id, all_or_nothing=False)

    assert import_view(town_hall.session, import_id).counts == {
        "received": 6,
        "refused": 4,
        "new": 2,
        "repeated": 0,
    }


def test_a_refused_import_goes_back_to_its_columns_and_others_do_not(town_hall: TownHall) -> None:
    refused, done = upload(town_hall.session, BAD), upload(town_hall.session)
    run(town_hall.session, refused)
    run(town_hall.session, done)

    retry_import(town_hall.session, refused)
    retry_import(town_hall.session, done)

    assert import_view(town_hall.session, refused).state == ImportState.UPLOADED
    assert import_view(town_hall.session, refused).row_errors == []
    assert import_view(town_hall.session, done).state == ImportState.DONE


def test_the_same_file_again_adds_nothing(town_hall: TownHall) -> None:
    first, again = upload(town_hall.session), upload(town_hall.session)

    run(town_hall.session, first)
    run(town_hall.session, again)

    assert import_view(town_hall.session, again).counts["new"] == 0
    assert import_view(town_hall.session, again).counts["repeated"] == 2
    assert import_outcome(town_hall.session, again).new == 0


def test_equal_rows_without_identifiers_are_one_message(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session, "内容,地点\n路灯坏了,人民路\n路灯坏了,人民路\n路灯坏了,解放路\n")

    choose_import(
        town_hall.session, import_id, {"内容": "text", "地点": "place"}, all_or_nothing=True, now=NOW
    )
    prepared = prepared_import(town_hall.session, import_id, zone=ZONE, now=NOW)
    start_import(town_hall.session, import_id, prepared)
    take_chunk(town_hall.session, import_id, prepared.submissions, now=NOW)
    finish_import(town_hall.session, import_id, now=NOW)

    assert import_view(town_hall.session, import_id).counts["new"] == 2
    assert import_view(town_hall.session, import_id).counts["repeated"] == 1


def test_a_run_that_was_interrupted_does_not_report_its_first_half_as_repeats(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session)
    choose_import(town_hall.session, import_id, MAPPING, all_or_nothing=True, now=NOW)
    prepared = prepared_import(town_hall.session, import_id, zone=ZONE, now=NOW)
    start_import(town_hall.session, import_id, prepared)
    take_chunk(town_hall.session, import_id, prepared.submissions[:1], now=NOW)

    start_import(town_hall.session, import_id, prepared)
    take_chunk(town_hall.session, import_id, prepared.submissions, now=NOW)
    finish_import(town_hall.session, import_id, now=NOW)

    assert import_view(town_hall.session, import_id).counts == {
        "received": 2,
        "refused": 0,
        "new": 2,
        "repeated": 0,
    }


def test_a_second_click_on_start_asks_for_the_work_once(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session)

    for _click in range(2):
        choose_import(town_hall.session, import_id, MAPPING, all_or_nothing=True, now=NOW)
    save_mapping(town_hall.session, import_id, {"内容": "title"})

    tasks = town_hall.session.exec(select(Task).where(Task.kind == TaskKind.IMPORT)).all()
    assert len(tasks) == 1
    assert import_view(town_hall.session, import_id).mapping == MAPPING


def test_an_import_that_the_command_line_runs_asks_for_no_work(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session)

    choose_import(town_hall.session, import_id, MAPPING, all_or_nothing=True, now=NOW, queued=False)

    assert town_hall.session.exec(select(Task)).all() == []


def test_triage_left_to_do_is_found_and_counted(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session)
    run(town_hall.session, import_id)

    waiting = untriaged_tasks(town_hall.session, import_id, now=NOW, limit=10)
    before = import_outcome(town_hall.session, import_id)
    triage_tasks(town_hall.session, waiting, town_hall.tools, now=NOW)

    after = import_outcome(town_hall.session, import_id)
    assert (len(waiting), before.pending) == (2, 2)
    assert untriaged_tasks(town_hall.session, import_id, now=NOW, limit=10) == []
    assert (after.triaged, after.pending, after.failed) == (2, 0, 0)
    assert after.routed + after.triage_desk == 2
    assert after.with_deadline == 2


def test_lists_and_pages_do_not_read_the_files(town_hall: TownHall) -> None:
    import_id = upload(town_hall.session)
    town_hall.session.expunge_all()
    statements: list[str] = []
    engine = town_hall.session.get_bind()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        list_imports(town_hall.session)
        import_view(town_hall.session, import_id)
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert statements
    assert not any("imports.content" in statement for statement in statements)
    loaded = town_hall.session.get_one(Import, import_id)
    assert "content" in inspect(loaded).unloaded or loaded.content


def test_an_import_that_does_not_exist_is_not_found(town_hall: TownHall) -> None:
    with pytest.raises(ImportNotFound):
        import_view(town_hall.session, 12345)


def test_open_accounts_are_offered_those_answered_by_hand_first(town_hall: TownHall) -> None:
    offered = [choice.code for choice in importable_accounts(town_hall.session)]
    town_hall.file_account.state = AccountState.CLOSED
    town_hall.session.flush()

    assert offered == ["sheet", "portal"]
    assert [choice.code for choice in importable_accounts(town_hall.session)] == ["portal"]
