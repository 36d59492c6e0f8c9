"""Reads server-sent events as a browser does, and says what is not well formed."""

import json


class Illegal(AssertionError):
    """The bytes break the rules of their dialect."""


def need(condition, message, *about):
    if not condition:
        raise Illegal(message + "".join(f" {one!r}" for one in about))


def frames(body):
    """[(event name or None, data text)]; comments are skipped, an unfinished frame is illegal."""
    text = body.decode("utf-8")  # raises where it is not
    need(not text or text.endswith(("\n\n", "\r\n\r\n", "\r\r")), "the last event has no blank line after it")
    name, data, out = None, [], []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if data:
                out.append((name, "\n".join(data)))
            name, data = None, []
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        else:
            need(field in ("", "id", "retry"), "unknown field of an event", line)
    return out


def parsed(data):
    try:
        return json.loads(data)
    except ValueError as cause:
        raise Illegal(f"data is not JSON: {data[:200]!r}") from cause


def members(thing, where, **types):
    """Members that must be there, each of a type or a tuple of types; None stands for null."""
    need(isinstance(thing, dict), f"{where} is not an object", thing)
    for name, kinds in types.items():
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        need(name in thing, f"{where} lacks '{name}'", thing)
        value = thing[name]
        allowed = tuple(type(None) if kind is None else kind for kind in kinds)
        is_bool = isinstance(value, bool)
        need(isinstance(value, allowed) and (not is_bool or bool in allowed), f"{where}.{name} is", value)


def count(thing, where, **least):
    """Members that are whole numbers, none below zero."""
    for name in least:
        need(isinstance(thing.get(name), int) and thing[name] >= least[name], f"{where}.{name} is", thing)
