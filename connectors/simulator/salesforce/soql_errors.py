"""The refusals of a query in Salesforce's words. Decides nothing: who refuses calls from elsewhere.

A message tells what is wrong; `SoqlError.shown_in` puts the place before it, in Salesforce's form:
a window of the text, a caret, `ERROR at Row:1:Column:9`, the reason.
"""

from __future__ import annotations

from typing import Final

from connectors.simulator.salesforce.soql_tree import Place

_REFERENCE: Final = "Please reference your WSDL or the describe call for the appropriate names."


class SoqlError(Exception):
    """A query Salesforce would refuse, or one the simulator does not know how to answer."""

    def __init__(self, code: str, message: str, place: Place | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.place = place

    def shown_in(self, text: str) -> SoqlError:
        """Put the window, the caret and the row and column before the reason."""
        if self.place is None:
            return self
        row, column = self.place.row, self.place.column
        lines = text.split("\n")
        line = lines[row - 1] if row <= len(lines) else ""
        start = max(0, column - 61)
        window = line[start : column + 30]
        caret = " " * (column - 1 - start) + "^"
        head = f"\n{window}\n{caret}\nERROR at Row:{row}:Column:{column}\n"
        return SoqlError(self.code, head + self.message)


def unexpected(word: str, place: Place) -> SoqlError:
    """Say that a word may not stand where it stands."""
    return SoqlError("MALFORMED_QUERY", f"unexpected token: '{word}'", place)


def unknown(what: str, place: Place | None = None) -> SoqlError:
    """Refuse what the simulator has not learned, rather than answer it wrongly."""
    return SoqlError("MALFORMED_QUERY", f"The simulator does not know {what}.", place)


def malformed(message: str, place: Place | None = None) -> SoqlError:
    """Refuse a query that reads well and makes no sense."""
    return SoqlError("MALFORMED_QUERY", message, place)


def no_object(name: str, place: Place) -> SoqlError:
    """Say that the org, as far as the user sees it, has no such object."""
    return SoqlError(
        "INVALID_TYPE",
        f"sObject type '{name}' is not supported. If you are attempting to use a custom "
        f"object, be sure to append the '__c' after the entity name. {_REFERENCE}",
        place,
    )


def no_column(name: str, entity: str, place: Place) -> SoqlError:
    """Say that an object, as far as the user sees it, has no such field."""
    return SoqlError(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom "
        f"field, be sure to append the '__c' after the custom field name. {_REFERENCE}",
        place,
    )


def no_relationship(name: str, place: Place, code: str = "INVALID_FIELD") -> SoqlError:
    """Say that a path climbs, or FROM descends, where there is no relationship."""
    where = "field path" if code == "INVALID_FIELD" else "FROM part of query call"
    return SoqlError(
        code,
        f"Didn't understand relationship '{name}' in {where}. If you are attempting to use a "
        "custom relationship, be sure to append the '__r' after the custom relationship name. "
        + _REFERENCE,
        place,
    )
