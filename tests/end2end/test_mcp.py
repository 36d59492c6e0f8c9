"""Servers of tools (MCP) that the vendor calls itself: declared in one dialect, called in another, never opened to
anybody else."""

import json

import anthropic
import openai
import pytest

import wire
from fakes import wait_until
from gateway import KEY

SECRET = "mcp-secret-token-"
BETA = "mcp-client-2025-11-20"
SERVED = [("tides", "high_water", {"port": "Hull"}, "At six.", False), ("tides", "low_water", {}, None, True)]
HEADERS = {**wire.HEADERS, "anthropic-beta": BETA}


def servers(secret):
    return [{"type": "url", "url": "https://tides.example/mcp", "name": "tides", "authorization_token": secret}]


TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "tides", "default_config": {"enabled": False},
           "configs": {"high_water": {"enabled": True}, "low_water": {"enabled": True}}}


def mcp(secret, **more):
    return {"type": "mcp", "server_label": "tides", "server_url": "https://tides.example/mcp", "authorization": secret,
            "allowed_tools": ["high_water", "low_water"], "require_approval": "never", **more}


def asked(dialect, model, stream, secret, said=()):
    """A question with a server of tools; `said`: what came before it."""
    if dialect == "claude":
        turns = [{"role": "user", "content": "High water?"}, *said]
        return wire.body(dialect, model, stream, mcp_servers=servers(secret), tools=[TOOLSET], messages=turns)
    turns = [{"role": "user", "content": "High water?"}, *said]
    return wire.body(dialect, model, stream, tools=[mcp(secret)], input=turns)


def served(told):
    return [(server, name, json.loads(args), *rest) for server, name, args, *rest in told.served]


def secret_of(request):
    return SECRET + request.node.name.replace("[", "-").replace("]", "")


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("client,upstream", [
    ("claude", "responses"), ("responses", "claude"), ("claude", "claude"), ("responses", "responses")])
def test_a_server_is_called_by_either_vendor_for_either_client(gateway, fakes, request, client, upstream, stream):
    secret = secret_of(request)
    answer = gateway.post(
        wire.path(client, "m", stream), asked(client, f"{upstream}-served", stream, secret), headers=HEADERS)
    told = wire.told(client, answer, stream)
    assert served(told) == SERVED and told.text == "Let me look.At six." and not told.calls
    seen = fakes[upstream].seen[-1]
    assert seen.ask.servers == ["tides"] and secret in seen.body.decode()
    if upstream == "claude":
        assert BETA in seen.header("anthropic-beta")
    assert "x-gateway-dropped" not in answer.headers or client == upstream


@pytest.mark.parametrize("client,upstream", [("claude", "responses"), ("responses", "claude")])
def test_a_history_of_calls_goes_back(gateway, fakes, request, client, upstream):
    secret, model = secret_of(request), f"{upstream}-served"
    first = gateway.post(wire.path(client, "m"), asked(client, model, False, secret), headers=HEADERS).json()
    said = [{"role": "assistant", "content": first["content"]}] if client == "claude" else first["output"]
    again = asked(client, model, False, secret, [*said, {"role": "user", "content": "And low?"}])
    answer = gateway.post(wire.path(client, "m"), again, headers=HEADERS)
    wire.told(client, answer)
    assert "messages.server_tool" not in answer.headers.get("x-gateway-dropped", "")
    sent = fakes[upstream].seen[-1].json()
    if upstream == "claude":
        kinds = [block["type"] for block in sent["messages"][1]["content"]]
        assert kinds == ["text", "mcp_tool_use", "mcp_tool_result", "mcp_tool_use", "mcp_tool_result", "text"]
    else:
        calls = [one for one in sent["input"] if one["type"] == "mcp_call"]
        assert [(one["name"], one["output"], bool(one["error"])) for one in calls] == [
            ("high_water", "At six.", False), ("low_water", None, True)]


def test_the_vendors_own_sdks_read_it(gateway, request):
    client = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0)
    with client.beta.messages.stream(
            model="responses-served", max_tokens=400, mcp_servers=servers(secret_of(request)), tools=[TOOLSET], betas=[BETA],
            messages=[{"role": "user", "content": "High water?"}]) as stream:
        message = stream.get_final_message()
    kinds = [block.type for block in message.content]
    assert kinds == ["text", "mcp_tool_use", "mcp_tool_result", "mcp_tool_use", "mcp_tool_result", "text"]
    assert message.content[1].input == {"port": "Hull"} and message.content[2].content[0].text == "At six."
    other = openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, max_retries=0)
    with other.responses.stream(model="claude-served", input="High water?", tools=[mcp(secret_of(request))]) as stream:
        response = stream.get_final_response()
    calls = [item for item in response.output if item.type == "mcp_call"]
    assert [(call.name, call.output, call.status) for call in calls] == [
        ("high_water", "At six.", "completed"), ("low_water", None, "failed")]
    assert calls[1].error.type == "mcp_tool_execution_error"


def test_a_secret_goes_to_the_upstream_and_nowhere_else(gateway, fakes, request):
    """Not into the log, nor into an answer: what a response repeats of its request is less than all of it."""
    secret = secret_of(request)
    for upstream, script in (("claude", "served"), ("responses", "served"), ("claude", "bad400"), ("gemini", "text")):
        for stream in (False, True):
            body = asked("responses", f"{upstream}-{script}", stream, secret)
            body["tools"] = [mcp(secret, headers={"X-Other": secret}, allowed_tools=None)]
            answer = gateway.post("/v1/responses", body)
            if upstream != "responses":
                assert secret not in answer.text + str(answer.headers)
            assert secret in fakes[upstream].seen[-1].body.decode()
    wait_until(lambda: "gemini-text" in gateway.log(), 3)
    assert secret not in gateway.log()


ASKS = [
    ({}, None), ({"require_approval": "always"}, None),
    ({"require_approval": {"never": {"tool_names": ["high_water"]}}}, ["high_water"]),
    ({"require_approval": {"never": {"read_only": True}}}, None),
    ({"require_approval": "never", "allowed_tools": {"read_only": True}}, None),
]


@pytest.mark.parametrize("said,offered", ASKS)
def test_what_a_client_wants_to_be_asked_for_is_not_called_unasked(gateway, fakes, request, said, offered):
    tool = {key: value for key, value in mcp(secret_of(request)).items() if key != "require_approval"}
    answer = gateway.post("/v1/responses", wire.body("responses", "claude-text", tools=[{**tool, **said}]))
    wire.told("responses", answer)
    named = answer.headers["x-gateway-dropped"].split(",")
    assert "tools.require_approval" in named or ("read_only" in str(said) and "tools.server" in named)
    sent = fakes.claude.seen[-1].json()
    if offered is None:
        assert "mcp_servers" not in sent and "tools" not in sent
    else:
        assert list(sent["tools"][0]["configs"]) == offered


def test_strictly_a_server_that_must_ask_is_refused(start, fakes):
    gateway = start(**{"loss-policy": "strict"})
    answer = gateway.post("/v1/responses", wire.body(
        "responses", "claude-text", tools=[mcp(SECRET, require_approval="always")]))
    assert answer.status_code == 400
    assert "tools.require_approval" in wire.error("responses", answer)["message"]
    assert not fakes.claude.seen


def test_gemini_gets_a_server_whose_tools_are_all_free(gateway, fakes, request):
    secret = secret_of(request)
    answer = gateway.post("/v1/responses", wire.body(
        "responses", "gemini-text", tools=[mcp(secret, allowed_tools=None), mcp(secret, server_label="limited")]))
    wire.told("responses", answer)
    assert fakes.gemini.seen[-1].json()["tools"] == [{"mcpServers": [{"name": "tides", "streamableHttpTransport": {
        "url": "https://tides.example/mcp", "headers": {"Authorization": f"Bearer {secret}"}}}]}]
    assert "tools.server" in answer.headers["x-gateway-dropped"]


@pytest.mark.parametrize("client", ("claude", "responses"))
def test_chat_has_no_servers_and_says_so(gateway, fakes, request, client):
    answer = gateway.post(wire.path(client, "m"), asked(client, "chat-text", False, secret_of(request)), headers=HEADERS)
    wire.told(client, answer)
    assert "tools" not in fakes.chat.seen[-1].json()
    assert "tools" in answer.headers["x-gateway-dropped"]
