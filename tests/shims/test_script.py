"""The script of an artifact's custom layers, run by Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from converter.parity.runtimes import find_node
from converter.shims.script import script, types
from converter.shims.shim import Shim

RUN = """
import('%s').then(({ layers, register }) => {
  const registered = [];
  const tf = {
    layers: { Layer: class {} },
    serialization: { registerClass: (made) => registered.push(made.className) },
  };
  register(tf);
  register(tf);
  const made = layers(tf);
  const values = Object.fromEntries(Object.entries(made).map(([name, Made]) => [name, new Made().value()]));
  console.log(JSON.stringify({ registered, values, same: layers(tf).A === made.A }));
});
"""


def shim(name: str, helper: str = "return 1;", *, isolated: bool = False) -> Shim:
    javascript = f"""\
/** A helper. */
function helper() {{
  {helper}
}}

/**
 * The class {name}.
 */
export function define{name}(tf) {{
  return class {name} extends tf.layers.Layer {{
    static className = '{name}';
    value() {{ return helper(); }}
  }};
}}
"""
    return Shim(name, javascript, f"export interface {name}Config {{\n}}", "a test", isolated=isolated)


def ran(text: str, folder: Path) -> dict[str, object]:
    path = folder / "custom_layers.mjs"
    path.write_text(text)
    node = find_node()
    assert node is not None
    done = subprocess.run([node.program, "-e", RUN % path], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_classes_are_made_once_and_registered_however_often(tmp_path: Path) -> None:
    assert ran(script([shim("A"), shim("B")]), tmp_path) == {
        "registered": ["A", "B", "A", "B"],
        "values": {"A": 1, "B": 1},
        "same": True,
    }


def test_a_shared_helper_is_written_once() -> None:
    assert script([shim("A"), shim("B")]).count("function helper()") == 1


def test_helpers_of_one_name_do_not_meet(tmp_path: Path) -> None:
    text = script([shim("A"), shim("B", "return 2;"), shim("C", "return 3;", isolated=True)])
    assert ran(text, tmp_path)["values"] == {"A": 1, "B": 2, "C": 3}


def test_an_origin_cannot_end_the_comment(tmp_path: Path) -> None:
    bad = Shim("A", shim("A").javascript, "", "x */ throw new Error(); /*")
    assert ran(script([bad]), tmp_path)["values"] == {"A": 1}


def test_the_types_name_every_class() -> None:
    text = types([shim("A"), shim("B")])
    assert all(f"export interface {name}Config" in text and f"  {name}: {{" in text for name in "AB")
