"""The six kinds of message (咨询 求助 建议 投诉 举报 其他), by the code that is stored."""

from enum import StrEnum


class Kind(StrEnum):
    """What a citizen wants; the service-level policy and the page's words hang on it."""

    INQUIRY = "inquiry"
    HELP = "help"
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"
    REPORT = "report"
    OTHER = "other"

    @property
    def chinese(self) -> str:
        """Return the official Chinese term, as files and the demo county write it."""
        return _CHINESE[self]

    @classmethod
    def from_chinese(cls, word: str) -> "Kind":
        """Return the kind an official term names; a term nobody uses is OTHER."""
        return _BY_CHINESE.get(word.strip(), cls.OTHER)


_CHINESE = {
    Kind.INQUIRY: "咨询",
    Kind.HELP: "求助",
    Kind.SUGGESTION: "建议",
    Kind.COMPLAINT: "投诉",
    Kind.REPORT: "举报",
    Kind.OTHER: "其他",
}
_BY_CHINESE = {word: kind for kind, word in _CHINESE.items()}
