"""What is counted, as Prometheus reads it.

Names and units follow https://prometheus.io/docs/practices/naming/. No metric carries a person, a chat or a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bot.storage import Store
from bot.telegram.intake import Intake
from bot.telegram.live import Live
from bot.telegram.tally import BOUNDS, Tally


class Metrics(Collector):
    """A view of the counts of this process; it keeps none itself."""

    def __init__(self, tally: Tally, live: Live, intake: Intake, store: Store) -> None:
        self._tally, self._live, self._intake, self._store = tally, live, intake, store
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The metrics, made anew for each scrape."""
        tally, pack = self._tally, self._live.engine.pack
        yield _counter("bot_updates", "Updates taken from Telegram", ("kind",), _single(tally.updates))
        yield _counter("bot_answers", "Questions answered", ("kind", "intent"), tally.answers.items())
        yield _counter("bot_handler_errors", "Updates whose handling failed", (), [((), tally.errors)])
        yield _counter("bot_retries", "Calls to the Bot API made again", ("method",), _single(tally.retries))
        yield _counter("bot_notices", "People told of a failure", ("phrase",), _single(tally.notices))
        yield _counter("bot_database_failures", "Times the database failed", (), [((), self._store.failed)])
        yield _counter("bot_reloads", "Reloads of the pack", ("outcome",), _single(self._live.reloads))
        names = ("+Inf" if bound == float("inf") else str(bound) for bound in BOUNDS)
        classes = list(zip(names, accumulate(tally.classes), strict=True))
        yield HistogramMetricFamily("bot_answer_seconds", "From a question to its answer sent", classes, tally.seconds)
        yield GaugeMetricFamily("bot_updates_under_way", "Updates being handled or queued", self._intake.under_way)
        yield GaugeMetricFamily("bot_uptime_seconds", "Time since the start", tally.uptime)
        yield GaugeMetricFamily("bot_facts", "Facts in the pack", len(pack.knowledge.facts))
        yield InfoMetricFamily(
            "bot_pack", "The pack that answers", {"version": pack.version, "reviewed": pack.reviewed}
        )


_Counts = Iterable[tuple[tuple[str, ...], int]]


def _single(counts: Mapping[str, int]) -> _Counts:
    return (((name,), count) for name, count in counts.items())


def _counter(name: str, text: str, labels: tuple[str, ...], counts: _Counts) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in counts:
        family.add_metric(values, count)
    return family
