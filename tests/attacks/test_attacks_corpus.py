"""Every named attack: the right exit code, words that help, nothing written and nothing left."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from attack import GOLDEN, KERNEL
from corpus import ATTACKS
from jail import shared
from verdict import check

import converter


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(name: str, tmp_path: Path) -> None:
    attack = ATTACKS[name]
    options = dict(attack.options)
    limits = {"memory": options.pop("memory")} if "memory" in options else {}
    outcome = shared().run(attack.make(tmp_path), tmp_path / "out", options=options, **limits)
    check(outcome)
    assert (outcome["code"], outcome["exit_code"]) == (attack.code, attack.exit_code if attack.code else 0)


@pytest.mark.parametrize("name", ["bfloat16", "bfloat16_of_keras", "big_endian", "compressed"])
def test_odd_weights_are_read_for_what_they_are(name: str, tmp_path: Path) -> None:
    weight = converter.load(ATTACKS[name].make(tmp_path)).weights()[0]
    assert np.array_equal(weight.array(), np.ones((7, 9)))


def test_weights_behind_a_user_block_are_the_same(tmp_path: Path) -> None:
    with h5py.File(GOLDEN / "sequential_dense.h5") as file:
        stored = file[KERNEL][()]
    weight = converter.load(ATTACKS["user_block"].make(tmp_path)).weights()[0]
    assert np.array_equal(weight.array(), stored)
