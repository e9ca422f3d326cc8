"""What can go wrong in routing; each error carries the ids a person needs to find the row."""


class RoutingError(Exception):
    """Base of everything routing raises on purpose."""


class DepartmentNotFound(RoutingError):
    """No department has this code or id."""

    def __init__(self, key: int | str) -> None:
        """Keep the key that was looked for."""
        super().__init__(f"no department {key!r}")
        self.key = key


class OfficerNotFound(RoutingError):
    """No officer has this login or id."""

    def __init__(self, key: int | str) -> None:
        """Keep the key that was looked for."""
        super().__init__(f"no officer {key!r}")
        self.key = key


class LoginTaken(RoutingError):
    """Another officer already signs in with this name."""

    def __init__(self, login: str) -> None:
        """Keep the login that was asked for."""
        super().__init__(f"the login {login!r} is taken")
        self.login = login


class CodeTaken(RoutingError):
    """A department, area or duty with this code exists."""

    def __init__(self, code: str) -> None:
        """Keep the code that was asked for."""
        super().__init__(f"the code {code!r} is taken")
        self.code = code


class WeakPassword(RoutingError):
    """The password is too short to protect a citizen's words."""

    def __init__(self, minimum: int) -> None:
        """Keep how many characters are needed."""
        super().__init__(f"a password needs at least {minimum} characters")
        self.minimum = minimum


class TokenNotFound(RoutingError):
    """The officer has no such token: it was revoked before, or is somebody else's."""

    def __init__(self, token_id: int) -> None:
        """Keep the id that was looked for."""
        super().__init__(f"no token {token_id}")
        self.token_id = token_id


class TooManyTokens(RoutingError):
    """The officer has as many tokens as one person may have."""

    def __init__(self, limit: int) -> None:
        """Keep how many there may be."""
        super().__init__(f"an officer has at most {limit} tokens")
        self.limit = limit


class UnknownRole(RoutingError):
    """The word names no role."""

    def __init__(self, role: str) -> None:
        """Keep the word."""
        super().__init__(f"{role!r} is not a role")
        self.role = role


class LastAdministrator(RoutingError):
    """Disabling this officer would leave nobody who can administer the deployment."""

    def __init__(self, officer_id: int) -> None:
        """Keep whose account it is."""
        super().__init__(f"officer {officer_id} is the last administrator")
        self.officer_id = officer_id


class BadRule(RoutingError):
    """A rule is empty or its pattern is not a regular expression."""

    def __init__(self, value: str, cause: str) -> None:
        """Keep the rule's text and what is wrong with it."""
        super().__init__(f"the rule {value!r} cannot be used: {cause}")
        self.value = value
        self.cause = cause


class EntryNotFound(RoutingError):
    """No area, duty, rule or classifier version has this id."""

    def __init__(self, kind: str, entry_id: int) -> None:
        """Keep what was looked for."""
        super().__init__(f"no {kind} {entry_id}")
        self.kind = kind
        self.entry_id = entry_id


class BadRoster(RoutingError):
    """A roster cannot be kept like this: `reason` is nobody, dates, stranger or substitute."""

    def __init__(self, reason: str) -> None:
        """Keep what is wrong with it."""
        super().__init__(f"the roster cannot be kept: {reason}")
        self.reason = reason


class BadCatalogue(RoutingError):
    """A catalogue file cannot be used."""

    def __init__(self, cause: str) -> None:
        """Keep what is wrong with it."""
        super().__init__(f"the catalogue cannot be used: {cause}")
        self.cause = cause


class TooFewExamples(RoutingError):
    """A classifier needs at least two labels with some messages each."""

    def __init__(self, examples: int, labels: int) -> None:
        """Keep how much there was."""
        super().__init__(f"{examples} examples of {labels} labels are too few to learn from")
        self.examples = examples
        self.labels = labels


class BadModel(RoutingError):
    """A file is not a trained classifier that this version can read."""

    def __init__(self, cause: str) -> None:
        """Keep what is wrong with it."""
        super().__init__(f"not a readable classifier: {cause}")
        self.cause = cause


class AreaCycle(RoutingError):
    """An area cannot lie in itself or in an area below it."""

    def __init__(self, area_id: int, parent_id: int) -> None:
        """Keep both."""
        super().__init__(f"area {area_id} cannot lie in area {parent_id}, which lies in it")
        self.area_id = area_id
        self.parent_id = parent_id
