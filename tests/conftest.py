"""What holds for every test: the settings of the person who runs them are none of the tests' business."""

from __future__ import annotations

import os
from pathlib import Path

_OWN = ("BOT_", "DATABASE_URL")

for _name in [name for name in os.environ if name.startswith(_OWN)]:
    del os.environ[_name]

os.environ["BOT_CACHE"] = str(Path(__file__).parent.parent / ".pytest_cache" / "packs")
