"""OpenAI Chat Completions, strict: POST /v1/chat/completions.

What is refused and in which words follows the public API reference and its error guide.
"""

import json

from . import script, upstream
from .shape import (
    anything, boolean, bracketed, by_type, list_of, map_of, nullable, number, record, tagged, text,
    whole,
)

NAME = text(pattern=r"[a-zA-Z0-9_-]{1,64}")
CACHE = dict(prompt_cache_breakpoint=anything)
TEXT_PART = record({"type": text(), "text": text()}, **CACHE)
USER_PART = tagged(
    "type",
    text=TEXT_PART,
    image_url=record(
        {
            "type": text(),
            "image_url": record(
                {"url": text(least=1, pattern=r"(?s)(https?://|data:image/(png|jpeg|gif|webp);base64,).+")},
                detail=text(among=("auto", "low", "high")),
            ),
        },
        **CACHE,
    ),
    input_audio=record(
        {"type": text(), "input_audio": record({"data": text(), "format": text(among=("wav", "mp3"))})},
        **CACHE,
    ),
    file=record(
        {"type": text(), "file": record(file_data=text(), file_id=text(), filename=text())}, **CACHE
    ),
)
ASSISTANT_PART = tagged(
    "type", text=TEXT_PART, refusal=record({"type": text(), "refusal": text()})
)
CALL_ID = text(least=1, most=40)
CALL = tagged(
    "type",
    function=record(
        {"type": text(), "id": CALL_ID, "function": record({"name": NAME, "arguments": text()})}
    ),
    custom=record({"type": text(), "id": CALL_ID, "custom": record({"name": NAME, "input": text()})}),
)
SYSTEM = record(
    {"role": text(), "content": by_type(string=text(), array=list_of(TEXT_PART, 1))}, name=text()
)
MESSAGE = tagged(
    "role",
    system=SYSTEM,
    developer=SYSTEM,
    user=record(
        {"role": text(), "content": by_type(string=text(), array=list_of(USER_PART, 1))}, name=text()
    ),
    assistant=record(
        {"role": text()},
        content=by_type(string=text(), array=list_of(ASSISTANT_PART, 1), null=anything),
        refusal=nullable(text()),
        name=text(),
        tool_calls=list_of(CALL, 1),
        function_call=nullable(record({"name": NAME, "arguments": text()})),
        audio=nullable(record({"id": text()})),
    ),
    tool=record(
        {
            "role": text(),
            "content": by_type(string=text(), array=list_of(TEXT_PART, 1)),
            "tool_call_id": text(least=1),
        }
    ),
    function=record({"role": text(), "content": nullable(text()), "name": NAME}),
)
FUNCTION = record({"name": NAME}, description=text(), parameters=map_of(anything), strict=nullable(boolean))
TOOL = tagged(
    "type",
    function=record({"type": text(), "function": FUNCTION}),
    custom=record({"type": text(), "custom": record({"name": NAME}, description=text(), format=anything)}),
)
CHOICE = by_type(
    string=text(among=("none", "auto", "required")),
    object=tagged(
        "type",
        function=record({"type": text(), "function": record({"name": NAME})}),
        custom=record({"type": text(), "custom": record({"name": NAME})}),
        allowed_tools=record(
            {
                "type": text(),
                "allowed_tools": record(
                    {"mode": text(among=("auto", "required")), "tools": list_of(map_of(anything), 1)}
                ),
            }
        ),
    ),
)
FORMAT = tagged(
    "type",
    text=record({"type": text()}),
    json_object=record({"type": text()}),
    json_schema=record(
        {
            "type": text(),
            "json_schema": record(
                {"name": NAME}, description=text(), schema=map_of(anything), strict=nullable(boolean)
            ),
        }
    ),
)
REQUEST = record(
    {"model": text(least=1), "messages": list_of(MESSAGE, 1)},
    audio=nullable(map_of(anything)),
    frequency_penalty=nullable(number(-2, 2)),
    function_call=anything,
    functions=list_of(FUNCTION, 1, 128),
    logit_bias=nullable(map_of(number(-100, 100))),
    logprobs=nullable(boolean),
    max_completion_tokens=nullable(whole(1)),
    max_tokens=nullable(whole(1)),
    metadata=nullable(map_of(text(most=512), most=16)),
    modalities=nullable(list_of(text(among=("text", "audio")))),
    moderation=anything,
    n=nullable(whole(1, 128)),
    parallel_tool_calls=boolean,
    prediction=anything,
    presence_penalty=nullable(number(-2, 2)),
    prompt_cache_key=text(),
    prompt_cache_options=anything,
    prompt_cache_retention=anything,
    reasoning_effort=nullable(text(among=("none", "minimal", "low", "medium", "high", "xhigh", "max"))),
    response_format=FORMAT,
    safety_identifier=text(most=64),
    seed=nullable(whole()),
    service_tier=nullable(text()),
    stop=by_type(string=text(), array=list_of(text(), 1, 4), null=anything),
    store=nullable(boolean),
    stream=nullable(boolean),
    stream_options=nullable(record(include_usage=boolean, include_obfuscation=boolean)),
    temperature=nullable(number(0, 2)),
    tool_choice=CHOICE,
    tools=list_of(TOOL, 1, 128),
    top_logprobs=nullable(whole(0, 20)),
    top_p=nullable(number(0, 1)),
    user=text(),
    verbosity=nullable(text(among=("low", "medium", "high"))),
    web_search_options=map_of(anything),
)

FINISH = {
    "end": "stop", "tool": "tool_calls", "length": "length", "refusal": "stop", "filter": "content_filter",
    "sequence": "stop",
}
ERRORS = {  # status: (type, code)
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", "overloaded"),
    529: ("server_error", "overloaded"),
}
CREATED = 1760000000


def refused(message, param=None, code=None, status=400, kind="invalid_request_error"):
    error = {"message": message, "type": kind, "param": param, "code": code}
    return upstream.Refused(status, {"error": error}, (("x-request-id", "req_fake"),))


def openai_wrong(wrong):
    """A breach of shape in OpenAI's words."""
    param = bracketed(wrong.path)
    if wrong.kind == "head":
        return refused(f"Unsupported content type. {wrong.message}.", status=415)
    if wrong.kind == "json":
        return refused("We could not parse the JSON body of your request. " + wrong.message)
    if wrong.kind == "unknown":
        return refused(f"Unknown parameter: '{param}'.", param, "unknown_parameter")
    if wrong.kind == "missing":
        return refused(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")
    if wrong.kind == "type":
        return refused(f"Invalid type for '{param}': {wrong.message}.", param, "invalid_type")
    return refused(f"Invalid value for '{param}': {wrong.message}.", param, "invalid_value")


def openai_authenticate(fake, request, *paths):
    if request.method != "POST" or request.path not in paths:
        raise refused(f"Invalid URL ({request.method} {request.path})", status=404)
    key = upstream.bearer_of(request)
    if key is None:
        raise refused("You didn't provide an API key.", status=401)
    if key not in fake.keys:
        raise refused(f"Incorrect API key provided: {key[:4]}***.", None, "invalid_api_key", 401)
    return key


def openai_error(fault):
    kind, code = ERRORS[fault.status]
    return fault.status, {"error": {"message": fault.message, "type": kind, "param": None, "code": code}}


def check_strict_schema(schema, param):
    """Strict mode: objects are closed and every property is required."""
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        names = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            raise refused(
                "Invalid schema: In context=(), 'additionalProperties' is required to be supplied and to be "
                "false.", param, "invalid_schema")
        if set(schema.get("required", [])) != set(names):
            raise refused("Invalid schema: 'required' must include every key in properties.", param,
                          "invalid_schema")
    for inner in [*schema.get("properties", {}).values(), schema.get("items"), *schema.get("anyOf", [])]:
        check_strict_schema(inner, param)


def parts_of(content):
    """Content as neutral parts."""
    if content is None:
        return []
    if isinstance(content, str):
        return [("text", content)]
    out = []
    for part in content:
        if part["type"] == "text":
            out.append(("text", part["text"]))
        elif part["type"] == "image_url":
            out.append(image_of(part["image_url"]["url"]))
        else:
            out.append((part["type"],))
    return out


def image_of(url):
    if url.startswith("data:"):
        mime, _, data = url[5:].partition(";base64,")
        return ("image", mime, data)
    return ("image", "url", url)


def check_pairing(messages):
    """Every call is answered right after it, and every answer has its call."""
    open_ids = set()
    for at, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                raise refused(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                    "with 'tool_calls'.", f"messages.[{at}].role")
            open_ids.discard(message["tool_call_id"])
            continue
        _all_answered(open_ids, at)
        ids = [call["id"] for call in message.get("tool_calls", [])]
        if len(set(ids)) != len(ids):
            raise refused("Duplicate tool call ids.", f"messages[{at}].tool_calls")
        open_ids = set(ids)
    _all_answered(open_ids, len(messages))


def _all_answered(open_ids, at):
    if open_ids:
        raise refused(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(sorted(open_ids)), f"messages.[{at}].role")


def check_messages(messages):
    for at, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        said = [message.get(k) for k in ("content", "tool_calls", "function_call", "refusal", "audio")]
        if all(value is None for value in said):
            raise refused(
                "Invalid value for 'content': expected a string, got null.", f"messages.[{at}].content",
                "invalid_value")
    check_pairing(messages)


def check_tools(body):
    names = [tool[tool["type"]]["name"] for tool in body.get("tools", [])]
    for name in names:
        if names.count(name) > 1:
            raise refused(f"Tool names must be unique: '{name}'.", "tools")
    for param in ("tool_choice", "parallel_tool_calls"):
        if param in body and not names:
            raise refused(
                f"Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified.", param)
    chosen = choice_of(body.get("tool_choice"))
    if chosen not in (None, "auto", "none", "required", "allowed") and chosen not in names:
        raise refused(f"Tool choice '{chosen}' not found in 'tools' parameter.", "tool_choice")
    for at, tool in enumerate(body.get("tools", [])):
        if tool["type"] == "function" and tool["function"].get("strict"):
            check_strict_schema(tool["function"].get("parameters"), f"tools[{at}].function.parameters")


def choice_of(choice):
    if isinstance(choice, dict):
        if choice["type"] == "allowed_tools":
            return "allowed"
        return choice.get(choice["type"], choice).get("name")
    return choice


def check_options(body):
    if body.get("stream_options") and body.get("stream") is not True:
        raise refused("The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                      "stream_options")
    if body.get("max_tokens") and body.get("max_completion_tokens"):
        raise refused("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
                      "max_tokens")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise refused("'top_logprobs' is only allowed when 'logprobs' is true.", "top_logprobs")
    wanted = body.get("response_format", {})
    if wanted.get("type") == "json_schema" and wanted["json_schema"].get("strict"):
        check_strict_schema(wanted["json_schema"].get("schema"), "response_format")


class Chat(upstream.Upstream):
    dialect = "chat"
    default_key = "sk-fake-chat"

    def authenticate(self, request):
        return openai_authenticate(self, request, "/v1/chat/completions")

    def wrong(self, wrong):
        return openai_wrong(wrong)

    def error(self, fault):
        return openai_error(fault)

    def stream_error(self, fault, ask):
        return upstream.data_frame(openai_error(fault)[1])

    def read(self, request):
        body = upstream.body_of(request)
        REQUEST(body, ())
        check_messages(body["messages"])
        check_tools(body)
        check_options(body)
        return ask_of(body)

    def _message(self, reply):
        message = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
        for part in reply.parts:
            if isinstance(part, script.Text):
                message["content"] = (message["content"] or "") + "".join(part.pieces)
            elif isinstance(part, script.Refusal):
                message["refusal"] = "".join(part.pieces)
            elif isinstance(part, script.Think):
                message["reasoning_content"] = "".join(part.pieces)
            else:
                calls = message.setdefault("tool_calls", [])
                calls.append(self._call(part.name, part.args))
        if not reply.parts:
            message["content"] = ""
        return message

    def whole(self, reply, ask):
        choices = [
            {"index": at, "message": self._message(reply), "logprobs": None, "finish_reason": FINISH[reply.stop]}
            for at in range(ask.candidates)]
        return {
            "id": self.next_id("chatcmpl-"),
            "object": "chat.completion",
            "created": CREATED,
            "model": ask.model,
            "choices": choices,
            "usage": usage_of(reply.usage),
            "service_tier": "default",
            "system_fingerprint": "fp_fake",
        }

    def _call(self, name, args):
        return {"id": self.next_id("call_"), "type": "function", "function": {"name": name, "arguments": args}}

    def frames(self, reply, ask):
        head = {
            "id": self.next_id("chatcmpl-"), "object": "chat.completion.chunk", "created": CREATED,
            "model": ask.model, "service_tier": "default", "system_fingerprint": "fp_fake",
        }
        tail = {"usage": None} if ask.include_usage else {}

        def chunk(at, delta, finish):
            choice = {"index": at, "delta": delta, "logprobs": None, "finish_reason": finish}
            return upstream.data_frame({**head, "choices": [choice], **tail, "obfuscation": "Zq1"})

        for side_by_side in zip(*[self._deltas(reply) for _ in range(ask.candidates)]):
            for at, (is_delta, delta, finish) in enumerate(side_by_side):
                if finish and reply.extra:
                    yield False, b": a comment\n\nid: 7\ndata:" + json.dumps(
                        {**head, "choices": [], "x_unheard_of": [1.50]}, indent=None).encode() + b"\n\n"
                yield is_delta, chunk(at, delta, finish)
        if ask.include_usage:
            yield False, upstream.data_frame({**head, "choices": [], "usage": usage_of(reply.usage)})
        yield False, b"data: [DONE]\n\n"

    def _deltas(self, reply):
        """One choice as (is it said, its delta, its finish)."""
        yield False, {"role": "assistant", "content": "", "refusal": None}, None
        calls = 0
        for part in reply.parts:
            if isinstance(part, script.Call):
                call = self._call(part.name, "")
                yield False, {"tool_calls": [{"index": calls, **call}]}, None
                for piece in script.cut_json(part.args):
                    yield True, {"tool_calls": [{"index": calls, "function": {"arguments": piece}}]}, None
                calls += 1
                continue
            member = {script.Text: "content", script.Refusal: "refusal"}.get(type(part), "reasoning_content")
            for piece in part.pieces:
                yield True, {member: piece}, None
        yield False, {}, FINISH[reply.stop]


def usage_of(usage):
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached, "cache_write_tokens": usage.written, "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    }


def ask_of(body):
    ask = script.Ask(
        model=body["model"],
        stream=body.get("stream") is True,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        thinking=body.get("reasoning_effort") not in (None, "none"),
        choice=choice_of(body.get("tool_choice")), candidates=body.get("n") or 1,
    )
    ask.include_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    ask.stop = [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or []
    ask.schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    for tool in body.get("tools", []):
        function = tool[tool["type"]]
        ask.tools.append(function["name"])
        ask.tool_schemas[function["name"]] = function.get("parameters")
    ask.system, ask.turns = turns_of(body["messages"])
    return ask


def turns_of(messages):
    system, turns, names = [], [], {}
    for message in messages:
        parts = parts_of(message.get("content"))
        role = message["role"]
        if role in ("system", "developer"):
            system += [part[1] for part in parts]
            continue
        for call in message.get("tool_calls", []):
            made = call[call["type"]]
            names[call["id"]] = made["name"]
            parts.append(("call", made["name"], script.arguments_of(made.get("arguments", made.get("input")))))
        if message.get("function_call"):
            made = message["function_call"]
            parts.append(("call", made["name"], script.arguments_of(made["arguments"])))
        if role == "tool":
            said = "".join(part[1] for part in parts)
            parts = [("result", names[message["tool_call_id"]], said)]
            if turns[-1][0] == "tool":
                turns[-1][1].extend(parts)
                continue
        turns.append((role, parts))
    return "\n".join(system), turns
