"""Every hostile source by name. ``python tests/attacks/corpus.py FOLDER`` writes them all, to look at."""

from __future__ import annotations

import sys
from pathlib import Path

from attack import Attack
from hostile_archives import ARCHIVES
from hostile_files import FILES
from hostile_links import LINKS
from hostile_sizes import SIZES
from hostile_tfjs import TFJS
from hostile_topology import TOPOLOGY
from hostile_weights import WEIGHTS

ATTACKS: dict[str, Attack] = {
    attack.name: attack for attack in [*FILES, *ARCHIVES, *LINKS, *SIZES, *WEIGHTS, *TOPOLOGY, *TFJS]
}


def write_all(folder: Path) -> None:
    for name, attack in ATTACKS.items():
        (folder / name).mkdir(parents=True)
        print(name, attack.exit_code if attack.code else 0, attack.code, attack.make(folder / name), sep="\t")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
