"""Settings: every mistake at once, each with its place; secrets from the environment only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.model import Stage
from rules.org import Coverage, CustomField, Said
from worker.environment import Environment, SettingsError
from worker.plan import Limits
from worker.settings import Settings, field_words, load_settings, stage_words


def load(tmp_path: Path, text: str | None = None, **environment: object) -> Settings:
    if text is not None:
        (tmp_path / "followthrough.yaml").write_text(text)
    return load_settings(tmp_path, tmp_path / "state", Environment(**environment))  # type: ignore[arg-type]


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("text", [None, "", "# only a comment\n"])
def test_without_a_word_the_defaults_hold(tmp_path: Path, text: str | None) -> None:
    """Nothing is written, a pass every 15 minutes, the limits of the rulings."""
    settings = load(tmp_path, text)
    assert settings.writes is False
    assert settings.every == dt.timedelta(minutes=15)
    assert settings.limits == Limits()
    assert settings.org([]).zone == "UTC"


def test_every_word_is_heard(tmp_path: Path) -> None:
    """What the file says is what the worker works with."""
    settings = load(
        tmp_path,
        """
crm: salesforce
url: https://acme.my.salesforce.com
api_version: "63.0"
writes: yes
every: 30 minutes
time_zone: Europe/Berlin
calendar:
  opens: 08:00
  closes: "18:00"
  days: [monday, tuesday]
  holidays_of: DE-BY
  free: [2026-12-24]
stages: {Proposal: [Quote, Offer]}
pilot: [Sam Ortiz]
limits: {new_per_person_and_day: 2, open_per_person: 5, creates_per_rule: 4, creates_share: 0.2}
memory: 2 GB
""",
    )
    org = settings.org([Stage(label="Quote", is_closed=False, is_won=False)])
    hours = org.hours["default"] if "default" in org.hours else next(iter(org.hours.values()))
    assert settings.writes is True
    assert settings.every == dt.timedelta(minutes=30)
    assert settings.pilot == {"Sam Ortiz"}
    assert settings.memory == "2000MB"
    assert settings.limits == Limits(
        new_per_person_and_day=2,
        open_per_person=5,
        creates_per_rule=4,
        creates_share=Decimal("0.2"),
    )
    assert (hours.opens, hours.closes, hours.weekdays) == (
        dt.time(8),
        dt.time(18),
        frozenset({0, 1}),
    )
    assert {dt.date(2026, 12, 24), dt.date(2027, 1, 6)} <= hours.free
    assert org.stage_words == {"Quote": "Proposal", "Offer": "Proposal"}
    assert "Proposal" in stage_words(tmp_path)


WRONG = {
    "crm: dynamics": "followthrough.yaml:1",
    "every: 2 minutes": "at most every 5 minutes",
    "every: soon": "is not a duration",
    "writes: maybe": 'neither "yes" nor "no"',
    "time_zone: Europe/Berlim": 'Europe/Berlin"',
    "calendar: {opens: nine}": "is not a time of day",
    "calendar: {opens: 18:00, closes: 09:00}": '"closes" must be later than "opens"',
    "calendar: {days: [mon]}": "monday",
    "calendar: {holidays_of: Bavaria}": "is not a country whose holidays are known",
    "calendar: {holidays_of: DE-XX}": "is not a part of DE",
    "limits: {open_per_person: many}": "is not a whole number",
    "limits: {open_per_person: -1}": "at least 0",
    "limits: {creates_share: 2}": "between 0 and 1",
    "api_share: 0": "leaves nothing to read with",
    "memory: lots": 'Write "400 MB", or "2 GB"',
    "memory: 0.4 GB": "is no amount of memory",
    "memory: 99 MB": "at least 100 MB",
    "api_share: 20": "between 0 and 1",
    "api_version: 62": "is not a version of the API",
    "url: ftp://acme": "is not the address of an org",
    "url: http://127.0.0.1.evil.example": "is not the address of an org",
    "writs: yes": '"writes"',
    "writes:": "has no value",
    "client_secret: x": "SALESFORCE_CLIENT_SECRET in the environment",
    "calendar: {days: []}": '"days" names no day',
    "calendars: {Ware House: {}}": "is not a name for a calendar",
    "calendars: {default: {}}": "Choose another name",
    "calendars: {night: {opens: 18:00, closes: 09:00}}": '"closes" must be later than "opens"',
    "stages: {Offer: [Quote], Proposal: [Quote]}": '"Quote" stands under "Offer" already',
    "coverage: maybe": 'neither "on" nor "off"',
    "coverage: {share: 60}": "between 0 and 1",
    "coverage: {days: 3}": "from 5 to 60",
    "coverage: {mail_capture: [{a: b}]}": "a list of names and e-mails",
    "fields: {deal: {amount: {from: X__c}}}": "means something else in rules",
    "fields: {deal: {copy: {from: X__c}}}": "means something else in rules",
    "fields: {deal: {Renewal: {from: X__c}}}": "is not a word for a field",
    "fields: {deal: {renewal: {kind: date}}}": '"from" is missing',
    "fields: {deal: {renewal: {from: 'X__c, Id FROM User'}}}": "is not the CRM's own name",
    "fields: {deal: {renewal: {from: X__c, kind: day}}}": "is not a kind of field",
    "fields: {deal: {renewal: {from: X__c, knd: date}}}": 'Did you mean "kind"',
    "fields: {deal: {segment: {from: X__c, kind: choice}}}": 'needs "choices"',
    "fields: {deal: {segment: {from: X__c, choices: [a]}}}": "goes with",
    "- a list": "settings are `word: value`",
    "a: [": "followthrough.yaml",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=WRONG)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """One sentence, the file's name in it, no traceback."""
    found = mistakes(tmp_path, text + "\n")
    assert all("followthrough.yaml" in one for one in found)
    assert any(said in one for one in found), found
    assert len(found) == 1, found


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    """Three wrong words, three problems, each on its line."""
    found = mistakes(tmp_path, "crm: x\nwrites: maybe\nevery: 1 minute\n")
    assert [n for n in (1, 2, 3) if any(f"followthrough.yaml:{n}" in one for one in found)] == [
        1,
        2,
        3,
    ]


def test_mistakes_of_both_files_come_at_once(tmp_path: Path) -> None:
    """A wrong setting hides nothing in people.yaml, nor does it make its right words wrong."""
    (tmp_path / "people.yaml").write_text(
        "people:\n  - {email: a@x.example, calendar: night}\n  - {email: nobody}\n"
    )
    found = mistakes(tmp_path, "writes: maybe\ncalendars: {night: {opens: nine}}\n")
    places = [one.removeprefix(f"{tmp_path}/").split(":")[:2] for one in found]
    assert places == [
        ["followthrough.yaml", "1"],
        ["followthrough.yaml", "2"],
        ["people.yaml", "3"],
    ]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes of some other program are no settings."""
    (tmp_path / "followthrough.yaml").write_bytes(b"\xff\xfe\x00crm")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


# -- what rules need of it -------------------------------------------------------------------


def test_calendars_have_their_own_hours(tmp_path: Path) -> None:
    """Each by its name; what one leaves out is as usual, not as in the default calendar."""
    org = load(
        tmp_path,
        "calendar: {opens: 08:00}\n"
        'calendars: {night-shift: {opens: "18:00", closes: "23:00", holidays_of: GB}}\n'
        "pipelines: {Renewals: Renewal pipeline}\n",
    ).org([])
    night, usual = org.hours["night-shift"], org.hours["default"]
    assert (night.name, night.opens, night.region, night.holidays) == (
        "night-shift",
        dt.time(18),
        "GB",
        frozenset(),
    )
    assert (usual.opens, usual.region, len(org.hours)) == (dt.time(8), None, 2)
    assert org.pipeline_words == {"Renewal pipeline": "Renewals"}


FIELDS = """
fields:
  deal:
    target: {from: Target__c, kind: money, about: What we aim for.}
    renewal_on: {from: {salesforce: Renewal_Date__c, hubspot: renewal_date}, kind: date}
    aim: {from: Target__c}
  account:
    segment: {from: {hubspot: segment}, kind: choice, choices: [A, B]}
"""


@pytest.mark.parametrize(
    ("crm", "names"),
    [
        ("salesforce", {"deals": ("Renewal_Date__c", "Target__c")}),
        ("hubspot", {"deals": ("Target__c", "renewal_date"), "accounts": ("segment",)}),
    ],
)
def test_own_fields_are_those_of_the_crm(
    tmp_path: Path, crm: str, names: dict[str, tuple[str, ...]]
) -> None:
    """Each by its word, with the name this CRM has for it; what it has not is no word."""
    settings = load(
        tmp_path,
        f"crm: {crm}\n{FIELDS}",
        salesforce_url="https://a.my.salesforce.com",
        salesforce_client_id="id",
        salesforce_client_secret=SecretStr("s"),
        hubspot_access_token=SecretStr("t"),
    )
    fields = settings.org([]).fields
    assert settings.crm_settings().custom_fields == names
    assert sorted(fields["deal"]) == ["aim", "renewal_on", "target"]
    assert fields["deal"]["target"] == CustomField(
        word="target", source="Target__c", kind="money", doc="What we aim for."
    )
    assert [one.choices for one in fields["account"].values()] == [("A", "B")][: len(names) - 1]
    assert sorted(field_words(tmp_path)["account"]) == ["segment"]


@pytest.mark.parametrize(
    ("text", "coverage"),
    [
        ("", Coverage()),
        ("coverage: off", None),
        ("coverage: on", Coverage()),
        ("coverage: {share: 0.5, days: 10}", Coverage(share=0.5, days=10)),
        ("coverage: {mail_capture: yes}", Coverage(mail_capture=True)),
        (
            "coverage: {mail_capture: [Anna Berg, Tom@Acme.example]}",
            Coverage(captured=frozenset({"anna berg", "tom@acme.example"})),
        ),
    ],
)
def test_the_coverage_guard_is_on_unless_said(
    tmp_path: Path, text: str, coverage: Coverage | None
) -> None:
    """Nobody is blamed for what we may be unable to see, until somebody says so."""
    assert load(tmp_path, text).org([]).coverage == coverage


def test_people_yaml_reaches_the_rules(tmp_path: Path) -> None:
    """What it says of people is part of the org."""
    (tmp_path / "people.yaml").write_text(
        "people:\n  - {email: a@x.example, name: Al}\nsupport_pool: [al]\n"
    )
    org = load(tmp_path).org([])
    assert (org.support_pool, org.said("A@X.example").name) == (("a@x.example",), "Al")
    assert org.said("b@x.example") == org.said(None) == Said()


# -- the environment -------------------------------------------------------------------------


def test_what_is_missing_is_named_all_at_once(tmp_path: Path) -> None:
    """Address, id and secret, each by the name of its variable."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path).crm_settings()
    said = str(caught.value)
    assert [n in said for n in ("SALESFORCE_URL", "CLIENT_ID", "CLIENT_SECRET")] == [True] * 3


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """The variable itself wins; line ends around the secret do not belong to it."""
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    place = {"salesforce_url": "https://a.my.salesforce.com", "salesforce_client_id": "id"}
    from_file = load(tmp_path, salesforce_client_secret_file=file, **place)
    both = load(
        tmp_path,
        salesforce_client_secret_file=file,
        salesforce_client_secret=SecretStr("from the variable"),
        **place,
    )
    assert from_file.crm_settings().client_secret == SecretStr("from the file")
    assert both.crm_settings().client_secret == SecretStr("from the variable")
    assert from_file.secrets() == ["from the file"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff\xfe", "cannot be read"), (b" \n", "is empty")],
)
def test_a_secret_file_that_cannot_serve_is_told(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """By the variable that names it; an empty key would silently be another key."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"FOLLOWTHROUGH_KEY_FILE names .*{said}"):
        _ = load(tmp_path, followthrough_key_file=file).key


def test_secrets_do_not_show(tmp_path: Path) -> None:
    """Neither in the repr of the environment nor in that of the settings."""
    settings = load(tmp_path, salesforce_client_secret=SecretStr("canary-secret"))
    assert "canary" not in repr(settings) + str(settings.environment)


OBJECTS = """
objects:
  ratings: {from: Client_Rating__c, account: Account__c, category: Grade__c}
  survey_answers:
    from: Answer__c
    score: Points__c
"""


def test_objects_of_the_orgs_own_reach_the_connector(tmp_path: Path) -> None:
    """By stream and column."""
    salesforce = {
        "salesforce_url": "https://acme.my.salesforce.com",
        "salesforce_client_id": "x",
        "salesforce_client_secret": SecretStr("y"),
    }
    found = load(tmp_path, OBJECTS, **salesforce).crm_settings().objects
    assert {stream: (one.object, dict(one.fields)) for stream, one in found.items()} == {
        "ratings": ("Client_Rating__c", {"account_id": "Account__c", "category": "Grade__c"}),
        "survey_answers": ("Answer__c", {"score": "Points__c"}),
    }


@pytest.mark.parametrize("name", ["2-3465404", "p24681357_client_rating", "client_rating"])
def test_an_object_of_hubspot_goes_by_three_names(tmp_path: Path, name: str) -> None:
    """None of which an org of Salesforce can have: there it is told what to write."""
    text = f"objects: {{ratings: {{from: {name}, category: grade}}}}"
    hubspot = {"followthrough_crm": "hubspot", "hubspot_access_token": SecretStr("t")}
    assert load(tmp_path, text, **hubspot).crm_settings().objects["ratings"].object == name
    salesforce = {
        "salesforce_url": "https://acme.my.salesforce.com",
        "salesforce_client_id": "x",
        "salesforce_client_secret": SecretStr("y"),
    }
    with pytest.raises(SettingsError, match=f"ratings: {name} is no object of a Salesforce org"):
        load(tmp_path, text, **salesforce).crm_settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("objects: {ratings: {from: Account, account: X__c}}", "not the name of an object"),
        ("objects: {ratings: {from: R__c}}", "names no field"),
        ("objects: {ratings: {from: R__c, account: 'a b'}}", "not the API name of a field"),
        ("objects: {ratings: {from: R__c, grade: X__c}}", "grade"),
        ("objects: {deals: {from: R__c, account: X__c}}", "deals"),
    ],
)
def test_an_object_that_cannot_be_is_told(tmp_path: Path, text: str, says: str) -> None:
    """With its place, and what to write."""
    (found,) = mistakes(tmp_path, text)
    assert says in found


@pytest.mark.parametrize(
    ("given", "way"),
    [
        (
            {"salesforce_username": "w@x.example", "salesforce_private_key": SecretStr("pem")},
            "private_key",
        ),
        ({"salesforce_refresh_token_file": Path("token")}, "refresh_token_file"),
    ],
)
def test_other_ways_to_log_in_need_no_secret_of_the_app(
    tmp_path: Path, given: dict[str, object], way: str
) -> None:
    """A key file, or a refresh token in a file; with neither, what is missing is told."""
    said = {"salesforce_url": "https://acme.my.salesforce.com", "salesforce_client_id": "x"}
    settings = load(tmp_path, None, **said, **given).crm_settings()
    assert getattr(settings, way)
    with pytest.raises(SettingsError, match="SALESFORCE_CLIENT_SECRET"):
        load(tmp_path, None, **said).crm_settings()
