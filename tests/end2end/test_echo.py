"""The built-in provider: every client dialect, no upstream, no network."""

import json
import time

import pytest

from clients import DRIVERS, MODES, Case
from wire import HEADERS, PATHS, ask, error, told

clients = pytest.mark.parametrize("client", DRIVERS)
modes = pytest.mark.parametrize("mode", ("sync", "stream"))


def say(text, **more):
    return Case((("user", text),), **more)


@pytest.mark.quick
@pytest.mark.parametrize("mode", MODES)
@clients
async def test_it_says_what_it_heard_last(drivers, fakes, client, mode):
    text = 'Größe ✓ "quoted" \\ </b>\n\ttwo lines'
    case = Case((("user", "first"), ("assistant", "yes"), ("user", text)), system="Be terse.")
    answer = await drivers[client].ask("echo", case, mode)
    assert answer.text == text and answer.stop == "end"
    assert answer.usage[0] > 0 and answer.usage[2] > 0
    assert not any(fake.seen for fake in fakes.all())


@modes
@clients
async def test_it_calls_tools_and_tells_what_they_said(drivers, client, mode):
    driver, wanted = drivers[client], {"city": "Paris"}
    case = say(json.dumps(wanted), tools=("get_weather",))
    first = await driver.ask("echo-tool", case, mode)
    assert first.calls == [("get_weather", wanted)] and first.stop == "tool"
    last = await driver.ask("echo-tool", case.then(("said", first), ("results", first, ["sunny"])), mode)
    assert "sunny" in last.text and last.stop == "end"


@modes
@clients
async def test_it_calls_several_tools_at_once(drivers, client, mode):
    answer = await drivers[client].ask("echo-tool", say("{calls=2", tools=("get_weather", "get_time")), mode)
    assert [arguments for _, arguments in answer.calls] == [{}, {}]
    assert len(answer.calls) == 2 and len(set(answer.ids)) == 2 and answer.stop == "tool"


@modes
@clients
async def test_it_tells_what_all_its_tools_said(drivers, client, mode):
    case = say("calls=2", tools=("get_weather", "get_time"))
    first = await drivers[client].ask("echo-tool", case, mode)
    last = await drivers[client].ask("echo-tool", case.then(("said", first), ("results", first, ["sunny", "noon"])), mode)
    assert "sunny" in last.text and "noon" in last.text and last.stop == "end"


@modes
@clients
async def test_without_tools_to_call_it_says_what_it_heard(drivers, client, mode):
    answer = await drivers[client].ask("echo-tool", say("calls=2"), mode)
    assert answer.text == "calls=2" and not answer.calls and answer.stop == "end"


@modes
@clients
async def test_it_thinks_aloud(drivers, client, mode):
    answer = await drivers[client].ask("echo-thinking", say("hm", thinking=True), mode)
    assert answer.thinking and answer.text == "hm"


@modes
@clients
async def test_it_counts_words(drivers, client, mode):
    answer = await drivers[client].ask("echo-tokens", say("tokens=50 pace-ms=1"), mode)
    assert len(answer.text.split()) == 50


@pytest.mark.parametrize("status", (400, 404, 429, 500, 503))
@clients
def test_it_fails_as_it_is_told(gateway, client, status):
    body = {"gemini": {"contents": [{"parts": [{"text": f"status={status}"}]}]},
            "responses": {"input": f"status={status}"}}.get(client, {
                "max_tokens": 100, "messages": [{"role": "user", "content": f"status={status}"}]})
    where = "/v1beta/models/echo-error:generateContent"
    if client != "gemini":
        where, body = PATHS[client], {"model": "echo-error", **body}
    answer = gateway.post(where, body, headers=HEADERS)
    assert answer.status_code == status, answer.text
    error(client, answer)


def test_it_fails_in_the_middle_of_a_stream(gateway):
    asked = {"stream": True, "messages": [{"role": "user", "content": "status=503 tokens=2"}]}
    answer = gateway.post("/v1/chat/completions", {"model": "echo-error", **asked})
    assert answer.status_code == 200
    assert answer.text.count("word") == 2 and "echo was asked to fail with 503" in answer.text


def test_it_says_when_to_come_back(gateway):
    asked = {"messages": [{"role": "user", "content": "status=429 retry-after-ms=2500"}]}
    answer = gateway.post("/v1/chat/completions", {"model": "echo-error", **asked})
    assert answer.status_code == 429 and answer.headers["retry-after"] == "3"


def test_it_stalls_and_ends_well(gateway):
    asked = {"stream": True, "messages": [{"role": "user", "content": "tokens=2 stall-ms=700"}]}
    began = time.monotonic()
    answer = gateway.post("/v1/chat/completions", {"model": "echo-stall", **asked})
    assert time.monotonic() - began >= 0.7
    assert answer.text.count("word") == 2 and "[DONE]" in answer.text


@pytest.mark.parametrize("model", ("echo", "echo-tokens", "echo-thinking"))
@clients
def test_what_it_says_is_legal_in_every_dialect(gateway, client, model):
    whole = told(client, ask(gateway, client, model))
    stream = told(client, ask(gateway, client, model, True), True)
    assert (whole.text, whole.stop) == (stream.text, stream.stop)
