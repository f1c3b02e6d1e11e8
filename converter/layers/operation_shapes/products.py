"""Operations that multiply tensors and add up over axes."""

from __future__ import annotations

from itertools import zip_longest

from converter.layers.configuration import listed
from converter.layers.operation_shapes.base import Arguments, broadcast, product, shape_of
from converter.model import Shape


def _two(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, Shape]:
    return shape_of(arguments["x1"], shapes), shape_of(arguments["x2"], shapes)


def matmul(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = _two(shapes, arguments)
    rows, columns = one[-2:-1], other[-1:]
    if len(one) > 1 and arguments.get("transpose_a"):
        rows = one[-1:]
    columns = other[-2:-1] if arguments.get("transpose_b") else other[-1:]
    columns = columns if len(other) > 1 else ()
    return (*broadcast([one[:-2], other[:-2]]), *rows, *columns)


def dot(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = _two(shapes, arguments)
    if not one or not other:
        return one or other
    return (*one[:-1], *other[:-2], *(other[-1:] if len(other) > 1 else ()))


def inner(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = _two(shapes, arguments)
    return (*one[:-1], *other[:-1]) if one and other else one or other


def outer(shapes: list[Shape], arguments: Arguments) -> Shape:
    return tuple(map(product, _two(shapes, arguments)))


def kron(shapes: list[Shape], arguments: Arguments) -> Shape:
    pair = (reversed(shape) for shape in _two(shapes, arguments))
    return tuple(reversed([product(sizes) for sizes in zip_longest(*pair, fillvalue=1)]))


def cross(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = map(list, _two(shapes, arguments))
    axis = arguments.get("axis")
    places = [arguments.get(key, -1) if axis is None else axis for key in ("axisa", "axisb", "axisc")]
    sizes = {one.pop(places[0]), other.pop(places[1])}
    found = list(broadcast([tuple(one), tuple(other)]))
    if 3 in sizes:
        found.insert(places[2] % (len(found) + 1), 3)
    return tuple(found)


def tensordot(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = _two(shapes, arguments)
    axes = arguments.get("axes", 2)
    several = listed(axes)
    if several is None:
        return (*one[: len(one) - axes], *other[axes:])
    over = [
        {at % len(shape) for at in listed(each) or [each]}
        for shape, each in zip((one, other), several, strict=True)
    ]
    return tuple(
        size
        for shape, gone in zip((one, other), over, strict=True)
        for at, size in enumerate(shape)
        if at not in gone
    )


def einsum(shapes: list[Shape], arguments: Arguments) -> Shape:
    inputs, arrow, output = arguments["subscripts"].replace(" ", "").partition("->")
    terms = inputs.split(",")
    operands = [shape_of(each, shapes) for each in arguments["operands"]]
    sizes: dict[str, int | None] = {}
    beyond: list[Shape] = [()]
    for term, shape in zip(terms, operands, strict=True):
        before, dots, after = term.partition("...")
        spare = len(shape) - len(before) - len(after)
        if spare < 0 or (spare and not dots):
            raise ValueError
        beyond.append(shape[len(before) : len(before) + spare])
        named = zip(before + after, shape[: len(before)] + shape[len(before) + spare :], strict=True)
        sizes |= {letter: size for letter, size in named if sizes.get(letter) in {None, 1}}
    if not arrow:
        letters = "".join(terms).replace(".", "")
        output = "..." + "".join(sorted(each for each in set(letters) if letters.count(each) == 1))
    before, dots, after = output.partition("...")
    middle = broadcast(beyond) if dots else ()
    return (*(sizes[each] for each in before), *middle, *(sizes[each] for each in after))


def distances(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = (shape_of(arguments[key], shapes) for key in ("x", "y"))
    return (*one[:-1], other[-2])


def attended(shapes: list[Shape], arguments: Arguments) -> Shape:
    query, value = (shape_of(arguments[key], shapes) for key in ("query", "value"))
    return (*query[:-1], value[-1])
