"""The report of ``inspect`` on a graph as a person reads it: the verdict, the figures, the operations."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from converter.cli.inspection_view import _count, _problems, _some


def show(report: dict[str, Any], console: Console) -> None:
    """Prints the report."""
    source, model = report["source"], report["model"]
    made_by = f"TensorFlow {escape(source['tensorflow_version'])}, " if source["tensorflow_version"] else ""
    facts = f"{made_by}{_count(model['operations'], 'operation')}, {_count(model['parameters'], 'parameter')}"
    console.print(f"\n[bold]{escape(source['path'])}[/]")
    console.print(f"[dim]{escape(model['name'])}: {model['class_name']}, {facts}[/]\n")
    verdict = _verdict(report)
    console.print(verdict)
    _problems(console, report["problems"])
    console.print()
    console.print(_figures(report))
    if report["warnings"]:
        console.print()
    for warning in report["warnings"]:
        console.print(f"[yellow]Note[/] {escape(warning)}")
    console.print()
    console.print(_operations(report["operations"]))
    console.print(f"\n{verdict}\nLooked at in {report['seconds']:.2f} s.")


def _verdict(report: dict[str, Any]) -> str:
    lacking = [escape(each["operation"]) for each in report["operations"] if each["supported"] is False]
    judged = all(each["supported"] is not None for each in report["operations"])
    lacks = f"TensorFlow.js lacks {_some(lacking)}" if lacking else "see below"
    has_all = "TensorFlow.js has all of its operations."
    if report["model"]["class_name"] == "graph model":
        if report["problems"]:
            return f"[red]Cannot be run[/]: {lacks}."
        return f"[green]Can be run[/]: {has_all}" if judged else "[yellow]Not judged[/], see below."
    if report["problems"]:
        return f"[red]Cannot be converted[/]: {lacks}."
    if not judged:
        return "[yellow]Not judged[/], see below. It takes --format graph."
    return f"[green]Can be converted[/] with --format graph: {has_all}"


def _figures(report: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    model, weights, sizes = report["model"], report["weights"], report["sizes"]
    if model["signature"]:
        others = ", ".join(model["signatures"][1:])
        beside = f" [dim](others: {escape(others)})[/]" if others else ""
        table.add_row("signature", f"{escape(model['signature'])}{beside}")
    for kind in ("inputs", "outputs"):
        for tensor in model[kind]:
            table.add_row(kind[:-1], escape(f"{tensor['name']} {_shape(tensor['shape'])} {tensor['dtype']}"))
    kinds = ", ".join(f"{count} {escape(name)}" for name, count in sorted(weights["dtypes"].items()))
    stored = f" ({weights['bytes']:,} bytes)" if kinds else ""
    table.add_row("weights", f"{kinds or 'none'}{stored}")
    table.add_row(
        "sizes",
        f"{sizes['none']:,} bytes; float16 {sizes['float16']:,}, uint16 {sizes['uint16']:,}, "
        f"uint8 {sizes['uint8']:,}",
    )
    if sizes["topology"] is not None:
        table.add_row("topology", f"{sizes['topology']:,} bytes")
    table.add_row("runs by", f"model.{model['execute']}")
    return table


def _operations(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("operation", overflow="fold")
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        how = {False: "[red]impossible[/]", None: "[yellow]?[/]"}.get(row["supported"], "")
        table.add_row(escape(row["operation"]), f"{row['count']:,}", how)
    return table


def _shape(shape: list[int | None] | None) -> str:
    """With the batch, which a graph need not have: ``?×256×256×3``."""
    if shape is None:
        return "?"
    return "×".join("?" if size is None else str(size) for size in shape) or "scalar"
