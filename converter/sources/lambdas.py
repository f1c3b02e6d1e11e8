"""``Lambda`` layers in files: what their bytecode seems to do, and what people put in their place.

The bytecode is marshalled Python: unmarshalling hostile bytes can crash the interpreter, so it is only
searched for the names that it holds.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from converter.errors import UnsupportedError, UsageError
from converter.layers.configuration import brief
from converter.literals import parse_value

LAMBDA_CLASSES = ("Lambda", "__lambda__")
# A short or long ASCII string or a Unicode one, each with or without the flag of a shared object.
_NAME = re.compile(rb"[zZ\xfa\xda]([\x01-\x40])|[auA\xe1\xf5\xc1]([\x01-\x40])\x00\x00\x00")
_OWN = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN = 8


@dataclass(frozen=True)
class Replacement:
    """``LAYER=CLASS:key=value,…``: Lambda layers whose name matches become a known layer.

    Attributes:
        pattern: matched against layer names as ``fnmatch`` does.
        class_name: the class to put there.
        config: its configuration.
    """

    pattern: str
    class_name: str
    config: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> Replacement:
        """From the command line.

        Raises:
            UsageError: when it is no replacement.
        """
        head, _, tail = text.partition(":")
        pattern, _, class_name = head.partition("=")
        pairs = [pair.partition("=") for pair in _split(tail)]
        if not pattern or not class_name.isidentifier() or not all(key.strip() for key, _, _ in pairs):
            raise UsageError(
                "lambda-replacement",
                f"--lambda {text}",
                "this is no replacement.",
                "Give LAYER=CLASS:KEY=VALUE,…, such as --lambda 'PixelShuffle=PixelShuffle:scale=2'.",
            )
        return cls(pattern, class_name, {key.strip(): parse_value(value) for key, _, value in pairs})


def _split(text: str) -> list[str]:
    """Cut at the commas that stand outside of brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for part in parts if part.strip()]


def replace_lambdas(topology: Any, replacements: Sequence[Replacement]) -> Any:
    """The topology with known layers in place of Lambdas.

    Raises:
        UsageError: when a replacement matches no Lambda.
    """
    used: set[str] = set()

    def rewrite(node: Any) -> Any:
        if isinstance(node, list):
            return [rewrite(item) for item in node]
        if not isinstance(node, dict):
            return node
        node = {key: rewrite(value) for key, value in node.items()}
        if node.get("class_name") not in LAMBDA_CLASSES or not isinstance(node.get("config"), dict):
            return node
        name = str(node["config"].get("name") or node.get("name"))
        for each in replacements:
            if fnmatchcase(name, each.pattern):
                used.add(each.pattern)
                kept = {
                    key: node["config"][key]
                    for key in ("name", "trainable", "dtype")
                    if key in node["config"]
                }
                return {**node, "class_name": each.class_name, "config": {**kept, **each.config}}
        return node

    rewritten = rewrite(topology)
    for each in replacements:
        if each.pattern not in used:
            raise UsageError(
                "lambda-replacement",
                f"--lambda {each.pattern}=…",
                "the file has no Lambda layer of this name.",
                f"It has: {', '.join(sorted(_lambda_names(topology))) or 'none'}.",
            )
    return rewritten


def _lambda_names(node: Any) -> Iterator[str]:
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if item.get("class_name") in LAMBDA_CLASSES and isinstance(item.get("config"), dict):
                yield str(item["config"].get("name"))
            pending += item.values()
        elif isinstance(item, list):
            pending += item


def refusal(owner: str, config: Any) -> UnsupportedError:
    """The error for a Lambda that stays: what it seems to do, and the ways out."""
    names = list(dict.fromkeys(_names(config)))
    shown = ", ".join(brief(name) for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    seems = f" The names in it: {shown}." if names else ""
    guess = _guess(names)
    hint = f" It is probably a {guess}." if guess else ""
    return UnsupportedError(
        "lambda",
        owner,
        "this Lambda layer holds Python bytecode, which is never run and means nothing to a browser."
        f"{seems}{hint}",
        "Ways out: --model MODULE:NAME (the Python that builds the model), --layers-from (after saving it "
        "with a Layer class in place of the Lambda), or name a known layer yourself: "
        f"--lambda '{_layer(owner)}={guess or 'CLASS'}:{_ARGUMENTS.get(guess or '', 'key=…')}'.",
    )


_GUESSES = {"depth_to_space": "PixelShuffle", "pixel_shuffle": "PixelShuffle", "beta": "MultiplyBeta"}
_ARGUMENTS = {"PixelShuffle": "scale=…", "MultiplyBeta": "beta=…"}


def _guess(names: Sequence[str]) -> str | None:
    return next((_GUESSES[name] for name in names if name in _GUESSES), None)


def _layer(owner: str) -> str:
    return owner.removeprefix("layer ").strip("'\"")


def _names(config: Any) -> Iterator[str]:
    """Identifiers in the marshalled code of a Lambda's configuration, of Keras 2 or 3."""
    function = config.get("function") if isinstance(config, dict) else None
    if isinstance(function, dict):
        inner = function.get("config")
        function = inner.get("code") if isinstance(inner, dict) else None
    code = function[0] if isinstance(function, list) and function else function
    if not isinstance(code, str):
        return
    try:
        data = base64.b64decode(code, validate=False)
    except (binascii.Error, ValueError):
        return
    position = 0
    while (found := _NAME.search(data, position)) is not None:
        length = (found.group(1) or found.group(2))[0]
        text = data[found.end() : found.end() + length]
        position = found.start() + 1
        if len(text) == length > 1 and _OWN.fullmatch(text):
            position = found.end() + length
            yield text.decode("ascii")
