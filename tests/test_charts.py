"""Charts show what their picture says: each value at its place, each text once, none over another, none outside."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from bot.answers.charts import WIDTH, draw, figure_of
from bot.picture import Bar, Chart, Event, Events, Group, Growth, Lane, Picture, Series, Share, Shares, Tally, Timeline
from tests.test_pictures import PICTURED, ROOT, picture

QUESTIONS = [
    *PICTURED,
    "SCO documents",
    "SCO documents of 2004",
    "SCO summits",
    "who were observers on 3 May 2006?",
    "how many members did the SCO have in 2018?",
    "timeline of China, India and Iran in the SCO",
    "кто был наблюдателем в 2005 году?",
    "сколько членов было у ШОС в 2018 году?",
    "история Индии в ШОС, таймлайн",
    "доли в бюджете ШОС, диаграмма",
    "саммиты ШОС, график",
    "документы ШОС 2004 года",
    "2005年有哪些观察员国？",
    "上合组织的扩员历程",
    "印度在上合组织的历史，时间轴",
    "上合组织预算分摊比例，图表",
    "上合组织历届峰会，图表",
]


def texts(figure: Figure) -> list[Text]:
    return list(figure.axes[0].texts)


def bars(figure: Figure, gid: str = "bar") -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle) and patch.get_gid() == gid]


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_text_meets_another_or_leaves_the_paper(question: str) -> None:
    figure = figure_of(picture(question))
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    width, height = figure.get_size_inches() * figure.dpi
    assert width == WIDTH
    assert max(width, height) <= 2.5 * min(width, height)
    for said, box in boxes:
        assert box.x0 >= 20, said
        assert box.x1 <= width - 20, said
        assert box.y0 >= 20, said
        assert box.y1 <= height - 20, said
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        apart = first.x1 <= second.x0 or second.x1 <= first.x0 or first.y1 <= second.y0 or second.y1 <= first.y0
        assert apart, (one, other)
    assert all(float(text.get_fontsize()) * figure.dpi / 72 >= 18 for text in texts(figure))


def test_bars_of_a_timeline_lie_at_their_days() -> None:
    chart = picture("who were observers in 2005?").chart
    assert isinstance(chart, Timeline)
    figure = figure_of(picture("who were observers in 2005?"))
    said = [text.get_text() for text in texts(figure)]
    assert [label for label in said if label in {lane.label for lane in chart.lanes}] == [
        lane.label for lane in chart.lanes
    ]
    drawn = bars(figure)
    wanted = [bar for lane in chart.lanes for bar in lane.bars]
    assert len(drawn) == len(wanted)
    left = min(rectangle.get_x() for rectangle in drawn)
    right = max(rectangle.get_x() + rectangle.get_width() for rectangle in drawn)
    day = (right - left) / (chart.last - chart.first).days
    for rectangle, bar in zip(drawn, wanted, strict=True):
        assert rectangle.get_x() == pytest.approx(left + day * (bar.start - chart.first).days, abs=8)
        end = left + day * ((bar.end or chart.last) - chart.first).days
        assert rectangle.get_x() + rectangle.get_width() == pytest.approx(end, abs=0.01)
        assert mpl.colors.to_hex(rectangle.get_facecolor()) == chart.groups[bar.group].colour
    (mark,) = bars(figure, "mark")
    assert mark.get_width() == pytest.approx(364 * day, rel=0.01)


def test_areas_of_growth_are_as_high_as_the_counts() -> None:
    shown = picture("chart of SCO growth")
    chart = shown.chart
    assert isinstance(chart, Growth)
    figure = figure_of(shown)
    areas = bars(figure, "area")
    unit = max(-area.get_height() if area.get_height() < 0 else area.get_height() for area in areas) / max(
        count for series in chart.series for _, count in series.points
    )
    left, right = min(a.get_x() for a in areas), max(a.get_x() + a.get_width() for a in areas)
    for series in chart.series:
        for since, count in series.points:
            if count and since < chart.last:
                x = left + (right - left) * ((since - chart.first).days + 0.5) / (chart.last - chart.first).days
                here = [
                    abs(area.get_height()) / unit
                    for area in areas
                    if area.get_x() <= x < area.get_x() + area.get_width()
                    and mpl.colors.to_hex(area.get_facecolor()) == series.group.colour
                ]
                assert here == [pytest.approx(count)], (series.group.label, since)
    said = " ".join(text.get_text() for text in texts(figure))
    assert "17 SCO partners" in said
    assert "10 members" in said


def test_bars_of_shares_are_as_long_as_the_numbers() -> None:
    shown = picture("how was the SCO budget split among the six members?")
    assert isinstance(shown.chart, Shares)
    figure = figure_of(shown)
    lengths = [bar.get_width() for bar in bars(figure)]
    assert lengths == pytest.approx([lengths[0] * share.value / 24 for share in shown.chart.shares])
    said = [text.get_text() for text in texts(figure)]
    assert [text for text in said if text.endswith("%")] == [share.text for share in shown.chart.shares]


def test_every_event_is_written_and_has_its_point() -> None:
    shown = picture("SCO summits")
    assert isinstance(shown.chart, Events)
    figure = figure_of(shown)
    said = [text.get_text() for text in texts(figure)]
    for event in shown.chart.events:
        assert event.when in said
        assert event.label in said
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    heights = [float(dot.get_ydata()[0]) for dot in dots]  # type: ignore[index, arg-type]
    days = [(event.day - shown.chart.events[0].day).days for event in shown.chart.events]
    scale = (heights[-1] - heights[0]) / days[-1]
    assert heights == pytest.approx([heights[0] + scale * day for day in days])


def test_columns_of_a_tally_are_as_high_as_the_counts() -> None:
    shown = picture("SCO documents")
    assert isinstance(shown.chart, Tally)
    heights = [abs(bar.get_height()) for bar in bars(figure_of(shown))]
    counts = [count for _, count in shown.chart.years if count]
    assert heights == pytest.approx([max(heights) * count / max(counts) for count in counts])


def test_it_is_a_png_that_telegram_takes_and_a_phone_loads() -> None:
    content = draw(picture("who were observers in 2005?"))
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.width) == ("PNG", WIDTH)
        assert image.width + image.height <= 10_000
    assert len(content) < 120_000


def test_drawing_works_in_threads() -> None:
    shown = [picture(question) for question in QUESTIONS[:4]]
    alone = [draw(one) for one in shown]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, shown)) == alone


def test_drawing_leaves_the_library_as_it_was() -> None:
    """In a process of its own: looking at all of its settings makes the library choose a screen."""
    code = f"""
import sys, matplotlib
from bot.answers.charts import draw
from bot.picture import Picture
before = {{name: matplotlib.rcParams._get(name) for name in matplotlib.rcParams}}
draw(Picture.from_json({picture(QUESTIONS[0]).to_json()!r}))
assert before == {{name: matplotlib.rcParams._get(name) for name in matplotlib.rcParams}}
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


GROUPS = (Group("$a_b$ <&>", "#2369a8"), Group("ж" * 30, "#d98a1f"))
DAY, END = date(2001, 1, 1), date(2026, 1, 1)
ODD: dict[str, Chart] = {
    "no time at all": Timeline((Lane("X", (Bar(DAY, None, 0, "2001"),)),), GROUPS, DAY, DAY),
    "a day": Timeline((Lane("X", (Bar(DAY, DAY, 1, "on a day"),)),), GROUPS, DAY, END, None, True),
    "one number": Growth((Series(GROUPS[0], ((DAY, 1),), "1 member"),), DAY, date(2001, 1, 2)),
    "nothing": Shares((Share("X", 0.0, "0%"),), "#2369a8"),
    "one event": Events((Event(DAY, "2001", "word " * 60),), "#2369a8"),
    "a hundred years": Tally(tuple((year, year % 3) for year in range(1926, 2027)), "#2369a8"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_charts_are_drawn(name: str) -> None:
    shown = Picture("A title of $x^2$ " * 5, "", "", ODD[name])
    with Image.open(io.BytesIO(draw(shown))) as image:
        assert image.width == WIDTH
    assert "$x^2$" in " ".join(text.get_text() for text in texts(figure_of(shown)))


def test_the_footer_says_where_it_comes_from() -> None:
    shown = picture("chart of SCO growth")
    said = " ".join(text.get_text() for text in texts(figure_of(shown)))
    assert shown.footer in said
    assert shown.title in said
    assert shown.footer not in " ".join(text.get_text() for text in texts(figure_of(replace(shown, credit=""))))
