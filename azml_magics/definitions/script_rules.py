"""What the server wants of an entry script, told from its text alone; nothing is imported or run."""

from __future__ import annotations

import ast
import keyword
import platform
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from azml_magics.definitions.entry_script import Origin
from azml_magics.errors import Finding, Place, Severity

#: Decorators the server knows; what another one makes of a signature cannot be told from the text.
_KNOWN_DECORATORS = frozenset({"input_schema", "output_schema", "rawhttp"})
#: Names that may define others behind the reader's back.
_DYNAMIC = frozenset({"exec", "globals", "vars", "setattr", "__import__"})
_REMEDIES = {
    "init": "define init(): it is called once, before the first request",
    "run": "define run(data): it is called for every request",
}
_NOTEBOOK_SYNTAX = re.compile(r"\s*(?:[!%]|\w+\s*=\s*[!%])")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_script_path(path: str, place: Place | None = None) -> list[Finding]:
    """Findings for a file name Azure refuses as entry script: it is imported as a module (AZUREML.md 3.7)."""
    name = posixpath.basename(path.replace("\\", "/"))
    stem, suffix = posixpath.splitext(name)
    suggestion = re.sub(r"\W+", "_", stem).strip("_")
    if not suggestion.isidentifier() or keyword.iskeyword(suggestion):
        suggestion = "score"
    if suffix != ".py":
        return [
            Finding("invalid-script-name", f"entry script {name!r} is no .py file", f"name it {suggestion}.py", place)
        ]
    if not stem.isidentifier():
        message = f"entry script {name!r} cannot be imported: {stem!r} is no Python identifier"
        return [Finding("invalid-script-name", message, f"name it {suggestion}.py", place)]
    if keyword.iskeyword(stem):
        message = f"entry script {name!r} cannot be imported: {stem!r} is a Python keyword"
        return [Finding("invalid-script-name", message, f"name it {suggestion}.py", place)]
    return []


def check_script(source: str, *, name: str, origin: Origin | None = None) -> list[Finding]:
    """What the server would refuse in a script (AZUREML.md 1.4), and as warnings what would fail later.

    ``name`` is what the user calls the script; with ``origin``, places are those of the cell it was written in.
    """
    script = ScriptText(source, name, origin)
    tree = parse_script(source)
    if isinstance(tree, SyntaxError):
        return [_syntax_finding(script, tree)]
    names = _defined_names(tree)
    findings = []
    if names is not None:
        findings += [
            Finding(
                "missing-function",
                f"{name} does not define {wanted}()",
                _REMEDIES[wanted],
                script.whole(),
                declared=origin.place(0) if origin else None,
            )
            for wanted in ("init", "run")
            if wanted not in names
        ]
    functions = {node.name: node for node in tree.body if isinstance(node, Function)}
    if "init" in functions:
        findings += _check_init(functions["init"], script)
    # A driver script's own run() is not called: that of its driver_module is.
    if "run" in functions and (names is None or "driver_module" not in names):
        findings += _check_run(functions["run"], script)
    return findings


def check_syntax(source: str, *, name: str, origin: Origin | None = None) -> list[Finding]:
    """What Python itself would refuse; ``name`` and ``origin`` as in :func:`check_script`."""
    tree = parse_script(source)
    return [_syntax_finding(ScriptText(source, name, origin), tree)] if isinstance(tree, SyntaxError) else []


def parse_script(source: str) -> ast.Module | SyntaxError:
    """The syntax tree, or what is wrong with the text."""
    try:
        return ast.parse(source)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        # A null byte (ValueError before Python 3.12) or nesting no parser takes.
        return SyntaxError(str(error) or "too deeply nested")


@dataclass(frozen=True)
class ScriptText:
    """A script's text and what the user calls it; with ``origin``, places are those of the cell it was written in."""

    source: str
    name: str
    origin: Origin | None = None

    def place(self, line: int, column: int | None = None, length: int = 1) -> Place:
        """Where something stands; ``line`` and ``column`` are 1-based in the script."""
        lines = self.source.split("\n")
        text = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else None
        if self.origin is None:
            return Place(self.name, line, column, text, length)
        where = self.origin.place(line)
        return Place(where.source, where.line, column, text, length)

    def place_of_word(self, word: str, node: ast.stmt) -> Place:
        """Where ``word`` stands in the first line of ``node``, at or behind its start."""
        text = self.source.split("\n")[node.lineno - 1]
        # The parser counts columns in UTF-8 bytes.
        start = len(text.encode()[: node.col_offset].decode())
        found = re.compile(rf"\b{re.escape(word)}\b").search(text, start)
        return self.place(node.lineno, found.start() + 1 if found else start + 1, len(word) if found else 1)

    def whole(self) -> Place:
        """The script as such."""
        return Place(self.name if self.origin is None else self.origin.label)


def _syntax_finding(script: ScriptText, error: SyntaxError) -> Finding:
    message = f"{script.name} is not Python: {error.msg} (read with Python {platform.python_version()})"
    if error.lineno is None:
        return Finding("syntax-error", message, "correct the script", script.whole())
    place = script.place(error.lineno, error.offset or None)
    remedy = "correct this line or the one before it"
    if place.text is not None and _NOTEBOOK_SYNTAX.match(place.text):
        remedy = "leave it out: notebook commands (%, !) mean nothing in a script"
    return Finding("syntax-error", message, remedy, place)


def _defined_names(tree: ast.Module) -> frozenset[str] | None:
    """Names a module certainly or possibly has once imported; ``None`` when that cannot be told."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _DYNAMIC:
            return None
        if isinstance(node, ast.Global):
            names.update(node.names)
    for node in _own_nodes(tree):
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.MatchAs | ast.MatchStar | ast.ExceptHandler) and node.name:
            names.add(node.name)
    return None if names & {"*", "__getattr__"} else frozenset(names)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run in the module's own scope: not those inside functions, lambdas, classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from _own_nodes(child)


def _has_unknown_decorator(node: Function) -> bool:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name not in _KNOWN_DECORATORS:
            return True
    return False


def _check_init(node: Function, script: ScriptText) -> list[Finding]:
    if _has_unknown_decorator(node):
        return []
    place = script.place_of_word(node.name, node)
    required = _required(node.args)
    if required:
        message = f"init() is called without arguments, but needs {', '.join(required)}"
        return [Finding("init-signature", message, "write def init(): and read what it needs inside", place)]
    if isinstance(node, ast.AsyncFunctionDef):
        message = "async def init() is never awaited: its body does not run"
        return [Finding("async-init", message, "write def init():", place, "warning")]
    return []


def _check_run(node: Function, script: ScriptText) -> list[Finding]:
    if _has_unknown_decorator(node):
        return []
    args = node.args
    place = script.place_of_word(node.name, node)

    def fault(message: str, remedy: str, severity: Severity = "error") -> Finding:
        return Finding("run-signature", message, remedy, place, severity)

    findings = []
    named = [argument.arg for argument in (*args.args, *args.kwonlyargs)]
    if args.vararg or args.kwarg or args.posonlyargs:
        findings.append(
            fault(
                "run() cannot accept positional-only arguments, *args, or **kwargs",
                "name one argument that receives the request: def run(data):",
            )
        )
    elif not named:
        findings.append(fault("run() needs to accept an argument for input data", "write def run(data):"))
    elif named == ["request_headers"]:
        findings.append(
            fault(
                'run() needs to accept an argument other than "request_headers"',
                "write def run(data, request_headers):",
            )
        )
    else:
        surplus = [name for name in _required(args) if name != "request_headers"][1:]
        if surplus and not node.decorator_list:
            message = f"run() is called with one argument; every request fails for want of {', '.join(surplus)}"
            findings.append(fault(message, "give them defaults, or decorate run() with @input_schema", "warning"))
    if isinstance(node, ast.AsyncFunctionDef):
        message = "async def run() is never awaited: every request fails"
        findings.append(Finding("async-run", message, "write def run(data):", place))
    return findings


def _required(args: ast.arguments) -> list[str]:
    positional = [*args.posonlyargs, *args.args]
    without_default = positional[: len(positional) - len(args.defaults)]
    keywords = [
        argument for argument, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None
    ]
    return [argument.arg for argument in (*without_default, *keywords)]
