"""Words that mean the same: a group as it is told and as it is sent."""

from typing import Annotated

from pydantic import Field

from web.api.schemas.base import Given, Id, Text, Told


class SynonymPath(Given):
    """Which group."""

    group_id: Id
    """The number of the group."""


class GivenWords(Given):
    """The words of a group."""

    words: Annotated[list[Annotated[Text, Field(max_length=100)]], Field(min_length=2, max_length=50)]
    """Two or more different words, each of two to twenty characters."""


class SynonymGroup(Told):
    """Words that mean the same to a citizen."""

    id: int
    words: list[str]


class SynonymGroups(Told):
    """The groups in use, oldest first."""

    groups: list[SynonymGroup]
