"""Query jobs of Bulk API 2.0: their states and their rows. Knows no HTTP and reads no clock.

    UploadComplete -> InProgress -> JobComplete, Failed or Aborted

How often a job is asked about before it is done, and whether it fails, are switches of the org.
Facts, salesforce 3.3.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from connectors.simulator.salesforce import errors, ids
from connectors.simulator.salesforce.bulk_results import Results
from connectors.simulator.salesforce.errors import SalesforceError

_PREFIX: Final = "750"
OVER: Final = ("JobComplete", "Aborted", "Failed")


@dataclass(kw_only=True)
class Job:
    """One query job. `work` renders its rows when its time has come."""

    id: str
    operation: str
    entity: str
    version: str
    created: str  # as the API writes moments
    user_id: str
    newline: str
    work: Callable[[], Results]
    waits: int  # questions after which it is done
    failure: str | None
    state: str = "UploadComplete"
    results: Results | None = field(default=None, repr=False)

    def look(self) -> None:
        """Go on by one step, as the vendor's machines do between two questions."""
        if self.state in OVER:
            return
        self.state = "InProgress"
        if self.waits > 0:
            self.waits -= 1
        elif self.failure is not None:
            self.state = "Failed"
        else:
            self.results = self.work()
            self.state = "JobComplete"

    def page(self, locator: str | None, most: int) -> tuple[bytes, int, str]:
        """A page of rows: its CSV, how many they are, and the next locator or the word `null`."""
        if self.results is None:
            raise api_error(f"The job is not in a state that has results: {self.state}")
        start = _start(locator)
        if start is None or start > len(self.results):
            raise api_error("The locator is not valid")
        body, end = self.results.page(start, most)
        return body, end - start, "null" if end >= len(self.results) else _locator(end)


class Jobs:
    """The query jobs of one org, the last one first."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._jobs)

    def mint(self) -> str:
        """The id of the next job."""
        self._number += 1
        return ids.mint(_PREFIX, self._number)

    def add(self, job: Job) -> None:
        """Take a new job."""
        self._jobs[job.id] = job

    def get(self, job_id: str) -> Job:
        """Find a job."""
        job = self._jobs.get(ids.full(job_id) or "")
        if job is None:
            raise errors.not_found()
        return job

    def every(self) -> list[Job]:
        """All jobs, the last one first."""
        return [*reversed(self._jobs.values())]

    def abort(self, job: Job) -> None:
        """End a job that is not over yet."""
        if job.state in OVER:
            raise api_error(f"Aborting the job is not allowed in state {job.state}")
        job.state = "Aborted"

    def delete(self, job: Job) -> None:
        """Forget a job that is over, and its rows."""
        if job.state not in OVER:
            raise api_error(f"Deleting the job is not allowed in state {job.state}")
        if job.results is not None:
            job.results.close()
        del self._jobs[job.id]


def api_error(message: str) -> SalesforceError:
    """What Bulk API 2.0 says about a job that cannot do what is asked."""
    return SalesforceError("API_ERROR", message)


def _locator(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _start(locator: str | None) -> int | None:
    if locator is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode("ascii")
    except ValueError:
        return None
    return int(text) if text.isdigit() else None
