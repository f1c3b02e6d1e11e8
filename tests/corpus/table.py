"""Outcomes as people read them: a table by family, and a list of all that is not exact."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.corpus.harness import SILENT, VERDICTS, Outcome


def share_exact(outcomes: Sequence[Outcome]) -> float:
    """The part of all outcomes that are exact, 0 to 1."""
    return sum(each.verdict == "exact" for each in outcomes) / max(1, len(outcomes))


def silent(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that are wrong without a word."""
    return [each for each in outcomes if each.verdict in SILENT]


def by_family(outcomes: Sequence[Outcome]) -> str:
    """Counts of verdicts, a line a family; then the sum."""
    used = [verdict for verdict in VERDICTS if any(each.verdict == verdict for each in outcomes)]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        counts[each.family][each.verdict] += 1
    total = Counter(each.verdict for each in outcomes)
    width = max((len(family) for family in counts), default=0) + 2
    lines = [" " * width + "".join(f"{verdict:>9}" for verdict in used)]
    for family, count in [*sorted(counts.items()), ("all", total)]:
        lines.append(f"{family:<{width}}" + "".join(f"{count[verdict] or '':>9}" for verdict in used))
    models = len({(each.name, each.keras) for each in outcomes})
    lines.append(f"{models} models, {len(outcomes)} runs: {100 * share_exact(outcomes):.1f} % exact")
    return "\n".join(lines)


def not_exact(outcomes: Sequence[Outcome]) -> str:
    """All else, and what no case expects behind a ``!``; outcomes of the same words stand on one line."""
    return "\n".join(_lines(outcomes))


def _lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    groups: dict[tuple[str, str, str, str, bool], list[Outcome]] = defaultdict(list)
    for each in outcomes:
        if each.verdict != "exact" or each.detail or not each.as_expected:
            key = (each.family, each.name, each.verdict, each.detail, each.as_expected)
            groups[key].append(each)
    before = ""
    for (family, name, verdict, detail, expected), group in sorted(groups.items()):
        if family != before:
            yield f"## {family}"
        before = family
        places = [
            f"Keras {'+'.join(sorted({str(each.keras) for each in group}))}",
            "+".join(sorted({f".{each.format}" for each in group})),
            "+".join(sorted({each.backend for each in group})),
        ]
        words = " ".join(detail.split())[:400]
        yield f"- {'' if expected else '! '}{name} ({' '.join(places)}): {verdict}: {words}"
