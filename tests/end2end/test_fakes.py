"""The fakes are what they claim: real SDKs are content with them, and they refuse what the APIs refuse."""

import json

import anthropic
import httpx
import openai
import pytest
from google import genai
from google.genai import types as google

import grammar.chat
import grammar.claude
import grammar.gemini
import grammar.responses
from fakes import chat, claude, responses

GRAMMARS = {
    "chat": grammar.chat, "responses": grammar.responses, "claude": grammar.claude, "gemini": grammar.gemini,
}
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "claude": "/v1/messages"}
PLAIN = {
    "chat": {"messages": [{"role": "user", "content": "hi"}]},
    "responses": {"input": "hi", "reasoning": {"effort": "low", "summary": "auto"}},
    "claude": {"max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]},
    "gemini": {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    },
}
ANSWERED = ("text", "usage", "call", "calls", "talkcall", "noargs", "think", "thinkcall", "schema", "refuse",
            "filter", "length", "empty", "extra")


def post(fake, body, model="m--text", stream=False, headers=None, content=None):
    """Raw HTTP to a fake; returns httpx's answer."""
    head = {"content-type": "application/json"}
    if fake.dialect == "gemini":
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        path = f"/v1beta/models/{model}:{method}"
        head["x-goog-api-key"] = fake.default_key
    else:
        path = PATHS[fake.dialect]
        body = {"model": model, **body, **({"stream": True} if stream else {})}
        head["authorization"] = f"Bearer {fake.default_key}"
        head["anthropic-version"] = "2023-06-01"
    head.update(headers or {})
    head = {name: value for name, value in head.items() if value is not None}
    data = content if content is not None else json.dumps(body).encode()
    return httpx.post(fake.url + path, content=data, headers=head, timeout=20)


@pytest.mark.parametrize("script", ANSWERED)
@pytest.mark.parametrize("dialect", GRAMMARS)
def test_the_checkers_accept_what_the_fakes_say(fakes, dialect, script):
    whole = post(fakes[dialect], PLAIN[dialect], "m--" + script)
    streamed = post(fakes[dialect], PLAIN[dialect], "m--" + script, stream=True)
    assert whole.status_code == streamed.status_code == 200, whole.text + streamed.text
    told, streamed_told = GRAMMARS[dialect].whole(whole.content), GRAMMARS[dialect].stream(streamed.content)
    assert (told.text, told.thinking, told.refusal, told.stop) == (
        streamed_told.text, streamed_told.thinking, streamed_told.refusal, streamed_told.stop)
    as_json = [[(name, json.loads(args)) for name, args in one.calls] for one in (told, streamed_told)]
    assert as_json[0] == as_json[1]


@pytest.mark.parametrize("script", ("bad400", "bad401", "bad403", "bad404", "bad429", "bad500", "bad529"))
@pytest.mark.parametrize("dialect", GRAMMARS)
def test_the_checkers_accept_the_fakes_errors(fakes, dialect, script):
    answer = post(fakes[dialect], PLAIN[dialect], "m--" + script)
    assert answer.status_code in (int(script[3:]), 503)
    GRAMMARS[dialect].error(answer.content)


@pytest.mark.parametrize("dialect", GRAMMARS)
def test_a_stream_broken_by_an_error_is_legal_and_one_that_just_stops_is_not(fakes, dialect):
    broken = post(fakes[dialect], PLAIN[dialect], "m--breakerror", stream=True)
    assert GRAMMARS[dialect].stream(broken.content).error
    stopped = post(fakes[dialect], PLAIN[dialect], "m--breakclose", stream=True)
    with pytest.raises(grammar.Illegal):
        GRAMMARS[dialect].stream(stopped.content)
    with pytest.raises(httpx.RemoteProtocolError):
        post(fakes[dialect], PLAIN[dialect], "m--breakcut", stream=True)


@pytest.mark.parametrize("script", ("calls", "think"))
@pytest.mark.parametrize("dialect", GRAMMARS)
def test_the_checkers_refuse_a_stream_with_any_event_lost_doubled_or_swapped(fakes, dialect, script):
    body = post(fakes[dialect], PLAIN[dialect], "m--" + script, stream=True).content
    check = GRAMMARS[dialect].stream
    told = check(body)
    separator = b"\r\n\r\n" if b"\r\n\r\n" in body else b"\n\n"
    events = body.split(separator)[:-1]
    unseen = []
    for at in range(len(events)):
        for name, mutated in (
            ("lost", events[:at] + events[at + 1:]),
            ("doubled", events[: at + 1] + events[at:]),
            ("swapped", events[:at] + events[at + 1: at + 2] + events[at: at + 1] + events[at + 2:]),
        ):
            if mutated == events or b"ping" in events[at] or b'partial_json":""' in events[at]:
                continue
            if name == "swapped" and dialect != "responses":  # neighbours may well be independent
                continue
            try:
                if check(separator.join(mutated) + separator) == told:
                    unseen.append((name, at, events[at]))
            except (grammar.Illegal, ValueError):
                pass
    assert not unseen


MUTATIONS = {
    "chat": [(b'"finish_reason": "stop"', b'"finish_reason": ""'), (b'"object": "chat.completion"', b'"object": ""'),
             (b'"role": "assistant"', b'"role": "user"'), (b'"total_tokens": 30', b'"total_tokens": 31'),
             (b'"index": 0', b'"index": 1'), (b'"created": 1760000000', b'"created": "now"')],
    "responses": [(b'"status": "completed"', b'"status": "done"'), (b'"id": "msg_', b'"id": "item_'),
                  (b'"object": "response"', b'"object": "resp"'), (b'"total_tokens": 30', b'"total_tokens": 31'),
                  (b'"tools": []', b'"tools": null'), (b'"annotations": []', b'"annotations": null')],
    "claude": [(b'"stop_reason": "end_turn"', b'"stop_reason": "stop"'), (b'"id": "msg_', b'"id": "chatcmpl-'),
               (b'"stop_sequence": null, ', b""), (b'"type": "text"', b'"type": "output_text"'),
               (b'"input_tokens": 20', b'"input_tokens": -1')],
    "gemini": [(b'"finishReason": "STOP"', b'"finishReason": "stop"'), (b'"role": "model"', b'"role": "assistant"'),
               (b'"totalTokenCount": 30', b'"totalTokenCount": 31'), (b'"responseId"', b'"id"')],
}


@pytest.mark.parametrize("dialect,old,new", [(d, *pair) for d, pairs in MUTATIONS.items() for pair in pairs])
def test_the_checkers_refuse_an_answer_with_one_thing_wrong(fakes, dialect, old, new):
    body = post(fakes[dialect], PLAIN[dialect]).content
    GRAMMARS[dialect].whole(body)
    assert old in body
    with pytest.raises(grammar.Illegal):
        GRAMMARS[dialect].whole(body.replace(old, new, 1))


# ---- real SDKs against the fakes


def openai_client(fake):
    return openai.OpenAI(base_url=fake.url + "/v1", api_key=fake.default_key, max_retries=0)


def test_openai_chat_sdk_is_content(fakes):
    client = openai_client(fakes.chat)
    said = client.chat.completions.create(model="m--text", messages=[{"role": "user", "content": "hi"}])
    assert said.choices[0].message.content == "Hello, wörld ✓!"
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": TOOL}}]
    with client.chat.completions.stream(
        model="m--calls", messages=[{"role": "user", "content": "hi"}], tools=tools) as stream:
        final = stream.get_final_completion()
    assert [c.function.name for c in final.choices[0].message.tool_calls] == ["get_weather", "get_time"]


def test_openai_responses_sdk_is_content(fakes):
    client = openai_client(fakes.responses)
    assert client.responses.create(model="m--text", input="hi").output_text == "Hello, wörld ✓!"
    with client.responses.stream(model="m--think", input="hi", reasoning={"summary": "auto"}) as stream:
        final = stream.get_final_response()
    assert [one.type for one in final.output] == ["reasoning", "message"]
    few = client.responses.input_tokens.count(model="m--text", input="hi").input_tokens
    assert 3 < few < client.responses.input_tokens.count(
        model="m--text", input="hi", instructions="Be terse.").input_tokens
    for settings in ({"store": False}, {"max_output_tokens": 16}, {"stream": False}):
        with pytest.raises(openai.BadRequestError, match="Unknown parameter"):
            client.responses.input_tokens.count(model="m--text", input="hi", extra_body=settings)


def test_anthropic_sdk_is_content(fakes):
    client = anthropic.Anthropic(base_url=fakes.claude.url, api_key=fakes.claude.default_key, max_retries=0)
    ask = dict(max_tokens=2000, messages=[{"role": "user", "content": "hi"}])
    assert client.messages.create(model="m--text", **ask).content[0].text == "Hello, wörld ✓!"
    with client.messages.stream(model="m--thinkcall", **ask) as stream:
        final = stream.get_final_message()
    assert [b.type for b in final.content] == ["thinking", "tool_use"]
    assert final.content[1].input == {"city": "Paris", "unit": "c"}
    count = client.messages.count_tokens(model="m--text", messages=ask["messages"])
    assert count.input_tokens > 7
    with pytest.raises(anthropic.RateLimitError):
        client.messages.create(model="m--bad429", **ask)


def test_google_sdk_is_content(fakes):
    client = genai.Client(
        api_key=fakes.gemini.default_key, http_options=google.HttpOptions(base_url=fakes.gemini.url))
    assert client.models.generate_content(model="m--text", contents="hi").text == "Hello, wörld ✓!"
    chunks = list(client.models.generate_content_stream(model="m--calls", contents="hi"))
    calls = [p.function_call.name for c in chunks for p in c.candidates[0].content.parts if p.function_call]
    assert calls == ["get_weather", "get_time"]
    assert client.models.count_tokens(model="m--text", contents="hi").total_tokens > 5


def test_the_fakes_know_every_request_member_that_the_sdks_know():
    from anthropic.types import message_create_params as m
    from openai.types.chat import completion_create_params as c
    from openai.types.responses import response_create_params as r

    unknown = {"access_programs", "background_options", "image", "speed", "user_profile_id", "workspace_id"}
    for fake, params in (
        (chat, c.CompletionCreateParamsBase), (responses, r.ResponseCreateParamsBase),
        (claude, m.MessageCreateParamsBase),
    ):
        assert set(params.__annotations__) - fake.REQUEST.known <= unknown


# ---- what must be refused: (dialect, change to a good request, a word of the complaint)


def chat_of(*messages, **more):
    return {"messages": list(messages), **more}


def said(role, content, **more):
    return {"role": role, "content": content, **more}


def called(*ids):
    calls = [{"id": i, "type": "function", "function": {"name": "f", "arguments": "{}"}} for i in ids]
    return said("assistant", None, tool_calls=calls)


def used(*ids):
    return said("assistant", [{"type": "tool_use", "id": i, "name": "f", "input": {}} for i in ids])


def result(*ids):
    return said("user", [{"type": "tool_result", "tool_use_id": i, "content": "r"} for i in ids])


def marked(**more):
    return said("user", [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", **more}}])


def claude_of(*messages, **more):
    return {"max_tokens": 5000, "messages": list(messages), **more}


def google_of(*contents, **more):
    return {"contents": list(contents), **more}


HI, GHI = said("user", "hi"), {"role": "user", "parts": [{"text": "hi"}]}
F = [{"name": "f", "input_schema": {"type": "object"}}]
CHAT_F = {"type": "function", "function": {"name": "f"}}
GCALL = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}] * 2}
GANSWER = {"functionResponse": {"name": "f", "response": {"result": "1"}}}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
ILLEGAL = [
    ("chat", chat_of(HI, foo=1), "Unknown parameter: 'foo'"),
    ("chat", chat_of(said("user", "hi", foo=1)), "messages[0].foo"),
    ("chat", chat_of(said("user", None)), "messages[0].content"),
    ("chat", chat_of(), "messages"),
    ("chat", chat_of(said("user", "hi"), said("assistant", None)), "content"),
    ("chat", chat_of(HI, max_tokens="5"), "max_tokens"),
    ("chat", chat_of(HI, temperature=3), "temperature"),
    ("chat", chat_of(HI, stop=["1", "2", "3", "4", "5"]), "stop"),
    ("chat", chat_of(HI, max_tokens=5, max_completion_tokens=5), "same time"),
    ("chat", chat_of(HI, stream_options={"include_usage": True}), "stream_options"),
    ("chat", chat_of(HI, tools=[]), "tools"),
    ("chat", chat_of(HI, tools=[CHAT_F, CHAT_F]), "unique"),
    ("chat", chat_of(HI, tools=[{"type": "function", "function": {"name": "a b"}}]), "name"),
    ("chat", chat_of(HI, tool_choice="auto"), "only allowed when 'tools'"),
    ("chat", chat_of(HI, parallel_tool_calls=True), "only allowed when 'tools'"),
    ("chat", chat_of(HI, said("tool", "r", tool_call_id="x")), "must be a response"),
    ("chat", chat_of(HI, called("a"), HI), "did not have response"),
    ("chat", chat_of(HI, called("a", "b"), said("tool", "r", tool_call_id="a")), "did not have response"),
    ("chat", chat_of(HI, called("x" * 41), said("tool", "r", tool_call_id="x" * 41)), "id"),
    ("chat", chat_of(HI, response_format={"type": "json_schema", "json_schema": {
        "name": "n", "strict": True, "schema": OPEN}}), "additionalProperties"),
    ("chat", chat_of(said("user", [{"type": "image_url", "image_url": {"url": "ftp://x"}}])), "url"),
    ("responses", {"input": "hi", "foo": 1}, "Unknown parameter: 'foo'"),
    ("responses", {}, "input"),
    ("responses", {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, "type"),
    ("responses", {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}, "type"),
    ("responses", {"input": [{"type": "function_call_output", "call_id": "c", "output": "r"}]}, "No tool call"),
    ("responses", {"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]},
     "No tool output"),
    ("responses", {"input": [{"type": "message", "id": "x_1", "role": "user", "content": "hi"}]}, "id"),
    ("responses", {"input": "hi", "tools": [{"type": "function", "function": {"name": "f"}}]}, "function"),
    ("responses", {"input": "hi", "max_output_tokens": 0}, "max_output_tokens"),
    ("responses", {"input": "hi", "stream_options": {"include_usage": True}, "stream": True}, "include_usage"),
    ("responses", {"input": "hi", "stop": ["x"]}, "stop"),
    ("responses", {"input": "hi", "previous_response_id": "resp_1"}, "not found"),
    ("claude", {"messages": [HI]}, "max_tokens: Field required"),
    ("claude", claude_of(HI, foo=1), "foo: Extra inputs"),
    ("claude", claude_of(said("user", [{"type": "text", "text": "x", "foo": 1}])), "Extra inputs"),
    ("claude", claude_of(said("assistant", "hi")), "first message"),
    ("claude", claude_of(said("system", "hi")), "role"),
    ("claude", claude_of(said("user", "")), "non-empty"),
    ("claude", claude_of(said("user", " \n")), "non-whitespace"),
    ("claude", claude_of(HI, system=""), "non-empty"),
    ("claude", claude_of(HI, said("assistant", "x ")), "trailing whitespace"),
    ("claude", claude_of(HI, used("a"), HI, tools=F), "without `tool_result`"),
    ("claude", claude_of(HI, used("a", "b"), result("a"), tools=F), "without `tool_result`"),
    ("claude", claude_of(HI, used("a"), tools=F), "without `tool_result`"),
    ("claude", claude_of(result("a"), tools=F), "unexpected `tool_use_id`"),
    ("claude", claude_of(HI, used("a"), result("a")), "must define tools"),
    ("claude", claude_of(HI, used("a.b"), result("a.b"), tools=F), "pattern"),
    ("claude", claude_of(HI, said("assistant", "x"), used("a"), said("user", [
        {"type": "text", "text": "y"}, *result("a")["content"]]), tools=F), "must come first"),
    ("claude", claude_of(HI, tools=F + F), "unique"),
    ("claude", claude_of(HI, tool_choice={"type": "auto"}), "tool_choice"),
    ("claude", claude_of(HI, tools=[{"name": "f", "input_schema": {}}]), "object"),
    ("claude", claude_of(HI, thinking={"type": "enabled", "budget_tokens": 5000}), "max_tokens"),
    ("claude", claude_of(HI, thinking={"type": "enabled", "budget_tokens": 100}), "budget_tokens"),
    ("claude", claude_of(HI, thinking={"type": "enabled", "budget_tokens": 2000}, temperature=0.5), "temperature"),
    ("claude", claude_of(HI, thinking={"type": "enabled", "budget_tokens": 2000}, tools=F,
                         tool_choice={"type": "any"}), "forces"),
    ("claude", claude_of(HI, said("assistant", [{"type": "thinking", "thinking": "x"}]), HI), "signature"),
    ("claude", claude_of(HI, said("assistant", [{"type": "thinking", "thinking": "x", "signature": ""}]), HI),
     "signature"),
    ("claude", claude_of(*[marked()] * 5), "maximum of 4"),
    ("claude", claude_of(marked(ttl="5m"), marked(ttl="1h")), "must not come after"),
    ("claude", claude_of(*[marked()] * 4, cache_control={"type": "ephemeral"}), "maximum of 4"),
    ("claude", claude_of(HI, said("assistant", [
        {"type": "thinking", "thinking": "x", "signature": claude.SIGNATURE}]), HI), "final block"),
    ("claude", claude_of(HI, used("a"), result("a"), tools=F, thinking={
        "type": "enabled", "budget_tokens": 2000}), "Expected `thinking`"),
    ("claude", claude_of(HI, tools=[{"type": "web_search_20250305", "name": "search"}]), "name"),
    ("claude", claude_of(HI, tools=[{"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["a"],
                                     "blocked_domains": ["b"]}]), "only one of"),
    ("claude", claude_of(HI, tools=[{"type": "web_fetch_20250910", "name": "web_fetch", "user_location": {
        "type": "approximate"}}]), "user_location"),
    ("claude", claude_of(HI, temperature=1.5), "temperature"),
    ("claude", claude_of(HI, temperature=0.5, top_p=0.5), "cannot both"),
    ("claude", claude_of(said("user", [{"type": "image", "source": {
        "type": "base64", "media_type": "image/png", "data": "!!"}}])), "base64"),
    ("gemini", google_of(GHI, foo=1), 'Unknown name \\"foo\\"'),
    ("gemini", google_of(), "contents is not specified"),
    ("gemini", google_of({"role": "user", "parts": []}), "must not be empty"),
    ("gemini", google_of({"role": "assistant", "parts": [{"text": "x"}]}), "valid role"),
    ("gemini", google_of({"role": "user", "parts": [{"text": "x", "foo": 1}]}), "foo"),
    ("gemini", google_of({"role": "user", "parts": [{"thought": True}]}), "oneof"),
    ("gemini", google_of(GHI, GCALL, {"role": "user", "parts": [GANSWER]}), "number of function response"),
    ("gemini", google_of(GHI, GCALL, GHI), "number of function response"),
    ("gemini", google_of(GCALL, {"role": "user", "parts": [GANSWER] * 2}), "immediately after a user turn"),
    ("gemini", google_of(GHI, generationConfig={"thinkingConfig": {
        "thinkingBudget": 5, "thinkingLevel": "low"}}), "only one of"),
    ("gemini", google_of(GHI, tools=[{"functionDeclarations": [{"name": "f", "parameters": {
        **OPEN, "additionalProperties": False}}]}]), "additionalProperties"),
    ("gemini", google_of(GHI, tools=[{"functionDeclarations": [{"name": "f", "parameters": {
        **OPEN, "$schema": "x"}}]}]), "$schema"),
    ("gemini", google_of(GHI, tools=[{"functionDeclarations": [{"name": "1f"}]}]), "name"),
    ("gemini", google_of(GHI, tools=[{"functionDeclarations": [{"name": "f"}, {"name": "f"}]}]), "Duplicate"),
    ("gemini", google_of(GHI, tools=[{"functionDeclarations": [{"name": "f", "parameters": {
        "type": "object", "properties": {}}}]}]), "non-empty"),
    ("gemini", google_of(GHI, generationConfig={"responseJsonSchema": OPEN}), "response_mime_type"),
    ("gemini", google_of(GHI, generationConfig={"stopSequences": ["a"] * 6}), "more than 5"),
]


@pytest.mark.parametrize("dialect,body,word", ILLEGAL, ids=lambda v: v if isinstance(v, str) else "")
def test_a_fake_refuses_what_the_api_refuses(fakes, dialect, body, word):
    answer = post(fakes[dialect], body)
    assert answer.status_code == 400, answer.text
    assert word in answer.text
    GRAMMARS[dialect].error(answer.content)


@pytest.mark.parametrize("dialect", GRAMMARS)
@pytest.mark.parametrize("headers,status", [
    ({"authorization": None, "x-goog-api-key": None}, (401, 403)),
    ({"authorization": "Bearer wrong", "x-goog-api-key": "wrong"}, (401, 400)),
    ({"content-type": "text/plain"}, (400, 415)),
])
def test_a_fake_refuses_a_head_that_the_api_refuses(fakes, dialect, headers, status):
    answer = post(fakes[dialect], PLAIN[dialect], headers=headers)
    assert answer.status_code in status
    GRAMMARS[dialect].error(answer.content)


def test_claude_wants_its_version_and_keeps_to_it(fakes):
    warm = {**PLAIN["claude"], "temperature": 0.5}
    for body, version, status in (
        (PLAIN["claude"], None, 400), (warm, "2023-06-01", 200), (warm, "2026-10-21", 400),
    ):
        answer = post(fakes.claude, body, headers={"anthropic-version": version})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("dialect", GRAMMARS)
def test_a_fake_refuses_a_body_that_is_not_json(fakes, dialect):
    answer = post(fakes[dialect], None, content=b'{"a":') if dialect == "gemini" else httpx.post(
        fakes[dialect].url + PATHS[dialect], content=b'{"a":', headers={
            "content-type": "application/json", "authorization": f"Bearer {fakes[dialect].default_key}",
            "anthropic-version": "2023-06-01"})
    assert answer.status_code == 400
    GRAMMARS[dialect].error(answer.content)


def test_google_takes_snake_case_and_leaves_the_callers_own_names_alone(fakes):
    body = google_of(GHI, system_instruction={"parts": [{"text": "s"}]}, tools=[{"function_declarations": [
        {"name": "f", "parameters": {"type": "object", "properties": {"snake_case": {"type": "string"}}}}]}])
    assert post(fakes.gemini, body).status_code == 200
    ask = fakes.gemini.seen[-1].ask
    assert ask.system == "s" and list(ask.tool_schemas["f"]["properties"]) == ["snake_case"]
