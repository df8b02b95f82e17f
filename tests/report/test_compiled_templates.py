"""Compiled templates beside their sources."""

from __future__ import annotations

import os
from pathlib import Path
from types import CodeType

import pytest
from jinja2 import Environment, FileSystemLoader

from harness.report import compiled_templates
from harness.report.compiled_templates import CompiledTemplates


def rendered(folder: Path) -> str:
    """The page as a new process renders it."""
    environment = Environment(loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(), autoescape=True)
    return environment.get_template("page.html.j2").render(x="<b>")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)
    (tmp_path / "page.html.j2").write_text("<p>{{ x }}</p>")
    return tmp_path


def test_a_template_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendered(folder) == "<p>&lt;b&gt;</p>"
    assert [path.suffix for path in (folder / "__pycache__").iterdir()] == [".pyc"]
    monkeypatch.setattr(Environment, "compile", lambda *_, **__: pytest.fail("compiled again"))
    assert rendered(folder) == "<p>&lt;b&gt;</p>"


def test_a_template_that_has_changed_is_compiled_again_whatever_its_time(folder: Path) -> None:
    page = folder / "page.html.j2"
    rendered(folder)
    before = page.stat()
    page.write_text("<i>{{ x }}</i>")  # as long as before
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert rendered(folder) == "<i>&lt;b&gt;</i>"


def test_the_code_of_another_compiler_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered(folder)
    compiled: list[str] = []
    compile_ = Environment.compile

    def counted(self: Environment, source: str, name: str, filename: str) -> CodeType:
        compiled.append(source)
        code: CodeType = compile_(self, source, name, filename)
        return code

    monkeypatch.setattr(Environment, "compile", counted)
    monkeypatch.setattr("jinja2.__version__", "0.1")
    compiled_templates._compiler.cache_clear()
    try:
        assert rendered(folder) == "<p>&lt;b&gt;</p>"
        assert compiled == ["<p>{{ x }}</p>"]
    finally:
        compiled_templates._compiler.cache_clear()


@pytest.mark.parametrize("kept", [0, 10, 16, 200])
@pytest.mark.parametrize("put", [b"", b"\x00" * 40, b"N", b"i\x00\x00\x00\x00", b"\xff" * 9])
def test_damaged_code_is_made_again(folder: Path, kept: int, put: bytes) -> None:
    rendered(folder)
    (code,) = (folder / "__pycache__").iterdir()
    code.write_bytes(code.read_bytes()[:kept] + put)
    assert rendered(folder) == "<p>&lt;b&gt;</p>"


def test_code_that_python_cannot_even_build_does_not_stay(folder: Path) -> None:
    rendered(folder)
    (code,) = (folder / "__pycache__").iterdir()
    whole = code.read_bytes()
    code.write_bytes(whole[:17] + b"\x7f" + whole[18:])  # more arguments than variables: a SystemError
    assert rendered(folder) == "<p>&lt;b&gt;</p>"
    assert rendered(folder) == "<p>&lt;b&gt;</p>"
    assert code.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_is_left_as_it_is(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way")
    assert rendered(folder) == "<p>&lt;b&gt;</p>"
    assert (folder / "__pycache__").read_text() == "in the way"


def test_nothing_is_written_where_python_writes_no_bytecode(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert rendered(folder) == "<p>&lt;b&gt;</p>"
    assert not (folder / "__pycache__").exists()
