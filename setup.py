"""Puts the pages into the wheel: `client/` lies beside the packages here, and in one of them there.

Everything else about the package stands in pyproject.toml.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PAGES = Path(__file__).resolve().parent / "client"


class WithPages(build_py):
    """An editable install finds them where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            within = Path(self.build_lib) / "signaling" / "client"
            shutil.copytree(PAGES, within, dirs_exist_ok=True)


setup(cmdclass={"build_py": WithPages})
