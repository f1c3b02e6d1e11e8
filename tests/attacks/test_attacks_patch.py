"""``patch`` rewrites a file in place: a hostile one is refused, and stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_tfjs import TFJS

import converter


@pytest.mark.parametrize("attack", TFJS, ids=lambda attack: attack.name)
def test_patch(attack: object, tmp_path: Path) -> None:
    document = attack.make(tmp_path) / "model.json"
    before = document.read_bytes() if document.is_file() and document.stat().st_size < 1 << 20 else None
    try:
        converter.patch(document.parent)
    except converter.ConverterError as error:
        assert error.exit_code in {3, 4}
        assert error.fix
        assert before is None or document.read_bytes() == before
