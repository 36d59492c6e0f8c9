"""Counting tokens: asked in one dialect, answered by an upstream of another, or estimated where none counts."""

import json

import pytest

from gateway import BASE
from wire import HEADERS, error

SYSTEM, QUESTION = "Be terse.", "How many tokens is this?"
TOOL = {"name": "f", "description": "d", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
BODIES = {
    "claude": lambda model: ("/v1/messages/count_tokens", {
        "model": model, "system": SYSTEM, "messages": [{"role": "user", "content": QUESTION}],
        "tools": [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["schema"]}]}),
    "responses": lambda model: ("/v1/responses/input_tokens", {
        "model": model, "instructions": SYSTEM, "input": QUESTION,
        "tools": [{"type": "function", "name": TOOL["name"], "description": TOOL["description"],
                   "parameters": TOOL["schema"], "strict": False}]}),
    "gemini": lambda model: (f"/v1beta/models/{model}:countTokens", {
        "generateContentRequest": {
            "model": f"models/{model}", "systemInstruction": {"parts": [{"text": SYSTEM}]},
            "contents": [{"role": "user", "parts": [{"text": QUESTION}]}],
            "generationConfig": {"maxOutputTokens": 9, "temperature": 0.5},
            "tools": [{"functionDeclarations": [{
                "name": TOOL["name"], "description": TOOL["description"], "parametersJsonSchema": TOOL["schema"]}]}]}}),
}
ANSWER = {"claude": "input_tokens", "responses": "input_tokens", "gemini": "totalTokens"}

COUNTERS = {"claude": "/count_tokens", "responses": "/input_tokens", "gemini": ":countTokens"}


def count(gateway, client, model):
    path, body = BODIES[client](model)
    return gateway.post(path, body, headers=HEADERS)


@pytest.mark.parametrize("upstream", BODIES)
@pytest.mark.parametrize("client", BODIES)
def test_a_count_is_the_upstreams_own(gateway, fakes, client, upstream):
    answer = count(gateway, client, f"{upstream}-text")
    assert answer.status_code == 200, answer.text
    said = fakes[upstream].seen[-1]
    assert said.path.endswith(COUNTERS[upstream])
    assert answer.json()[ANSWER[client]] == said.ask[ANSWER[upstream]]
    for word in (QUESTION, SYSTEM, TOOL["name"]):
        assert word in said.body.decode()


def test_a_count_within_the_dialect_is_relayed_as_it_is(gateway, fakes):
    path, body = BODIES["claude"]("claude-text")
    text = json.dumps(body, indent=1)
    answer = gateway.post(path, text.encode(), headers=HEADERS)
    assert answer.status_code == 200, answer.text
    assert fakes.claude.seen[-1].body.decode() == text.replace('"claude-text"', f'"{BASE["claude"]}--text"')


@pytest.mark.parametrize("client", BODIES)
def test_where_nobody_counts_it_is_estimated(gateway, fakes, client):
    answer = count(gateway, client, "chat-text")
    assert answer.status_code == 200, answer.text
    assert 5 < answer.json()[ANSWER[client]] < 100
    assert answer.headers["x-gateway-token-count"] == "estimate"
    assert not fakes.chat.seen


def test_what_cannot_be_counted_is_refused_by_its_path(gateway):
    path, body = BODIES["claude"]("gemini-text")
    answer = gateway.post(path, {**body, "messages": [{"role": "user", "content": 7}]}, headers=HEADERS)
    assert answer.status_code == 400
    assert error("claude", answer)["message"].startswith("messages[0].content: ")
