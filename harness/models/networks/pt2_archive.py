"""Takes from a ``.pt2`` file only what cannot run code, as a new archive for `torch.export.load`.

`torch.export.load` (torch 2.13) trusts its file: it unpickles the example inputs, and weights and constants
that say so; it loads compiled libraries; it calls whatever a node names below ``torch``, ``math`` or
``operator`` (``torch.serialization.os.system`` would do); it hands texts to `sympy.sympify`, which evaluates
them; it imports the modules that tree specifications name; and it compiles names and guards into Python. So the
file is read here first, as a zip of JSON and raw tensors. What is known to be harmless is copied, what is not
needed (example inputs, metadata, guards, messages, submodule calls) is left out, and anything else is an error.
"""

from __future__ import annotations

import ast
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError

MAX_ARCHIVE_BYTES = 2 * 1024**3
MAX_MEMBERS = 100_000
MAX_JSON_BYTES = 64 * 1024**2

_MODEL = "models/model.json"
_EXAMPLES = "data/sample_inputs/model.pt"
_CONFIGS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
_COPIED = re.compile(
    r"archive_format|archive_version|byteorder|\.data/(version|serialization_id)"
    r"|data/weights/weight_\d+|data/constants/tensor_\d+"
)
_LEFT_OUT = re.compile(r"extra/.*|\.format_version|\.storage_alignment|\.data/\.?\w+")

_OPERATOR = re.compile(r"torch\.ops\.(aten|prims|quantized_decomposed|torchvision)\.\w+\.\w+|torch\.sym_\w+")
_READS_FILES = re.compile(r"torch\.ops\.aten\.from_file\..*")
_ASSERTS = re.compile(r"torch\.ops\.aten\._(functional_)?assert_\w+\.\w+")
"""Operators with a message of free text."""
_HIGHER_ORDER = {
    f"torch.ops.higher_order.{name}"
    for name in ("cond", "while_loop", "scan", "map_impl", "wrap_with_set_grad_enabled", "wrap_with_autocast")
}
_PYTHON = {
    f"_operator.{name}"
    for name in (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "pos", "getitem", "and_", "or_"),
        *("not_", "eq", "ne", "lt", "le", "gt", "ge"),
    )
} | {f"math.{name}" for name in ("ceil", "floor", "trunc", "sqrt")}

_NAME = re.compile(r"[\w.:+-]{0,1000}", re.ASCII)
_TEXT = re.compile(r"[\w.,:> +-]{0,1000}", re.ASCII)
"""The text of an argument, such as the equation of an einsum; without brackets or quotes it can call nothing."""
_IDENTIFIER = re.compile(r"[A-Za-z_]\w{0,300}|", re.ASCII)
_SYMBOL = re.compile(r"[a-z]{1,4}\d{1,6}")

_EXPRESSIONS = {
    *("Symbol", "Integer", "Float", "Rational", "Add", "Mul", "Pow", "Mod", "Max", "Min", "Abs"),
    *("FloorDiv", "CeilDiv", "CleanDiv", "PythonMod", "IntTrueDiv", "FloatTrueDiv", "ToFloat", "TruncToInt"),
    *("CeilToInt", "FloorToInt", "RoundToInt", "Where", "Eq", "Ne", "Equality", "Unequality", "Not", "And", "Or"),
    *("StrictLessThan", "LessThan", "StrictGreaterThan", "GreaterThan", "ceiling", "floor"),
}
_ASSUMPTIONS = {"positive", "integer", "nonnegative", "nonzero", "real", "precision"}
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError),
    *(LookupError, TypeError, ValueError, AttributeError, RecursionError),
)
"""What a damaged zip or JSON of another form raises."""

_TREES = {None, "builtins.tuple", "builtins.list", "builtins.dict"}


def harmless_archive(path: Path, who: str) -> io.BytesIO:
    """A new archive with the network of a ``.pt2`` file, which `torch.export.load` can read without running code.

    Args:
        path: of the file.
        who: for messages, such as ``model fer``.

    Raises:
        HarnessError: it is damaged or too large, or holds what would have to be trusted.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, who)
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as copy:
                for name, data in _harmless(archive, members, who):
                    copy.writestr(f"model/{name}", data)
    except _DAMAGED as error:
        raise HarnessError(f"{who}: its .pt2 file cannot be read ({type(error).__name__}: {error}).") from None
    made.seek(0)
    return made


def _members(archive: zipfile.ZipFile, who: str) -> dict[str, zipfile.ZipInfo]:
    """Members by their name below the one folder of the archive, once they are known to be within bounds."""
    found = archive.infolist()
    if len(found) > MAX_MEMBERS or sum(info.file_size for info in found) > MAX_ARCHIVE_BYTES:
        raise HarnessError(
            f"{who}: its .pt2 file unpacks to more than {MAX_ARCHIVE_BYTES // 1024**3} GiB or {MAX_MEMBERS:,} "
            "files, refused."
        )
    members: dict[str, zipfile.ZipInfo] = {}
    roots = set()
    for info in found:
        root, _, name = info.filename.partition("/")
        roots.add(root)
        # torch stores and never compresses; a member that differs, or comes twice, is made for another reader.
        if info.compress_type != zipfile.ZIP_STORED or name in members or not name:
            raise HarnessError(
                f"{who}: its .pt2 file was not written by torch.export.save ({info.filename!r:.80})."
            )
        members[name] = info
    if len(roots) != 1 or _MODEL not in members:
        raise HarnessError(f"{who}: its .pt2 file holds no program of torch.export.save under {_MODEL}.")
    return members


def _harmless(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], who: str
) -> Iterator[tuple[str, bytes]]:
    for name, info in members.items():
        if name == _MODEL:
            yield name, json.dumps(_program(_json(archive, info), who)).encode()
        elif name == _EXAMPLES:
            yield name, b""  # a pickle; torch takes nothing as no examples
        elif name in _CONFIGS:
            yield name, json.dumps(_tensors(_json(archive, info), who)).encode()
        elif _COPIED.fullmatch(name):
            yield name, archive.read(info)
        elif not _LEFT_OUT.fullmatch(name):
            raise _untrusted(who, f"the file {name!r:.80}, such as a compiled library or a pickled object")


def _json(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    if info.file_size > MAX_JSON_BYTES:
        raise ValueError(f"{info.filename:.80} is over {MAX_JSON_BYTES // 1024**2} MiB")
    try:
        return json.loads(archive.read(info))
    except RecursionError:
        raise ValueError(f"{info.filename:.80} is nested too deep") from None


def _tensors(config: Any, who: str) -> Any:
    """The description of weights or constants, none of which is pickled."""
    for entry in config["config"].values():
        if entry["use_pickle"] or not re.fullmatch(r"(weight|tensor)_\d+", entry["path_name"]):
            raise _untrusted(who, "pickled tensors or objects")
    _Walk(who).visit(config, "")
    return config


def _program(program: Any, who: str) -> Any:
    """The graph without what is not needed to run it."""
    module = program["graph_module"]
    whole = [entry for entry in module["module_call_graph"] if entry["fqn"] == ""]
    program = {
        **program,
        "guards_code": [],
        "graph_module": {**module, "metadata": {}, "module_call_graph": whole, "treespec_namedtuple_fields": {}},
    }
    return _Walk(who).visit(program, "")


class _Walk:
    """Goes through all values, refuses texts that are not what they should be, and empties metadata."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._rules: Mapping[str, Callable[[str], bool]] = {
            "target": _is_operator,
            "expr_str": _is_expression,
            "in_spec": _is_tree,
            "out_spec": _is_tree,
            "name": lambda text: bool(_IDENTIFIER.fullmatch(text)),
            "as_name": lambda text: bool(_IDENTIFIER.fullmatch(text)),
            "forward_arg_names": lambda text: bool(_IDENTIFIER.fullmatch(text)),
            "as_string": lambda text: bool(_TEXT.fullmatch(text)),
        }

    def visit(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            if _ASSERTS.fullmatch(str(value.get("target"))):
                value = {**value, "inputs": [_without_text(given) for given in value["inputs"]]}
            if key == "range_constraints" and not all(_SYMBOL.fullmatch(name) for name in value):
                raise _untrusted(self._who, "names of sizes that are none")
            return {
                self._key(name): {} if name == "metadata" else self.visit(of, name) for name, of in value.items()
            }
        if isinstance(value, list):
            return [self.visit(of, key) for of in value]
        if isinstance(value, str) and not self._rules.get(key, _NAME.fullmatch)(value):
            raise _untrusted(self._who, f"{key}: {value!r:.120}")
        return value

    def _key(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise _untrusted(self._who, f"{name!r:.120}")
        return name


def _without_text(given: Any) -> Any:
    """An argument of a node; a message is blanked."""
    return {**given, "arg": {"as_string": ""}} if "as_string" in given["arg"] else given


def _is_operator(text: str) -> bool:
    known = _OPERATOR.fullmatch(text) or text in _HIGHER_ORDER or text in _PYTHON
    return bool(known) and not _READS_FILES.fullmatch(text)


def _is_expression(text: str) -> bool:
    """Whether it is arithmetic of sizes and whole numbers, as sympy's `srepr` writes it."""
    try:
        # A power of powers would never be done, so there is one at most.
        sensible = len(text) < 10_000 and text.count("Pow") < 2
        return sensible and _is_arithmetic(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _is_arithmetic(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bool | int) and len(str(node.value)) < 20
    if isinstance(node, ast.UnaryOp):
        return (
            isinstance(node.op, ast.USub)
            and isinstance(node.operand, ast.Constant)
            and _is_arithmetic(node.operand)
        )
    if isinstance(node, ast.Name):
        return bool(_SYMBOL.fullmatch(node.id)) or node.id in ("true", "false", "oo", "int_oo")
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _EXPRESSIONS):
        return False
    if not all(word.arg in _ASSUMPTIONS and isinstance(word.value, ast.Constant) for word in node.keywords):
        return False
    if node.func.id == "Pow":
        return len(node.args) == 2 and _is_small(node.args[1]) and _is_arithmetic(node.args[0])
    texts = [of for of in node.args if isinstance(of, ast.Constant) and isinstance(of.value, str)]
    if node.func.id in ("Symbol", "Float") and len(texts) == len(node.args) == 1:
        return bool(re.fullmatch(r"[a-z]{1,4}\d{1,6}|-?[\d.]{1,30}(e-?\d{1,3})?", str(texts[0].value)))
    return all(_is_arithmetic(of) for of in node.args)


def _is_small(node: ast.AST) -> bool:
    return re.fullmatch(r"Integer\(-?\d\)|-?\d", ast.unparse(node)) is not None


def _is_tree(text: str) -> bool:
    """Whether a specification of nested inputs or outputs is one of tuples, lists and dicts with plain keys."""
    try:
        version, root = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False
    return isinstance(version, int) and _is_branch(root)


def _is_branch(node: Any) -> bool:
    if not (isinstance(node, dict) and set(node) == {"type", "context", "children_spec"}):
        return False
    context = node["context"]
    if context is not None:
        context = json.loads(context) if isinstance(context, str) and len(context) < 100_000 else ""
    keys = context if isinstance(context, list) else []
    plain = (context is None or isinstance(context, list)) and all(
        isinstance(key, str) and _IDENTIFIER.fullmatch(key) for key in keys
    )
    return plain and node["type"] in _TREES and all(_is_branch(child) for child in node["children_spec"])


def _untrusted(who: str, what: str) -> HarnessError:
    return HarnessError(
        f"{who}: its .pt2 file holds {what}, which may run code when it is loaded. Export the network again with "
        "torch.export.save and plain operators, or, if you trust whoever made it, say so on the command line: "
        "model.trust=true."
    )
