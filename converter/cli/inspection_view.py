"""The report of ``inspect`` as a person reads it: the verdict, the figures, what is odd, then every layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from converter.layers.releases import backend_since

SHOWN = 3
"""How many layers are named where many are meant."""

WIDE = 100
"""From how many columns on the class of a layer stands in a column of its own."""

HOW = {
    "native": "",
    "model": "",
    "rewritten": "rewritten",
    "lowered": "lowered",
    "shimmed": "[cyan]JavaScript[/]",
    "dropped": "[dim]dropped[/]",
    "impossible": "[red]impossible[/]",
}
WORDS = {"shimmed": "in JavaScript"}
"""What a status is called where ``HOW`` does not serve."""


def show(report: dict[str, Any], console: Console) -> None:
    """Prints the report."""
    source, model = report["source"], report["model"]
    keras = f"Keras {source['keras_version']}, " if source["keras_version"] else ""
    facts = f"{keras}{_count(model['layers'], 'layer')}, {_count(model['parameters'], 'parameter')}"
    console.print(f"\n[bold]{escape(source['path'])}[/]\n[dim]{escape(model['name'])}: {facts}[/]\n")
    verdict = _verdict(report)
    console.print(verdict)
    if model["backends"]:
        subject = "It" if report["convertible"] else "The rest"
        backends = ", ".join(_since(name, model["since"]) for name in model["backends"])
        console.print(f"{subject} runs on {backends}, from TensorFlow.js {model['since']}.")
    _problems(console, report["problems"])
    console.print()
    console.print(_figures(report))
    rows = list(_flat(report["layers"]))
    _replaced(console, [row for _, row in rows])
    _odd(console, report)
    console.print()
    console.print(_tree(rows, report["cost"], console.width))
    console.print(f"\n{verdict}\nLooked at in {report['seconds']:.2f} s.")


def _since(backend: str, version: str) -> str:
    """A backend, with the release that it takes where it came later than the rest."""
    since = backend_since(backend, version)
    return backend if since == version else f"{backend} (from {since})"


def _verdict(report: dict[str, Any]) -> str:
    statuses = report["model"]["statuses"]
    counts = ", ".join(f"{count} {WORDS.get(status, status)}" for status, count in statuses.items())
    if report["convertible"]:
        return f"[green]Can be converted[/]: {counts}."
    return f"[red]Cannot be converted[/]: {counts or 'the model as a whole'}."


def _problems(console: Console, problems: Sequence[dict[str, Any]]) -> None:
    groups: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        named = [f"'{path}'" for path in problem["layers"]] or [problem["where"]]
        groups.setdefault((problem["why"], problem["fix"]), []).extend(named)
    for (why, fix), where in groups.items():
        console.print(f"\n[red]✗[/] {escape(_some(where))}: {escape(why)}\n  [dim]{escape(fix)}[/]")


def _figures(report: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    model, sizes = report["model"], report["sizes"]
    for kind in ("inputs", "outputs"):
        for tensor in model[kind]:
            table.add_row(kind[:-1], f"{escape(tensor['name'])} {_shape(tensor['shape'])}")
    table.add_row("computes", _computes(report["cost"]))
    for field in report["receptive_field"]:
        table.add_row("sees", _sees(field, several=len(report["receptive_field"]) > 1))
    table.add_row(
        "weights",
        f"{sizes['none']:,} bytes; float16 {sizes['float16']:,}, uint16 {sizes['uint16']:,}, "
        f"uint8 {sizes['uint8']:,}{_packed(report['source']['bytes'], sizes['none'])}",
    )
    table.add_row("topology", f"{sizes['topology']:,} bytes")
    return table


def _packed(stored: int, plain: int) -> str:
    """What a source takes that holds its weights in fewer bytes than would be written."""
    return f"; the source holds them and its topology in {stored:,}" if stored < plain else ""


def _computes(cost: dict[str, Any]) -> str:
    if cost["unknown"] and not cost["flops"]:
        return f"not known for {_count(len(cost['unknown']), 'layer')}"
    unknown = f", besides {_count(len(cost['unknown']), 'layer')} not known" if cost["unknown"] else ""
    if not cost["inputs"]:
        return "not known: its sizes are open"
    given = ", ".join(_shape(shape) for shape in cost["inputs"])
    total = f"{short(cost['flops'])}FLOPs ({short(cost['macs'])}MACs) for an input of {given}{unknown}"
    each = cost["flops_per_place"]
    return total if each is None else f"{short(each)}FLOPs per {cost['per']}; {total}"


def _sees(field: dict[str, Any], *, several: bool) -> str:
    ends = f"[dim]{escape(field['output'])} of {escape(field['input'])}:[/] " if several else ""
    if field["size"] is None:
        return f"{ends}the whole input"
    places = {1: "steps", 2: "pixels"}.get(len(field["size"]), "voxels")
    return f"{ends}{' × '.join(map(str, field['size']))} {places} of the input"


def _replaced(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """What stands for layers that are not as they were, and why."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        if row["status"] in {"rewritten", "lowered", "shimmed", "dropped"}:
            into = " + ".join(dict.fromkeys(row["into"])) or "nothing"
            plain = row["operation"] or row["class_name"].rpartition(">")[2]
            what = f"{plain} → {into}" if into != plain else plain
            why = "; ".join(filter(None, (row["why"], row["origin"])))
            groups.setdefault((row["status"], what, why), []).append(row["path"])
    if groups:
        console.print()
    for (status, what, why), where in groups.items():
        reason = f": {escape(why)}" if why else ""
        console.print(f"{HOW[status]} {escape(what)} [dim]in {escape(_some(where))}{reason}[/]")


def _odd(console: Console, report: dict[str, Any]) -> None:
    lines = [
        (each["severe"], f"{escape(each['why'])}: [dim]{escape(_some(each['where']))}[/]")
        for each in report["suspicions"]
    ]
    lines += [(True, escape(f"{each['where']}: {each['why']} {each['fix']}")) for each in report["doubts"]]
    lines += [(False, escape(each)) for each in report["warnings"]]
    if lines:
        console.print()
    for severe, line in lines:
        console.print(f"[yellow]{'Look at' if severe else 'Note'}[/] {line}")


def _flat(rows: Sequence[dict[str, Any]], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    for row in rows:
        yield depth, row
        yield from _flat(row["layers"] or (), depth + 1)


def _tree(rows: Sequence[tuple[int, dict[str, Any]]], cost: dict[str, Any], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    masked = any(row["mask"] for _, row in rows)
    wide = width >= WIDE
    for name in ("layer", "class", "output") if wide else ("layer", "output"):
        table.add_column(name, overflow="fold")
    unit = f"FLOPs / {cost['per'].split()[-1]}" if cost["per"] else "FLOPs"
    for name in ("parameters", unit):
        table.add_column(name, justify="right", no_wrap=True)
    if masked:
        table.add_column("mask", no_wrap=True)
    table.add_column("", overflow="fold")
    for depth, row in rows:
        times = f" [dim]×{row['calls']}[/]" if row["calls"] > 1 else ""
        flops = short(row["flops"] / cost["places"]) if row["flops"] else ""
        if row["flops"] is None and row["layers"] is None:
            flops = "?"
        name = f"{escape(row['name'])}{times}"
        kind = f"[dim]{escape(row['operation'] or row['class_name'])}[/]"
        table.add_row(
            *((_indented(depth, name), kind) if wide else (_indented(depth, f"{name} {kind}"),)),
            " ".join(map(_shape, row["outputs"])),
            f"{row['parameters']:,}" if row["parameters"] else "",
            flops.strip(),
            *([row["mask"] or ""] if masked else []),
            _how(row),
        )
    return table


def _indented(depth: int, text: str) -> Padding:
    """A name in the tree, whose further lines are indented as the first."""
    return Padding(Text.from_markup(text, overflow="fold"), (0, 0, 0, 2 * depth))


def _how(row: Mapping[str, Any]) -> str:
    lacking = [name for name in ("cpu", "wasm", "webgl", "webgpu") if name not in row["backends"]]
    if row["status"] == "impossible" or not lacking:
        return HOW[row["status"]]
    return f"{HOW[row['status']]} [yellow]not {', '.join(lacking)}[/]".strip()


def _some(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _shape(shape: Sequence[int | None] | None) -> str:
    """Without the batch: ``256×256×3``, with ``?`` for what is open."""
    if shape is None:
        return "?"
    return "×".join("?" if size is None else str(size) for size in shape[1:]) or "1"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def short(number: float) -> str:
    """Three digits and a unit: ``3.87 G``."""
    for unit in ("", "k", "M", "G", "T"):
        if number < 999.5 or unit == "T":
            break
        number /= 1000
    digits = f"{number:.3g}" if number < 999.5 else f"{number:.0f}"
    return f"{digits} {unit}"
