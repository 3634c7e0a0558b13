"""Telegram's HTML becomes a text and its entities; mentions, commands and addresses in any text are found.

Rules and error texts are those of the official parser (tdlib/td, MessageEntity: parse_html, fix_entities). Offsets of
entities count UTF-16 code units, offsets in errors count bytes of UTF-8.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from .wire import Json, Parameters, bad_request

TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<decimal>[0-9]+)|(?P<name>[a-zA-Z]+));?")
SPACE = " \t\r\n\0\v"
CODE = {"code", "pre"}
QUOTES = {"blockquote", "expandable_blockquote"}
OUTERMOST_FIRST = ["blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention", "bold", "italic"]
DETECTED = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>(?:https?|tg|ftp)://[^\s<>\"]+|(?<![\w@.])(?:[\w-]+\.)+(?:com|org|net|info|int|io|me|ru|kz|uz|kg|tj|cn|in|pk|ir|by)"
    r"(?![\w-])(?:[/?#][^\s<>\"]*)?)"
    r"|(?P<mention>(?<!\w)@[A-Za-z0-9_]{2,32}(?!\w))"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/@]))"
    r"|(?P<hashtag>(?<![\w#])#(?!\d+\b)\w+)"
)


def utf16(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def piece(text: str, entity: Json) -> str:
    """The part of a text that an entity covers."""
    units = text.encode("utf-16-le")
    return units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")


def formatted(
    parameters: Parameters, name: str, entities_name: str = "entities", mode: str = "parse_mode"
) -> "Formatted":
    """A text parameter with its entities: parsed when there is a parse mode, else those given, and those detected."""
    source = parameters.text(name).replace("\r", "")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in source):
        raise bad_request("strings must be encoded in UTF-8")
    parse_mode = parameters.text(mode).lower()
    if parse_mode == "html":
        text, entities = parse_html(source)
    elif parse_mode in ("", "none"):
        text, entities = source, list(parameters.nested(entities_name) or [])
    else:
        raise bad_request("unsupported parse_mode")
    text, entities = _stripped(text, entities)
    return Formatted(text, _sorted(entities + detect(text, entities)))


@dataclass(frozen=True)
class Formatted:
    text: str
    entities: list[Json]

    def fields(self, name: str = "text", entities_name: str = "entities") -> Json:
        """As fields of a message; what is empty is left out."""
        return {key: value for key, value in ((name, self.text), (entities_name, self.entities)) if value}


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Text and entities of Telegram's HTML; raises 400 "can't parse entities: ..." as Telegram does."""
    parser = _Html(source)
    parser.run()
    text = "".join(parser.output)
    try:
        # Two halves of a pair, written as two references, are one character; a half alone is none.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        what = "Text contains invalid Unicode characters after decoding HTML entities"
        raise _error(f"{what}, check for unmatched surrogate code units") from None
    return text, _sorted(_allowed(parser.entities))


def detect(text: str, taken: list[Json]) -> list[Json]:
    """Entities that Telegram finds by itself, where the text is neither code nor a link already."""
    closed = [e for e in taken if e["type"] in CODE | {"text_link", "text_mention"}]
    found = []
    for match in DETECTED.finditer(text):
        covered = match.group().rstrip(".,;:!?)'") if match.lastgroup == "url" else match.group()
        entity = {"type": match.lastgroup, "offset": utf16(text[: match.start()]), "length": utf16(covered)}
        if not any(_overlap(entity, other) for other in closed):
            found.append(entity)
    return found


def _error(text: str) -> Exception:
    return bad_request(f"can't parse entities: {text}")


@dataclass
class _Open:
    """A start tag that waits for its end."""

    tag: str
    attributes: dict[str, str]
    units: int  # UTF-16 units written before it
    outputs: int  # pieces of output before it


@dataclass
class _Html:
    source: str
    at: int = 0
    units: int = 0
    output: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def run(self) -> None:
        while self.at < len(self.source):
            if self.source[self.at] == "<":
                (self._end_tag if self.source.startswith("/", self.at + 1) else self._start_tag)()
            elif self.source[self.at] == "&":
                self._write(self._reference() or self._take(r"&"))
            else:
                self._write(self._take(r"[^<&]+"))
        if self.open:
            raise _error(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')

    def _write(self, text: str) -> None:
        self.output.append(text)
        self.units += utf16(text)

    def _take(self, pattern: str) -> str:
        match = re.compile(pattern).match(self.source, self.at)
        self.at = match.end() if match else self.at
        return match.group() if match else ""

    def _offset(self, position: int) -> str:
        return f"at byte offset {len(self.source[:position].encode())}"

    def _reference(self) -> str | None:
        """The character that `&...;` stands for; None, and nothing is taken, when Telegram knows no such one."""
        match = REFERENCE.match(self.source, self.at)
        if match is None:
            return None
        if match["name"]:
            character = CHARACTERS.get(match["name"])
        else:
            code = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
            length = match.end() - match.start() - match.group().endswith(";")
            character = chr(code) if 0 < code < 0x10FFFF and length < 10 else None
        self.at = match.end() if character else self.at
        return character

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._take(rf"[^{SPACE}>]*").lower()
        if self.at == len(self.source):
            raise _error(f"Unclosed start tag {self._offset(begin)}")
        if tag not in TAGS:
            raise _error(f'Unsupported start tag "{tag}" {self._offset(begin)}')
        attributes = dict(self._attributes(tag, begin))
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _error(f'Tag "span" must have class "tg-spoiler" {self._offset(begin)}')
        self.open.append(_Open(tag, attributes, self.units, len(self.output)))

    def _attributes(self, tag: str, begin: int) -> Iterator[tuple[str, str]]:
        unclosed = f'Unclosed start tag "{tag}" {self._offset(begin)}'
        while not self._take(rf"[{SPACE}]*>"):
            self._take(rf"[{SPACE}]*")
            name = self._take(rf"[^{SPACE}=>/\"']*")
            if not name:
                raise _error(f'Empty attribute name in the tag "{tag}" {self._offset(begin)}')
            if self._take(rf"[{SPACE}]*=[{SPACE}]*"):
                if self.at == len(self.source):
                    raise _error(unclosed)
                yield name, self._value()
                if self.at == len(self.source):
                    raise _error(f"Unclosed start tag {self._offset(begin)}")
            else:
                self._take(rf"[{SPACE}]*")
                if self.at == len(self.source):
                    raise _error(unclosed)
                yield name, ""

    def _value(self) -> str:
        quote = self._take(r"[\"']")
        if not quote:
            begin = self.at
            value = self._take(r"[A-Za-z0-9.-]*").lower()
            if self.source[self.at : self.at + 1] not in (*SPACE, ">", ""):
                raise _error(f"Unexpected end of name token {self._offset(begin)}")
            return value
        parts = []
        while self.at < len(self.source) and not self._take(quote):
            parts.append(self._reference() or self._take(rf"&|[^&{quote}]+"))
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise _error(f"Unexpected end tag {self._offset(begin)}")
        self.at += 2
        tag = self._take(rf"[^{SPACE}>]*").lower()
        self._take(rf"[{SPACE}]*")
        if not self._take(">"):
            raise _error(f"Unclosed end tag {self._offset(begin)}")
        opened = self.open.pop()
        if tag and tag != opened.tag:
            expected = f'expected "</{opened.tag}>", found "</{tag}>"'
            raise _error(f"Unmatched end tag {self._offset(begin)}, {expected}")
        if self.units > opened.units:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {"type": TAGS[opened.tag], "offset": opened.units, "length": self.units - opened.units}
        attributes = opened.attributes
        if opened.tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "tg-emoji":
            if not re.fullmatch(r"[1-9][0-9]*", attributes.get("emoji-id", "")):
                raise _error("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = attributes["emoji-id"]
        elif opened.tag == "a":
            target = _link(attributes.get("href") or "".join(self.output[opened.outputs :]))
            if target is None:
                return  # Telegram keeps the text and says nothing
            entity |= target
        elif opened.tag == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        elif opened.tag == "pre":
            inner = self.entities[-1] if self.entities else {}
            if "language" in inner and (inner["offset"], inner["length"]) == (entity["offset"], entity["length"]):
                entity["language"] = self.entities.pop()["language"]
        self.entities.append(entity)


def _link(url: str) -> Json | None:
    """Where an <a> leads, written as Telegram writes it back; None when it is no address."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg" and parts.netloc == "user":
        number = parse_qs(parts.query).get("id", ["0"])[0]
        user = {"id": int(number), "is_bot": False, "first_name": "User"}
        return {"type": "text_mention", "user": user} if user["id"] else None
    if parts.scheme not in ("http", "https", "ftp", "tg", "ton") or not parts.netloc or re.search(r"\s", url):
        return None
    if parts.scheme in ("http", "https", "ftp"):
        if "." not in (parts.hostname or "").strip("."):
            return None
        parts = parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/")
    return {"url": parts.geturl()}


def _allowed(entities: list[Json]) -> list[Json]:
    """Without what may not nest (core.telegram.org/bots/api#formatting-options): inside code, and quotes in quotes."""
    kept = []
    for entity in entities:
        others = [other for other in entities if other is not entity and _inside(entity, other)]
        if any(other["type"] in CODE for other in others):
            continue
        if entity["type"] in QUOTES and any(other["type"] in QUOTES for other in others):
            continue
        kept.append({k: v for k, v in entity.items() if k != "language" or entity["type"] == "pre"})
    return kept


def _inside(inner: Json, outer: Json) -> bool:
    end, outer_end = inner["offset"] + inner["length"], outer["offset"] + outer["length"]
    if (inner["offset"], end) == (outer["offset"], outer_end):
        return _rank(inner) > _rank(outer)
    return bool(outer["offset"] <= inner["offset"] and end <= outer_end)


def _overlap(one: Json, other: Json) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])


def _rank(entity: Json) -> int:
    kind = entity["type"]
    return OUTERMOST_FIRST.index(kind) if kind in OUTERMOST_FIRST else len(OUTERMOST_FIRST)


def _sorted(entities: list[Json]) -> list[Json]:
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], _rank(e)))


def _stripped(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram takes the space off both ends, and entities follow."""
    removed, length = utf16(text) - utf16(text.lstrip()), utf16(text.strip())
    moved = []
    for entity in entities:
        begin = max(entity["offset"] - removed, 0)
        end = min(entity["offset"] - removed + entity["length"], length)
        if end > begin:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return text.strip(), moved
