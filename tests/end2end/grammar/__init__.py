"""Strict readers of what a server of each dialect may say. They share no code with the fakes.

Each module has whole(body), stream(body) and error(body): bytes in, Illegal out, and a Told back: what
the answer says, for tests to compare. A stream that ends in an error is legal; Told.error holds it.
"""

from dataclasses import dataclass, field

from .sse import Illegal  # noqa: F401

__all__ = ["Illegal", "Told"]


@dataclass
class Told:
    """What an answer says, in its dialect's words."""

    text: str = ""
    thinking: str = ""
    refusal: str = ""
    calls: list = field(default_factory=list)  # (name, arguments text)
    served: list = field(default_factory=list)  # (server, tool, arguments text, output, failed)
    pictures: list = field(default_factory=list)  # base64
    partial: list = field(default_factory=list)  # of those on the way
    stop: str = None
    usage: dict = None
    error: dict = None
    model: str = None
