"""The ways notices leave the house: robots of chat groups, and what did not arrive. Secrets never come back."""

from flask import Response

from inbox import notice_robots
from inbox.notice_robots import add_robot, change_robot, list_robots, remove_robot, robot_view, try_robot
from inbox.notice_sending import failed_sends, let_go, send_again
from routing.models import Role
from web.api.routes import NOTICES, answer, api, gives, nothing
from web.api.schemas.channels import (
    Channels,
    NewRobot,
    Robot,
    RobotChange,
    RobotPath,
    SendDecision,
    SendPath,
)
from web.context import current_session, now, services, viewer
from web.guards import with_token
from web.security import limiter


@api.get("/channels", tags=[NOTICES], responses=gives(Channels))
@with_token(Role.ADMINISTRATOR)
def show_channels() -> Response:
    """Show the robots, the mail server and what did not arrive."""
    return answer(_channels())


@api.post("/channels/robots", tags=[NOTICES], responses=gives(Robot, 404, status=201))
@with_token(Role.ADMINISTRATOR)
def add_a_robot(body: NewRobot) -> Response:
    """Keep a robot of a chat group; send a test through it next."""
    new = notice_robots.NewRobot(**body.model_dump())
    robot = add_robot(current_session(), viewer(), new, origins=_origins(), now=now())
    return answer(_robot(robot.id or 0), 201)


@api.put("/channels/robots/<int:robot_id>", tags=[NOTICES], responses=gives(Robot, 404))
@with_token(Role.ADMINISTRATOR)
def change_a_robot(path: RobotPath, body: RobotChange) -> Response:
    """Change the name, the department, the quiet hours or the secrets of a robot."""
    change = notice_robots.RobotChange(**body.model_dump())
    change_robot(current_session(), viewer(), path.robot_id, change, origins=_origins())
    return answer(_robot(path.robot_id))


@api.post("/channels/robots/<int:robot_id>/test", tags=[NOTICES], responses=gives(Robot, 404, status=202))
@with_token(Role.ADMINISTRATOR)
@limiter.limit("20 per minute")
def test_a_robot(path: RobotPath) -> Response:
    """Send a test through a robot; what came of it stands in `GET /channels` a moment later."""
    try_robot(current_session(), viewer(), path.robot_id, now=now())
    return answer(_robot(path.robot_id), 202)


@api.post("/channels/robots/<int:robot_id>/remove", tags=[NOTICES], responses=gives(None, 404, status=204))
@with_token(Role.ADMINISTRATOR)
def remove_a_robot(path: RobotPath) -> Response:
    """Use a robot no more; its address and secret are forgotten."""
    remove_robot(current_session(), viewer(), path.robot_id, now=now())
    return nothing()


@api.post("/channels/sends/<int:send_id>", tags=[NOTICES], responses=gives(Channels))
@with_token(Role.ADMINISTRATOR)
def deal_with_a_send(path: SendPath, body: SendDecision) -> Response:
    """Send what did not arrive once more, or let it go; what was dealt with already is left alone."""
    deal = send_again if body.decision == "send_again" else let_go
    deal(current_session(), path.send_id, now=now())
    return answer(_channels())


def _channels() -> Channels:
    session, settings = current_session(), services().settings
    return Channels.model_validate(
        {
            "robots": list_robots(session),
            "failed": failed_sends(session),
            "mail_host": settings.smtp_host,
            "mail_from": settings.mail_from,
            "robot_origins": _origins(),
        }
    )


def _robot(robot_id: int) -> Robot:
    return Robot.model_validate(robot_view(current_session(), viewer(), robot_id))


def _origins() -> list[str]:
    return services().settings.robot_origins.split()
