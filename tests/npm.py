"""``python -m tests.npm …`` runs the npm that the proofs use, so that one Node serves for everything."""

import os
import subprocess
import sys
from pathlib import Path

from converter.parity.runtimes import find_node

if __name__ == "__main__":
    node = find_node()
    if node is None:
        sys.exit("Node is missing: pip install 'upconvert[verify]'")
    path = os.pathsep.join([str(Path(node.program).parent), os.environ["PATH"]])
    sys.exit(
        subprocess.run([*node.npm, *sys.argv[1:]], env={**os.environ, "PATH": path}, check=False).returncode
    )
