"""Markdown and plain text, as the fields of a story."""

from __future__ import annotations

import re
from typing import Any

from raypipe.errors import StoryError
from raypipe.story.cleaning import clean_line, clean_text
from raypipe.story.naming import identify
from raypipe.story.quoting import nearest, show

_MAX_TITLE_CHARS = 200
_TITLE_LINE_CHARS = 90  # a longer first line of plain text is the story's beginning
_TOP_FIELDS = ("story_id", "title")
_METADATA_FIELDS = (
    "genre", "target_duration", "aspect_ratio", "language", "style", "voice", "music", "seed",
)  # fmt: skip

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+|$)(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(?:=+|-{2,})[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_BLOCK_MARK = re.compile(r"^[ \t]{0,3}(?:>[ \t]?|[-+*][ \t]+(?=\S))+")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_AUTOLINK = re.compile(r"<(?:https?://|mailto:)[^>\s]*>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_STRONG = re.compile(r"(?<!\\)(\*{1,3}|~~)(?=\S)([^*~\n]+?)(?<=[^\s\\])\1")
_UNDERSCORED = re.compile(r"(?<!\w)(_{1,3})(?=\S)([^_\n]+?)(?<=\S)\1(?!\w)")
_CODE = re.compile(r"`+([^`\n]+)`+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_PROSE_CHARS = 40  # a first line that ends in a full stop and is longer is no title
_SENTENCE_END = re.compile(r"[.!?…。！？؟।:;,、，][\"'”’»」』)]*$")


def read_markdown(text: str, *, name: str) -> dict[str, Any]:
    """Return a story's fields from Markdown: marks removed, paragraphs kept.

    The first heading is the title; without one, plain text's rules hold. Later headings are kept
    as paragraphs of their own, for a chapter's name is read aloud. ``name`` is the file's stem.

    Raises:
        StoryError: the front matter has an unknown field or a line that is not ``field: value``.
    """
    front, body = _split_front_matter(clean_text(text))
    lines = _FENCE.sub("", _COMMENT.sub("", body)).split("\n")
    title = ""
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        heading = _HEADING.match(line)
        underlined = (
            not heading
            and bool(line.strip())
            and (not kept or not kept[-1].strip())
            and index + 1 < len(lines)
            and bool(_UNDERLINE.match(lines[index + 1]))
        )
        if heading or underlined:
            words = _strip_marks(heading.group(2) if heading else line)
            index += 2 if underlined else 1
            if not title and words:
                title = words
            elif words:
                kept += ["", words if _SENTENCE_END.search(words) else f"{words}.", ""]
            continue
        kept.append("" if _RULE.match(line) else _strip_marks(_BLOCK_MARK.sub("", line)))
        index += 1
    content = _join_lines("\n".join(kept))
    fields = {"title": title, "content": content} if title else read_plain(content, name=name)
    return _assemble(fields, front, name)


def read_plain(text: str, *, name: str) -> dict[str, Any]:
    """Return a story's fields from plain text.

    The first line is the title if text follows and it is short and does not end as a sentence
    does, or stands apart by a blank line; else the file's name is.
    """
    text = clean_text(text)
    first, _, rest = text.partition("\n")
    stands_apart = rest.startswith("\n")
    is_title = (
        bool(rest.strip())
        and len(first) <= _TITLE_LINE_CHARS
        and (stands_apart or not _SENTENCE_END.search(first))
        and not (stands_apart and _ends_as_prose(first))
    )
    if not is_title:
        return _assemble({"title": _title_of_name(name), "content": _join_lines(text)}, {}, name)
    return _assemble({"title": clean_line(first), "content": _join_lines(rest)}, {}, name)


def _ends_as_prose(line: str) -> bool:
    """Say whether a first line that stands apart is nonetheless the story's first paragraph."""
    return bool(re.search(r"[.。।][\"'”’»」』)]*$", line)) and len(line) > _PROSE_CHARS


def _assemble(fields: dict[str, Any], front: dict[str, Any], name: str) -> dict[str, Any]:
    title = clean_line(fields["title"])[:_MAX_TITLE_CHARS] or _title_of_name(name)
    story: dict[str, Any] = {
        "story_id": fields.get("story_id", identify(name)),
        "title": title,
        "content": fields["content"],
    }
    metadata = dict(fields.get("metadata", {}))
    for key, value in front.items():
        (story if key in _TOP_FIELDS else metadata)[key] = value
    return {**story, "metadata": metadata} if metadata else story


def _title_of_name(name: str) -> str:
    words = clean_line(re.sub(r"[_\-]+", " ", name))[:_MAX_TITLE_CHARS].strip()
    return words[:1].upper() + words[1:] or "Story"


def _join_lines(text: str) -> str:
    """Undo hard wrapping: one line per paragraph.

    Chinese and Japanese have no spaces to put where the lines were broken.
    """
    wide = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
    text = re.sub(rf"(?<={wide})\n(?={wide})", "", clean_text(text))
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def _strip_marks(line: str) -> str:
    line = _AUTOLINK.sub("", _IMAGE.sub("", line))
    line = _LINK.sub(r"\1", line)
    line = _CODE.sub(r"\1", _TAG.sub("", line))
    for _ in range(3):  # marks nest: ***strong* and bold**
        line = _UNDERSCORED.sub(r"\2", _STRONG.sub(r"\2", line))
    return _ESCAPE.sub(r"\1", line).strip()


def _split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return {}, text
    try:
        end = next(i for i, line in enumerate(lines[1:60], 1) if line.strip() in {"---", "..."})
    except StopIteration:
        return {}, text
    entries = [line for line in lines[1:end] if line.strip() and not line.startswith("#")]
    if not any(":" in line for line in entries):
        return {}, text
    return dict(_front_entry(line) for line in entries), "\n".join(lines[end + 1 :])


def _front_entry(line: str) -> tuple[str, Any]:
    key, colon, value = (part.strip() for part in line.partition(":"))
    known = _TOP_FIELDS + _METADATA_FIELDS
    if not colon:
        raise StoryError(
            f"expected field: value, got {show(line)}",
            where="the front matter",
            remedy="write one field a line, such as genre: fable",
        )
    if key not in known:
        meant = nearest(key, known)
        raise StoryError(
            f"unknown field {show(key)}",
            where="the front matter",
            remedy=f"did you mean {meant}?" if meant else f"known fields are {', '.join(known)}",
        )
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return key, value[1:-1]
    if value in {"", "null", "~"}:
        return key, None
    if key in {"target_duration", "seed"}:
        number = re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", value)
        if number:
            return key, float(value) if number.group(1) else int(value)
    return key, value
