"""The asks inside a message: two questions in one get suggestions each."""

import re

Span = tuple[int, int]

SHORTEST_ASK = 8
LONGEST_TEXT = 400
MOST_ASKS = 3

_SENTENCE = re.compile(r"[^。！？!?；;…\n]+[。！？!?；;…\n]*")
_TURN = re.compile(r"(?<=[，,。、\s])(?=另外|还有|还想|再问|顺便|其次|第二|二是|再就是|再有)")
_ASKING = re.compile(
    "[?？吗]|怎么|怎样|如何|咋|为什么|为何|为啥|什么|啥|哪|多少|多久|几天|几点|能不能|能否|可不可以|可以.{0,8}不"
    "|是否|是不是|有没有|要不要|请问|想问|咨询"
)


def asks_of(text: str) -> tuple[Span, ...]:
    """Return where a message asks something, as spans of the raw text; nothing unless it asks twice or more.

    A bare question (怎么办？) belongs to the sentence before it. Texts of more than 400 characters are complaints
    that tell a story; they are compared whole.
    """
    if len(text) > LONGEST_TEXT or len(text) < 2 * SHORTEST_ASK:
        return ()
    asks: list[Span] = []
    previous: Span | None = None
    for start, end in _pieces(text):
        if end - start < SHORTEST_ASK and previous is not None:
            start = previous[0]
            if asks and asks[-1] == previous:
                asks.pop()
        previous = (start, end)
        if _ASKING.search(text, start, end):
            asks.append(previous)
    long_enough = tuple(ask for ask in asks if ask[1] - ask[0] >= SHORTEST_ASK)
    return long_enough[:MOST_ASKS] if len(long_enough) > 1 else ()


def _pieces(text: str) -> list[Span]:
    pieces: list[Span] = []
    for sentence in _SENTENCE.finditer(text):
        start = sentence.start()
        for turn in _TURN.finditer(text, sentence.start(), sentence.end()):
            pieces.append((start, turn.start()))
            start = turn.start()
        pieces.append((start, sentence.end()))
    return [(start, end) for start, end in pieces if text[start:end].strip()]
