"""people.yaml: who leads whom, who is away when, and every mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.free_days import read_span
from rules.org import Said
from worker.environment import SettingsError
from worker.people_file import PeopleFile, read_people_file


def told(tmp_path: Path, text: str) -> PeopleFile:
    (tmp_path / "people.yaml").write_text(text)
    return read_people_file(tmp_path, ("default", "warehouse"))


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        told(tmp_path, text)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


def test_without_the_file_the_crm_says_who_leads(tmp_path: Path) -> None:
    """It is needed only where the CRM does not know."""
    assert read_people_file(tmp_path) == PeopleFile()


def test_addresses_are_compared_in_small_letters(tmp_path: Path) -> None:
    """A CRM keeps them as somebody typed them."""
    said = "email: Dana@Acme.example, manager: MIA@acme.example, time_zone: Europe/Berlin"
    assert told(tmp_path, f"people:\n  - {{{said}}}\n").said_of == {
        "dana@acme.example": Said(manager="mia@acme.example", time_zone="Europe/Berlin")
    }


EVERYTHING = """
people:
  - email: dana@acme.example
    name: Dana Ruiz
    aliases: [Dee, Dana R.]
    manager: the boss
    delegate: tom@acme.example
    teams: North
    region: DE-BY
    calendar: warehouse
    leave: [2026-12-24, 2026-12-28..2027-01-05, {from: 2027-02-01, to: 2027-02-03}]
  - {email: mia@acme.example, aliases: The Boss, leave: 2026-11-20}
support_pool: [dee, Kim@Acme.example]
"""


def test_every_word_is_heard(tmp_path: Path) -> None:
    """Names and aliases mean the people of the file; leave is a day, a span, or both its ends."""
    file = told(tmp_path, EVERYTHING)
    spans = ("2026-12-24", "2026-12-28..2027-01-05", "2027-02-01..2027-02-03")
    assert file.support_pool == ("dana@acme.example", "kim@acme.example")
    assert file.said_of["mia@acme.example"].leave == (read_span("2026-11-20"),)
    assert file.said_of["dana@acme.example"] == Said(
        name="Dana Ruiz",
        aliases=("Dee", "Dana R."),
        manager="mia@acme.example",
        delegate="tom@acme.example",
        teams=frozenset({"North"}),
        region="DE-BY",
        calendar="warehouse",
        leave=tuple(read_span(one) for one in spans),
    )


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        ("email: dana, manager: m@a.example", "people.yaml:2:13: "),
        ("manager: d@a.example", '"email" is missing'),
        ("email: d@a.example, time_zone: Berlin", "is not a time zone"),
        ("email: d@a.example, manger: m@a.example", 'Did you mean "manager"'),
        (
            "email: d@a.example, manager: d@a.example",
            "people.yaml:2:35: d@a.example is said to lea",
        ),
        ("email: d@a.example, name: Dee, delegate: dee", "to stand in for themselves"),
        ("email: d@a.example, region: DE-XX", "is not a part of DE"),
        ("email: d@a.example, leave: [2026-12-28..2026-12-24]", "Write the first day first"),
        ("email: d@a.example, leave: [2026-12-28..24]", '"24" is not a day'),
        ("email: d@a.example, leave: {from: 2026-12-28}", '"to" is missing'),
        ("email: d@a.example, calendar: warehous", 'Did you mean "warehouse"'),
        ("email: d@a.example, calendar: x", "Known: default and warehouse"),
        ("email: dana@a.example, aliases: [Deedee], manager: Deede", 'Did you mean "Deedee"'),
        ("email: d@a.example, manager: Mia", 'nobody in this file is called "Mia"'),
        ("email: dana.ruiz@a.example, manager: dana.riz@a.example", "Did you mean "),
    ],
)
def test_each_mistake_has_its_sentence(tmp_path: Path, person: str, sentence: str) -> None:
    """An admin reads what is wrong, and where."""
    found = mistakes(tmp_path, f"people:\n  - {{{person}}}\n")
    assert [sentence in one for one in found] == [True], found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("peple: []\n", 'Did you mean "people"'),
        ("people: [\n", "people.yaml:"),
        (
            "people:\n" + 2 * "  - {email: d@a.example, manager: m@a.example}\n",
            "3:13: d@a.example st",
        ),
        ("support_pool: Zoe\n", 'nobody in this file is called "Zoe"'),
        (
            "people: [{email: a@x.example, name: Al}, {email: b@x.example, aliases: [AL]}]\n"
            "support_pool: [al]\n",
            "can be a@x.example or b@x.example",
        ),
    ],
)
def test_so_has_each_of_the_whole_file(tmp_path: Path, text: str, sentence: str) -> None:
    """Somebody twice, a pool of nobody, a name of two."""
    found = mistakes(tmp_path, text)
    assert [sentence in one for one in found] == [True], found


def test_mistakes_of_words_and_of_the_whole_come_at_once(tmp_path: Path) -> None:
    """A wrong region does not hide a name that nobody has."""
    text = (
        "people:\n  - {email: d@a.example, region: XX}\n  - {email: d@a.example, manager: Zoe}\n"
        "support_pool: [Max]\n"
    )
    assert [one.split(":")[1] for one in mistakes(tmp_path, text)] == ["2", "3", "3", "4"]
