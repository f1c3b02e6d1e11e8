"""The text of a translated class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from converter.shims.translation.blocks import render
from converter.shims.translation.javascript import Js, camel, literal, record, wrap

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.configuration import Key
    from converter.shims.translation.scope import Unit


_TRACK = """\
    /** Notes layers inside of this one, in the order of their weights. */
    track(layers) {
      this.sublayers = [...(this.sublayers ?? []), layers];
      return layers;
    }

    get innerLayers() {
      const open = (item) => (item == null || item.apply ? [item] : ENTRIES.flatMap(open));
      return [...new Set(open(this.sublayers ?? []))].filter((item) => item?.apply);
    }

    get trainableWeights() {
      if (!this.trainable) return [];
      return [...super.trainableWeights, ...this.innerLayers.flatMap((layer) => layer.trainableWeights)];
    }

    get nonTrainableWeights() {
      const inner = this.innerLayers
        .flatMap((layer) => (this.trainable ? layer.nonTrainableWeights : layer.weights));
      return [...super.nonTrainableWeights, ...inner];
    }"""


_DISPOSE = """\
  dispose() {
    const result = super.dispose();
    if (result.refCountAfterDispose === 0) tf.dispose(TENSORS);
    return result;
  }"""
_NAMING = """\
      this.weights.forEach((weight, index) => {
        weight.originalName = `${this.name}/w${index}`;
      });"""


def unit_helper(unit: Unit, name: str) -> str:
    """The name of a helper function, which the class then has with it."""
    unit.helpers.add(name)
    return name


def class_text(
    unit: Unit,
    constructor: Block,
    keys: list[Key],
    build: Block,
    value: str,
    shapes: str,
    *,
    positional: bool,
) -> str:
    parts = []
    lead = []
    if keys or constructor:
        lead.append(f"  constructor(config) {{\n    super(config);\n{render(constructor, 4)}\n  }}")
    body = [render(build, 4)] if build else []
    if unit.sublayers:
        body.append("    this.computeOutputShape(inputShape); // gives the layers inside their weights")
    if build or unit.sublayers or positional:
        body.append("    super.build(inputShape);")
        if positional:
            body.append(re.sub(r"(?m)^  ", "", _NAMING))
        lead.append("  build(inputShape) {\n" + "\n".join(body) + "\n  }")
    parts += lead
    entries = "Object.values(item)"
    if unit.keras == 2:
        entries = f"{unit_helper(unit, 'inOrder')}(item)"
    if unit.sublayers:
        parts.append(re.sub(r"(?m)^  ", "", _TRACK).replace("ENTRIES", entries))
    parts += [each.text for each in unit.methods.values() if each is not None and each.text]
    parts.append(f"  call(inputs) {{\n{value}\n  }}")
    parts.append(f"  computeOutputShape(inputShape) {{\n{shapes}\n  }}")
    if unit.kept_tensors:
        held = ", ".join(dict.fromkeys(unit.kept_tensors))
        parts.append(_DISPOSE.replace("TENSORS", f"[{held}]"))
    if keys:
        config = {camel(key.name): Js(f"this.{unit.kept[key.name]}") for key in keys}
        text = record(config).text.replace("{ ", "{ ...super.getConfig(), ", 1)
        parts.append(f"  getConfig() {{\n{wrap(f'return {text};', 4)}\n  }}")
    parts.append(f"  static className = {literal(camel(unit.class_name)).text};")
    inside = "\n\n".join(part for part in parts)
    return f"class {unit.class_name} extends tf.layers.Layer {{\n{inside}\n}}"
