"""Every client dialect against every upstream dialect, through the official SDKs.

Each case says what is asked, what the upstream must have understood, and what the client must read.
The upstreams are strict: whatever the gateway writes that their vendor would refuse fails the case.
"""

import json

import pytest

from clients import DRIVERS, Case
from fakes import DIALECTS
from fakes.script import ODD, PERSON

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
PERSON_SCHEMA = {
    "type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"], "additionalProperties": False,
}
WEATHER = ("get_weather", {"city": "Paris", "unit": "c"})
CLOCK = ("get_time", {"tz": "UTC"})
HELLO = "Hello, wörld ✓!"
HI = Case((("user", "Say hello"),))
WITH_TOOLS = Case((("user", "Weather and time?"),), tools=("get_weather", "get_time"))

# name: (script, case, what the answer must have)
CASES = {
    "text": ("text", HI, dict(text=HELLO, stop="end", calls=[])),
    "system": ("text", Case(HI.turns, system="Be terse."), dict(text=HELLO)),
    "turns": ("text", Case((
        ("user", "Hello"), ("assistant", "Bonjour"), ("user", "And goodbye?"))), dict(text=HELLO)),
    "image": ("text", Case((("image", "image/png", PNG, "What is this?"),)), dict(text=HELLO)),
    "odd": ("odd", Case((("user", "".join(ODD)),), system="".join(ODD)), dict(text="".join(ODD))),
    "oddcall": ("oddcall", WITH_TOOLS, dict(calls=[("get_weather", {"city": "".join(ODD), "unit": "c"})])),
    "call": ("call", WITH_TOOLS, dict(calls=[WEATHER], stop="tool", text="")),
    "calls": ("calls", WITH_TOOLS, dict(calls=[WEATHER, CLOCK], stop="tool")),
    "talkcall": ("talkcall", WITH_TOOLS, dict(calls=[WEATHER], text="Let me look.", stop="tool")),
    "noargs": ("noargs", Case(HI.turns, tools=("ping",)), dict(calls=[("ping", {})], stop="tool")),
    "forced": ("call", Case(WITH_TOOLS.turns, tools=WITH_TOOLS.tools, choice="get_weather"), dict(calls=[WEATHER])),
    "required": ("call", Case(WITH_TOOLS.turns, tools=WITH_TOOLS.tools, choice="required"), dict(calls=[WEATHER])),
    "schema": ("schema", Case(HI.turns, schema=PERSON_SCHEMA), dict(stop="end", calls=[])),
    "length": ("length", Case(HI.turns, max_tokens=16), dict(text="Once upon", stop="length")),
    "refuse": ("refuse", HI, dict(stop="refusal")),
    "filter": ("filter", HI, dict(stop="refusal")),
    "usage": ("usage", HI, dict(text="counted")),
    "think": ("think", Case(HI.turns, thinking=True), dict(text="4", stop="end")),
    "empty": ("empty", HI, dict(text="", calls=[])),
    "many": ("many", HI, dict(text="x" * 2000)),
}
EVERY_MODE = ("text", "calls")


def matrix():
    for client in DRIVERS:
        for upstream in DIALECTS:
            for name in CASES:
                for mode in ("sync", "stream") + (("async", "astream") if name in EVERY_MODE else ()):
                    quick = [pytest.mark.quick] if name in ("text", "call") and mode in ("sync", "stream") else []
                    yield pytest.param(client, upstream, name, mode, id=f"{client}-{upstream}-{name}-{mode}", marks=quick)


@pytest.mark.parametrize("client,upstream,name,mode", matrix())
async def test_what_is_asked_arrives_and_what_is_answered_returns(drivers, fakes, client, upstream, name, mode):
    script, case, wanted = CASES[name]
    answer = await drivers[client].ask(f"{upstream}-{script}", case, mode)
    asks = [seen.ask for seen in fakes[upstream].seen]
    assert len(asks) == 1, [seen.refusal for seen in fakes[upstream].seen]
    check_ask(asks[0], case, upstream)
    for member, value in wanted.items():
        assert getattr(answer, member) == value, answer
    check_more(name, answer, client)


def check_ask(ask, case, upstream):
    """The upstream understood what was meant."""
    if case.system:
        assert ask.system == case.system
    assert ask.turns == [turn_of(turn) for turn in case.turns]
    assert ask.tools == list(case.tools)
    for name in case.tools:
        assert set((ask.tool_schemas[name] or {}).get("properties", {})) == set(_properties(name))
    if upstream != "responses":  # the codex wire has no ceiling on output
        assert ask.max_tokens == case.max_tokens or case.thinking or upstream == "claude"
    if case.choice:
        assert ask.choice == case.choice
    if case.thinking:
        assert ask.thinking
    if case.schema and ask.schema:
        assert set(ask.schema["properties"]) == {"name", "age"}


def _properties(name):
    from clients import TOOLS

    return TOOLS[name]["properties"]


def turn_of(turn):
    kind, *rest = turn
    if kind == "image":
        return ("user", [("text", rest[2]), ("image", rest[0], rest[1])])
    return (kind, [("text", rest[0])])


def check_more(name, answer, client):
    if name == "schema":
        assert json.loads(answer.text) == json.loads(PERSON)
    elif name in ("refuse", "filter"):
        assert answer.text in ("I can't help.", "So far")
    elif name == "usage":
        assert answer.usage[:3] == (130, 90, 40)
        assert answer.usage[3] in ((25, None) if client == "claude" else (25,))
    elif name == "think":
        assert answer.thinking == "2+2 is 4."
        if client == "claude":  # its agents take the last block for the answer
            assert answer.raw.content[-1].type == "text"
    elif name == "text":
        assert answer.usage[:3] == (20, 0, 10)


@pytest.mark.parametrize("mode", ("sync", "stream"))
@pytest.mark.parametrize("script", ("calls", "talkcall", "thinkcall", "noargs"))
@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("client", DRIVERS)
async def test_results_of_tools_go_back_to_their_calls(drivers, fakes, client, upstream, script, mode):
    driver, model = drivers[client], f"{upstream}-{script}"
    tools = ("ping",) if script == "noargs" else ("get_weather", "get_time")
    case = Case((("user", "Weather and time?"),), tools=tools, thinking=script == "thinkcall")
    first = await driver.ask(model, case, mode)
    assert first.stop == "tool" and len(set(first.ids)) == len(first.calls)
    said = [f"result {at}" for at in range(len(first.calls))]
    last = await driver.ask(model, case.then(("said", first), ("results", first, said)), mode)
    told = "; ".join(f"{name}={text}" for (name, _), text in zip(first.calls, said))
    assert last.text == "Results: " + told and last.stop == "end"
    ask = fakes[upstream].seen[-1].ask
    calls = [part[1:] for role, parts in ask.turns if role == "assistant" for part in parts if part[0] == "call"]
    assert calls == [tuple(call) for call in first.calls]
    assert ask.turns[-1] == ("tool", [("result", name, text) for (name, _), text in zip(first.calls, said)])


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("client", DRIVERS)
async def test_the_model_of_an_answer_is_the_one_that_was_asked_for(drivers, client, upstream):
    if client == upstream:
        pytest.skip("bytes of the client's own dialect are passed on as they are")
    answer = await drivers[client].ask(f"{upstream}-text", HI)
    assert answer.model == f"{upstream}-text"
