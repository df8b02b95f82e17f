"""The hooks of the site, which are no package: mkdocs loads them from their files, and so do tests."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "site_hooks"))

accessible = import_module("accessible")
executed_pages = import_module("executed_pages")
gallery_pictures = import_module("gallery_pictures")
generated_pages = import_module("generated_pages")
local_only = import_module("local_only")
markdown_twins = import_module("markdown_twins")
