"""What a translation loses: told by name, refused when the operator is strict, judged by what a model can do."""

import time

import pytest

import wire

GREEDY = {"logit_bias": {"5": 1}, "seed": 3}


def chat(model, **more):
    return {"model": model, "messages": [{"role": "user", "content": "Say hello"}], **more}


def sent(fakes, upstream):
    return fakes[upstream].seen[-1].json()


def dropped(answer):
    return answer.headers.get("x-gateway-dropped", "").split(",")


def logged(gateway, text):
    """The log is written behind the answer's back."""
    until = time.monotonic() + 5
    while text not in gateway.log() and time.monotonic() < until:
        time.sleep(0.02)
    return text in gateway.log()


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_left_out_is_named(gateway, fakes, stream):
    answer = gateway.post("/v1/chat/completions", chat("claude-text", stream=stream, **GREEDY))
    wire.told("chat", answer, stream)
    assert {"logit_bias", "seed"} <= set(dropped(answer))
    assert not set(GREEDY) & set(sent(fakes, "claude"))


def test_nothing_is_named_when_nothing_was_lost(gateway):
    answer = gateway.post("/v1/chat/completions", chat("claude-text"))
    wire.told("chat", answer)
    assert "x-gateway-dropped" not in answer.headers


def test_strictly_it_is_refused_with_the_name_of_the_field(start, fakes):
    gateway = start(**{"loss-policy": "strict"})
    before = len(fakes["claude"].seen)
    answer = gateway.post("/v1/chat/completions", chat("claude-text", seed=3))
    assert answer.status_code == 400
    error = wire.error("chat", answer)
    assert error["param"] == "seed" and "seed" in error["message"]
    assert error["code"] == "unsupported_parameter"
    assert len(fakes["claude"].seen) == before
    wire.told("chat", gateway.post("/v1/chat/completions", chat("claude-text")))


@pytest.mark.parametrize("dialect, upstream, more, field", [
    ("chat", "claude", {"verbosity": "low"}, "verbosity"),
    ("responses", "claude", {"text": {"verbosity": "low"}}, "text.verbosity"),
    ("claude", "responses", {"stop_sequences": ["x"]}, "stop_sequences"),
    ("gemini", "claude", {"generationConfig": {"seed": 3}}, "generationConfig.seed"),
])
def test_strictly_the_field_is_named_as_the_client_wrote_it(start, fakes, dialect, upstream, more, field):
    gateway = start(**{"loss-policy": "strict"})
    model = f"{upstream}-text"
    answer = gateway.post(
        wire.path(dialect, model), {**wire.body(dialect, model), **more}, headers=wire.HEADERS)
    assert answer.status_code == 400
    assert field in wire.error(dialect, answer)["message"]
    assert not fakes[upstream].seen


def test_an_effort_the_model_lacks_is_nearest_or_strictly_refused(start, fakes):
    rule = {"models": ["claude-*"], "capabilities": {"modes": "adaptive", "levels": ["low", "high"]}}
    lenient = start(**{"model-capabilities": [rule]})
    wire.told("chat", lenient.post("/v1/chat/completions", chat("claude-text", reasoning_effort="xhigh")))
    assert sent(fakes, "claude")["output_config"]["effort"] == "high"
    strict = start(**{"model-capabilities": [rule], "loss-policy": "strict"})
    answer = strict.post("/v1/chat/completions", chat("claude-text", reasoning_effort="xhigh"))
    assert answer.status_code == 400
    error = wire.error("chat", answer)
    assert error["param"] == "reasoning_effort" and "low high" in error["message"]


def test_the_configuration_says_what_a_model_can_do(start, fakes):
    hot = {"temperature": 0.5, "top_p": 0.9}
    gateway = start(**{"model-capabilities": [
        {"models": ["claude-*--text"], "capabilities": {"temperature": "none"}},
        {"providers": ["gemini"], "capabilities": {"top_k": False}},
        {"models": ["nothing"], "capabilities": {"top_p": False}},
    ]})
    answer = gateway.post("/v1/chat/completions", chat("claude-text", **hot))
    wire.told("chat", answer)
    assert "temperature" not in sent(fakes, "claude") and sent(fakes, "claude")["top_p"] == 0.9
    assert "temperature" in dropped(answer)
    gateway.write_config(**{"model-capabilities": []})
    until = time.monotonic() + 10
    while time.monotonic() < until:
        time.sleep(0.05)
        wire.told("chat", gateway.post("/v1/chat/completions", chat("claude-text", temperature=0.5)))
        if "temperature" in sent(fakes, "claude"):
            return
    raise AssertionError("a reload took no rule away")


def test_what_was_mended_in_a_history_is_told(gateway, fakes):
    call = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": "{}"}}
    answer = gateway.post("/v1/chat/completions", {"model": "claude-text", "messages": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "tool_calls": [call]},
        {"role": "user", "content": "never mind"}, {"role": "tool", "tool_call_id": "c9", "content": "x"}]})
    wire.told("chat", answer)
    assert answer.headers["x-gateway-warnings"].split("; ")[:2] == [
        "1 tool calls had no result and were answered with an error",
        "1 tool results had no call and were left out"]
    assert logged(gateway, "call.warned")


@pytest.mark.parametrize("dialect", ["chat", "responses", "claude"])
def test_the_upstreams_name_for_a_failed_request_is_in_the_log(gateway, dialect):
    mark = len(gateway.log())
    answer = gateway.post(
        wire.PATHS[dialect], {**wire.body(dialect, f"{dialect}-text"), "unheard_of": 1}, headers=wire.HEADERS)
    assert answer.status_code == 400
    until = time.monotonic() + 5
    while "upstream_id=req_fake" not in gateway.log()[mark:] and time.monotonic() < until:
        time.sleep(0.02)
    assert "upstream_id=req_fake" in gateway.log()[mark:]


# ---- Streams that just end --------------------------------------------------------------------------

def test_a_stream_without_its_end_is_an_error_unless_the_operator_says_otherwise(start, fakes):
    strict = start(**{"request-retry": 0})
    assert wire.told("claude", wire.ask(strict, "claude", "chat-breakclose", True), True).error
    lenient = start(**{"streaming": {"lenient-eof": True}})
    told = wire.told("claude", wire.ask(lenient, "claude", "chat-breakclose", True), True)
    assert not told.error and told.text


# ---- Tokens, counted --------------------------------------------------------------------------------

COUNTS = {
    "claude": ("/v1/messages/count_tokens", lambda model: {
        "model": model, "messages": [{"role": "user", "content": "Count me"}]}),
    "responses": ("/v1/responses/input_tokens", lambda model: {"model": model, "input": "Count me"}),
    "gemini": ("/v1beta/models/{}:countTokens", lambda model: {
        "contents": [{"role": "user", "parts": [{"text": "Count me"}]}]}),
}
FIGURE = {"claude": "input_tokens", "responses": "input_tokens", "gemini": "totalTokens"}


def count(gateway, dialect, model):
    path, body = COUNTS[dialect]
    return gateway.post(path.format(model), body(model), headers=wire.HEADERS)


@pytest.mark.parametrize("dialect", COUNTS)
@pytest.mark.parametrize("upstream", ["claude", "responses", "gemini"])
def test_an_upstream_that_counts_is_asked(gateway, fakes, dialect, upstream):
    answer = count(gateway, dialect, f"{upstream}-text")
    assert answer.status_code == 200, answer.text
    assert answer.json()[FIGURE[dialect]] > 4
    assert "x-gateway-token-count" not in answer.headers
    assert len(fakes[upstream].seen) == 1


@pytest.mark.parametrize("dialect", COUNTS)
def test_where_nobody_counts_an_estimate_says_that_it_is_one(gateway, fakes, dialect):
    answer = count(gateway, dialect, "chat-text")
    assert answer.status_code == 200, answer.text
    assert 3 < answer.json()[FIGURE[dialect]] < 20
    assert answer.headers["x-gateway-token-count"] == "estimate"
    assert not fakes["chat"].seen, "a completion is never run to count"
    assert logged(gateway, "count=estimate")


@pytest.mark.parametrize("dialect", COUNTS)
def test_or_the_request_is_refused_in_the_clients_dialect(start, fakes, dialect):
    gateway = start(**{"estimate-tokens": False})
    answer = count(gateway, dialect, "chat-text")
    assert answer.status_code == 501
    wire.error(dialect, answer)
    assert "counts no tokens" in answer.text
    assert not fakes["chat"].seen
