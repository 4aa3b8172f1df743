"""The environment: addresses and secrets, which never stand in YAML.

Each secret may stand in a file instead, named by `…_FILE`: SALESFORCE_CLIENT_SECRET_FILE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.open import NEEDS
from rules.problems import Problem


class SettingsError(Exception):
    """The settings cannot be used; each problem says where and what to do."""

    def __init__(self, problems: list[Problem] | list[str] | list[Problem | str]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Environment(BaseSettings):
    """What only the environment may say."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    salesforce_url: str | None = None
    salesforce_client_id: str | None = None
    salesforce_client_secret: SecretStr | None = None
    salesforce_client_secret_file: Path | None = None
    salesforce_username: str | None = None
    salesforce_private_key: SecretStr | None = None
    salesforce_private_key_file: Path | None = None
    salesforce_refresh_token_file: Path | None = None  # read by the connector, which rewrites it
    hubspot_url: str | None = None  # the embedded CRM's; HubSpot itself has one address
    hubspot_access_token: SecretStr | None = None
    hubspot_access_token_file: Path | None = None
    hubspot_client_id: str | None = None
    hubspot_client_secret: SecretStr | None = None
    hubspot_client_secret_file: Path | None = None
    hubspot_refresh_token: SecretStr | None = None
    hubspot_refresh_token_file: Path | None = None
    followthrough_crm: str | None = None
    followthrough_key: SecretStr | None = None
    followthrough_key_file: Path | None = None
    followthrough_database: SecretStr | None = None
    followthrough_database_file: Path | None = None

    def secret(self, name: str) -> SecretStr | None:
        """Return a secret from its variable or from the file its `…_FILE` variable names."""
        given: SecretStr | None = getattr(self, name)
        path: Path | None = getattr(self, f"{name}_file")
        if path is None or (given is not None and given.get_secret_value()):
            return given
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise SettingsError(
                [f"{name.upper()}_FILE names {path}, which cannot be read ({why})."]
            ) from None
        if not text:
            raise SettingsError([f"{name.upper()}_FILE names {path}, which is empty."])
        return SecretStr(text)

    def secrets(self) -> list[SecretStr]:
        """Return every secret that was given, so that logs can keep them out."""
        found = (self.secret(name) for name in SECRETS)
        return [secret for secret in found if secret is not None]


SECRETS: Final = tuple(
    name.removesuffix("_file")
    for name in Environment.model_fields
    if name.endswith("_file") and name.removesuffix("_file") in Environment.model_fields
)


@dataclass(frozen=True)
class Credentials:
    """The variables of one CRM: a field of `CrmSettings` -> the variable that holds it."""

    variables: Mapping[str, str]
    page: str  # of the docs

    def read(
        self, environment: Environment, url: str | None
    ) -> dict[str, str | SecretStr | Path | None]:
        """Return the values by field; `url` of the file serves where the variable is not set."""
        values: dict[str, str | SecretStr | Path | None] = {
            field: environment.secret(name) if name in SECRETS else getattr(environment, name)
            for field, name in self.variables.items()
        }
        return values | {"base_url": values["base_url"] or url}

    def missing(self, crm: str, values: Mapping[str, object]) -> list[str]:
        """Return a sentence for each variable that is not set, of the shortest way to log in."""
        if any(all(values[field] for field in way) for way in NEEDS[crm]):
            return []
        return [
            f"{self._told(field)} is not set. See docs/{self.page}."
            for field in NEEDS[crm][0]
            if not values[field]
        ]

    def _told(self, field: str) -> str:
        name = self.variables[field].upper()
        if field == "base_url":
            return f"{name}, or url: in followthrough.yaml,"
        return f"{name}, or {name}_FILE," if self.variables[field] in SECRETS else name


CREDENTIALS: Final[Mapping[str, Credentials]] = {
    "salesforce": Credentials(
        {
            "base_url": "salesforce_url",
            "client_id": "salesforce_client_id",
            "client_secret": "salesforce_client_secret",
            "username": "salesforce_username",
            "private_key": "salesforce_private_key",
            "refresh_token_file": "salesforce_refresh_token_file",
        },
        "salesforce.md",
    ),
    "hubspot": Credentials(
        {
            "base_url": "hubspot_url",
            "access_token": "hubspot_access_token",
            "client_id": "hubspot_client_id",
            "client_secret": "hubspot_client_secret",
            "refresh_token": "hubspot_refresh_token",
        },
        "hubspot.md",
    ),
}
