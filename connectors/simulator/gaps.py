"""What the simulator does not know: answered with 501 and said loudly, never guessed."""

from __future__ import annotations

import json
import logging
from typing import Final

from starlette.responses import Response

log: Final = logging.getLogger("followthrough.simulator")


def not_simulated(what: str) -> Response:
    """Answer 501 with a JSON body that names the gap, and log a warning."""
    sentence = (
        f"The simulator does not know {what}; connectors/simulator/COVERAGE.md lists what it does."
    )
    log.warning("%s", sentence)
    body = json.dumps([{"message": sentence, "errorCode": "NOT_SIMULATED"}], ensure_ascii=False)
    return Response(body, 501, media_type="application/json;charset=UTF-8")
