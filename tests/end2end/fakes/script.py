"""What a fake upstream answers, in no dialect's words.

A model's name ends with the name of its script: "gpt-5--calls" and "claude-sonnet-4-5--calls" both
play `calls`. Each fake says it in its own dialect. A script sees what was asked, so that a tool
script asks for tools first and reports their results when it gets them.
"""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    pieces: tuple


@dataclass(frozen=True)
class Think:
    pieces: tuple
    signed: bool = True


@dataclass(frozen=True)
class Call:
    name: str
    args: str  # JSON text, given out in two fragments


@dataclass(frozen=True)
class Served:
    """A tool of a server that the vendor called itself, and what it gave."""

    server: str
    name: str
    args: str
    gave: str
    failed: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture that the model made, and what it looked like on the way: base64."""

    mime: str
    data: str
    before: tuple = ()


@dataclass(frozen=True)
class Refusal:
    pieces: tuple


@dataclass(frozen=True)
class Usage:
    """Totals: `input` counts what was cached or written, `output` counts reasoning."""

    input: int = 20
    cached: int = 0
    written: int = 0
    output: int = 10
    reasoning: int = 0


@dataclass(frozen=True)
class Fault:
    """A refusal: an HTTP status before anything was said, or a break in mid-stream."""

    status: int
    kind: str = ""  # a word the dialect may map to its own
    message: str = "scripted fault"
    headers: tuple = ()


@dataclass(frozen=True)
class Reply:
    parts: tuple = ()
    stop: str = "end"  # end, tool, length, refusal, filter, sequence: the first of those asked for
    usage: Usage = Usage()
    fault: Fault = None
    # After this many deltas do what `then` says: error, cut, stall, close (a clean end too soon).
    after: int = None
    then: str = ""
    pause_s: float = 0  # before each delta
    delay_s: float = 0  # before the head
    raw: bytes = None  # this body instead of an answer, status 200
    raw_type: str = "application/json"
    extra: bool = False  # members and events that no client knows yet, in odd spacing


@dataclass
class Ask:
    """What the upstream understood, in no dialect's words; tests compare it with what was meant."""

    model: str = ""
    stream: bool = False
    system: str = ""
    turns: list = field(default_factory=list)  # (role, [part]); a part is a tuple, kind first
    tools: list = field(default_factory=list)  # names
    tool_schemas: dict = field(default_factory=dict)
    servers: list = field(default_factory=list)  # names of those whose tools we call
    choice: object = None  # auto, none, required, or the name of one
    schema: dict = None  # of the wanted JSON answer
    max_tokens: int = None
    thinking: bool = False
    stop: list = field(default_factory=list)
    candidates: int = 1
    include_usage: bool = True
    shows_thoughts: bool = True
    sse: bool = True

    def results(self):
        """Tool results of the last turn: (name, text)."""
        if not self.turns:
            return []
        return [(part[1], part[2]) for part in self.turns[-1][1] if part[0] == "result"]

    def last_text(self):
        texts = [p[1] for role, parts in self.turns if role == "user" for p in parts if p[0] == "text"]
        return texts[-1] if texts else ""


def say(*pieces, **more):
    return Reply(parts=(Text(pieces),), **more)


HELLO = ("Hel", "lo, ", "wörld ", "✓", "!")
WEATHER = Call("get_weather", '{"city": "Paris", "unit": "c"}')
CLOCK = Call("get_time", '{"tz": "UTC"}')
# What hurts somewhere: planes, joiners, right to left, what JSON and SSE escape or split lines at.
ODD = ("日本語 ", "👩‍👩‍👧 ", "שלום ", "e\u0301 ", '"\\ </b>\n\t', "\u2028\u0085\ufeff", "\U0010fffd.")
ODD_CALL = Call("get_weather", json.dumps({"city": "".join(ODD), "unit": "c"}, ensure_ascii=False))
PERSON = '{"name": "Ada", "age": 36}'
COUNTED = Usage(input=130, cached=90, written=20, output=40, reasoning=25)


def _tools(*calls, before=()):
    def play(ask):
        results = ask.results()
        if results:
            told = "; ".join(f"{name}={said}" for name, said in results)
            return say("Results: ", told)
        return Reply(parts=before + calls, stop="tool", usage=Usage(input=40, output=24))

    return play


def _count(many, size=1, **more):
    return Reply(parts=(Text(tuple("x" * size for _ in range(many))),), **more)


def _failing(fault):
    return Reply(fault=fault)


def _said_back(ask):
    return say(ask.last_text() or "(nothing)")


# The tool that runs a shell command, as command line agents name it, and its argument.
SHELLS = {"Bash": "command", "exec_command": "cmd", "run_shell_command": "command"}


def _agent(ask):
    """Thinks, talks, runs a command in the agent's shell and tells what it printed."""
    results = ask.results()
    if results:
        return Reply(parts=(Think(("That ", "worked.")), Text(("It says: ", results[-1][1]))))
    shell = next((name for name in SHELLS if name in ask.tools), None)
    if shell is None:
        return say("There is no shell among ", ", ".join(ask.tools) or "no tools")
    command = json.dumps({SHELLS[shell]: "cat note.txt"})
    return Reply(
        parts=(Think(("I should ", "look.")), Text(("Let me ", "look.")), Call(shell, command)), stop="tool",
        usage=Usage(input=40, output=24))


def _served(ask):
    """Calls two tools of the first server, one of which fails, and tells what came of it."""
    if not ask.servers:
        return say("There is no server")
    first, second = (Served(ask.servers[0], *what) for what in (
        ("high_water", '{"port": "Hull"}', "At six."), ("low_water", "{}", "no tide", True)))
    return Reply(parts=(Text(("Let me ", "look.")), first, second, Text(("At ", "six."))))


def _person(ask):
    """JSON as asked for: by schema, or by the one tool that a client without schemas forces."""
    if ask.schema is None and ask.choice in ask.tools:
        return Reply(parts=(Call(ask.choice, PERSON),), stop="tool")
    return say('{"name": ', '"Ada", ', '"age": 36}')


# Told apart by their last bytes.
PICTURES = ("iVBORw0KGgoAAAA=", "iVBORw0KGgoBBBB=", "iVBORw0KGgoCCCC=")
_BREAK = dict(parts=(Text(("one ", "two ", "three ", "four ")),), after=2)
_BREAK_FAULT = Fault(529, "overloaded", "Overloaded in mid-stream")

SCRIPTS = {
    "text": say(*HELLO),
    "back": _said_back,
    "usage": say("counted", usage=COUNTED),
    "odd": say(*ODD),
    "oddcall": _tools(ODD_CALL),
    "sequence": say("Up to ", "here", stop="sequence"),
    "call": _tools(WEATHER),
    "calls": _tools(WEATHER, CLOCK),
    "talkcall": _tools(WEATHER, before=(Text(("Let me ", "look.")),)),
    "noargs": _tools(Call("ping", "{}")),
    "think": Reply(
        parts=(Think(("2+2 ", "is 4.")), Text(("4",))), usage=Usage(input=10, output=30, reasoning=26)
    ),
    "thinkcall": _tools(WEATHER, before=(Think(("I need ", "the weather.")),)),
    "agent": _agent,
    "picture": Reply(parts=(Picture("image/png", PICTURES[2], PICTURES[:2]), Text(("He", "re.")))),
    "served": _served,
    "schema": _person,
    "refuse": Reply(parts=(Refusal(("I can't ", "help.")),), stop="refusal"),
    "filter": Reply(parts=(Text(("So ", "far")),), stop="filter"),
    "length": Reply(parts=(Text(("Once ", "upon")),), stop="length", usage=Usage(input=9, output=2)),
    "empty": Reply(parts=()),
    "many": _count(2000),
    "slow": _count(600, pause_s=0.1),
    "steady": _count(20, pause_s=0.1),
    "big": _count(400, size=64 * 1024),
    "late": say("late", delay_s=2.0),
    "extra": say(*HELLO, extra=True),
    "bad400": _failing(Fault(400, "invalid", "messages: scripted complaint")),
    "bad401": _failing(Fault(401, "authentication", "invalid key")),
    "bad403": _failing(Fault(403, "permission", "not allowed")),
    "bad404": _failing(Fault(404, "not_found", "no such model")),
    "bad429": _failing(Fault(429, "rate_limit", "slow down", (("retry-after", "7"),))),
    "bad500": _failing(Fault(500, "server", "upstream fell over")),
    "bad503": _failing(Fault(503, "overloaded", "try later")),
    "bad529": _failing(Fault(529, "overloaded", "Overloaded")),
    "breakerror": Reply(then="error", fault=_BREAK_FAULT, **_BREAK),
    "breakcut": Reply(then="cut", **_BREAK),
    "breakclose": Reply(then="close", **_BREAK),
    "breakstall": Reply(then="stall", **_BREAK),
    "html": Reply(raw=b"<html><title>Gateway timeout</title></html>", raw_type="text/html"),
    "notjson": Reply(raw=b'{"id": "x", "choi'),
    "nothing": Reply(raw=b""),
}


def played(ask, table):
    """The reply to a request, or None when the model is unknown."""
    script = table.get(ask.model.rsplit("--", 1)[-1])
    return script(ask) if callable(script) else script


def arguments_of(text):
    """Arguments as the model would see them: parsed, or the text itself where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def cut_json(args):
    """Argument text in two fragments, split where it hurts: inside a string when there is one."""
    at = args.find('"', 1) + 2 if '"' in args else len(args) // 2
    return [piece for piece in (args[:at], args[at:]) if piece]
