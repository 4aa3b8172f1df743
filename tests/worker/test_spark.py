"""Without PySpark, or without a whole hand-over, one sentence says what to do."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from worker.handover import HandoverError
from worker.spark import SparkError, evaluate_on_spark, spark_session


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="PySpark is installed")
def test_the_extra_is_missing() -> None:
    """Nobody who stays on one machine has to install it."""
    with (
        pytest.raises(SparkError, match=r"pip install .followthrough\[spark\]"),
        spark_session("x"),
    ):
        pass


def test_no_handover(tmp_path: Path) -> None:
    """It is looked for before Spark is started."""
    with (
        pytest.raises(HandoverError, match="is no hand-over"),
        evaluate_on_spark([], tmp_path, "local[1]"),
    ):
        pass
