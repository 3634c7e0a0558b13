"""The same questions put to this bot and to what people would pick instead, in one run on one machine.

Every peer runs in a process of its own (`tests.bench.peers.worker`) and gets every message of the question suite; what
it finds is made a reply here and judged as the bot's is. The peers of lists answer when their score reaches a
threshold. It is chosen where right less wrong replies are most, for each half of the questions on the other half. The
tables go into docs/comparison.md and the README.

    python -m tests.bench.compare [--no-write] [PEER ...]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from bot.pack import Pack, load_pack
from bot.reply import Choice, Reply
from tests.bench.answer import percentile
from tests.bench.pages import markdown, rewrite
from tests.bench.peers import growth, home_assistant
from tests.bench.peers.faq import Entry, entries
from tests.bench.peers.home_assistant import UNKNOWN
from tests.eval import suite
from tests.eval.suite import NO_ANSWER, ROOT, TODAY, Message, Question, Verdict

PAGE = ROOT / "docs" / "comparison.md"
README = ROOT / "README.md"

QUIET = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
LONGEST = 3600


@dataclass(frozen=True, slots=True)
class Peer:
    """`module` of tests/bench/peers; `package` is whose version is said; `listed` says that it searches the FAQ."""

    module: str
    name: str
    package: str
    listed: bool = False


PEERS = (
    Peer("ours", "sco-bot", "sco-bot"),
    Peer("ours_alone", "sco-bot, each turn alone", "sco-bot"),
    Peer("hassil_templates", "hassil, our templates", "hassil"),
    Peer("rapidfuzz_list", "rapidfuzz `extractOne`, FAQ", "rapidfuzz", listed=True),
    Peer("rapidfuzz_ratio", "the same with the scorer `ratio`", "rapidfuzz", listed=True),
    Peer("minilm_list", "MiniLM sentence embeddings, FAQ", "sentence-transformers", listed=True),
    Peer("chatterbot_list", "ChatterBot, FAQ", "chatterbot", listed=True),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of the suite, and in which half of it; `theirs` says that it asks about something else than ours."""

    message: Message
    question: Question
    begins: bool
    half: int

    @property
    def theirs(self) -> bool:
        return self.question.expect == NO_ANSWER


@dataclass(frozen=True, slots=True)
class Judged:
    """What a peer found with which score, in how many seconds, and the verdicts: if it says so, and if it is silent."""

    asked: Asked
    score: float
    seconds: float
    said: Verdict
    silent: Verdict

    def verdict(self, threshold: float) -> Verdict:
        return self.said if self.score >= threshold else self.silent


@dataclass(frozen=True, slots=True)
class Row:
    """A peer's figures: verdicts on our questions, how many of others' it answered, seconds, bytes."""

    peer: Peer
    ours: Counter[str]
    theirs: Counter[str]
    thresholds: tuple[float, ...]
    median: float
    slow: float
    peak: int
    load: float

    @property
    def right(self) -> int:
        return self.ours["right"] + self.theirs["right"]

    @property
    def wrong(self) -> int:
        return self.ours["wrong"] + self.theirs["wrong"]


def asked_all(questions: Sequence[Question]) -> list[Asked]:
    """Every message in order; every other question of the suite is in the other half."""
    return [
        Asked(message, question, turn == 0, n % 2)
        for n, question in enumerate(questions)
        for turn, message in enumerate(question.turns)
    ]


def run_worker(module: str, job: dict[str, Any]) -> dict[str, Any]:
    """A peer's outcome, from a process of its own. Raises CalledProcessError when it fails; it has printed why."""
    command = [sys.executable, "-m", "tests.bench.peers.worker", module]
    done = subprocess.run(
        command,
        cwd=ROOT,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        env=os.environ | QUIET,
        check=False,
    )
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        done.check_returncode()
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def judged(asked: Sequence[Asked], outcome: dict[str, Any], reply_of: Callable[[str, Any], Reply]) -> list[Judged]:
    """Every message with what its reply would be worth, said and unsaid."""

    def worth(one: Asked, reply: Reply) -> Verdict:
        return suite.judge(one.message, reply, one.question.expect)[0]

    return [
        Judged(one, score, seconds, worth(one, reply_of(one.message.ask, what)), worth(one, UNKNOWN))
        for one, (what, score, seconds) in zip(asked, outcome["found"], strict=True)
    ]


def best_threshold(found: Sequence[Judged]) -> float:
    """The least score to answer at, so that right less wrong replies are most; among equals the highest."""
    gains = {"right": 1, "wrong": -1, "silent": 0}

    def gain(threshold: float) -> int:
        return sum(gains[one.verdict(threshold)] for one in found)

    return max({round(one.score, 3) for one in found} | {1.01}, key=lambda threshold: (gain(threshold), threshold))


def row(peer: Peer, found: Sequence[Judged], outcome: dict[str, Any]) -> Row:
    """The figures of a peer, its threshold for each half chosen on the other."""
    thresholds = (0.0, 0.0)
    if peer.listed:
        halves = [[one for one in found if one.asked.half == half] for half in (0, 1)]
        thresholds = (best_threshold(halves[1]), best_threshold(halves[0]))
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    for one in found:
        (theirs if one.asked.theirs else ours)[one.verdict(thresholds[one.asked.half])] += 1
    took = [one.seconds for one in found]
    return Row(
        peer,
        ours,
        theirs,
        thresholds,
        statistics.median(took),
        percentile(took, 0.99),
        outcome["peak"],
        outcome["load"],
    )


def material(pack: Pack, faq: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """What each peer is made of, by its module."""
    listed = {"questions": [entry.question for entry in faq], "answers": [suite.body(entry.reply) for entry in faq]}
    folders = {"knowledge": str(ROOT / "knowledge"), "templates": str(ROOT / "intents"), "today": TODAY.isoformat()}
    templates = {"intents": home_assistant.intents_of(pack, ROOT / "intents"), "own": home_assistant.own_names(pack)}
    made: dict[str, dict[str, Any]] = {"ours": folders, "ours_alone": folders, "hassil_templates": templates}
    return {peer.module: made.get(peer.module, listed) for peer in PEERS}


def reply_maker(peer: Peer, pack: Pack, faq: Sequence[Entry]) -> Callable[[str, Any], Reply]:
    """How what a peer found becomes a reply."""

    def listed(text: str, found: int | None) -> Reply:
        return UNKNOWN if found is None else faq[found].reply

    def recognised(text: str, found: dict[str, Any] | None) -> Reply:
        return home_assistant.answered(pack, text, found, TODAY)

    def ours(text: str, found: dict[str, Any]) -> Reply:
        return Reply(found["kind"], found["html"], tuple(Choice(*pair) for pair in found["choices"]))

    return listed if peer.listed else recognised if peer.module == "hassil_templates" else ours


def measure(peers: Sequence[Peer], pack: Pack, faq: Sequence[Entry], asked: Sequence[Asked]) -> Iterator[Row]:
    """Each peer's figures, one after the other, so that none takes another's processor."""
    made = material(pack, faq)
    messages = [(one.message.ask, one.begins) for one in asked]
    for peer in peers:
        print(f"{peer.name} ...", file=sys.stderr)
        outcome = run_worker(peer.module, {"messages": messages, "material": made[peer.module]})
        yield row(peer, judged(asked, outcome, reply_maker(peer, pack, faq)), outcome)


def full_table(rows: Sequence[Row]) -> str:
    """All figures, as Markdown; ratios are to the first row."""
    head = (
        "peer", "right", "wrong", "silent", "of ours right", "of ours wrong", "others' answered", "median ms",
        "99 % ms", "x median", "peak MiB", "x memory", "ready s", "thresholds",
    )  # fmt: skip
    lines = []
    for one in rows:
        silent = one.ours["silent"] + one.theirs["silent"]
        lines.append((
            f"{one.peer.name} ({version(one.peer.package)})", one.right, one.wrong, silent,
            share(one.ours, "right"), share(one.ours, "wrong"), share(one.theirs, "wrong"),
            f"{one.median * 1000:.2f}", f"{one.slow * 1000:.2f}", f"{one.median / rows[0].median:.2f}",
            f"{one.peak / 2**20:.0f}", f"{one.peak / rows[0].peak:.2f}", f"{one.load:.1f}",
            " / ".join(f"{value:.2f}" for value in one.thresholds) if one.peer.listed else "",
        ))  # fmt: skip
    return markdown(head, lines)


def short_table(rows: Sequence[Row]) -> str:
    """What the README shows."""
    head = ("", "right", "wrong", "median ms", "99 % ms", "memory MiB")
    return markdown(head, [
        (one.peer.name, one.right, one.wrong,
         f"{one.median * 1000:.1f}", f"{one.slow * 1000:.1f}", f"{one.peak / 2**20:.0f}")
        for one in rows
    ])  # fmt: skip


def share(tally: Counter[str], verdict: str) -> str:
    return f"{tally[verdict] / tally.total():.1%}" if tally else ""


def main() -> int:
    """Measure, print, and rewrite the tables when all peers and the growth were measured."""
    parser = argparse.ArgumentParser(description="This bot beside what people would pick instead.")
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"only these of {', '.join(p.module for p in PEERS)}")
    parser.add_argument("--no-write", action="store_true", help="leave the documents as they are")
    given = parser.parse_args()
    peers = [peer for peer in PEERS if not given.peers or peer.module in given.peers]
    pack, asked = load_pack(ROOT / "knowledge", ROOT / "intents"), asked_all(suite.load())
    faq = entries(pack, TODAY)
    rows = list(measure(peers, pack, faq, asked))
    told = (
        f"{len(asked)} messages, {sum(one.theirs for one in asked)} of them about something else; "
        f"{len(faq)} entries in the list; asked on {TODAY}; Python {platform.python_version()}, "
        f"{os.cpu_count()} processors."
    )
    print(told, full_table(rows), sep="\n\n")
    if given.peers:
        return 0
    if not given.no_write:
        rewrite(PAGE, "comparison", f"{told}\n\n{full_table(rows)}")
        rewrite(README, "comparison", short_table(rows))
    grown = growth.table(growth.measure(pack, len(faq), run_worker), markdown)
    print(grown)
    if not given.no_write:
        rewrite(PAGE, "growth", grown)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
