"""The results as tables: the same rows on a terminal and in Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from results import Case, Goal, Install, Results, Series
from rich.console import Console
from rich.table import Table

METHOD = """\
Whole processes, the tools in turns, medians (least wall time in parentheses). CPU: user and system time of \
the process tree. Peak memory: the most that all processes of the tree held together, sampled every few \
milliseconds in runs of their own; PSS is too low for a tool whose libraries another program uses meanwhile. \
Cold: the source, the tool's whole environment, its interpreter and the standard library were dropped from \
the page cache before each run (posix_fadvise); pages that another process maps, directory entries and \
caches below the operating system stay. Floor: one process of upconvert's environment that imports numpy and \
h5py and copies the source. upconvert runs as users have it: installed from a wheel, without extras.\
"""


@dataclass
class Sheet:
    """One table; its first column is text, the others are figures."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""


def sheets(results: Results) -> list[Sheet]:
    """Every table."""
    found = [_case(case) for case in results.cases]
    if results.goals:
        found.append(_goals(results.goals))
    if results.installs:
        found.append(_installs(results.installs))
    return found


def _case(case: Case) -> Sheet:
    compared = case.comparison
    differing = ", ".join(compared.differing) or "manifest"
    outcome = "byte-identical" if compared.identical else f"DIFFERENT ({differing})"
    ours, official, floor = case.upconvert, case.official, case.floor
    return Sheet(
        f"{case.model}, {_megabytes(case.nbytes)}, to uint8",
        ["", "upconvert", "official", "floor", "upconvert / official", "upconvert / floor"],
        [
            ["wall, warm", *(_wall(each.warm) for each in (ours, official, floor)), *_ratios(case, "warm")],
            ["wall, cold", *(_wall(each.cold) for each in (ours, official, floor)), *_ratios(case, "cold")],
            ["CPU, warm", *(_seconds(each.warm.cpu) for each in (ours, official, floor)), *_cpu_ratios(case)],
            [
                "peak memory, PSS",
                *(_megabytes(each.peak) for each in (ours, official, floor)),
                _ratio(ours.peak / official.peak),
                f"{(ours.peak - floor.peak) / 1e6:+.0f} MB",
            ],
            ["largest process, RSS", *(_megabytes(each.largest) for each in (ours, official, floor)), "", ""],
            ["runs", *(str(len(each.warm.runs)) for each in (ours, official, floor)), "", ""],
            ["out of cache when cold", *(f"{each.uncached:.1%}" for each in (ours, official, floor)), "", ""],
        ],
        f"Outputs of both: {outcome} ({compared.shards} shards, {compared.nbytes:,} bytes; manifest).",
    )


def _ratios(case: Case, cache: str) -> list[str]:
    ours, official, floor = (getattr(each, cache) for each in (case.upconvert, case.official, case.floor))
    return [_ratio(ours.wall / official.wall), _ratio(ours.wall / floor.wall)]


def _cpu_ratios(case: Case) -> list[str]:
    ours, official, floor = case.upconvert.warm, case.official.warm, case.floor.warm
    return [_ratio(ours.cpu / official.cpu), _ratio(ours.cpu / floor.cpu)]


def _goals(goals: list[Goal]) -> Sheet:
    rows = []
    for goal in goals:
        taken = goal.series
        target = f"{goal.target:g} s"
        rows.append([goal.command, _wall(taken), _seconds(taken.cpu), target, str(len(taken.runs))])
    note = "The proof runs in the development environment, once TensorFlow.js has been installed for it."
    return Sheet("Other commands, warm", ["", "wall", "CPU", "target", "runs"], rows, note)


def _installs(installs: list[Install]) -> Sheet:
    rows = [
        [each.what, _megabytes(each.nbytes), f"{each.seconds:.0f} s", str(each.packages)] for each in installs
    ]
    note = (
        "Into an empty environment, without what every environment begins with (pip, setuptools). "
        "Time of pip alone, downloads included, its cache off for both (--no-cache-dir)."
    )
    return Sheet("Installation", ["", "size", "time", "packages"], rows, note)


def _wall(series: Series) -> str:
    return f"{_seconds(series.wall)} ({_seconds(series.best)})"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def _ratio(value: float) -> str:
    return f"1 : {1 / value:.1f}" if value < 1 else f"{value:.2f}"


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e7 else f"{count / 1e6:,.1f} MB"


def show(results: Results, console: Console) -> None:
    """Prints the tables."""
    for sheet in sheets(results):
        table = Table(title=sheet.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for index, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if index else "left", no_wrap=True)
        for row in sheet.rows:
            table.add_row(*row)
        console.print()
        console.print(table)
        if sheet.note:
            console.print(sheet.note, style="dim")
    console.print(f"\n{METHOD}\n", style="dim", soft_wrap=False)
    for line in _circumstances(results):
        console.print(line, style="dim")


def markdown(results: Results) -> str:
    """The tables as Markdown."""
    lines = [f"Made by `{results.command}`", *_circumstances(results)]
    parts = ["<br>\n".join(lines)]
    for sheet in sheets(results):
        rows = [sheet.columns, ["---", *["---:"] * (len(sheet.columns) - 1)], *sheet.rows]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        parts += [f"**{sheet.title}**", table, *([sheet.note] if sheet.note else [])]
    return "\n\n".join([*parts, METHOD]) + "\n"


def _circumstances(results: Results) -> list[str]:
    return [
        _listed(results.machine),
        *(f"{who}: {_listed(what)}" for who, what in results.versions.items()),
    ]


def _listed(facts: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
