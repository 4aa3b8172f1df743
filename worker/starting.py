"""The first config folder: the files of the example, with their comments, for one CRM.

Writes into an empty directory only, and never over anything. What it writes holds no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from worker.environment import CREDENTIALS, SECRETS
from worker.settings import FILE

#: The example, as it stands in the repository's `config/` (in a wheel: a copy of it).
EXAMPLE: Final = Path(__file__).parent / "starter"
ENVIRONMENT: Final = ".env.example"

#: What the settings say otherwise than for the CRM of the example.
_OTHERWISE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "salesforce": (),
    "hubspot": (
        ("crm: salesforce", "crm: hubspot"),
        ("docs/salesforce.md", "docs/hubspot.md"),
        ("Proposal: [Proposal/Price Quote]", "Proposal: [Presentation Scheduled]"),
        ("Negotiation: [Negotiation/Review]", "Negotiation: [Contract Sent]"),
        (
            "# The address of your org, My Domain. SALESFORCE_URL in the environment overrides it."
            "\n# url: https://acme.my.salesforce.com\n\n",
            "",
        ),
    ),
}

_HEAD: Final = """\
# What only the environment says, for {crm}. Nothing reads this file: set these where the worker is
# started (a unit file, a container, a shell), and keep secrets out of version control. Each secret
# may stand in a file of its own instead: NAME_FILE=/run/secrets/name. See docs/{page}.

"""
_KEY: Final = """\
# Any long random text, kept for good: with it a lost state directory leads to no second task.
FOLLOWTHROUGH_KEY=
"""


class NotEmpty(Exception):
    """The directory holds something, or cannot be written; the message says what to do."""


def start(config: Path, crm: str) -> list[Path]:
    """Write the files and return them. Raises NotEmpty; then nothing was written."""
    files = {**_example(crm), Path(ENVIRONMENT): environment(crm)}
    try:
        if config.exists() and (not config.is_dir() or any(config.iterdir())):
            raise NotEmpty(
                f"{config} is not empty, and nothing in it is written over. Name a directory that "
                "is empty or not there yet: followthrough --config DIR init."
            )
        for name, text in files.items():
            path = config / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise NotEmpty(f"{config} cannot be written to ({type(error).__name__}).") from None
    return [config / name for name in files]


def _example(crm: str) -> dict[Path, str]:
    """The files of the example by their names, as this CRM needs them."""
    found = sorted(path for path in EXAMPLE.rglob("*") if path.suffix in {".yaml", ".json"})
    texts = {path.relative_to(EXAMPLE): path.read_text(encoding="utf-8") for path in found}
    text = texts[Path(FILE)]
    for said, otherwise in _OTHERWISE[crm]:
        text = text.replace(said, otherwise)
    return {**texts, Path(FILE): text}


def environment(crm: str) -> str:
    """Return what the environment has to say for a CRM, with nothing filled in."""
    known = CREDENTIALS[crm]
    lines = [
        f"# {name.upper()}=" + ("   # a secret" if name in SECRETS else "")
        for name in known.variables.values()
    ]
    return _HEAD.format(crm=crm, page=known.page) + "\n".join(lines) + "\n\n" + _KEY
