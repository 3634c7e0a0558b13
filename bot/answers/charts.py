"""Draws a picture as PNG: big enough for a phone, on a ground of its own that is at home on light and dark themes.

All is laid out in pixels from the top left corner. Nothing here changes Matplotlib's global state but by adding fonts,
and a figure belongs to one call, so threads may draw at the same time.
"""

from __future__ import annotations

import io
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import Rectangle
from PIL import Image

from bot.picture import Bar, Event, Events, Growth, Mark, Picture, Shares, Tally, Timeline

WIDTH = 1080
MARGIN = 44
DPI = 100

PAPER, INK, MUTED, GRID = "#f7f5f0", "#22262b", "#62676e", "#dcd8cf"
TITLE, TEXT, SMALL = 42, 29, 23
"""Sizes of letters in pixels; on a phone the picture is about a third as wide."""

SMALLEST = 18

MOST_IN_LINES = 16
"""More events than these are written in one line each."""

COLOURS_OF_FILE = 96

BOLD = 700
"""As Matplotlib counts the weight of letters."""

_CHINESE_LETTER = re.compile("[\u3400-\u9fff]")

CHINESE = Path(__file__).parent / "fonts" / "NotoSansCJKsc-chinese.otf"


def draw(picture: Picture, font: Path | None = None) -> bytes:
    """The picture as PNG. `font` is a font file for characters that neither Matplotlib's own font has nor `CHINESE`."""
    figure = figure_of(picture, font)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    size = canvas.get_width_height()
    image = Image.frombuffer("RGBA", size, _pixels(canvas)).convert("RGB").quantize(COLOURS_OF_FILE)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _pixels(canvas: FigureCanvasAgg) -> bytes:
    return bytes(canvas.buffer_rgba())  # type: ignore[no-untyped-call]


def figure_of(picture: Picture, font: Path | None = None) -> Figure:
    """The picture as a figure that is `WIDTH` pixels wide and as high as it needs to be."""
    sheet = _Sheet(font)
    y = sheet.paragraph(picture.title, MARGIN, MARGIN, TITLE, bold=True) + 26
    y = _DRAW[type(picture.chart)](sheet, picture.chart, y)
    if picture.footer:
        y = sheet.paragraph(picture.footer, MARGIN, y + 26, SMALL, MUTED)
    return sheet.cut(y + MARGIN)


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class _Sheet:
    """Paper to draw on, in pixels; it is cut to its height when all is drawn."""

    def __init__(self, font: Path | None) -> None:
        self.figure = Figure(figsize=(WIDTH / DPI, WIDTH / DPI), dpi=DPI, facecolor=PAPER)
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, WIDTH)
        self.boxes: list[_Box] = []
        self._families = ["DejaVu Sans", *map(_family, filter(None, (CHINESE, font)))]

    def cut(self, height: float) -> Figure:
        """The figure at its height."""
        height = round(height)
        self.figure.set_size_inches(WIDTH / DPI, height / DPI)
        self.axes.set_ylim(height, 0)
        return self.figure

    def font(self, text: str, size: float, bold: bool = False) -> FontProperties:
        """That of a text, which is bold as a whole or not at all: Chinese letters are not."""
        bold = bold and not _CHINESE_LETTER.search(text)
        return FontProperties(family=self._families, size=size * 72 / DPI, weight=BOLD if bold else "normal")

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a line of text is."""
        width, _, _ = self._renderer.get_text_width_height_descent(text, self.font(text, size, bold), False)
        return float(width)

    def text(
        self, x: float, y: float, text: str, size: float = TEXT, colour: str = INK, *, align: str = "left",
        bold: bool = False,
    ) -> _Box:  # fmt: skip
        """A line of text whose middle is at `y`. Returns the room that it takes."""
        width = self.width(text, size, bold)
        left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        self.axes.text(
            left, y, text, color=colour, fontproperties=self.font(text, size, bold), va="center_baseline", ha="left",
            parse_math=False, zorder=4,
        )  # fmt: skip
        box = _Box(left, y - size * 0.6, left + width, y + size * 0.6)
        self.boxes.append(box)
        return box

    def free(self, x: float, y: float, text: str, size: float, align: str = "left") -> bool:
        """Whether a line of text has room there without meeting another."""
        width = self.width(text, size)
        left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        box = _Box(left - 4, y - size * 0.6, left + width + 4, y + size * 0.6)
        return not any(box.meets(other) for other in self.boxes)

    def wrapped(self, text: str, size: float, room: float, bold: bool = False) -> list[str]:
        """Text as lines that are no wider than `room`."""
        characters = min(len(text), int(room / size * 4))  # no letter is narrower than a quarter of its height
        lines = textwrap.wrap(text, characters)
        while characters > 8 and any(self.width(line, size, bold) > room for line in lines):
            characters -= 1
            lines = textwrap.wrap(text, characters)
        return lines

    def balanced(self, text: str, size: float, room: float, bold: bool = False) -> list[str]:
        """The same with lines of about the same length."""
        lines = self.wrapped(text, size, room, bold)
        narrow = (textwrap.wrap(text, width) for width in range(8, max(map(len, lines)) + 1))
        return next(
            (even for even in narrow if len(even) == len(lines) and max(map(len, even)) <= max(map(len, lines))), lines
        )

    def paragraph(
        self, text: str, x: float, y: float, size: float, colour: str = INK, *, bold: bool = False,
        room: float = WIDTH - 2 * MARGIN,
    ) -> float:  # fmt: skip
        """Text in as many lines as it needs, the first one's top at `y`. Returns where it ends."""
        for line in (self.balanced if bold else self.wrapped)(text, size, room, bold):
            self.text(x, y + size * 0.65, line, size, colour, bold=bold)
            y += size * 1.3
        return y

    def bar(self, left: float, top: float, right: float, bottom: float, colour: str, gid: str = "bar") -> None:
        self.axes.add_patch(Rectangle((left, top), right - left, bottom - top, facecolor=colour, linewidth=0, gid=gid))

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str = GRID, width: float = 2, z: float = 0.5
    ) -> None:
        self.axes.plot(xs, ys, color=colour, linewidth=width * 72 / DPI, zorder=z, solid_capstyle="round")

    def dot(self, x: float, y: float, colour: str, size: float = 20) -> None:
        self.axes.plot([x], [y], "o", color=colour, markersize=size * 72 / DPI, zorder=3, markeredgewidth=0)


def _family(font: Path) -> str:
    """The name of a font file's letters, which from now on stand in for bold ones too."""
    known = {entry.fname: entry for entry in fontManager.ttflist}
    if str(font) not in known:
        fontManager.addfont(str(font))
        known = {entry.fname: entry for entry in fontManager.ttflist}
        fontManager.ttflist.append(replace(known[str(font)], weight=BOLD))
    return known[str(font)].name


@dataclass(frozen=True, slots=True)
class _Time:
    """An axis of time from `first` to `last`, at the pixels `left` to `right`."""

    first: date
    last: date
    left: float
    right: float

    def __call__(self, day: date) -> float:
        days = max((self.last - self.first).days, 1)
        return self.left + (self.right - self.left) * (day - self.first).days / days

    def years(self, room: float = 110) -> Iterator[tuple[int, float]]:
        """Round years with where they begin, at least `room` pixels apart."""
        yearly = (self.right - self.left) * 365.25 / max((self.last - self.first).days, 1)
        step = next((step for step in (1, 2, 5, 10, 20, 50) if step * yearly >= room), 100)
        for year in range(self.first.year, self.last.year + 1):
            if year % step == 0 and self.first <= date(year, 1, 1) <= self.last:
                yield year, self(date(year, 1, 1))


def _on(colour: str) -> str:
    """The ink that is read best on a colour."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return INK if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.30 else "#ffffff"


def _mark(sheet: _Sheet, time: _Time, mark: Mark, top: float, bottom: float, y: float) -> None:
    """A band over the time that was asked about, with its name at `y`."""
    left, right = time(mark.start), max(time(mark.end), time(mark.start) + 3)
    sheet.axes.add_patch(
        Rectangle((left, top), right - left, bottom - top, facecolor=INK, alpha=0.16, linewidth=0, zorder=2, gid="mark")
    )
    half = sheet.width(mark.label, SMALL, True) / 2
    middle = min(max((left + right) / 2, MARGIN + half), WIDTH - MARGIN - half)
    sheet.text(middle, y, mark.label, SMALL, align="center", bold=True)


def _axis(sheet: _Sheet, time: _Time, top: float, bottom: float, mark: Mark | None) -> None:
    """Years above, a line for each, and the time that was asked about under them."""
    for year, x in time.years():
        sheet.line([x, x], [top, bottom])
        sheet.text(x, top - 22, str(year), SMALL, MUTED, align="center")
    if mark:
        _mark(sheet, time, mark, top, bottom, bottom + 22)


def _key(sheet: _Sheet, chart: Timeline, y: float) -> float:
    """The groups' names beside their colours, as many to a line as there is room for."""
    x = float(MARGIN)
    for group in chart.groups:
        needed = 34 + sheet.width(group.label, SMALL) + 30
        if x > MARGIN and x + needed - 30 > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 38
        sheet.bar(x, y + 4, x + 24, y + 28, group.colour, "key")
        sheet.text(x + 34, y + 16, group.label, SMALL)
        x += needed
    return y + 44


def _timeline(sheet: _Sheet, chart: Timeline, y: float) -> float:
    return _captioned(sheet, chart, y) if chart.captioned else _lanes(sheet, chart, _key(sheet, chart, y))


def _lanes(sheet: _Sheet, chart: Timeline, y: float) -> float:
    """The lanes' names in the margin, and in each bar, where it fits, the year in which it begins."""
    pitch, thick = 46.0, 34.0
    margin = MARGIN + max(sheet.width(lane.label, TEXT - 2) for lane in chart.lanes) + 18
    time = _Time(chart.first, chart.last, margin, WIDTH - MARGIN)
    top = y + 40
    bottom = top + pitch * len(chart.lanes)
    _axis(sheet, time, top, bottom, chart.mark)
    for number, lane in enumerate(chart.lanes):
        middle = top + pitch * (number + 0.5)
        sheet.text(margin - 18, middle, lane.label, TEXT - 2, align="right")
        for bar, after in zip(lane.bars, [*lane.bars[1:], None], strict=True):
            colour = chart.groups[bar.group].colour
            left, right = _reach(sheet, time, bar, middle, thick, colour)
            room = min(right, time(after.start)) - left if after else right - left
            if sheet.width(bar.label, SMALL - 2) + 14 <= room:
                sheet.text(left + 8, middle, bar.label, SMALL - 2, _on(colour))
    return bottom + (44 if chart.mark else 8)


def _captioned(sheet: _Sheet, chart: Timeline, y: float) -> float:
    """Each lane's name and its times above its bars."""
    pitch, thick = 104.0, 36.0
    time = _Time(chart.first, chart.last, MARGIN, WIDTH - MARGIN)
    top = y + 40
    bottom = top + sum(pitch + 36 * (len(lane.bars) - 1) for lane in chart.lanes)
    _axis(sheet, time, top, bottom, chart.mark)
    at = top
    for lane in chart.lanes:
        for number, bar in enumerate(lane.bars):
            words = bar.label if number else f"{lane.label[:1].upper()}{lane.label[1:]} {bar.label}"
            _caption(sheet, time(bar.start), time(bar.end or chart.last), at + 26 + 36 * number, words)
        middle = at + 36 * len(lane.bars) + 32
        for bar in lane.bars:
            _reach(sheet, time, bar, middle, thick, chart.groups[bar.group].colour)
        at += pitch + 36 * (len(lane.bars) - 1)
    return bottom + (44 if chart.mark else 8)


def _caption(sheet: _Sheet, left: float, right: float, y: float, words: str) -> None:
    """Words over a bar: from its beginning on, or about its middle when there they would not fit."""
    room = WIDTH - 2 * MARGIN
    size = next((size for size in (TEXT, TEXT - 3, SMALL) if sheet.width(words, size) <= room), SMALL)
    width = sheet.width(words, size)
    x = left if left + width <= WIDTH - MARGIN else (left + right - width) / 2
    x = max(min(x, WIDTH - MARGIN - width), MARGIN)
    sheet.bar(x - 6, y - 18, x + width + 6, y + 18, PAPER, "ground")
    sheet.text(x, y, words, size)


def _reach(sheet: _Sheet, time: _Time, bar: Bar, middle: float, thick: float, colour: str) -> tuple[float, float]:
    """Draw a bar; a day alone is a dot, and a few days are as wide as can be seen. Returns its left and right end."""
    left, right = time(bar.start), time(bar.end or time.last)
    if bar.start == bar.end:
        x = min(max(left, time.left + 10), time.right - 10)
        sheet.dot(x, middle, colour)
        return x, x
    left = min(left, right - 8)
    sheet.bar(left, middle - thick / 2, right, middle + thick / 2, colour)
    sheet.line([left, left], [middle - thick / 2, middle + thick / 2], PAPER, 2, 1.5)
    return left, right


def _growth(sheet: _Sheet, chart: Growth, y: float) -> float:
    """Areas on top of one another, named at their right end, or inside when they ended before."""
    shown = [series for series in chart.series if series.at(chart.last)]
    gutter = max((_gutter(sheet, series.counted) for series in shown), default=0.0)
    days = sorted({since for series in chart.series for since, _ in series.points} | {chart.first})
    most = max(chart.total(day) for day in days)
    top, height = y + 20, 760.0
    bottom = top + height
    time = _Time(chart.first, chart.last, MARGIN + 46, WIDTH - MARGIN - gutter)
    unit = height / most
    for count in range(0, most + 1, _step(most)):
        sheet.line([time.left, time.right], [bottom - count * unit] * 2)
        sheet.text(time.left - 14, bottom - count * unit, str(count), SMALL, MUTED, align="right")
    _years_below(sheet, time, bottom, chart.mark, top)
    floor = dict.fromkeys(days, 0)
    for series in chart.series:
        colour = series.group.colour
        roof = {day: floor[day] + series.at(day) for day in days}
        spans = [
            (time(day), time(after), bottom - roof[day] * unit, bottom - floor[day] * unit, series.at(day))
            for day, after in zip(days, [*days[1:], chart.last], strict=True)
        ]
        for left, right, high, low, count in spans:
            if count and right > left:
                sheet.bar(left, high, right, low, colour, "area")
        if series in shown:
            middle = bottom - (roof[days[-1]] + floor[days[-1]]) / 2 * unit
            _end_label(sheet, time.right + 14, middle, series.counted, colour)
        else:
            _inner_label(sheet, spans, series.group.label, colour)
        _counts(sheet, spans, colour)
        floor = roof
    return bottom + (80 if chart.mark else 48)


_Span = tuple[float, float, float, float, int]
"""Left, right, top and bottom of a piece of an area, and the number that it stands for."""


def _gutter(sheet: _Sheet, words: str) -> float:
    return 14 + max(sheet.width(word, TEXT, True) for word in words.split())


def _end_label(sheet: _Sheet, x: float, y: float, label: str, colour: str) -> None:
    lines = label.split()
    y -= 18 * (len(lines) - 1)
    for number, line in enumerate(lines):
        sheet.text(x, y + 36 * number, line, TEXT, colour, bold=True)


def _inner_label(sheet: _Sheet, spans: Sequence[_Span], label: str, colour: str) -> None:
    """An area's name inside it, where it has most room."""
    for size in (TEXT, SMALL, SMALL - 4):
        width = sheet.width(label, size)
        fitting = [
            (min(low for _, _, _, low, _ in run) - max(high for _, _, high, _, _ in run), run)
            for run in _runs(spans)
            if run[-1][1] - run[0][0] >= width + 12
        ]
        room, run = max(fitting, key=lambda one: one[0], default=(0.0, []))
        if room >= size * 1.2:
            top, low = max(span[2] for span in run), min(span[3] for span in run)
            sheet.text((run[0][0] + run[-1][1]) / 2, (top + low) / 2, label, size, _on(colour), align="center")
            return


def _runs(spans: Sequence[_Span]) -> Iterator[list[_Span]]:
    """All stretches of neighbouring pieces that are not empty."""
    for first in range(len(spans)):
        run: list[_Span] = []
        for span in spans[first:]:
            if not span[4]:
                break
            run = [*run, span]
            yield run


def _counts(sheet: _Sheet, spans: Sequence[_Span], colour: str) -> None:
    """The number, where it changes and there is room."""
    before = 0
    for number, (left, _, high, low, count) in enumerate(spans):
        right = next((span[0] for span in spans[number + 1 :] if span[4] != count), spans[-1][1])
        size = SMALL - 1
        text, x, y = str(count), left + 7, (high + low) / 2
        fits = sheet.width(text, size) + 12 <= right - left and low - high >= size * 1.1
        if count and count != before and fits and sheet.free(x, y, text, size):
            sheet.text(x, y, text, size, _on(colour), bold=False)
        before = count


def _step(most: int) -> int:
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 10**6) if most / step <= 6)


def _years_below(sheet: _Sheet, time: _Time, bottom: float, mark: Mark | None, top: float) -> None:
    for year, x in time.years():
        sheet.line([x, x], [bottom, bottom + 8], MUTED)
        sheet.text(x, bottom + 28, str(year), SMALL, MUTED, align="center")
    if mark:
        _mark(sheet, time, mark, top, bottom, bottom + 62)


def _shares(sheet: _Sheet, chart: Shares, y: float) -> float:
    pitch, thick = 74.0, 50.0
    margin = MARGIN + max(sheet.width(share.label, TEXT) for share in chart.shares) + 18
    room = WIDTH - MARGIN - margin - max(sheet.width(share.text, TEXT, True) for share in chart.shares) - 16
    most = max(share.value for share in chart.shares) or 1.0
    for number, share in enumerate(chart.shares):
        middle = y + 16 + pitch * (number + 0.5)
        right = margin + room * share.value / most
        sheet.text(margin - 18, middle, share.label, align="right")
        sheet.bar(margin, middle - thick / 2, right, middle + thick / 2, chart.colour)
        sheet.text(right + 14, middle, share.text, bold=True)
    return y + 24 + pitch * len(chart.shares)


def _events(sheet: _Sheet, chart: Events, y: float) -> float:
    """Time runs down; what happened close together is moved apart and joined to its day by a line."""
    spine, words = MARGIN + 92.0, MARGIN + 150.0
    many = len(chart.events) > MOST_IN_LINES
    column = words + 24 + max(sheet.width(event.when, TEXT - 2) for event in chart.events) if many else words
    room = WIDTH - MARGIN - column
    size = _fitting(sheet, [event.label for event in chart.events], room) if many else TEXT - 2
    lines = [_lines(sheet, event, room, size, 1 if many else 2) for event in chart.events]
    heights = [50.0 if many else 36.0 * (len(texts) + 1) + 18 for texts in lines]
    top = y + 20 + heights[0] / 2
    length = max(sum(heights) - (heights[0] + heights[-1]) / 2, 40.0)
    time = _Time(chart.events[0].day, chart.events[-1].day, top, top + length)
    sheet.line([spine, spine], [top, top + length], MUTED, 4)
    wanted = [time(event.day) for event in chart.events]
    for event, at, middle, texts in zip(chart.events, wanted, _apart(wanted, heights), lines, strict=True):
        sheet.line([spine, spine + 18, words - 26, words - 10], [at, at, middle, middle], MUTED, 1.5, 1)
        sheet.dot(spine, at, chart.colour, 22)
        if sheet.free(spine - 22, at, str(event.day.year), SMALL, "right"):
            sheet.text(spine - 22, at, str(event.day.year), SMALL, MUTED, align="right")
        first = middle if many else middle - 18 * len(texts)
        sheet.text(words, first, event.when, TEXT - 2, MUTED)
        for number, text in enumerate(texts):
            sheet.text(column, first + 36 * (number if many else number + 1), text, size, bold=not many)
    return top + length + heights[-1] / 2


def _fitting(sheet: _Sheet, texts: Sequence[str], room: float) -> int:
    """The size at which each text is one line, or the smallest one."""
    sizes = range(TEXT - 4, SMALLEST, -1)
    return next((size for size in sizes if all(sheet.width(text, size) <= room for text in texts)), SMALLEST)


def _lines(sheet: _Sheet, event: Event, room: float, size: float, most: int) -> list[str]:
    """What happened, in at most so many lines."""
    lines = sheet.balanced(event.label, size, room, bold=most > 1)
    if len(lines) <= most:
        return lines
    lines = sheet.wrapped(event.label, size, room - size, bold=most > 1)[:most]
    return [*lines[:-1], f"{lines[-1]}…"]


def _apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Middles near the wanted ones and between the first and the last of them, in order, so that nothing overlaps.

    There has to be room for all, as there is when the way from first to last is as long as they are high.
    """
    gaps = [(above + below) / 2 for above, below in itertools.pairwise(heights)]
    down = [wanted[0]]
    for gap, want in zip(gaps, wanted[1:], strict=True):
        down.append(max(want, down[-1] + gap))
    up = [wanted[-1]]
    for gap, want in zip(reversed(gaps), reversed(wanted[:-1]), strict=True):
        up.append(min(want, up[-1] - gap))
    # Pushed down and pulled up are both in order and apart, and so is what lies halfway between them.
    halfway = [(one + other) / 2 for one, other in zip(down, reversed(up), strict=True)]
    floor, placed = wanted[0], []
    for number, middle in enumerate(halfway):
        placed.append(max(middle, floor))
        floor = placed[-1] + (gaps[number] if number < len(gaps) else 0.0)
    ceiling = wanted[-1]
    for number in reversed(range(len(placed))):
        placed[number] = min(placed[number], ceiling)
        ceiling = placed[number] - (gaps[number - 1] if number else 0.0)
    return placed


def _tally(sheet: _Sheet, chart: Tally, y: float) -> float:
    height, most = 560.0, max(count for _, count in chart.years)
    top = y + 50
    bottom, wide = top + height, (WIDTH - 2 * MARGIN) / len(chart.years)
    for number, (year, count) in enumerate(chart.years):
        middle = MARGIN + wide * (number + 0.5)
        if count:
            roof = bottom - height * count / most
            sheet.bar(middle - wide * 0.4, roof, middle + wide * 0.4, bottom, chart.colour)
            sheet.text(middle, roof - 20, str(count), SMALL, align="center")
        if sheet.free(middle, bottom + 26, str(year), SMALL, "center") and year % _every(wide) == 0:
            sheet.text(middle, bottom + 26, str(year), SMALL, MUTED, align="center")
    sheet.line([MARGIN, WIDTH - MARGIN], [bottom, bottom], MUTED)
    return bottom + 50


def _every(wide: float) -> int:
    """Of how many years one is named."""
    return next((step for step in (1, 2, 5, 10) if step * wide >= 100), 20)


_DRAW: dict[type, Callable[..., float]] = {
    Timeline: _timeline, Growth: _growth, Shares: _shares, Events: _events, Tally: _tally,
}  # fmt: skip
