"""The duty roster: shifts in turn, the order of calling, absence and who stands in."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from routing.departments import create_department
from routing.errors import BadRoster, EntryNotFound, OfficerNotFound
from routing.models import Duty, Role
from routing.officers import OfficerView, create_officer, disable_officer
from routing.roster import Source, answerers_of, on_call_chain, on_duty, present
from routing.roster_editing import (
    Rota,
    add_absence,
    answerers_by_duty,
    assignment_way,
    choose_way,
    end_absence,
    plan_rota,
    remove_shift,
    set_answerers,
    set_standing_order,
    shifts_between,
    standing_order,
)
from routing.roster_models import AssignmentWay

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
"""A Wednesday, ten in the morning in Shanghai."""


@pytest.fixture
def unit(session: Session) -> int:
    """A department."""
    return create_department(session, code="housing", name="县住建局").id


@pytest.fixture
def hire(session: Session, unit: int) -> Callable[..., OfficerView]:
    """Hire somebody; into the department unless told otherwise."""

    def someone(login: str, *roles: Role, department_id: int | None = unit) -> OfficerView:
        return create_officer(
            session,
            login=login,
            name=login.title(),
            roles=roles or (Role.OFFICER,),
            department_id=department_id,
            now=NOW,
        )

    return someone


def ids(people: list[object]) -> list[int]:
    """Return who they are."""
    return [person.officer_id for person in people]  # type: ignore[attr-defined]


def week(*officers: OfficerView, **more: object) -> Rota:
    """Return a rota of the week from Monday 16 November."""
    return Rota([o.id for o in officers], date(2026, 11, 16), date(2026, 11, 22), **more)  # type: ignore[arg-type]


def test_officers_take_days_in_turn_and_change_at_half_past_eight(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, ann = hire("alice"), hire("ann")

    assert plan_rota(session, unit, week(alice, ann), zone=SHANGHAI) == 7

    wednesday = datetime(2026, 11, 18, 8, 30, tzinfo=SHANGHAI)
    assert ids(on_duty(session, unit, wednesday)) == [alice.id]
    assert ids(on_duty(session, unit, wednesday - timedelta(seconds=1))) == [ann.id]
    assert on_duty(session, unit, datetime(2026, 11, 23, 8, 30, tzinfo=SHANGHAI)) == []


def test_a_new_rota_replaces_the_shifts_it_covers_and_keeps_the_rest(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, ann = hire("alice"), hire("ann")
    plan_rota(session, unit, week(alice, days_each=7), zone=SHANGHAI)

    plan_rota(session, unit, Rota([ann.id], date(2026, 11, 18), date(2026, 11, 18)), zone=SHANGHAI)

    found = shifts_between(session, unit, NOW - timedelta(days=9), NOW + timedelta(days=9))
    assert [shift.officer_id for shift in found] == [alice.id, ann.id, alice.id]
    assert all(a.ends_at == b.starts_at for a, b in pairwise(found))


def test_the_second_place_is_called_second(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, ann = hire("alice"), hire("ann")
    plan_rota(session, unit, week(ann, position=2), zone=SHANGHAI)
    plan_rota(session, unit, week(alice), zone=SHANGHAI)

    assert ids(on_duty(session, unit, NOW)) == [alice.id, ann.id]


def test_the_standing_order_counts_when_no_shift_does(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, ann = hire("alice"), hire("ann")
    set_standing_order(session, unit, [ann.id, alice.id], now=NOW - timedelta(days=30))
    assert [p.source for p in on_duty(session, unit, NOW)] == [Source.STANDING, Source.STANDING]

    plan_rota(session, unit, week(alice), zone=SHANGHAI)

    assert ids(on_duty(session, unit, NOW)) == [alice.id]
    assert standing_order(session, unit) == [ann.id, alice.id]
    set_standing_order(session, unit, [], now=NOW)
    assert standing_order(session, unit) == []


def test_whoever_is_away_is_replaced_and_comes_back(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, ann = hire("alice"), hire("ann")
    plan_rota(session, unit, week(alice), zone=SHANGHAI)
    away = add_absence(
        session,
        alice.id,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(days=3),
        substitute_id=ann.id,
    )

    (person,) = on_duty(session, unit, NOW)
    assert (person.officer_id, person.stands_in_for) == (ann.id, alice.id)

    end_absence(session, away.id or 0, now=NOW)
    assert ids(on_duty(session, unit, NOW)) == [alice.id]


def test_two_people_who_stand_in_for_each_other_and_are_both_away_are_nobody(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, ann = hire("alice"), hire("ann")
    for one, other in ((alice, ann), (ann, alice)):
        add_absence(session, one.id, starts_at=NOW, ends_at=NOW + timedelta(days=1), substitute_id=other.id)

    assert present(session, alice.id, NOW) is None


def test_the_chain_climbs_from_the_department_to_the_county_and_names_nobody_twice(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, boss = hire("alice"), hire("boss", Role.SUPERVISOR, department_id=None)
    set_standing_order(session, unit, [alice.id], now=NOW)
    set_standing_order(session, None, [alice.id, boss.id], now=NOW)

    chain = on_call_chain(session, unit, NOW)

    assert ids(chain) == [alice.id, boss.id]
    assert [(p.position, p.source) for p in chain] == [(1, Source.STANDING), (2, Source.COUNTY)]


def test_an_alarm_without_any_roster_goes_to_supervisors_then_dispatchers(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    hire("alice")
    dispatcher = hire("dong", Role.DISPATCHER)
    supervisor = hire("sun", Role.SUPERVISOR)
    gone = hire("gone", Role.SUPERVISOR)
    disable_officer(session, gone.id, now=NOW)

    assert ids(on_call_chain(session, unit, NOW)) == [supervisor.id, dispatcher.id]


def test_duties_are_answered_for_by_officers_of_the_department_alone(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice, stranger = hire("alice"), hire("stranger", department_id=None)
    duty = Duty(code="h-1", department_id=unit, title="物业")
    session.add(duty)
    session.flush()

    set_answerers(session, duty.id or 0, [alice.id])

    assert answerers_of(session, [duty.id or 0], NOW) == [alice.id]
    assert answerers_by_duty(session, unit) == {duty.id: [alice.id]}
    with pytest.raises(BadRoster):
        set_answerers(session, duty.id or 0, [stranger.id])
    with pytest.raises(EntryNotFound):
        set_answerers(session, 999, [alice.id])


def test_a_roster_that_cannot_be_kept_is_refused(
    session: Session, unit: int, hire: Callable[..., OfficerView]
) -> None:
    alice = hire("alice")
    backwards = Rota([alice.id], date(2026, 11, 20), date(2026, 11, 19))
    for rota in (backwards, Rota([], date(2026, 11, 19), date(2026, 11, 20))):
        with pytest.raises(BadRoster):
            plan_rota(session, unit, rota, zone=SHANGHAI)
    with pytest.raises(OfficerNotFound):
        set_standing_order(session, unit, [999], now=NOW)
    with pytest.raises(BadRoster):
        add_absence(session, alice.id, starts_at=NOW, ends_at=NOW + timedelta(days=1), substitute_id=alice.id)
    with pytest.raises(EntryNotFound):
        remove_shift(session, unit, 999)


def test_a_department_assigns_by_hand_until_it_chooses(session: Session, unit: int) -> None:
    assert assignment_way(session, unit) is AssignmentWay.HAND

    choose_way(session, unit, AssignmentWay.LOAD)

    assert assignment_way(session, unit) is AssignmentWay.LOAD
