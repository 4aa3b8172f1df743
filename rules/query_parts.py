"""The parts of a query's WITH: those read once stand inside it, those read twice become tables.

Works on sqlglot's trees; knows no engine and runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp


def take_shared(query: exp.Query) -> tuple[exp.Query, dict[str, exp.Query]]:
    """Return a query without its WITH: parts read twice are tables now, the others stand inside.

    Spark would work a part of a WITH out anew wherever it is named.
    """
    parts = {part.alias: part.this for part in query.ctes}
    body = query.copy()
    body.set("with_", None)
    readers = [*parts.values(), body]
    shared = [name for name in parts if sum(len(_reads(one, name)) for one in readers) > 1]
    plain = {name: part for name, part in parts.items() if name not in shared}
    return _inlined(body, plain), {name: _inlined(parts[name], plain) for name in shared}


def columns_read(queries: Sequence[exp.Query]) -> frozenset[str] | None:
    """Name every column in these queries, unless the first, the answer, shows all there are."""
    answer = queries[0]
    if not isinstance(answer, exp.Select) or any(one.is_star for one in answer.selects):
        return None
    return frozenset(c.name.lower() for query in queries for c in query.find_all(exp.Column))


def _reads(reader: exp.Expr, name: str) -> list[exp.Table]:
    return [one for one in reader.find_all(exp.Table) if one.name == name and not one.db]


def _inlined(query: exp.Query, parts: Mapping[str, exp.Query]) -> exp.Query:
    """Put each part where it is named; a part can build on others."""
    done = query.copy()
    for name, part in parts.items():
        for table in _reads(done, name):
            table.replace(_inlined(part, parts).subquery(table.alias or name, copy=False))
    return done
