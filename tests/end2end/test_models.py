"""Responses answers, whole and event by event, before the models of the official SDK, which name every member that must
be there: the SDK itself is forgiving when it reads."""

import json

import openai.types.responses as models
import pydantic
import pytest

import grammar.sse
import wire
from fakes import DIALECTS

RESPONSE = pydantic.TypeAdapter(models.Response)
EVENT = pydantic.TypeAdapter(models.ResponseStreamEvent)
SCRIPTS = ("text", "calls", "thinkcall", "refuse", "length", "filter", "empty", "usage", "picture", "served")
MORE = {
    "calls": {"tools": [{"type": "function", "name": name, "parameters": {"type": "object"}, "strict": False}
                        for name in ("get_weather", "get_time")], "tool_choice": "auto", "parallel_tool_calls": False},
    "served": {"tools": [{"type": "mcp", "server_label": "tides", "server_url": "https://tides.example/mcp",
                          "require_approval": "never"}]},
}


def ask(gateway, model, stream, **more):
    answer = gateway.post(wire.PATHS["responses"], wire.body("responses", model, stream, **more))
    wire.told("responses", answer, stream)
    return answer


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("upstream", DIALECTS)
def test_every_member_is_there(gateway, upstream, script):
    if script == "picture" and upstream in ("chat", "claude"):
        pytest.skip("this upstream makes no pictures")
    more = MORE.get(script, {})
    whole = ask(gateway, f"{upstream}-{script}", False, **more).json()
    RESPONSE.validate_python(whole)
    last = None
    for _, data in grammar.sse.frames(ask(gateway, f"{upstream}-{script}", True, **more).content):
        last = json.loads(data)
        EVENT.validate_python(last)
    assert set(last["response"]) | {"completed_at"} == set(whole) | {"completed_at"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_nor_is_one_lost_where_a_stream_is_folded(gateway, fakes, script):
    """The effort in the model's name is an edit: what streams and what does not is read and written here."""
    more = MORE.get(script, {})
    whole = ask(gateway, f"responses-{script}(high)", False, **more).json()
    RESPONSE.validate_python(whole)
    for _, data in grammar.sse.frames(ask(gateway, f"responses-{script}(high)", True, **more).content):
        EVENT.validate_python(json.loads(data))
    assert whole["tools"] == more.get("tools", []) and whole["reasoning"]["summary"] == "auto"
