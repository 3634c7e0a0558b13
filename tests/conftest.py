"""What holds for every test: the settings of the person who runs them are none of the tests' business."""

from __future__ import annotations

import os

_OWN = ("BOT_", "DATABASE_URL")

for _name in [name for name in os.environ if name.startswith(_OWN)]:
    del os.environ[_name]
