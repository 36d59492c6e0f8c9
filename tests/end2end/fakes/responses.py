"""OpenAI Responses, strict: POST /v1/responses and POST /v1/responses/input_tokens."""

import json

from . import script, upstream
from .chat import (
    CREATED, NAME, check_strict_schema, image_of, openai_authenticate, openai_error, openai_wrong,
    refused,
)
from .shape import (
    anything, boolean, by_type, list_of, map_of, nullable, number, record, tagged, text, whole,
)

STATUS = nullable(text(among=("in_progress", "completed", "incomplete")))
STATUS_OF_MCP = nullable(text(among=("in_progress", "completed", "incomplete", "calling", "failed")))
LABEL = text(pattern=r"[A-Za-z][A-Za-z0-9_-]*")
CALL_ID = text(least=1, most=64)
DETAIL = nullable(text(among=("auto", "low", "high", "original")))
URL = text(least=1, pattern=r"(?s)(https?://|data:image/(png|jpeg|gif|webp);base64,).+")
INPUT_TEXT = record({"type": text(), "text": text()}, prompt_cache_breakpoint=anything)
INPUT_IMAGE = record(
    {"type": text()}, image_url=nullable(URL), file_id=nullable(text()), detail=DETAIL,
    prompt_cache_breakpoint=anything,
)
INPUT_FILE = record(
    {"type": text()}, file_data=text(), file_id=nullable(text()), file_url=text(), filename=text(), detail=text(),
    prompt_cache_breakpoint=anything,
)
INPUT_PART = tagged("type", input_text=INPUT_TEXT, input_image=INPUT_IMAGE, input_file=INPUT_FILE)
OUTPUT_PART = tagged(
    "type",
    output_text=record(
        {"type": text(), "text": text()}, annotations=list_of(anything), logprobs=nullable(list_of(anything))
    ),
    refusal=record({"type": text(), "refusal": text()}),
)


def item_id(prefix):
    return text(pattern=prefix + r"_[A-Za-z0-9_-]{1,60}")


def message(value, path):
    """A message: output parts for the assistant, input parts for everyone else."""
    role = value.get("role")
    part = OUTPUT_PART if role == "assistant" else INPUT_PART
    record(
        {
            "role": text(among=("user", "assistant", "system", "developer")),
            "content": by_type(string=text(), array=list_of(part)),
        },
        type_=text(among=("message",)), id=item_id("msg"), status=STATUS, phase=nullable(text()),
    )(value, path)


OUTPUT = by_type(string=text(), array=list_of(INPUT_PART))
ITEM = tagged(
    "type",
    message=message,
    reasoning=record(
        {
            "type": text(),
            "id": item_id("rs"),
            "summary": list_of(record({"type": text(among=("summary_text",)), "text": text()})),
        },
        content=nullable(list_of(record({"type": text(among=("reasoning_text",)), "text": text()}))),
        encrypted_content=nullable(text()), status=STATUS,
    ),
    function_call=record(
        {"type": text(), "call_id": CALL_ID, "name": NAME, "arguments": text()},
        id=item_id("fc"), status=STATUS, namespace=text(), caller=anything,
    ),
    function_call_output=record(
        {"type": text(), "call_id": CALL_ID, "output": OUTPUT}, id=nullable(item_id("fco?")), status=STATUS),
    custom_tool_call=record(
        {"type": text(), "call_id": CALL_ID, "name": NAME, "input": text()}, id=item_id("ctc"), status=STATUS,
        namespace=text(),
    ),
    custom_tool_call_output=record(
        {"type": text(), "call_id": CALL_ID, "output": OUTPUT}, id=text(), status=STATUS),
    web_search_call=anything,
    image_generation_call=anything,
    code_interpreter_call=anything,
    file_search_call=anything,
    computer_call=anything,
    computer_call_output=anything,
    mcp_call=record(
        {"type": text(), "id": item_id("mcp"), "server_label": LABEL, "name": text(least=1), "arguments": text()},
        approval_request_id=nullable(text()), output=nullable(text()), status=STATUS_OF_MCP,
        error=nullable(tagged(
            "type", mcp_tool_execution_error=record({"type": text(), "content": anything}),
            mcp_protocol_error=record({"type": text(), "code": whole(), "message": text()}),
            http_error=record({"type": text(), "code": whole(), "message": text()}))),
    ),
    mcp_list_tools=record(
        {"type": text(), "id": item_id("mcpl"), "server_label": LABEL, "tools": list_of(anything)}, error=anything),
    mcp_approval_request=record(
        {"type": text(), "id": item_id("mcpr"), "server_label": LABEL, "name": text(), "arguments": text()}),
    mcp_approval_response=record(
        {"type": text(), "approval_request_id": text(), "approve": boolean}, id=nullable(text()), reason=nullable(text())),
)


def item(value, path):
    if isinstance(value, dict) and "type" not in value and "role" in value:
        message(value, path)
    else:
        ITEM(value, path)


MCP_FILTER = record(tool_names=list_of(text()), read_only=boolean)
MCP = record(
    {"type": text(), "server_label": LABEL}, server_url=text(pattern=r"https?://.+"), server_description=text(),
    authorization=text(), headers=nullable(map_of(text())), connector_id=text(pattern=r"connector_[a-z]+"), tunnel_id=text(),
    allowed_tools=nullable(by_type(array=list_of(text()), object=MCP_FILTER)), defer_loading=boolean,
    require_approval=nullable(by_type(string=text(among=("always", "never")), object=record(always=MCP_FILTER, never=MCP_FILTER))),
    allowed_callers=anything,
)
TOOL = tagged(
    "type",
    function=record(
        {"type": text(), "name": NAME}, parameters=nullable(map_of(anything)), strict=nullable(boolean),
        description=nullable(text()), defer_loading=boolean, allowed_callers=anything, output_schema=anything,
    ),
    custom=record({"type": text(), "name": NAME}, description=text(), format=anything),
    web_search=anything,
    web_search_preview=anything,
    code_interpreter=anything,
    image_generation=anything,
    file_search=anything,
    mcp=MCP,
    local_shell=anything,
    shell=anything,
    apply_patch=anything,
    computer_use_preview=anything,
    tool_search=anything,
    programmatic_tool_calling=anything,
    namespace=anything,
)
CHOICE = by_type(
    string=text(among=("none", "auto", "required")),
    object=tagged(
        "type",
        function=record({"type": text(), "name": NAME}),
        custom=record({"type": text(), "name": NAME}),
        allowed_tools=record(
            {"type": text(), "mode": text(among=("auto", "required")), "tools": list_of(map_of(anything), 1)}
        ),
        web_search=record({"type": text()}),
        web_search_preview=record({"type": text()}),
        image_generation=record({"type": text()}),
        code_interpreter=record({"type": text()}),
        mcp=record({"type": text(), "server_label": LABEL}, name=nullable(text())),
    ),
)
FORMAT = tagged(
    "type",
    text=record({"type": text()}),
    json_object=record({"type": text()}),
    json_schema=record(
        {"type": text(), "name": NAME, "schema": map_of(anything)}, description=text(), strict=nullable(boolean)
    ),
)
EFFORT = nullable(text(among=("none", "minimal", "low", "medium", "high", "xhigh", "max")))
FIELDS = dict(
    background=nullable(boolean),
    client_metadata=nullable(map_of(text())),
    context_management=nullable(list_of(anything)),
    conversation=anything,
    include=nullable(list_of(text())),
    input=by_type(string=text(), array=list_of(item)),
    instructions=nullable(text()),
    max_output_tokens=nullable(whole(16)),
    max_tool_calls=nullable(whole(1)),
    metadata=nullable(map_of(text(most=512), most=16)),
    moderation=anything,
    parallel_tool_calls=nullable(boolean),
    previous_response_id=nullable(text()),
    prompt=anything,
    prompt_cache_key=text(least=1),
    prompt_cache_options=anything,
    prompt_cache_retention=anything,
    reasoning=nullable(
        record(
            effort=EFFORT, summary=nullable(text(among=("auto", "concise", "detailed"))),
            generate_summary=nullable(text()), context=anything, mode=anything,
        )
    ),
    safety_identifier=text(most=64),
    service_tier=nullable(text()),
    store=nullable(boolean),
    stream=nullable(boolean),
    stream_options=nullable(record(include_obfuscation=boolean)),
    temperature=nullable(number(0, 2)),
    text=record(format=FORMAT, verbosity=nullable(text(among=("low", "medium", "high")))),
    tool_choice=CHOICE,
    tools=list_of(TOOL),
    top_logprobs=nullable(whole(0, 20)),
    top_p=nullable(number(0, 1)),
    truncation=nullable(text(among=("auto", "disabled"))),
    user=text(),
)
REQUEST = record({"model": text(least=1)}, **FIELDS)
COUNTED = ("conversation", "input", "instructions", "parallel_tool_calls", "previous_response_id", "reasoning",
           "text", "tool_choice", "tools", "truncation")
COUNT = record(model=text(least=1), personality=text(most=64), **{name: FIELDS[name] for name in COUNTED})
PATH = "/v1/responses"
ENCRYPTED = "gAAAAA-encrypted-by-the-fake-upstream"
OUTPUT_OF = {"function_call_output": "function_call", "custom_tool_call_output": "custom_tool_call"}


def items_of(given):
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return given


def check_items(items):
    """Every output has its call before it, every call its output somewhere after."""
    calls = {}
    for at, one in enumerate(items):
        kind = one.get("type", "message")
        if kind in OUTPUT_OF.values():
            if one["call_id"] in calls:
                raise refused(f"Duplicate call_id '{one['call_id']}'.", f"input[{at}].call_id")
            calls[one["call_id"]] = kind
        elif kind in OUTPUT_OF:
            if calls.get(one["call_id"]) != OUTPUT_OF[kind]:
                raise refused(
                    f"No tool call found for function call output with call_id {one['call_id']}.", "input")
            calls[one["call_id"]] = None
        elif kind == "reasoning" and one.get("encrypted_content") not in (None, ENCRYPTED):
            raise refused(
                "The encrypted content could not be verified.", f"input[{at}].encrypted_content",
                "invalid_encrypted_content")
        check_media(one, at)
    unanswered = [call_id for call_id, kind in calls.items() if kind]
    if unanswered:
        raise refused(f"No tool output found for function call {unanswered[0]}.", "input")


def check_media(one, at):
    """An image or a file has exactly one source."""
    content = one.get("content", one.get("output"))
    for part in content if isinstance(content, list) else []:
        if part.get("type") == "input_image":
            if (part.get("image_url") is None) == (part.get("file_id") is None):
                raise refused("Provide exactly one of 'image_url' and 'file_id'.", f"input[{at}].content")
        if part.get("type") == "input_file" and not any(
                part.get(name) for name in ("file_data", "file_id", "file_url")):
            raise refused("Missing file.", f"input[{at}].content")


def check_tools(body):
    names = [tool["name"] for tool in body.get("tools", []) if "name" in tool]
    for name in names:
        if names.count(name) > 1:
            raise refused(f"Duplicate tool name '{name}'.", "tools")
    labels = [tool["server_label"] for tool in body.get("tools", []) if tool["type"] == "mcp"]
    if len(set(labels)) != len(labels):
        raise refused(f"Duplicate server labels: {labels}.", "tools")
    for at, tool in enumerate(body.get("tools", [])):
        if tool["type"] == "mcp" and not {"server_url", "connector_id", "tunnel_id"} & set(tool):
            raise refused("One of 'server_url', 'connector_id' or 'tunnel_id' is required.", f"tools[{at}]")
    if body.get("tool_choice") not in (None, "auto", "none") and not body.get("tools"):
        raise refused("Tool choice must be specified with tools.", "tool_choice")
    chosen = body.get("tool_choice")
    if isinstance(chosen, dict) and "name" in chosen and chosen["name"] not in names:
        raise refused(f"Tool choice '{chosen['name']}' not found in 'tools' parameter.", "tool_choice")
    for at, tool in enumerate(body.get("tools", [])):
        if tool["type"] == "function" and tool.get("strict"):
            check_strict_schema(tool.get("parameters") or {}, f"tools[{at}].parameters")


def check_options(body):
    if not body.get("input") and not body.get("instructions"):
        raise refused("One of 'input' or 'previous_response_id' must be provided.", "input",
                      "missing_required_parameter")
    if body.get("stream_options") and body.get("stream") is not True:
        raise refused("'stream_options' is only allowed when 'stream' is true.", "stream_options")
    if body.get("previous_response_id"):
        raise refused(f"Previous response with id '{body['previous_response_id']}' not found.",
                      "previous_response_id", "previous_response_not_found")
    wanted = (body.get("text") or {}).get("format", {})
    if wanted.get("type") == "json_schema" and wanted.get("strict"):
        check_strict_schema(wanted["schema"], "text.format.schema")


class Responses(upstream.Upstream):
    dialect = "responses"
    default_key = "sk-fake-responses"

    def authenticate(self, request):
        return openai_authenticate(self, request, PATH, PATH + "/input_tokens")

    def wrong(self, wrong):
        return openai_wrong(wrong)

    def error(self, fault):
        return openai_error(fault)

    def stream_error(self, fault, ask):
        code = "rate_limit_exceeded" if fault.status == 429 else "server_error"
        error = {"code": code, "message": fault.message}
        ask.events.sequence -= 1  # the delta that was not sent gives its number back
        return ask.events.event("response.failed", response={**ask.events.opened, "status": "failed", "error": error})

    def read(self, request):
        body = upstream.body_of(request)
        counting = request.path != PATH
        (COUNT if counting else REQUEST)(body, ())
        check_items(items_of(body.get("input", [])))
        check_tools(body)
        check_options(body)
        if counting:
            return {"object": "response.input_tokens", "input_tokens": tokens_of(body)}
        ask = ask_of(body)
        ask.response_id = self.next_id("resp_")
        return ask

    def _response(self, ask, status, output, usage=None, incomplete=None):
        body = ask.body
        echo = {
            "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
            "parallel_tool_calls": True, "previous_response_id": None, "prompt_cache_key": None,
            "safety_identifier": None, "store": True, "temperature": 1.0, "tool_choice": "auto", "tools": [],
            "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled", "user": None,
            "text": {"format": {"type": "text"}, "verbosity": "medium"},
            "reasoning": {"effort": None, "summary": None},
        }
        echo = {name: body.get(name, default) for name, default in echo.items()}
        return {
            "id": ask.response_id, "object": "response", "created_at": CREATED, "status": status,
            "background": False, "error": None, "incomplete_details": incomplete, "model": ask.model,
            "output": output, "service_tier": "default", "usage": usage, **echo,
        }

    def _item(self, part, ask):
        """A part as an output item."""
        if isinstance(part, script.Call):
            return {
                "id": self.next_id("fc_"), "type": "function_call", "status": "completed",
                "call_id": self.next_id("call_"), "name": part.name, "arguments": part.args,
            }
        if isinstance(part, script.Picture):
            return {
                "id": self.next_id("ig_"), "type": "image_generation_call", "status": "completed", "background": "opaque",
                "output_format": part.mime.split("/")[1], "revised_prompt": "a picture", "result": part.data,
            }
        if isinstance(part, script.Served):
            content = [{"type": "text", "text": part.gave}]
            return {
                "id": self.next_id("mcp_"), "type": "mcp_call", "status": "failed" if part.failed else "completed",
                "approval_request_id": None, "arguments": part.args, "name": part.name, "server_label": part.server,
                "error": {"type": "mcp_tool_execution_error", "content": content} if part.failed else None,
                "output": None if part.failed else part.gave,
            }
        said = "".join(part.pieces)
        if isinstance(part, script.Think):
            out = {
                "id": self.next_id("rs_"), "type": "reasoning",
                "summary": [{"type": "summary_text", "text": said}] if ask.shows_thoughts else [],
            }
            return {**out, "encrypted_content": ENCRYPTED} if ask.encrypted else out
        if isinstance(part, script.Refusal):
            content = {"type": "refusal", "refusal": said}
        else:
            content = {"type": "output_text", "text": said, "annotations": [], "logprobs": []}
        return {
            "id": self.next_id("msg_"), "type": "message", "status": "completed", "role": "assistant",
            "content": [content],
        }

    def _ending(self, reply):
        if reply.stop == "length":
            return "incomplete", {"reason": "max_output_tokens"}
        if reply.stop == "filter":
            return "incomplete", {"reason": "content_filter"}
        return "completed", None

    def whole(self, reply, ask):
        status, incomplete = self._ending(reply)
        output = [self._item(part, ask) for part in reply.parts]
        if status == "incomplete" and output:
            output[-1]["status"] = status
        return self._response(ask, status, output, usage_of(reply.usage), incomplete)

    def frames(self, reply, ask):
        ask.events = stream = Stream(self._response(ask, "in_progress", []))
        yield False, stream.event("response.created", response=stream.opened)
        yield False, stream.event("response.in_progress", response=stream.opened)
        status, incomplete = self._ending(reply)
        output = []
        for at, part in enumerate(reply.parts):
            one = self._item(part, ask)
            if status == "incomplete" and part is reply.parts[-1]:
                one["status"] = status
            output.append(one)
            yield from stream.item(at, part, one)
        if reply.extra:
            yield False, stream.event("response.x_unheard_of", n=1.50)
        last = self._response(ask, status, output, usage_of(reply.usage), incomplete)
        yield False, stream.event("response." + status, response=last)


class Stream:
    """The running number of one stream's events, and the events of its items."""

    def __init__(self, opened):
        self.opened = opened
        self.sequence = -1

    def event(self, kind, **members):
        self.sequence += 1
        return upstream.named_frame({"type": kind, "sequence_number": self.sequence, **members})

    def item(self, at, part, one):
        empty = {"function_call": {"arguments": ""}, "message": {"content": []}, "reasoning": {"summary": []},
                 "mcp_call": {"arguments": "", "output": None, "error": None}, "image_generation_call": {"result": None}}
        added = {**one, **empty[one["type"]]}
        if "status" in added:
            added["status"] = "in_progress"
        added.pop("encrypted_content", None)
        yield False, self.event("response.output_item.added", output_index=at, item=added)
        where = {"item_id": one["id"], "output_index": at}
        if one["type"] == "function_call":
            yield from self.call(where, part)
        elif one["type"] == "mcp_call":
            yield from self.served(where, part)
        elif one["type"] == "image_generation_call":
            yield from self.picture(where, part, one)
        elif one["type"] == "reasoning":
            yield from self.summary(where, part, one)
        else:
            yield from self.said(where, part, one)
        yield False, self.event("response.output_item.done", output_index=at, item=one)

    def call(self, where, part):
        for piece in script.cut_json(part.args):
            yield True, self.event("response.function_call_arguments.delta", **where, delta=piece)
        yield False, self.event(
            "response.function_call_arguments.done", **where, name=part.name, arguments=part.args)

    def picture(self, where, part, one):
        name = "response.image_generation_call."
        yield False, self.event(name + "in_progress", **where)
        yield False, self.event(name + "generating", **where)
        for at, before in enumerate(part.before):
            yield True, self.event(
                name + "partial_image", **where, partial_image_index=at, partial_image_b64=before,
                output_format=one["output_format"])
        yield False, self.event(name + "completed", **where)

    def served(self, where, part):
        yield False, self.event("response.mcp_call.in_progress", **where)
        for piece in script.cut_json(part.args):
            yield True, self.event("response.mcp_call_arguments.delta", **where, delta=piece, obfuscation="Zq1")
        yield False, self.event("response.mcp_call_arguments.done", **where, arguments=part.args)
        yield False, self.event("response.mcp_call." + ("failed" if part.failed else "completed"), **where)

    def summary(self, where, part, one):
        if not one["summary"]:
            return
        where = {**where, "summary_index": 0}
        blank = {"type": "summary_text", "text": ""}
        yield False, self.event("response.reasoning_summary_part.added", **where, part=blank)
        for piece in part.pieces:
            yield True, self.event("response.reasoning_summary_text.delta", **where, delta=piece)
        said = one["summary"][0]
        yield False, self.event("response.reasoning_summary_text.done", **where, text=said["text"])
        yield False, self.event("response.reasoning_summary_part.done", **where, part=said)

    def said(self, where, part, one):
        where = {**where, "content_index": 0}
        content = one["content"][0]
        member = "refusal" if content["type"] == "refusal" else "text"
        name = "response.refusal" if member == "refusal" else "response.output_text"
        more = {} if member == "refusal" else {"logprobs": []}
        yield False, self.event("response.content_part.added", **where, part={**content, member: ""})
        for piece in part.pieces:
            yield True, self.event(name + ".delta", **where, delta=piece, **more, obfuscation="Zq1")
        yield False, self.event(name + ".done", **where, **{member: content[member]}, **more)
        yield False, self.event("response.content_part.done", **where, part=content)


def tokens_of(body):
    """Each thing that a model reads counts, so that a count which leaves one out is another."""
    read = [body.get(name) for name in ("instructions", "input", "tools") if body.get(name)]
    return 3 + len(json.dumps(read)) // 4


def usage_of(usage):
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def ask_of(body):
    reasoning = body.get("reasoning") or {}
    ask = script.Ask(
        model=body["model"], stream=body.get("stream") is True, max_tokens=body.get("max_output_tokens"),
        thinking=reasoning.get("effort") not in (None, "none"),
        schema=(body.get("text") or {}).get("format", {}).get("schema"),
    )
    ask.shows_thoughts = bool(reasoning.get("summary"))
    chosen = body.get("tool_choice")
    ask.choice = chosen.get("name", chosen["type"]) if isinstance(chosen, dict) else chosen
    ask.encrypted = "reasoning.encrypted_content" in (body.get("include") or [])
    ask.body = body
    for tool in body.get("tools", []):
        if "name" in tool:
            ask.tools.append(tool["name"])
            ask.tool_schemas[tool["name"]] = tool.get("parameters")
    ask.servers = [tool["server_label"] for tool in body.get("tools", []) if tool["type"] == "mcp"]
    system, ask.turns = turns_of(items_of(body.get("input", [])))
    ask.system = "\n".join(([body["instructions"]] if body.get("instructions") else []) + system)
    return ask


def turns_of(items):
    system, turns, names = [], [], {}

    def add(role, part):
        if not turns or turns[-1][0] != role:
            turns.append((role, []))
        turns[-1][1].append(part)

    for one in items:
        kind = one.get("type", "message")
        if kind == "message":
            parts = parts_of(one["content"])
            if one["role"] in ("system", "developer"):
                system += [part[1] for part in parts]
            for part in parts if one["role"] in ("user", "assistant") else []:
                add(one["role"], part)
        elif kind == "function_call":
            names[one["call_id"]] = one["name"]
            add("assistant", ("call", one["name"], script.arguments_of(one["arguments"])))
        elif kind == "function_call_output":
            said = "".join(part[1] for part in parts_of(one["output"]) if part[0] == "text")
            add("tool", ("result", names[one["call_id"]], said))
        elif kind == "reasoning":
            add("assistant", ("thinking", "".join(part["text"] for part in one["summary"])))
        else:
            add("assistant", (kind,))
    return system, turns


def parts_of(content):
    if isinstance(content, str):
        return [("text", content)]
    out = []
    for part in content:
        if "text" in part:
            out.append(("text", part["text"]))
        elif part.get("image_url"):
            out.append(image_of(part["image_url"]))
        else:
            out.append((part["type"],))
    return out
