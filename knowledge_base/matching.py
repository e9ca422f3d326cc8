"""Match a file of questions against a file of articles: the engine without a database, for measuring."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge_base.engine.meaning import Meaning, SentenceModel, Vector, beginning, digest_of
from knowledge_base.suggest import Entry, SuggestionEngine


def match_file(
    articles: Path, queries: Path, out: Path, limit: int = 10, model: SentenceModel | None = None
) -> int:
    """Write the suggestions for each query to `out` and return how many queries there were.

    A line of `articles` is {"id", "question"}, of `queries` {"id", "text"}, of `out` {"id", "results":
    [[article id, confidence], …], "ms"}. No threshold applies: the reader picks one. With a sentence `model` the
    articles are embedded first, which "ms" leaves out. Raises ValueError naming the line that is not such an object.
    """
    rows = list(_lines(articles, "id", "question"))
    engine = SuggestionEngine.build(
        Entry(number, row["question"], tuple(row.get("phrasings") or ())) for number, row in enumerate(rows)
    )
    texts = [text for row in rows for text in (row["question"], *(row.get("phrasings") or ()))]
    meaning = _meaning_of(texts, model) if model else None
    count = 0
    with out.open("w", encoding="utf-8") as sink:
        for query in _lines(queries, "id", "text"):
            start = time.perf_counter()
            found = engine.suggest(query["text"], limit=limit, threshold=0.0, meaning=meaning)
            spent = (time.perf_counter() - start) * 1000
            results = [[rows[s.article_id]["id"], s.confidence] for s in found]
            line = {"id": query["id"], "results": results, "ms": round(spent, 4)}
            sink.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


def _meaning_of(texts: list[str], model: SentenceModel) -> Meaning:
    """Embed every text once and keep the vectors in memory."""
    beginnings = {digest_of(text): beginning(text) for text in texts}
    kept: dict[str, Vector] = dict(zip(beginnings, model.embed(list(beginnings.values())), strict=True))
    return Meaning(model, lambda _digests: kept)


def _lines(path: Path, *names: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as source:
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                msg = f"{path}, line {number}: not JSON ({error.msg})"
                raise ValueError(msg) from error
            if not isinstance(row, dict) or any(name not in row for name in names):
                msg = f"{path}, line {number}: needs {', '.join(names)}"
                raise ValueError(msg)
            yield row
