"""Says what JSON must look like, as strictly as a vendor's API does.

A shape is a function of (value, path) that raises Wrong at the first thing out of place. Each fake
turns a Wrong into its vendor's own words.
"""

import re
from dataclasses import dataclass


@dataclass
class Wrong(Exception):
    kind: str  # unknown, missing, type, value
    path: tuple  # of member names and list indices
    message: str

    def __str__(self):
        return f"{self.kind} at {self.path}: {self.message}"


def dotted(path):
    """messages.0.content"""
    return ".".join(str(step) for step in path)


def bracketed(path):
    """messages[0].content"""
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else ("." if out else "") + str(step)
    return out


def json_type(value):
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _of_type(value, path, *names):
    if json_type(value) not in names:
        raise Wrong("type", path, f"expected {' or '.join(names)}, got {json_type(value)}")


def anything(value, path):
    pass


def text(least=0, most=None, pattern=None, among=None):
    compiled = re.compile(pattern) if pattern else None

    def check(value, path):
        _of_type(value, path, "string")
        if among is not None and value not in among:
            raise Wrong("value", path, f"'{value}' is not one of {', '.join(among)}")
        if len(value) < least:
            raise Wrong("value", path, f"shorter than {least}")
        if most is not None and len(value) > most:
            raise Wrong("value", path, f"longer than {most}")
        if compiled and not compiled.fullmatch(value):
            raise Wrong("value", path, f"'{value}' does not match pattern '{pattern}'")

    return check


def boolean(value, path):
    _of_type(value, path, "boolean")


def number(least=None, most=None, whole=False):
    def check(value, path):
        _of_type(value, path, "integer", *(() if whole else ("number",)))
        if least is not None and value < least:
            raise Wrong("value", path, f"{value} is less than {least}")
        if most is not None and value > most:
            raise Wrong("value", path, f"{value} is greater than {most}")

    return check


def whole(least=None, most=None):
    return number(least, most, whole=True)


def nullable(shape):
    def check(value, path):
        if value is not None:
            shape(value, path)

    return check


def list_of(shape, least=0, most=None):
    def check(value, path):
        _of_type(value, path, "array")
        if len(value) < least:
            raise Wrong("value", path, f"fewer than {least} items")
        if most is not None and len(value) > most:
            raise Wrong("value", path, f"more than {most} items")
        for at, item in enumerate(value):
            shape(item, path + (at,))

    return check


def map_of(shape, most=None):
    def check(value, path):
        _of_type(value, path, "object")
        if most is not None and len(value) > most:
            raise Wrong("value", path, f"more than {most} members")
        for name, item in value.items():
            shape(item, path + (name,))

    return check


def record(required=None, /, **optional):
    """An object of known members and no others. Names that are Python words end in an underscore."""
    required = {name.rstrip("_"): shape for name, shape in (required or {}).items()}
    known = {**{name.rstrip("_"): shape for name, shape in optional.items()}, **required}

    def check(value, path):
        _of_type(value, path, "object")
        for name in value:
            if name not in known:
                raise Wrong("unknown", path + (name,), f"unknown member '{name}'")
        for name in required:
            if name not in value:
                raise Wrong("missing", path + (name,), f"missing member '{name}'")
        for name, item in value.items():
            known[name](item, path + (name,))

    check.known = frozenset(known)
    return check


def by_type(**shapes):
    """by_type(string=…, array=…): one shape for each JSON type that is allowed."""

    def check(value, path):
        name = json_type(value)
        if name not in shapes:
            raise Wrong("type", path, f"expected {' or '.join(shapes)}, got {name}")
        shapes[name](value, path)

    return check


def tagged(key, **shapes):
    """One shape for each value of a member that says what the object is."""

    def check(value, path):
        _of_type(value, path, "object")
        if key not in value:
            raise Wrong("missing", path + (key,), f"missing member '{key}'")
        tag = value[key]
        if not isinstance(tag, str) or tag not in shapes:
            raise Wrong("value", path + (key,), f"'{tag}' is not one of {', '.join(shapes)}")
        shapes[tag](value, path)

    return check
