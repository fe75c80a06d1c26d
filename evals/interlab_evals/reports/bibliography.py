"""The works that a report cites: entries of the package's ``references.bib``.

Scenarios and metrics name their sources in words, such as ``Axelrod (1984); `winners` of Axelrod-Python``. A work
is cited where its first author and year, or one of its keywords, is in the words. Paragraphs carry citations in
Pandoc's form, ``[@Axelrod1984]``, which each renderer replaces by its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_ENTRY: Final = re.compile(r"@(\w+)\{([^,\s]+),\n(.*?)\n\}\n", re.DOTALL)
_FIELD: Final = re.compile(r"^\s*(\w+) = \{(.*)\},?$", re.MULTILINE)
_YEAR: Final = re.compile(r"\((\d{4})\)")
_CITATION: Final = re.compile(r"\[(@\w+(?:; @\w+)*)\]")
_NO_WORK: Final = re.compile(r"own definition|survival analysis", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An entry of ``references.bib``.

    Attributes:
        key: Key to cite it by.
        kind: Type of the entry, such as ``article``.
        fields: Its fields, as BibTeX text.
        source: The entry as it stands in the file.
    """

    key: str
    kind: str
    fields: Mapping[str, str]
    source: str

    @property
    def authors(self) -> list[str]:
        """Family names of the authors."""
        return [_plain(each.partition(",")[0]) for each in self.fields["author"].split(" and ")]

    @property
    def short(self) -> str:
        """Name and year, as cited in a text: `Nash 1950`, `Kalai and Smorodinsky 1975`, `Piatti et al. 2024`."""
        names = self.authors
        shown = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."
        return f"{shown} {self.fields.get('year', '')}".rstrip()

    @property
    def line(self) -> str:
        """The reference in one line of plain text."""
        places = ("journal", "booktitle", "publisher", "institution", "howpublished", "note")
        place = next((_plain(self.fields[name]) for name in places if name in self.fields), "")
        volume = self.fields.get("volume", "")
        if volume and "number" in self.fields:
            volume += f"({self.fields['number']})"
        pages = self.fields.get("pages", "").replace("--", "–")
        details = ", ".join(part for part in (f"{place} {volume}".strip(), pages) if part)
        authors = _plain(self.fields["author"]).replace(" and ", "; ")
        year = f" ({self.fields['year']})" if "year" in self.fields else ""
        return f"{authors}{year}. {_plain(self.fields['title']).rstrip('.?')}. {details}.".replace(". .", ".")


@cache
def works() -> Mapping[str, Work]:
    """Read all entries of ``references.bib``: key -> work."""
    text = (resources.files("interlab_evals") / "references.bib").read_text(encoding="utf-8")
    found = (
        Work(key=key, kind=kind, fields=dict(_FIELD.findall(body)), source=f"@{kind}{{{key},\n{body}\n}}\n")
        for kind, key, body in _ENTRY.findall(text)
    )
    return {each.key: each for each in found}


def cited_in(source: str) -> tuple[Work, ...]:
    """Return the works that the source of a scenario or metric names, in its order."""
    found: dict[str, Work] = {}
    for part in re.split(r";|\. With |, after |after ", source):
        for year in _YEAR.findall(part):
            named = [work for work in works().values() if work.fields.get("year") == year and _is_by(work, part)]
            found |= {work.key: work for work in sorted(named, key=lambda work: part.index(work.authors[0]))}
        for work in works().values():
            if any(each in part for each in work.fields.get("keywords", "").split(", ") if each):
                found[work.key] = work
    return tuple(found.values())


def is_own(source: str) -> bool:
    """Return whether a source refers to no work: a definition of this project."""
    return bool(_NO_WORK.search(source))


def citation(source: str) -> str:
    """Return the citation of a source, ``[@Axelrod1984; @Nash1950]``; empty if it names no work."""
    keys = [f"@{work.key}" for work in cited_in(source)]
    return f"[{'; '.join(keys)}]" if keys else ""


def cited(texts: Iterable[str]) -> tuple[Work, ...]:
    """Return the works that paragraphs cite, by key."""
    keys = {key for text in texts for found in _CITATION.findall(text) for key in _keys(found)}
    return tuple(works()[key] for key in sorted(keys & {*works()}, key=str.lower))


def with_citations(text: str, escape: Callable[[str], str], cite: Callable[[tuple[Work, ...]], str]) -> str:
    """Escape a paragraph and replace its citations.

    Args:
        text: The paragraph.
        escape: Escapes plain text.
        cite: Writes a citation of works.
    """
    parts: list[str] = []
    end = 0
    for found in _CITATION.finditer(text):
        chosen = tuple(works()[key] for key in _keys(found.group(1)) if key in works())
        if chosen:
            parts += [escape(text[end : found.start()]), cite(chosen)]
            end = found.end()
    return "".join([*parts, escape(text[end:])])


def in_words(chosen: tuple[Work, ...]) -> str:
    """Write a citation in words: ``(Nash 1950; Kalai 1977)``."""
    return f"({'; '.join(work.short for work in chosen)})"


def _keys(found: str) -> list[str]:
    return [each.strip().removeprefix("@") for each in found.split(";")]


def _is_by(work: Work, text: str) -> bool:
    """Return whether the authors fit: the first one, and the second where it is one of two or three."""
    names = work.authors
    others = names[1:2] if len(names) <= 3 and "et al." not in text else []
    return all(re.search(rf"\b{re.escape(name)}\b", text) for name in (names[0], *others))


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("\\&", "&")
