"""The pages whose code runs while the site is built: a folder for what they write, and pictures on the cover."""

from __future__ import annotations

import logging
import re
import sys
import tempfile
from pathlib import Path

from markdown_exec import patch_loggers
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files

PLACE = re.compile(r"<!-- picture of (\w+) -->")

_scratch: tempfile.TemporaryDirectory[str] | None = None
_log = logging.getLogger("mkdocs.hooks.executed_pages")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let pages import what draws their pictures, and write nowhere but into a folder that the build removes.

    Code that fails is a warning, which only counts in a strict build where it comes from a logger of mkdocs.
    """
    global _scratch
    patch_loggers(get_plugin_logger)
    sys.path.insert(0, str(Path(__file__).parent))
    _scratch = tempfile.TemporaryDirectory(prefix="harness-site-")
    tempfile.tempdir = _scratch.name
    return config


def on_env(env: object, config: MkDocsConfig, files: Files) -> None:
    """Put the picture that each page drew on the cover; one that drew none is a warning, which fails a build."""
    from gallery_pictures import DRAWN

    cover = files.get_file_from_path("gallery/index.md")
    if cover is None or cover.page is None:
        return
    for name in PLACE.findall(cover.page.content or ""):
        if name not in DRAWN:
            _log.warning("gallery/%s.md drew no picture", name)
    cover.page.content = PLACE.sub(lambda found: DRAWN.get(found[1], ""), cover.page.content or "")


def on_post_build(config: MkDocsConfig) -> None:
    """Remove what the pages wrote."""
    tempfile.tempdir = None
    if _scratch is not None:
        _scratch.cleanup()
