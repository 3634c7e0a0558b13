"""make audit: what is known against the locked packages. One that could not be looked up is not called clean."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def verdict(report: str) -> tuple[str, int]:
    """What pip-audit's JSON says, in words, and an exit status: 0 clean, 1 vulnerable, 2 not known."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return "not audited: the database of vulnerabilities cannot be reached", 2
    known = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in packages
        for found in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if known:
        return "\n".join(known), 1
    if unknown or not packages:
        return f"not audited: {len(unknown)} of {len(packages)} packages cannot be looked up from here", 2
    return f"{len(packages)} packages, no known vulnerability", 0


def main(lock: Path) -> int:
    """Audit a lock file."""
    command = ["pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--requirement", lock], capture_output=True, text=True, check=False
    )
    said, status = verdict(done.stdout)
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
