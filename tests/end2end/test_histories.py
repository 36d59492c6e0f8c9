"""Odd requests that real clients send, and that no other vendor takes as they stand.

Some are legal at home, some are histories with a hole in them. Every row must come out as a request that the
strict upstreams of the other dialects accept. The client's own dialect is not here: it is relayed as it is.
"""

import json

import pytest

from fakes import DIALECTS
from test_matrix import PNG
from wire import BODIES, HEADERS, ask, told

U, A = {"role": "user", "content": "Say hello"}, {"role": "assistant", "content": "Hello"}
ODD_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": False,
    "$defs": {"leaf": {"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}}}},
    "properties": {
        "a": {"type": ["string", "null"], "const": "x"}, "b": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        "c": {"$ref": "#/$defs/leaf"}, "d": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "e": {"type": "string", "format": "uri", "pattern": "^a", "examples": ["a"]},
        "f": {"oneOf": [{"const": 1}, {"const": 2}]}, "g": {"type": "object", "patternProperties": {"^x": {}}},
    },
    "required": ["a"],
}


# ---- OpenAI Chat


def fn(name="f", **more):
    return {"type": "function", "function": {"name": name, **more}}


def call(call_id="c1", name="f", arguments="{}"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calls(*made):
    return {"role": "assistant", "content": None, "tool_calls": list(made)}


def result(call_id="c1", content="ok"):
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def chat(*messages, **more):
    return {"messages": list(messages), **more}


F = [fn(parameters={"type": "object", "properties": {"a": {"type": "string"}}})]
CHAT = {
    "two users in a row": chat(U, U),
    "an assistant first": chat(A, U),
    "two assistants in a row": chat(U, A, A, U),
    "only a system prompt": chat({"role": "system", "content": "Be terse."}),
    "a system prompt in the middle": chat(U, A, {"role": "system", "content": "Be terse."}, U),
    "a developer and a system": chat({"role": "developer", "content": "d"}, {"role": "system", "content": "s"}, U),
    "an empty text": chat({"role": "user", "content": ""}, A, U),
    "a blank text": chat({"role": "user", "content": " \n"}, A, U),
    "an empty part beside a full one": chat({"role": "user", "content": [
        {"type": "text", "text": ""}, {"type": "text", "text": "hi"}]}),
    "an empty system prompt": chat({"role": "system", "content": ""}, U),
    "an empty assistant": chat(U, {"role": "assistant", "content": ""}, U),
    "a prefill": chat(U, {"role": "assistant", "content": "Once "}),
    "a refusal in history": chat(U, {"role": "assistant", "content": None, "refusal": "No."}, U),
    "a name": chat({**U, "name": "ada"}),
    "calls without tools": chat(U, calls(call()), result()),
    "a call without its result": chat(U, calls(call()), U, tools=F),
    "one of two results": chat(U, calls(call("a"), call("b")), result("a"), tools=F),
    "results in another order": chat(U, calls(call("a"), call("b")), result("b"), result("a"), tools=F),
    "a result after another turn": chat(U, calls(call()), U, result(), tools=F),
    "a result twice": chat(U, calls(call()), result(), result(content="again"), tools=F),
    "a result of nothing": chat(U, result("nobody"), tools=F),
    "an id used again": chat(U, calls(call()), result(), A, U, calls(call()), result(), tools=F),
    "an empty result": chat(U, calls(call()), result(content=""), tools=F),
    "a result in parts": chat(U, calls(call()), result(content=[{"type": "text", "text": "x"}]), tools=F),
    "a result with an image": chat(U, calls(call()), result(content=[
        {"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]),
        tools=F),
    "text after a result": chat(U, calls(call()), result(), U, tools=F),
    "an id of signs": chat(U, calls(call("call.1:ü/x")), result("call.1:ü/x"), tools=F),
    "a long id": chat(U, calls(call("c" * 90)), result("c" * 90), tools=F),
    "no arguments": chat(U, calls(call(arguments="")), result(), tools=F),
    "arguments cut off": chat(U, calls(call(arguments='{"a": ')), result(), tools=F),
    "arguments that are a list": chat(U, calls(call(arguments="[1]")), result(), tools=F),
    "a tool name that starts with a digit": chat(U, tools=[fn("1-tool"), fn("_ok")]),
    "a tool name of signs": chat(U, tools=[fn("my.tool/x"), fn("my_tool_x")]),
    "a long tool name": chat(U, tools=[fn("t" * 120), fn("t" * 119 + "u")]),
    "a tool twice": chat(U, tools=F + F),
    "a tool without parameters": chat(U, tools=[fn()]),
    "a tool with empty parameters": chat(U, tools=[fn(parameters={})]),
    "a tool of no properties": chat(U, tools=[fn(parameters={"type": "object"})]),
    "a tool with all of JSON schema": chat(U, tools=[fn(parameters=ODD_SCHEMA)]),
    "a strict tool": chat(U, tools=[fn(strict=True, parameters={
        "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False})]),
    "no tools at all": chat(U, tools=[]),
    "a choice without tools": chat(U, tool_choice="auto"),
    "no parallel calls": chat(U, tools=F, parallel_tool_calls=False),
    "no tool wanted": chat(U, tools=F, tool_choice="none"),
    "some tools allowed": chat(U, tools=F + [fn("g")], tool_choice={
        "type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{
            "type": "function", "function": {"name": "f"}}]}}),
    "functions of old": chat(U, functions=[{"name": "f", "parameters": {"type": "object"}}], function_call="auto"),
    "a custom tool": chat(U, tools=[{"type": "custom", "custom": {"name": "sh", "description": "d"}}]),
    "hot": chat(U, temperature=1.7),
    "temperature and top_p": chat(U, temperature=0.5, top_p=0.5),
    "all that others lack": chat(
        U, seed=1, logit_bias={"1": 1}, presence_penalty=1, frequency_penalty=-1, user="u" * 80, store=True,
        metadata={"a": "b"}, verbosity="low", prediction={"type": "content", "content": "x"}, n=1,
        prompt_cache_key="k", service_tier="auto"),
    "one stop": chat(U, stop="END"),
    "a blank stop": chat(U, stop=["\n", "END"]),
    "any JSON": chat(U, response_format={"type": "json_object"}),
    "an odd schema for the answer": chat(U, response_format={"type": "json_schema", "json_schema": {
        "name": "n", "schema": {"$schema": "x", "type": "object", "properties": {"a": {"type": ["string", "null"]}}}}}),
    **{f"effort {word}": chat(U, reasoning_effort=word) for word in ("none", "minimal", "low", "medium", "high", "xhigh")},
    "effort in little room": chat(U, reasoning_effort="high", max_completion_tokens=500),
    "effort and a forced tool": chat(U, reasoning_effort="high", tools=F, tool_choice="required"),
    "effort and cold": chat(U, reasoning_effort="high", temperature=0.2, top_p=0.5),
    "effort and old calls without thoughts": chat(
        U, calls(call()), result(), tools=F, reasoning_effort="high"),
    "effort and a prefill": chat(U, {"role": "assistant", "content": "Once"}, reasoning_effort="low"),
}

# ---- Anthropic Messages


def use(use_id="u1", name="f", **more):
    return {"type": "tool_use", "id": use_id, "name": name, "input": {}, **more}


def used(use_id="u1", **more):
    return {"type": "tool_result", "tool_use_id": use_id, **more}


def said(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def asked(*blocks):
    return {"role": "user", "content": list(blocks)}


def claude(*messages, **more):
    return {"max_tokens": 4000, "messages": list(messages), **more}


T = [{"name": "f", "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}}}]
TEXT = {"type": "text", "text": "x"}
CLAUDE = {
    "two users in a row": claude(U, U),
    "a system of blocks": claude(U, system=[TEXT, {**TEXT, "cache_control": {"type": "ephemeral"}}]),
    "cache marks all over": claude(
        asked({**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}),
        tools=[{**T[0], "cache_control": {"type": "ephemeral"}}]),
    "a result without content": claude(U, said(use()), asked(used()), tools=T),
    "a result that is an error": claude(U, said(use()), asked(used(content="no", is_error=True)), tools=T),
    "a result with an image": claude(U, said(use()), asked(used(content=[
        TEXT, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}])), tools=T),
    "text beside a result": claude(U, said(use()), asked(used(content="r"), TEXT), tools=T),
    "results in another order": claude(U, said(use("a"), use("b")), asked(used("b"), used("a")), tools=T),
    "text, thoughts and calls": claude(
        U, said({"type": "thinking", "thinking": "hm", "signature": "c2ln"}, TEXT, use()), asked(used(content="r")),
        tools=T, thinking={"type": "enabled", "budget_tokens": 2000}),
    "thoughts that are hidden": claude(U, said({"type": "redacted_thinking", "data": "xx"}, TEXT), U),
    "only thoughts": claude(U, said({"type": "thinking", "thinking": "hm", "signature": "c2ln"}), U),
    "a prefill": claude(U, {"role": "assistant", "content": "{"}),
    "a document": claude(asked({"type": "document", "source": {
        "type": "text", "media_type": "text/plain", "data": "long"}, "title": "T"}, TEXT)),
    "any tool": claude(U, tools=T, tool_choice={"type": "any"}),
    "one at a time": claude(U, tools=T, tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
    "no tool": claude(U, tools=T, tool_choice={"type": "none"}),
    "six stops": claude(U, stop_sequences=["a", "b", "c", "d", "e", "f"]),
    "top_k and a user": claude(U, top_k=5, metadata={"user_id": "u" * 100}),
    "a tool of the vendor's": claude(U, tools=T + [{"type": "web_search_20250305", "name": "web_search"}]),
    "adaptive thinking": claude(U, thinking={"type": "adaptive"}, output_config={"effort": "max"}),
    "thinking switched off": claude(U, thinking={"type": "disabled"}),
    "little room": {**claude(U), "max_tokens": 1},
    "what nobody knows yet": claude(U, next_years_feature={"x": 1}),
}

# ---- OpenAI Responses


def resp(*items, **more):
    return {"input": list(items), **more}


OUT = {"type": "function_call_output", "call_id": "c1", "output": "r"}
RCALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
RT = [{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}]
RESPONSES = {
    "a developer": resp({"role": "developer", "content": "d"}, U),
    "instructions and a system": resp({"role": "system", "content": "s"}, U, instructions="i"),
    "an assistant of parts": resp(
        U, {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "phase": "final_answer",
            "content": [{"type": "output_text", "text": "x", "annotations": [], "logprobs": []}]}, U),
    "a refusal": resp(U, {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, U),
    "a call and its output": resp(U, {**RCALL, "id": "fc_1", "status": "completed"}, OUT, tools=RT),
    "an output in parts": resp(U, RCALL, {**OUT, "output": [
        {"type": "input_text", "text": "x"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}]}, tools=RT),
    "a call without its output": resp(U, RCALL, U, tools=RT),
    "a message between": resp(U, RCALL, U, OUT, tools=RT),
    "thoughts of elsewhere": resp(
        U, {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "gAAAA"}, RCALL, OUT, tools=RT),
    "thoughts at the end": resp(U, {"type": "reasoning", "id": "rs_1", "summary": []}),
    "a custom call": resp(
        U, {"type": "custom_tool_call", "call_id": "c2", "name": "sh", "input": "ls"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "x"}, tools=[{"type": "custom", "name": "sh"}]),
    "a search of the vendor's": resp(U, tools=RT + [{"type": "web_search"}]),
    "a search in history": resp(U, {
        "type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}, U),
    "a tool of null": resp(U, tools=[{"type": "function", "name": "f", "parameters": None, "strict": None}]),
    "a namespace": resp(U, tools=[{"type": "namespace", "name": "ns", "description": "d", "tools": RT}]),
    "all that others lack": resp(
        U, store=True, truncation="auto", include=["reasoning.encrypted_content"], service_tier="auto", user="u",
        metadata={"a": "b"}, prompt_cache_key="k", max_tool_calls=3, top_logprobs=2, stream_options={},
        client_metadata={"x": "y"}),
    "effort with a summary": resp(U, reasoning={"effort": "medium", "summary": "detailed"}),
    "a file": resp({"role": "user", "content": [
        {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="},
        {"type": "input_text", "text": "x"}]}),
}

# ---- Gemini


def goog(*contents, **more):
    return {"contents": list(contents), **more}


GU = {"role": "user", "parts": [{"text": "hi"}]}
GC = {"role": "model", "parts": [{"functionCall": {"name": "f"}}, {"functionCall": {"name": "f", "args": {"a": 1}}}]}
GR = {"functionResponse": {"name": "f", "response": {"result": "r"}}}
GT = [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {
    "a": {"type": "STRING", "nullable": True}}}}]}]
GEMINI = {
    "no role": goog({"parts": [{"text": "hi"}]}),
    "two users in a row": goog(GU, GU),
    "a model first": goog({"role": "model", "parts": [{"text": "x"}]}, GU),
    "snake case": {"contents": [GU], "system_instruction": {"parts": [{"text": "s"}]},
                   "generation_config": {"max_output_tokens": 100, "stop_sequences": ["x"], "top_k": 3}},
    "calls without ids": goog(GU, GC, {"role": "user", "parts": [GR, GR]}, tools=GT),
    "results of role function": goog(GU, GC, {"role": "function", "parts": [GR, GR]}, tools=GT),
    "a result that is an error": goog(GU, GC, {"role": "user", "parts": [
        {"functionResponse": {"name": "f", "response": {"error": "no"}}}, GR]}, tools=GT),
    "too few results": goog(GU, GC, {"role": "user", "parts": [GR]}, tools=GT),
    "a structured result": goog(GU, GC, {"role": "user", "parts": [
        {"functionResponse": {"name": "f", "response": {"a": {"b": [1, 2.50]}, "c": None}}}, GR]}, tools=GT),
    "thoughts and signatures": goog(GU, {"role": "model", "parts": [
        {"text": "hm", "thought": True}, {"text": "x", "thoughtSignature": "c2ln"}]}, GU),
    "upper case schemas": goog(GU, tools=GT, generationConfig={
        "responseMimeType": "application/json", "responseSchema": {
            "type": "OBJECT", "properties": {"a": {"type": "INTEGER", "nullable": True}}, "propertyOrdering": ["a"]}}),
    "a search beside functions": goog(GU, tools=GT + [{"googleSearch": {}}]),
    "a forced function": goog(GU, tools=GT, toolConfig={"functionCallingConfig": {
        "mode": "ANY", "allowedFunctionNames": ["f"]}}),
    "validated": goog(GU, tools=GT, toolConfig={"functionCallingConfig": {"mode": "VALIDATED"}}),
    "safety": goog(GU, safetySettings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]),
    "thinking by level": goog(GU, generationConfig={"thinkingConfig": {"thinkingLevel": "high"}}),
    "thinking as it likes": goog(GU, generationConfig={"thinkingConfig": {"thinkingBudget": -1}}),
    "no thinking": goog(GU, generationConfig={"thinkingConfig": {"thinkingBudget": 0}}),
    "five stops and penalties": goog(GU, generationConfig={
        "stopSequences": ["a", "b", "c", "d", "e"], "presencePenalty": 1, "seed": 4, "candidateCount": 1}),
    "an image in either alphabet": goog({"role": "user", "parts": [
        {"inlineData": {"mimeType": "image/png", "data": PNG.replace("+", "-").replace("/", "_").rstrip("=")}},
        {"text": "x"}]}),
}
TABLES = {"chat": CHAT, "claude": CLAUDE, "responses": RESPONSES, "gemini": GEMINI}
ROWS = [
    pytest.param(dialect, upstream, name, id=f"{dialect}-{upstream}-{name.replace(' ', '_')}")
    for dialect, table in TABLES.items() for name in table for upstream in DIALECTS if upstream != dialect]


@pytest.mark.parametrize("dialect,upstream,name", ROWS)
def test_what_is_legal_in_one_dialect_is_made_legal_in_another(gateway, fakes, dialect, upstream, name):
    if dialect == "gemini":
        answer = gateway.post(f"/v1beta/models/{upstream}-text:generateContent", TABLES[dialect][name])
    else:
        where = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "claude": "/v1/messages"}[dialect]
        answer = gateway.post(where, {"model": f"{upstream}-text", **TABLES[dialect][name]}, headers=HEADERS)
    refusals = [seen.refusal for seen in fakes[upstream].seen if seen.refusal]
    assert not refusals
    assert told(dialect, answer).text == "Hello, wörld ✓!"


@pytest.mark.parametrize("upstream", [d for d in DIALECTS if d != "chat"])
@pytest.mark.parametrize("name", ("my.tool/x", "1-tool", "t" * 120))
def test_a_tools_odd_name_comes_back_as_the_client_wrote_it(gateway, fakes, upstream, name):
    fake = fakes[upstream]
    fake.scripts["back"] = lambda given: _call_first(given)
    for stream in (False, True):
        body = {"model": f"{upstream}-back", **CHAT["two users in a row"], "tools": [fn(name)], "stream": stream}
        answer = gateway.post("/v1/chat/completions", body)
        assert [called for called, _ in told("chat", answer, stream).calls] == [name]


def _call_first(given):
    from fakes import script

    return script.Reply(parts=(script.Call(given.tools[0], "{}"),), stop="tool")


@pytest.mark.parametrize("client,upstream", [(c, u) for c in DIALECTS for u in DIALECTS if c != u])
def test_long_numbers_and_key_order_in_arguments_survive(gateway, fakes, client, upstream):
    from fakes import script

    text = '{"z": 9007199254740993, "a": {"y": 1, "b": 0.10}}'
    fakes[upstream].scripts["back"] = script.Reply(parts=(script.Call("f", text),), stop="tool")
    for stream in (False, True):
        answer = ask(gateway, client, f"{upstream}-back", stream)
        (_, got), = told(client, answer, stream).calls
        assert list(json.loads(got)) == ["z", "a"] and json.loads(got)["z"] == 9007199254740993


@pytest.mark.parametrize("dialect", ("chat", "claude", "gemini"))
def test_state_that_the_gateway_has_not_is_refused_by_name(gateway, dialect):
    for member in ("previous_response_id", "conversation"):
        body = {"model": f"{dialect}-text", **BODIES["responses"], member: "resp_123"}
        answer = gateway.post("/v1/responses", body)
        assert answer.status_code == 400 and member in answer.text
