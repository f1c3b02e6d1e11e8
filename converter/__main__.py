"""``python -m converter`` is ``upconvert``."""

from converter.cli.entry import upconvert

if __name__ == "__main__":
    upconvert()
