"""JavaScript statements as a tree: where variables are declared, what can be left out, how it is printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from converter.shims.translation.javascript import wrap

_WORD = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*|(?<=\.\.\.)[A-Za-z_$][\w$]*")


@dataclass
class Assign:
    """``name = value``, or ``[first, second] = value``."""

    names: list[str]
    value: str
    pattern: bool = False
    declares: str = ""


@dataclass
class Do:
    """An expression for its effect, or ``return``, ``throw``, ``break``, ``continue``."""

    text: str


@dataclass
class If:
    test: str
    then: list[Statement]
    otherwise: list[Statement]


@dataclass
class For:
    """A loop; ``names`` are the variables that its header declares."""

    header: str
    names: list[str]
    body: list[Statement]


@dataclass
class Declare:
    """``let name;``."""

    names: list[str] = field(default_factory=list)


Statement = Assign | Do | If | For | Declare
Block = list[Statement]


def words(text: str) -> set[str]:
    """The identifiers in an expression that are not members of something."""
    return set(_WORD.findall(text))


def ends(block: Block) -> bool:
    """Whether nothing behind the block is reached."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, If):
        return ends(last.then) and ends(last.otherwise)
    return isinstance(last, Do) and last.text.split(" ")[0].rstrip(";") in {
        "return",
        "throw",
        "break",
        "continue",
    }


def _inner(statement: Statement) -> list[Block]:
    if isinstance(statement, If):
        return [statement.then, statement.otherwise]
    return [statement.body] if isinstance(statement, For) else []


def _walk(block: Block) -> Iterator[Statement]:
    for statement in block:
        yield statement
        for inner in _inner(statement):
            yield from _walk(inner)


def _reads(statement: Statement) -> set[str]:
    """What the statement itself reads, not the blocks inside it."""
    if isinstance(statement, Assign):
        return words(statement.value)
    if isinstance(statement, Do):
        return words(statement.text)
    if isinstance(statement, If):
        return words(statement.test)
    return words(statement.header) if isinstance(statement, For) else set()


def _mentions(statement: Statement) -> set[str]:
    found = _reads(statement)
    if isinstance(statement, Assign):
        found |= set(statement.names)
    for inner in _inner(statement):
        for each in inner:
            found |= _mentions(each)
    return found


def _assigned(block: Block) -> Counter[str]:
    return Counter(name for each in _walk(block) if isinstance(each, Assign) for name in each.names if name)


def declare(block: Block, declared: Iterable[str] = ()) -> Block:
    """Put ``const`` and ``let`` where each variable is first needed, in the innermost block that serves.

    Args:
        block: the body of a function.
        declared: its parameters.
    """
    counts = _assigned(block)
    return _declare(block, set(declared), counts, loop=False)


def _declare(block: Block, declared: set[str], counts: Counter[str], *, loop: bool) -> Block:
    own = set(declared)
    here: list[set[str]] = [_mentions(statement) for statement in block]
    result: Block = []
    for position, statement in enumerate(block):
        names = [name for name in _assigned([statement]) if name not in own]
        early = [name for name in names if _needed_here(name, position, here, statement, loop=loop)]
        if isinstance(statement, Assign):
            result.append(_declared_assign(statement, own, counts, result))
        else:
            if early:
                result.append(Declare(early))
            result.append(_declared_inside(statement, own | set(early), counts, loop=loop))
        own |= set(early)
    return result


def _declared_inside(statement: Statement, own: set[str], counts: Counter[str], *, loop: bool) -> Statement:
    if isinstance(statement, If):
        then = _declare(statement.then, own, counts, loop=loop)
        return If(statement.test, then, _declare(statement.otherwise, own, counts, loop=loop))
    if isinstance(statement, For):
        body = _declare(statement.body, own | set(statement.names), counts, loop=True)
        return For(statement.header, statement.names, body)
    return statement


def _needed_here(name: str, position: int, here: list[set[str]], statement: Statement, *, loop: bool) -> bool:
    """Whether a name first assigned in this statement must be declared in this block."""
    if isinstance(statement, Assign):
        return True
    if any(name in mentioned for mentioned in here[position + 1 :]) or name in _reads(statement):
        return True
    # All of it happens inside; each block inside can declare its own, if it starts by assigning.
    return any(not _starts_fresh(name, inner) for inner in _inner(statement) if name in _all(inner)) and (
        isinstance(statement, For) or loop
    )


def _all(block: Block) -> set[str]:
    return set().union(*(_mentions(each) for each in block)) if block else set()


def _starts_fresh(name: str, block: Block) -> bool:
    first = next(each for each in block if name in _mentions(each))
    if isinstance(first, Assign):
        return name in first.names and name not in words(first.value)
    if isinstance(first, If) and name not in words(first.test):
        mentioning = [inner for inner in _inner(first) if name in _all(inner)]
        last = not any(name in _mentions(each) for each in block[block.index(first) + 1 :])
        return all(_starts_fresh(name, inner) for inner in mentioning) and (last or len(mentioning) == 2)
    return False


def _declared_assign(statement: Assign, own: set[str], counts: Counter[str], result: Block) -> Assign:
    fresh = [name for name in statement.names if name and name not in own]
    if not fresh:
        return statement
    if len(fresh) < len([name for name in statement.names if name]):
        result.append(Declare(fresh))
        own.update(fresh)
        return statement
    own.update(fresh)
    constant = all(counts[name] == 1 for name in fresh)
    return Assign(statement.names, statement.value, statement.pattern, "const" if constant else "let")


def simplify(block: Block, keep: Callable[[str], bool], parameters: Iterable[str] = ()) -> Block:
    """Replace variables that only rename something, and drop what nobody reads.

    Args:
        block: the body of a function without effects, but for calls of the functions in ``keep``.
        keep: whether an expression must stay even where its result is not used.
        parameters: the parameters of the function.
    """
    while True:
        before = repr(block)
        _rename(block, set(parameters))
        block[:] = _sweep(block, _read_anywhere(block), keep)
        if repr(block) == before:
            return block


def _read_anywhere(block: Block) -> set[str]:
    return set().union(*(_reads(each) for each in _walk(block))) if block else set()


def _sweep(block: Block, read: set[str], keep: Callable[[str], bool]) -> Block:
    result: Block = []
    for statement in block:
        if isinstance(statement, Assign):
            if len(statement.names) == 1 and not statement.pattern and statement.value == statement.names[0]:
                continue
            if not any(name in read for name in statement.names):
                if keep(statement.value):
                    result.append(Do(statement.value))
                continue
        elif isinstance(statement, If):
            statement.then[:] = _sweep(statement.then, read, keep)
            statement.otherwise[:] = _sweep(statement.otherwise, read, keep)
            if not statement.then and not statement.otherwise:
                continue
        elif isinstance(statement, For):
            statement.body[:] = _sweep(statement.body, read, keep)
            if not statement.body:
                continue
        result.append(statement)
        if ends([statement]):
            break
    return result


def _rename(block: Block, parameters: set[str]) -> None:
    counts = _assigned(block)
    loops = {name for each in _walk(block) if isinstance(each, For) for name in each.names}
    for statement in _walk(block):
        if not isinstance(statement, Assign) or statement.pattern or len(statement.names) != 1:
            continue
        name, value = statement.names[0], statement.value
        if counts[name] != 1 or name in parameters or not re.fullmatch(r"[A-Za-z_$][\w$.]*|-?\d+", value):
            continue
        root = value.split(".")[0]
        if counts[root] + (root in parameters) > 1 or root in loops or (counts[root] and root in parameters):
            continue
        _substitute(block, name, value)
        return


def _substitute(block: Block, name: str, value: str) -> None:
    pattern = re.compile(rf"(?<![\w$.]){re.escape(name)}(?![\w$])|(?<=\.\.\.){re.escape(name)}(?![\w$])")
    for each in _walk(block):
        if isinstance(each, Assign):
            each.value = pattern.sub(value, each.value)
        elif isinstance(each, Do):
            each.text = pattern.sub(value, each.text)
        elif isinstance(each, If):
            each.test = pattern.sub(value, each.test)
        elif isinstance(each, For):
            each.header = pattern.sub(value, each.header)


def render(block: Block, indent: int) -> str:
    """The statements as lines, each indented by ``indent`` spaces."""
    return "\n".join(line for statement in block for line in _lines(statement, indent))


def _lines(statement: Statement, indent: int) -> Iterator[str]:
    lead = " " * indent
    if isinstance(statement, Declare):
        yield f"{lead}let {', '.join(statement.names)};"
    elif isinstance(statement, Do):
        yield (
            wrap(f"{statement.text};", indent) if "\n" not in statement.text else lead + statement.text + ";"
        )
    elif isinstance(statement, Assign):
        target = f"[{', '.join(statement.names)}]" if statement.pattern else statement.names[0]
        prefix = f"{statement.declares} " if statement.declares else ""
        yield wrap(f"{prefix}{target} = {statement.value};", indent)
    elif isinstance(statement, If):
        yield wrap(f"if ({statement.test}) {{", indent)
        yield from (line for each in statement.then for line in _lines(each, indent + 2))
        otherwise = statement.otherwise
        while len(otherwise) == 1 and isinstance(otherwise[0], If):
            nested = otherwise[0]
            yield f"{lead}}} else if ({nested.test}) {{"
            yield from (line for each in nested.then for line in _lines(each, indent + 2))
            otherwise = nested.otherwise
        if otherwise:
            yield f"{lead}}} else {{"
            yield from (line for each in otherwise for line in _lines(each, indent + 2))
        yield f"{lead}}}"
    else:
        yield wrap(f"for ({statement.header}) {{", indent)
        yield from (line for each in statement.body for line in _lines(each, indent + 2))
        yield f"{lead}}}"
