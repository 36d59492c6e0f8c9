"""Signatures of calls, kept for clients that do not send them back."""

import json
import time

import pytest

from fakes.gemini import PLACEHOLDER, SIGNATURE
from fakes.responses import ENCRYPTED
from gateway import KEY, OTHER_KEY

TOOL = {"type": "function", "function": {
    "name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
ASK = {"role": "user", "content": "Weather in Oslo?"}


def chat(gateway, model, messages, key=KEY, **more):
    body = {"model": model, "messages": messages, "tools": [TOOL], **more}
    answer = gateway.post("/v1/chat/completions", body, key=key)
    assert answer.status_code == 200, answer.text
    return answer


def stripped(calls):
    """What an SDK keeps of a call that knows nothing else."""
    return [{"id": c["id"], "type": "function", "function": c["function"]} for c in calls]


def replay(gateway, model, calls, key=KEY):
    results = [{"role": "tool", "tool_call_id": c["id"], "content": "rain"} for c in calls]
    chat(gateway, model, [ASK, {"role": "assistant", "tool_calls": stripped(calls)}, *results], key)


def signatures(fakes):
    """Of the model's calls in the last request."""
    return [part.get("thoughtSignature") for content in fakes["gemini"].seen[-1].json()["contents"]
            for part in content["parts"] if "functionCall" in part]


def calls_of(answer):
    return answer.json()["choices"][0]["message"]["tool_calls"]


def streamed_calls(gateway, model, **more):
    calls = {}
    for line in chat(gateway, model, [ASK], stream=True, **more).text.splitlines():
        if not line.startswith("data: {"):
            continue
        for choice in json.loads(line[6:])["choices"]:
            for delta in choice["delta"].get("tool_calls", []):
                call = calls.setdefault(delta["index"], {"function": {"name": "", "arguments": ""}})
                call["id"] = delta.get("id") or call.get("id")
                for name, piece in delta.get("function", {}).items():
                    call["function"][name] += piece or ""
    return list(calls.values())


@pytest.mark.parametrize("stream", [False, True])
def test_a_signature_that_the_client_lost_goes_back_to_its_call(gateway, fakes, stream):
    model = "gemini-calls"
    calls = streamed_calls(gateway, model) if stream else calls_of(chat(gateway, model, [ASK]))
    assert len(calls) == 2
    replay(gateway, "gemini-calls", calls)
    assert signatures(fakes) == [SIGNATURE, None]


def test_what_the_client_sent_itself_counts(gateway, fakes):
    calls = calls_of(chat(gateway, "gemini-call", [ASK]))
    own = {**stripped(calls)[0], "extra_content": {"google": {"thought_signature": PLACEHOLDER}}}
    result = {"role": "tool", "tool_call_id": own["id"], "content": "rain"}
    chat(gateway, "gemini-call", [ASK, {"role": "assistant", "tool_calls": [own]}, result])
    assert signatures(fakes) == [PLACEHOLDER]


def test_one_client_gets_nothing_of_anothers(gateway, fakes):
    calls = calls_of(chat(gateway, "gemini-call", [ASK]))
    replay(gateway, "gemini-call", calls, key=OTHER_KEY)
    assert SIGNATURE not in signatures(fakes)
    replay(gateway, "gemini-call", calls)
    assert signatures(fakes) == [SIGNATURE]


def test_it_can_be_switched_off(start, fakes):
    gateway = start(**{"reasoning-cache-seconds": 0})
    replay(gateway, "gemini-call", calls_of(chat(gateway, "gemini-call", [ASK])))
    assert SIGNATURE not in signatures(fakes)


def test_it_is_forgotten_when_its_time_is_up(start, fakes):
    gateway = start(**{"reasoning-cache-seconds": 1})
    calls = calls_of(chat(gateway, "gemini-call", [ASK]))
    time.sleep(1.2)
    replay(gateway, "gemini-call", calls)
    assert SIGNATURE not in signatures(fakes)


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_in_front_of_a_call_goes_back_too(start, fakes, stream):
    """What an upstream encrypted stands before the call again, under its own id."""
    gateway = start(**{"model-capabilities": [
        {"models": ["gpt-*"], "capabilities": {"modes": "level", "levels": ["low", "high"]}}]})
    model, more = "responses-thinkcall", {"reasoning_effort": "low"}
    calls = streamed_calls(gateway, model, **more) if stream else calls_of(chat(gateway, model, [ASK], **more))
    results = [{"role": "tool", "tool_call_id": c["id"], "content": "rain"} for c in calls]
    chat(gateway, model, [ASK, {"role": "assistant", "tool_calls": stripped(calls)}, *results], **more)
    first, second = fakes["responses"].seen[-2:]
    items = second.json()["input"]
    kinds = [item.get("type") for item in items]
    assert kinds.index("reasoning") == kinds.index("function_call") - 1
    item = items[kinds.index("reasoning")]
    assert item["encrypted_content"] == ENCRYPTED
    assert item["id"] in first.answer.decode()


def test_no_header_is_made_of_what_a_client_writes(gateway):
    odd = {f"x{i}\r\nX-Evil: {i}": 1 for i in range(30)}
    answer = chat(gateway, "claude-text", [ASK], **odd)
    assert "x-evil" not in answer.headers
    assert len(answer.headers.get("x-gateway-dropped", "").split(",")) <= 20
