"""Archives and topologies of Keras 3, cut, flipped and spoilt at random."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
from attack import GOLDEN
from depth import tries
from hypothesis import given
from hypothesis import strategies as st
from jail import shared
from spoiling import spoilt
from verdict import check

ARCHIVES = ["nested", "cells", "masked", "dictionaries"]
KERAS_3 = GOLDEN / "keras3"
"""As ``tests/sources/keras3/child.py`` saves them."""


def members_of(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(KERAS_3 / f"{name}.keras") as archive:
        return {member: archive.read(member) for member in archive.namelist()}


CONFIGS = {name: json.loads(members_of(name)["config.json"]) for name in ARCHIVES}
with h5py.File(KERAS_3 / "nested.h5") as _file:
    LISTED = json.loads(_file.attrs["model_config"])


@tries(60)
@given(st.data())
def test_spoilt_archive(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(ARCHIVES))
    members = members_of(name)
    members["config.json"] = json.dumps(data.draw(spoilt(CONFIGS[name]))).encode()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "model.keras")
        with zipfile.ZipFile(source, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        check(shared().run(source, Path(folder, "out"), options={}))


@tries(30)
@given(st.data())
def test_spoilt_model_config_of_keras_3(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(shutil.copy(KERAS_3 / "nested.h5", folder))
        with h5py.File(source, "r+") as file:
            file.attrs["model_config"] = json.dumps(data.draw(spoilt(LISTED)))
        check(shared().run(source, Path(folder, "out"), options={}))


def survive(name: str, mutations: Sequence[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outcomes = shared().mutate(KERAS_3 / f"{name}.keras", Path(folder), mutations)
        for mutation, outcome in zip(mutations, outcomes, strict=True):
            try:
                check(outcome)
            except AssertionError as error:
                raise AssertionError(f"{name} {mutation}: {outcome}") from error


def test_archive_cut_anywhere() -> None:
    size = (KERAS_3 / "nested.keras").stat().st_size
    survive("nested", [(length, []) for length in range(0, size, 797)])


def test_bits_flipped_in_the_lists_of_an_archive() -> None:
    data = (KERAS_3 / "cells.keras").read_bytes()
    start = data.find(b"PK\x01\x02")
    survive("cells", [(None, [(place, 1 << place % 8)]) for place in range(start, len(data))])
    survive("cells", [(None, [(place, 1 << place % 8)]) for place in range(60)])


FLIP = st.tuples(st.integers(0, 60_000), st.integers(1, 255))


@tries(10)
@given(
    name=st.sampled_from(ARCHIVES),
    mutations=st.lists(st.tuples(st.none(), st.lists(FLIP, max_size=4)), min_size=5, max_size=10),
)
def test_bits_flipped_anywhere_in_an_archive(name: str, mutations: list[Any]) -> None:
    survive(name, mutations)
