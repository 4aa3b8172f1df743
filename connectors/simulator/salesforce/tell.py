"""Tell a story to a Salesforce org: every record at its moment, by the person who made it.

The org sees what a real one saw: a deal created in its first stage and moved on, a meeting booked
before it is held, a mail with the task Enhanced Email keeps beside it. What an org does by itself
(history, completion, stamps) is left to it. Says nothing of which rule a story is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from connectors.simulator.moments import Day, Moment
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.tell_activities import PLANS, Scribe
from connectors.simulator.story_nouns import CLOSED, Account, Contact, Deal, Person, Story

#: A story's stage -> the stage in a standard org, by its API name.
STAGES: Final[Mapping[str, str]] = {
    "Prospecting": "Prospecting",
    "Qualification": "Qualification",
    "Proposal": "Proposal/Price Quote",
    "Negotiation": "Negotiation/Review",
    "Won": "Closed Won",
    "Lost": "Closed Lost",
}
_ROLES: Final[Mapping[str, str]] = {
    "decision maker": "Decision Maker",
    "buyer": "Economic Buyer",
    "technical buyer": "Technical Buyer",
    "user": "Business User",
    "evaluator": "Evaluator",
}
_DAY: Final = dt.timedelta(days=1)
