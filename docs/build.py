"""Write every generated page of docs/: `python docs/build.py`. Tests compare the pages."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPTS = ("build_formats.py", "build_vendors.py")

if __name__ == "__main__":
    for script in SCRIPTS:
        runpy.run_path(str(Path(__file__).parent / script), run_name="__main__")
