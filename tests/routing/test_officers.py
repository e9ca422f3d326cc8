"""Officers: passwords, roles, and how an account ends."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from routing.departments import create_department
from routing.errors import (
    DepartmentNotFound,
    LastAdministrator,
    LoginTaken,
    OfficerNotFound,
    UnknownRole,
    WeakPassword,
)
from routing.models import Officer, Role
from routing.officers import (
    all_officers,
    create_officer,
    disable_officer,
    enable_officer,
    end_sessions,
    officer_by_id,
    officer_by_login,
    set_password,
    update_officer,
    verify_password,
)
from tests.routing.conftest import NOW


def test_an_officer_signs_in_with_the_right_password_only(session: Session) -> None:
    create_officer(
        session, login="Alice", name="爱丽丝", roles=[Role.OFFICER], password="correct horse", now=NOW
    )

    assert verify_password(session, "alice ", "correct horse", now=NOW) is not None
    assert verify_password(session, "alice", "wrong horse", now=NOW) is None
    assert verify_password(session, "nobody", "correct horse", now=NOW) is None


def test_the_password_is_kept_as_an_argon2_hash(session: Session) -> None:
    view = create_officer(session, login="alice", name="爱丽丝", roles=[], password="correct horse", now=NOW)

    stored = session.get(Officer, view.id)

    assert stored is not None
    assert stored.password_hash.startswith("$argon2id$")
    assert not hasattr(view, "password_hash")


def test_an_officer_without_a_password_cannot_sign_in(session: Session) -> None:
    create_officer(session, login="alice", name="爱丽丝", roles=[], now=NOW)

    assert verify_password(session, "alice", "", now=NOW) is None


def test_ten_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(session: Session) -> None:
    create_officer(session, login="alice", name="爱丽丝", roles=[], password="correct horse", now=NOW)

    for _ in range(10):
        verify_password(session, "alice", "guess again", now=NOW)

    assert verify_password(session, "alice", "correct horse", now=NOW) is None
    assert verify_password(session, "alice", "correct horse", now=NOW + timedelta(minutes=15)) is not None


def test_disabling_ends_the_sessions_and_the_sign_in(session: Session) -> None:
    view = create_officer(session, login="alice", name="爱丽丝", roles=[], password="correct horse", now=NOW)

    disabled = disable_officer(session, view.id, now=NOW)

    assert disabled.is_disabled
    assert disabled.session_version == view.session_version + 1
    assert verify_password(session, "alice", "correct horse", now=NOW) is None
    assert disable_officer(session, view.id, now=NOW).session_version == disabled.session_version
    assert enable_officer(session, view.id).is_disabled is False
    assert verify_password(session, "alice", "correct horse", now=NOW) is not None


def test_a_new_password_or_new_roles_end_the_sessions_but_a_new_name_does_not(session: Session) -> None:
    view = create_officer(session, login="alice", name="爱丽丝", roles=[Role.OFFICER], now=NOW)

    assert update_officer(session, view.id, name="阿丽").session_version == 1
    assert update_officer(session, view.id, roles=["reviewer"]).session_version == 2
    assert set_password(session, view.id, "correct horse").session_version == 3
    assert end_sessions(session, view.id).session_version == 4


def test_the_last_administrator_stays(session: Session) -> None:
    only = create_officer(session, login="bob", name="鲍勃", roles=[Role.ADMINISTRATOR], now=NOW)

    with pytest.raises(LastAdministrator):
        disable_officer(session, only.id, now=NOW)
    with pytest.raises(LastAdministrator):
        update_officer(session, only.id, roles=[Role.OFFICER])

    create_officer(session, login="chen", name="陈", roles=[Role.ADMINISTRATOR], now=NOW)
    assert disable_officer(session, only.id, now=NOW).is_disabled


def test_bad_input_is_refused_with_its_cause(session: Session) -> None:
    create_officer(session, login="alice", name="爱丽丝", roles=[], now=NOW)

    with pytest.raises(LoginTaken):
        create_officer(session, login="ALICE", name="另一个", roles=[], now=NOW)
    with pytest.raises(WeakPassword):
        create_officer(session, login="bob", name="鲍勃", roles=[], password="short", now=NOW)
    with pytest.raises(UnknownRole):
        create_officer(session, login="bob", name="鲍勃", roles=["king"], now=NOW)
    with pytest.raises(DepartmentNotFound):
        create_officer(session, login="bob", name="鲍勃", roles=[], department_id=99, now=NOW)
    with pytest.raises(OfficerNotFound):
        set_password(session, 99, "correct horse")
    with pytest.raises(TypeError):
        update_officer(session, 1, password_hash="x")


def test_officers_are_listed_by_department_and_role(session: Session) -> None:
    police = create_department(session, code="police", name="县公安局")
    alice = create_officer(
        session, login="alice", name="爱丽丝", roles=["officer", "reviewer"], department_id=police.id, now=NOW
    )
    dai = create_officer(session, login="dai", name="戴", roles=["officer"], now=NOW)
    gone = create_officer(session, login="gone", name="走", roles=["officer"], now=NOW)
    disable_officer(session, gone.id, now=NOW)

    assert [o.id for o in all_officers(session, department_id=police.id)] == [alice.id]
    assert {o.id for o in all_officers(session, role="officer")} == {alice.id, dai.id}
    assert [o.id for o in all_officers(session, role=Role.REVIEWER)] == [alice.id]
    assert len(all_officers(session, include_disabled=True)) == 3
    assert officer_by_login(session, "DAI") == officer_by_id(session, dai.id)
    assert alice.has_role("supervisor", "reviewer")
