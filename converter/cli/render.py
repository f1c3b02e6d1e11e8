"""Reports as a person reads them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

SHOWN_LAYERS = 3


def show_conversion(report: dict[str, Any]) -> None:
    """The closing table of ``convert`` and ``quantize``."""
    console = _console()
    source, model, artifact = report["source"], report["model"], report["artifact"]
    keras = f"Keras {source['keras_version']}, " if source["keras_version"] else ""
    console.print(f"\n[bold]{escape(source['path'])}[/] → [bold]{escape(artifact['path'])}[/]")
    parts = f"{model['operations']} operations" if "operations" in model else f"{model['layers']} layers"
    facts = f"{keras}{parts}, {model['parameters']:,} parameters"
    console.print(f"[dim]{escape(model['name'])}: {facts}[/]\n")
    console.print(_sizes(source, model, artifact))
    _changes(console, report["changes"])
    _custom_layers(console, report["custom_layers"], report["parity"].get("custom_layers", []))
    _proof(console, report["parity"])
    _warnings(console, report["warnings"])
    console.print(f"\nDone in {report['seconds']:.2f} s.")


def show_proof(report: dict[str, Any]) -> None:
    """The outcome of ``verify``."""
    console = _console()
    source, artifact = report["source"], report["artifact"]
    console.print(f"\n[bold]{escape(source['path'])}[/] against [bold]{escape(artifact['path'])}[/]")
    _proof(console, report["parity"])
    _warnings(console, report["warnings"])
    verdict = "[green]Proven[/]" if report["parity"]["passed"] else "[red]Not proven[/]"
    console.print(f"\n{verdict} in {report['seconds']:.2f} s.")


def show_shims(report: dict[str, Any]) -> None:
    """What ``shims`` wrote, and how each class did."""
    console = _console()
    console.print(
        f"\n[bold]{escape(report['source']['path'])}[/] → [bold]{escape(report['artifact']['path'])}[/]"
    )
    _custom_layers(
        console, report["custom_layers"], [each["proof"] for each in report["custom_layers"] if each["proof"]]
    )
    _warnings(console, report["warnings"])
    console.print(f"\nDone in {report['seconds']:.2f} s.")


def show_skeleton(report: dict[str, Any]) -> None:
    """The classes in a file that is to be finished by hand."""
    console = _console()
    names = ", ".join(layer["class_name"] for layer in report["custom_layers"])
    console.print(f"[bold]{escape(report['artifact']['path'])}[/]: {escape(names)}, to be finished by hand.")
    _warnings(console, report["warnings"])


def show_export(report: dict[str, Any]) -> None:
    """The file that ``export`` wrote, and what Keras must be given to load it."""
    console = _console()
    source, model, file = report["source"], report["model"], report["file"]
    console.print(f"\n[bold]{escape(source['path'])}[/] → [bold]{escape(file['path'])}[/]")
    facts = f"{model['layers']} layers, {model['parameters']:,} parameters, {_bytes(file['bytes'])} bytes"
    console.print(f"[dim]{escape(model['name'])}: {facts}, in the format of Keras {file['keras_version']}[/]")
    if report["decoded_weights"]:
        console.print(f"{report['decoded_weights']} quantized weights were decoded to float32.")
    _changes(console, report["changes"])
    if report["custom_classes"]:
        names = ", ".join(each["class_name"] for each in report["custom_classes"])
        console.print(f"\nKeras must be given these classes as custom_objects: {escape(names)}")
    _proof(console, report["parity"])
    _warnings(console, report["warnings"])
    console.print(f"\nDone in {report['seconds']:.2f} s.")


def show_inspection(report: dict[str, Any]) -> None:
    """What ``inspect`` found."""
    from converter.cli import graph_view, inspection_view

    view = graph_view if report["format"] == "graph" else inspection_view
    view.show(report, _console())


def show_patch(report: dict[str, Any]) -> None:
    """What ``patch`` changed."""
    console = _console()
    path = escape(report["artifact"]["path"])
    if not report["changes"]:
        console.print(f"{path}: nothing to mend.")
        return
    console.print(f"[bold]{path}[/]")
    _changes(console, report["changes"])


def show_doctor(report: dict[str, Any]) -> None:
    """Every part, and what can be run."""
    console = _console()
    table = _table("", "version", "for")
    lacking: dict[str, list[str]] = {}
    for part in report["parts"]:
        mark = (
            "[green]✓[/]"
            if part["version"]
            else "[dim]–[/]"
            if part["for"] in {"optional", "graph"}
            else "[red]✗[/]"
        )
        table.add_row(f"{mark} {part['name']}", part["version"] or "", part["for"])
        if part["fix"]:
            lacking.setdefault(part["fix"], []).append(part["name"])
    console.print(table)
    for fix, names in lacking.items():
        console.print(f"[dim]{', '.join(names)}:[/] {escape(fix)}")
    for need, ready in report["ready"].items():
        console.print(f"{need}: {'[green]ready[/]' if ready else '[red]something is missing[/]'}")


def show_error(error: dict[str, Any]) -> None:
    """What, where, why, and what to do next, on stderr."""
    console = _console(stderr=True)
    console.print(f"[bold red]Error[/] [bold]{escape(error['where'])}[/]: {escape(error['why'])}")
    console.print(escape(error["fix"]))
    if error.get("parity"):
        _proof(console, error["parity"])


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for index, column in enumerate(columns):
        numeric = index > 0 and column not in {"version", "for"}
        table.add_column(column, justify="right" if numeric else "left", no_wrap=True)
    return table


def _sizes(source: dict[str, Any], model: dict[str, Any], artifact: dict[str, Any]) -> Table:
    before = model["float32_bytes"]
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(artifact["dtypes"].items()))
    table = _table("", "bytes", "of float32", "gzip, about")
    table.add_row("source file", _bytes(source["bytes"]))
    table.add_row("weights as float32", _bytes(before))
    table.add_row(
        f"written ({kinds})" if kinds else "written",
        _bytes(artifact["weight_bytes"]),
        f"{artifact['weight_bytes'] / before:.0%}".replace("%", " %") if before else "",
        _bytes(artifact["weight_gzip_bytes"]),
    )
    table.add_row("with model.json", _bytes(artifact["bytes"]), "", _bytes(artifact["gzip_bytes"]))
    return table


def _changes(console: Console, changes: list[dict[str, Any]]) -> None:
    if not changes:
        return
    console.print("\n[dim]mended[/]")
    for change in changes:
        shown = ", ".join(change["where"][:SHOWN_LAYERS])
        more = len(change["where"]) - SHOWN_LAYERS
        where = f"{shown} and {more} more" if more > 0 else shown
        console.print(f"{escape(change['what'])} [dim]in {escape(where)}: {escape(change['why'])}[/]")


def _custom_layers(console: Console, layers: list[dict[str, Any]], proofs: list[dict[str, Any]]) -> None:
    """Where the JavaScript of each class comes from, and how it did beside its Python."""
    if not layers:
        return
    console.print("\n[dim]custom_layers.js[/]")
    proven = {proof["class_name"]: proof for proof in proofs}
    for layer in layers:
        proof = proven.get(layer["class_name"])
        count = len(layer.get("layers", []))
        times = f" in {count} layer{'s' if count > 1 else ''}" if count else ""
        done = f", {proof['runs']} runs beside its Python, max abs {proof['max_abs']:.1e}" if proof else ""
        mark = "[green]✓[/] " if proof else ""
        console.print(f"{mark}{escape(layer['class_name'])}{times} [dim]{escape(layer['origin'])}{done}[/]")


def _proof(console: Console, parity: dict[str, Any]) -> None:
    console.print()
    if not parity["proven"]:
        console.print(f"[yellow]Not proven:[/] {escape(parity['why'])}\n{escape(parity['fix'])}")
        return
    table = _table("", "max abs", "PSNR worst", "mean", "SSIM worst", "asked")
    for name in ("conversion", "quantization"):
        part = parity[name]
        if part is None:
            continue
        worst, mean = part["worst"], part["mean"]
        table.add_row(
            f"{'[green]✓[/]' if part['passed'] else '[red]✗[/]'} {name}",
            _number(worst["max_abs"], ".1e"),
            _number(worst["psnr"], ".1f"),
            _number(mean["psnr"], ".1f"),
            _number(worst["ssim"], ".5f"),
            f"{part['min_psnr']:g} dB" if "min_psnr" in part else f"{part['tolerance']:g} of range",
        )
    console.print(table)
    runtime = parity["runtime"]
    reference = ", ".join(f"{name} {version}" for name, version in parity["reference"].items())
    samples = len(parity["conversion"]["samples"])
    console.print(
        f"[dim]{samples} outputs compared: {reference} against TensorFlow.js {runtime['tfjs']} "
        f"({runtime['backend']}, Node {runtime['node'].lstrip('v')})[/]"
    )
    for part in filter(None, (parity["conversion"], parity["quantization"])):
        for failure in part["failed"]:
            console.print(f"[red]✗[/] {escape(failure['sample'])}: {escape(failure['error'])}")


def _warnings(console: Console, warnings: list[str]) -> None:
    for warning in warnings:
        console.print(f"[yellow]Note[/] {escape(warning)}")


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}"


def _bytes(count: int) -> str:
    return f"{count:,}"
