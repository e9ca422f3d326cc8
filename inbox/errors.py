"""What can go wrong with a message or a case, each with the identifiers a page needs to explain it."""


class InboxError(Exception):
    """Base of everything the inbox refuses."""


class CaseNotFound(InboxError):
    """No such case, or not one this officer may see: the two look the same on purpose."""

    def __init__(self, reference: int | str) -> None:
        super().__init__(f"no case {reference}")
        self.reference = reference


class AccountNotFound(InboxError):
    """No account has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no account has the code {code!r}")
        self.code = code


class AccountClosed(InboxError):
    """The account was closed, so nothing is taken in through it any more."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the account {code!r} is closed")
        self.code = code


class AccountExists(InboxError):
    """Another account already has this code, or the unit already has one on this platform."""

    def __init__(self, code: str) -> None:
        super().__init__(f"an account {code!r} exists already")
        self.code = code


class MessageRefused(InboxError):
    """A message that cannot be taken: `reason` is a stable code, `params` fill its sentence."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(f"message refused: {reason} {params or ''}".strip())
        self.reason = reason
        self.params = params


class FileRefused(InboxError):
    """A file that cannot be read as a whole: `reason` is a stable code, `params` fill its sentence."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(f"file refused: {reason} {params or ''}".strip())
        self.reason = reason
        self.params = params


class ImportNotFound(InboxError):
    """No such import, or not one this officer may see."""

    def __init__(self, import_id: int) -> None:
        super().__init__(f"no import {import_id}")
        self.import_id = import_id


class SignatureRefused(InboxError):
    """A signed request that does not prove who sent it, or is too old, or was seen before."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"signature refused: {reason}")
        self.reason = reason


class NotAllowed(InboxError):
    """The officer may see the case but not do this with it."""

    def __init__(self, action: str) -> None:
        super().__init__(f"not allowed: {action}")
        self.action = action


class WrongState(InboxError):
    """The case has moved on, so the action no longer fits; nothing was changed."""

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"cannot {action} while the case is {state}")
        self.action = action
        self.state = state


class CannotJoin(InboxError):
    """A case that cannot be linked, merged or handled like this: `reason` says why, `code` is its tracking code."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(f"case {code} cannot be joined: {reason}")
        self.reason = reason
        self.code = code
        self.params = {"code": code}


class StaleDraft(InboxError):
    """Somebody else saved the reply in between; both texts are kept for the officer to join."""

    def __init__(
        self, case_id: int, *, saved_text: str, saved_version: int, your_text: str, saved_by: str
    ) -> None:
        super().__init__(f"the reply of case {case_id} was changed by {saved_by}")
        self.case_id = case_id
        self.saved_text = saved_text
        self.saved_version = saved_version
        self.your_text = your_text
        self.saved_by = saved_by


class SelfReview(InboxError):
    """Whoever wrote or edited a reply may not be the one who approves it (先审后发)."""

    def __init__(self, reply_id: int) -> None:
        super().__init__(f"the author of reply {reply_id} cannot approve it")
        self.reply_id = reply_id


class ReplyIncomplete(InboxError):
    """The reply cannot be submitted: `reason` is a stable code such as ``empty`` or ``placeholders``."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(f"reply incomplete: {reason} {params or ''}".strip())
        self.reason = reason
        self.params = params


class AlreadyRated(InboxError):
    """The citizen has rated this reply before."""

    def __init__(self, tracking_code: str) -> None:
        super().__init__(f"{tracking_code} has been rated already")
        self.tracking_code = tracking_code


class CannotReopen(InboxError):
    """The case was reopened before, or has no answer to object to."""

    def __init__(self, tracking_code: str) -> None:
        super().__init__(f"{tracking_code} cannot be reopened")
        self.tracking_code = tracking_code


class OrderNotFound(InboxError):
    """No such supervision order, or one of another department: the two look the same on purpose."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"no supervision order {order_id}")
        self.order_id = order_id


class ExtensionNotFound(InboxError):
    """No such request for more time, or not one this officer may see."""

    def __init__(self, request_id: int) -> None:
        super().__init__(f"no extension request {request_id}")
        self.request_id = request_id


class ExtensionAsked(InboxError):
    """A request for more time is waiting already."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"an extension of case {case_id} was asked for already")
        self.case_id = case_id


class TooLate(InboxError):
    """More time was asked for when the deadline had passed: late is late (asked before due, or not at all)."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"the deadline of case {case_id} has passed")
        self.case_id = case_id


class RobotNotFound(InboxError):
    """No such robot, or one that is used no more."""

    def __init__(self, robot_id: int) -> None:
        super().__init__(f"no robot {robot_id}")
        self.robot_id = robot_id


class RobotRefused(InboxError):
    """A robot that cannot be kept: `field` is name or address. The address itself is never repeated."""

    def __init__(self, field: str) -> None:
        super().__init__(f"robot refused: {field}")
        self.field = field


class BulletinNotFound(InboxError):
    """No such 通报, or a draft that is not this officer's to read."""

    def __init__(self, bulletin_id: int) -> None:
        super().__init__(f"no bulletin {bulletin_id}")
        self.bulletin_id = bulletin_id


class BulletinMoved(InboxError):
    """A 通报 is at another stage than the step expects: not shown yet, or published already."""

    def __init__(self, bulletin_id: int) -> None:
        super().__init__(f"bulletin {bulletin_id} is at another stage")
        self.bulletin_id = bulletin_id
