"""people.yaml: who leads whom, and every mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.evaluate import Said
from worker.environment import SettingsError
from worker.people_file import read_people_file


def managers(tmp_path: Path, text: str) -> object:
    (tmp_path / "people.yaml").write_text(text)
    return read_people_file(tmp_path)


def test_without_the_file_the_crm_says_who_leads(tmp_path):
    """It is needed only where the CRM does not know."""
    assert read_people_file(tmp_path) == {}


def test_addresses_are_compared_in_small_letters(tmp_path):
    """A CRM keeps them as somebody typed them."""
    said = "email: Dana@Acme.example, manager: MIA@acme.example, time_zone: Europe/Berlin"
    text = f"people:\n  - {{{said}}}\n"
    assert managers(tmp_path, text) == {
        "dana@acme.example": Said(manager="mia@acme.example", time_zone="Europe/Berlin")
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("people:\n  - {email: dana, manager: m@a.example}\n", "people.yaml:2:13: "),
        ("people:\n  - {manager: d@a.example}\n", '"email" is missing'),
        ("people:\n  - {email: d@a.example, time_zone: Berlin}\n", "is not a time zone"),
        ("people:\n  - {email: d@a.example, manger: m@a.example}\n", 'Did you mean "manager"'),
        ("peple: []\n", 'Did you mean "people"'),
        ("people:\n  - {email: d@a.example, manager: d@a.example}\n", "to lead themselves"),
        ("people:\n" + 2 * "  - {email: d@a.example, manager: m@a.example}\n", "there twice"),
        ("people: [\n", "people.yaml:"),
    ],
)
def test_each_mistake_has_its_sentence(tmp_path, text, sentence):
    """An admin reads what is wrong, and where."""
    with pytest.raises(SettingsError) as told:
        managers(tmp_path, text)
    assert sentence in str(told.value)
