"""One target, fed by atheris, which keeps the inputs that reach code not reached before and changes those further.

The process ends with libFuzzer's own exit status; an input that raised is kept in a file beside the corpus.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris


def main(name: str, runs: int, folder: Path) -> None:
    """Feed a target so many inputs."""
    with atheris.instrument_imports(include=["bot", "jinja2"]):
        from tests.fuzz.targets import TARGETS

        target = TARGETS[name]
        feed = target.ready().__enter__()  # until the process ends
    corpus = folder / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    bounds = ("-max_len=4096", "-timeout=60", "-rss_limit_mb=4096")
    told = ("-print_final_stats=1", f"-artifact_prefix={folder}/{name}-")
    atheris.Setup([sys.argv[0], str(corpus), f"-runs={runs}", *bounds, *told], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
