"""Robots of chat groups, as an administrator keeps them. Their addresses and secrets are never told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from inbox.access import Viewer, require
from inbox.channels.robots import is_allowed
from inbox.errors import RobotNotFound, RobotRefused
from inbox.models import DeliveryState, TaskKind
from inbox.notice_models import NoticeRobot, NoticeSend, RobotKind
from inbox.notices import notify
from inbox.outbox import add_tasks
from inbox.quiet_hours import FROM, UNTIL, are_quiet_hours
from routing.errors import DepartmentNotFound
from routing.models import Department, Role


@dataclass(frozen=True, slots=True)
class RobotView:
    """A robot as the page shows it: `host` and the last letters of its address are all that is told of it."""

    id: int
    name: str
    kind: RobotKind
    department_id: int | None
    host: str
    ending: str
    is_signed: bool
    last_state: DeliveryState | None
    last_at: datetime | None
    last_error: str
    quiet_from: str
    quiet_until: str


@dataclass(frozen=True, slots=True)
class NewRobot:
    """What an administrator says of a robot; quiet hours are local "HH:MM", both empty for none."""

    name: str
    kind: RobotKind
    url: str
    secret: str = ""
    department_id: int | None = None
    quiet_from: str = FROM
    quiet_until: str = UNTIL


@dataclass(frozen=True, slots=True)
class RobotChange:
    """What an administrator changes of a robot; an address of "" and a secret of None stay as they are."""

    name: str
    department_id: int | None
    quiet_from: str
    quiet_until: str
    url: str = ""
    secret: str | None = None


def add_robot(
    session: Session, viewer: Viewer, new: NewRobot, *, origins: Sequence[str], now: datetime
) -> NoticeRobot:
    """Keep a robot. Raises RobotRefused for an address elsewhere than where robots may live."""
    require(viewer, "robots", Role.ADMINISTRATOR)
    _check(session, new, new.url, origins)
    robot = NoticeRobot(
        name=new.name.strip()[:80],
        kind=new.kind,
        url=new.url.strip(),
        secret=new.secret.strip(),
        department_id=new.department_id,
        quiet_from=new.quiet_from.strip(),
        quiet_until=new.quiet_until.strip(),
        created_at=now,
    )
    session.add(robot)
    session.flush()
    return robot


def change_robot(
    session: Session, viewer: Viewer, robot_id: int, change: RobotChange, *, origins: Sequence[str]
) -> NoticeRobot:
    """Change a robot. Raises RobotRefused as `add_robot` does.

    A secret belongs to its address: a new address begins without one unless it is given, too.
    """
    robot = _get(session, viewer, robot_id)
    url = change.url.strip()
    _check(session, change, url or robot.url, origins)
    if url and url != robot.url:
        robot.url, robot.secret = url, ""
    if change.secret is not None:
        robot.secret = change.secret.strip()
    robot.name, robot.department_id = change.name.strip()[:80], change.department_id
    robot.quiet_from, robot.quiet_until = change.quiet_from.strip(), change.quiet_until.strip()
    session.flush()
    return robot


def robot_view(session: Session, viewer: Viewer, robot_id: int) -> RobotView:
    """Return a robot in use. Raises RobotNotFound."""
    return _view(session, _get(session, viewer, robot_id))


def remove_robot(session: Session, viewer: Viewer, robot_id: int, *, now: datetime) -> None:
    """Use a robot no more and forget its secrets; what was sent through it stays on record."""
    robot = _get(session, viewer, robot_id)
    robot.closed_at, robot.secret = now, ""
    robot.url = f"https://{urlsplit(robot.url).netloc}/"
    session.flush()


def try_robot(session: Session, viewer: Viewer, robot_id: int, *, now: datetime) -> None:
    """Let the worker send a test through a robot; what comes of it is shown beside it."""
    robot = _get(session, viewer, robot_id)
    [notice_id] = notify(session, [viewer.officer_id], "channel_test", now=now)
    send = NoticeSend(notice_id=notice_id, robot_id=robot.id, due_at=now)
    session.add(send)
    session.flush()
    add_tasks(session, TaskKind.NOTIFY, [send.id or 0], now=now)


def list_robots(session: Session) -> list[RobotView]:
    """Return the robots in use."""
    robots = session.exec(
        select(NoticeRobot).where(col(NoticeRobot.closed_at).is_(None)).order_by(col(NoticeRobot.id))
    ).all()
    return [_view(session, robot) for robot in robots]


def _view(session: Session, robot: NoticeRobot) -> RobotView:
    newest = select(NoticeSend).where(NoticeSend.robot_id == robot.id).order_by(col(NoticeSend.id).desc())
    last = session.exec(newest.limit(1)).first()
    return RobotView(
        id=robot.id or 0,
        name=robot.name,
        kind=robot.kind,
        department_id=robot.department_id,
        host=urlsplit(robot.url).hostname or "",
        ending=robot.url[-4:],
        is_signed=bool(robot.secret),
        last_state=last.state if last else None,
        last_at=(last.sent_at or last.started_at or last.due_at) if last else None,
        last_error=last.error if last else "",
        quiet_from=robot.quiet_from,
        quiet_until=robot.quiet_until,
    )


def _check(session: Session, said: NewRobot | RobotChange, url: str, origins: Sequence[str]) -> None:
    if not said.name.strip():
        raise RobotRefused("name")
    if not is_allowed(url.strip(), origins):
        raise RobotRefused("address")
    if not are_quiet_hours(said.quiet_from.strip(), said.quiet_until.strip()):
        raise RobotRefused("quiet")
    if said.department_id is not None and session.get(Department, said.department_id) is None:
        raise DepartmentNotFound(said.department_id)


def _get(session: Session, viewer: Viewer, robot_id: int) -> NoticeRobot:
    require(viewer, "robots", Role.ADMINISTRATOR)
    robot = session.get(NoticeRobot, robot_id)
    if robot is None or robot.closed_at is not None:
        raise RobotNotFound(robot_id)
    return robot
