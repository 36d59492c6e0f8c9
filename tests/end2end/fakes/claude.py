"""Anthropic Messages, strict: POST /v1/messages and POST /v1/messages/count_tokens."""

import base64
import json
import re
from dataclasses import dataclass

from . import script, upstream
from .shape import (
    anything, boolean, by_type, dotted, list_of, map_of, nullable, number, record, tagged, text, whole, Wrong,
)

TOOL_NAME = text(pattern=r"[a-zA-Z0-9_-]{1,128}")
TOOL_ID = text(pattern=r"[a-zA-Z0-9_-]+")
CACHE = dict(
    cache_control=nullable(record({"type": text(among=("ephemeral",))}, ttl=text(among=("5m", "1h"))))
)


def base64_text(value, path):
    text(least=1)(value, path)
    try:
        base64.b64decode(value, validate=True)
    except ValueError as cause:
        raise Wrong("value", path, "invalid base64 data") from cause


IMAGE = record(
    {
        "type": text(),
        "source": tagged(
            "type",
            base64=record(
                {
                    "type": text(),
                    "media_type": text(among=("image/jpeg", "image/png", "image/gif", "image/webp")),
                    "data": base64_text,
                }
            ),
            url=record({"type": text(), "url": text(pattern=r"https?://.+")}),
        ),
    },
    **CACHE,
)
DOCUMENT = record(
    {
        "type": text(),
        "source": tagged(
            "type",
            base64=record(
                {"type": text(), "media_type": text(among=("application/pdf",)), "data": base64_text}
            ),
            text=record({"type": text(), "media_type": text(among=("text/plain",)), "data": text()}),
            url=record({"type": text(), "url": text(pattern=r"https?://.+")}),
            content=record({"type": text(), "content": anything}),
        ),
    },
    title=nullable(text()), context=nullable(text()), citations=anything, **CACHE,
)
TEXT = record({"type": text(), "text": text()}, citations=nullable(list_of(anything)), **CACHE)
RESULT_PART = tagged("type", text=TEXT, image=IMAGE, document=DOCUMENT, search_result=anything)
USER_BLOCK = tagged(
    "type",
    text=TEXT,
    image=IMAGE,
    document=DOCUMENT,
    search_result=anything,
    tool_result=record(
        {"type": text(), "tool_use_id": TOOL_ID},
        content=by_type(string=text(), array=list_of(RESULT_PART)), is_error=boolean, **CACHE,
    ),
)
ASSISTANT_BLOCK = tagged(
    "type",
    text=TEXT,
    tool_use=record(
        {"type": text(), "id": TOOL_ID, "name": TOOL_NAME, "input": map_of(anything)},
        caller=anything, toolset_name=nullable(text()), **CACHE,
    ),
    thinking=record({"type": text(), "thinking": text(), "signature": text()}),
    redacted_thinking=record({"type": text(), "data": text(least=1)}),
    server_tool_use=anything,
    web_search_tool_result=anything,
    mcp_tool_use=record(
        {"type": text(), "id": TOOL_ID, "name": text(least=1), "server_name": text(least=1), "input": map_of(anything)},
        **CACHE),
    mcp_tool_result=record(
        {"type": text(), "tool_use_id": TOOL_ID}, content=by_type(string=text(), array=list_of(TEXT)),
        is_error=boolean, **CACHE),
)


def content(block):
    return by_type(string=text(), array=list_of(block))


MESSAGE = tagged(
    "role",
    user=record({"role": text(), "content": content(USER_BLOCK)}),
    assistant=record({"role": text(), "content": content(ASSISTANT_BLOCK)}),
    system=record({"role": text(), "content": content(tagged("type", text=TEXT))}),
)

def object_schema(value, path):
    map_of(anything)(value, path)
    if value.get("type") != "object":
        raise Wrong("value", path + ("type",), "Input should be 'object'")


CUSTOM_TOOL = record(
    {"name": TOOL_NAME, "input_schema": object_schema},
    type_=nullable(text(among=("custom",))), description=text(), strict=boolean, defer_loading=boolean,
    allowed_callers=anything, input_examples=anything, eager_input_streaming=nullable(boolean), **CACHE,
)


WEB = dict(
    max_uses=whole(1), allowed_domains=list_of(text(least=1), 1), blocked_domains=list_of(text(least=1), 1), **CACHE)
PLACE = record(
    {"type": text(among=("approximate",))}, city=text(), region=text(), country=text(), timezone=text())
MCP_CONFIG = record(enabled=boolean, defer_loading=boolean)
MCP_SERVER = record(
    {"type": text(among=("url",)), "url": text(pattern=r"https://.+"), "name": text(least=1)},
    authorization_token=nullable(text()),
    tool_configuration=nullable(record(enabled=nullable(boolean), allowed_tools=nullable(list_of(text())))))
# Tools of the vendor's own, by how their types begin; each version has its date behind.
OWN_TOOLS = {
    "web_search_": record({"type": text(), "name": text(among=("web_search",))}, user_location=PLACE, **WEB),
    "web_fetch_": record({"type": text(), "name": text(among=("web_fetch",))}, citations=anything,
                         max_content_tokens=whole(1), **WEB),
    "code_execution_": record({"type": text(), "name": text(among=("code_execution",))}, **CACHE),
    "mcp_toolset": record(
        {"type": text(), "mcp_server_name": text(least=1)}, default_config=MCP_CONFIG, configs=map_of(MCP_CONFIG),
        tools=nullable(list_of(anything)), **CACHE),
}


def tool(value, path):
    kind = value.get("type") if isinstance(value, dict) else None
    for begins, own in OWN_TOOLS.items():
        if isinstance(kind, str) and kind.startswith(begins):
            own(value, path)
            if "allowed_domains" in value and "blocked_domains" in value:
                raise Wrong("value", path, "only one of `allowed_domains` and `blocked_domains` may be given")
            return
    if isinstance(kind, str) and kind != "custom" and "_20" in kind:
        return  # a tool of the vendor's that the client runs
    CUSTOM_TOOL(value, path)


TOOL_CHOICE = tagged(
    "type",
    auto=record({"type": text()}, disable_parallel_tool_use=boolean),
    any=record({"type": text()}, disable_parallel_tool_use=boolean),
    tool=record({"type": text(), "name": TOOL_NAME}, disable_parallel_tool_use=boolean),
    none=record({"type": text()}),
)
THINKING = tagged(
    "type",
    enabled=record(
        {"type": text(), "budget_tokens": whole(1024)}, display=text(among=("summarized", "omitted"))
    ),
    adaptive=record({"type": text()}, display=text(among=("summarized", "omitted"))),
    between_tools=record({"type": text()}),
    disabled=record({"type": text()}),
)
COUNTED = dict(
    system=by_type(string=text(), array=list_of(TEXT)),
    tools=list_of(tool),
    tool_choice=TOOL_CHOICE,
    thinking=THINKING,
    output_config=record(
        effort=nullable(text(among=("low", "medium", "high", "xhigh", "max"))),
        format=nullable(record({"type": text(among=("json_schema",)), "schema": map_of(anything)})),
    ),
    cache_control=CACHE["cache_control"],
    mcp_servers=list_of(MCP_SERVER),
)
REQUEST = record(
    {"model": text(least=1, most=256), "max_tokens": whole(1), "messages": list_of(MESSAGE, 1)},
    container=anything,
    diagnostics=anything,
    inference_geo=nullable(text()),
    metadata=record(user_id=nullable(text(most=256))),
    service_tier=text(among=("auto", "standard_only")),
    stop_sequences=list_of(text(least=1)),
    stream=boolean,
    temperature=number(0, 1),
    top_k=whole(0),
    top_p=number(0, 1),
    **COUNTED,
)
COUNT = record({"model": text(least=1), "messages": list_of(MESSAGE, 1)}, **COUNTED)

STOP = {
    "end": "end_turn", "tool": "tool_use", "length": "max_tokens", "refusal": "refusal", "filter": "refusal",
    "sequence": "stop_sequence",
}
ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
    404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error",
    503: "api_error", 529: "overloaded_error",
}
# The second takes a key as a bearer token by habit and sampling no longer ("Versions" in the API
# reference, read 2026-11).
VERSIONS = ("2023-06-01", "2026-10-21")
# Members of a request that a name in anthropic-beta opens.
BETAS = {"context_management": "context-management-2025-06-27"}
MCP_BETA = "mcp-client-2025-11-20"
FIRST_ONLY = ("cache_creation", "service_tier")  # usage that only message_start tells
# Models whose system speaks only first; those after Opus 4.8 are told otherwise, but for one.
SYSTEM_FIRST = re.compile(r"claude-(3|sonnet-[45]|haiku-4|opus-4-([0-7]|\d{8})\b)")
THOUGHTS = ("thinking", "redacted_thinking")
SIGNATURE = "EqoBCkgIARABGAIiQFakeSignatureOfTheFakeUpstream=="


def refused(message, status=400):
    error = {"type": ERRORS[status], "message": message}
    body = {"type": "error", "error": error, "request_id": "req_fake"}
    return upstream.Refused(status, body, (("request-id", "req_fake"),))


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def check_text_blocks(blocks, where):
    for at, block in enumerate(blocks):
        if block["type"] != "text":
            continue
        if not block["text"]:
            raise refused(f"{where}: text content blocks must be non-empty")
        if not block["text"].strip():
            raise refused(f"{where}: text content blocks must contain non-whitespace text")


def check_pairing(messages):
    """Results come first in the message right after their calls, one for each, and for nothing else."""
    waiting = []
    seen = set()
    for at, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        results = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        for result in results:
            if result not in waiting:
                raise refused(
                    f"messages.{at}.content: unexpected `tool_use_id` found in `tool_result` blocks: {result}. "
                    "Each `tool_result` block must have a corresponding `tool_use` block in the previous "
                    "message.")
        if len(set(results)) != len(results):
            raise refused(f"messages.{at}.content: each tool_use must have a single result")
        unanswered = [one for one in waiting if one not in results]
        if unanswered:
            raise refused(
                f"messages.{at - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(unanswered)}. Each `tool_use` block must have a corresponding `tool_result` block "
                "in the next message.")
        kinds = [b["type"] for b in blocks]
        if results and kinds[: len(results)] != ["tool_result"] * len(results):
            raise refused(f"messages.{at}.content: tool_result blocks must come first")
        waiting = [b["id"] for b in blocks if b["type"] == "tool_use"]
        if seen & set(waiting) or len(set(waiting)) != len(waiting):
            raise refused(f"messages.{at}: `tool_use` ids must be unique")
        seen |= set(waiting)
    if waiting:
        raise refused(
            f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(waiting)}.")


def check_mid_system(body):
    """The system speaks after the user, and then it is the assistant's turn."""
    roles = [message["role"] for message in body["messages"]]
    for at, role in enumerate(roles):
        if role != "system":
            continue
        if SYSTEM_FIRST.match(body["model"]):
            raise refused(f"messages.{at}.role: role 'system' is not supported on this model")
        if at == 0 or roles[at - 1] == "assistant" or roles[at + 1 : at + 2] == ["user"]:
            raise refused(f"messages.{at}.role: a system message must follow a user message and come before an "
                          "assistant message or last")


def check_messages(body):
    messages = body["messages"]
    check_mid_system(body)
    if messages[0]["role"] != "user":
        raise refused('messages: first message must use the "user" role')
    for at, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        last = at == len(messages) - 1
        if not blocks and not (last and message["role"] == "assistant"):
            raise refused(
                f"messages.{at}: all messages must have non-empty content except for the optional final "
                "assistant message")
        check_text_blocks(blocks, "messages")
        if message["role"] == "assistant":
            check_assistant(at, blocks, last, body)
    check_pairing(merged(messages))


def check_assistant(at, blocks, last, body):
    for number_, block in enumerate(blocks):
        if block["type"] == "thinking" and block["signature"] != SIGNATURE:
            raise refused(f"messages.{at}.content.{number_}: Invalid `signature` in `thinking` block")
    if blocks and blocks[-1]["type"] in THOUGHTS:
        raise refused(f"messages.{at}: The final block in an assistant message cannot be `thinking`.")
    if not last or not blocks:
        return
    if body.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        raise refused("This model does not support assistant message prefill when thinking is enabled.")
    if blocks[-1]["type"] == "text" and blocks[-1]["text"] != blocks[-1]["text"].rstrip():
        raise refused("messages: final assistant content cannot end with trailing whitespace")


def merged(messages):
    """Consecutive turns of one role are one turn, as the API itself takes them."""
    out = []
    for message in messages:
        blocks = blocks_of(message["content"])
        if out and out[-1]["role"] == message["role"]:
            out[-1]["content"] = out[-1]["content"] + blocks
        else:
            out.append({"role": message["role"], "content": list(blocks)})
    return out


def check_tools(body):
    names = [t["name"] for t in body.get("tools", []) if "name" in t]
    if len(set(names)) != len(names):
        raise refused("tools: Tool names must be unique.")
    kinds = {b["type"] for m in body["messages"] for b in blocks_of(m["content"])}
    if kinds & {"tool_use", "tool_result"} and not names:
        raise refused("Requests which include `tool_use` or `tool_result` blocks must define tools")
    choice = body.get("tool_choice")
    if choice and not body.get("tools"):
        raise refused("tool_choice may only be specified while providing tools")
    if choice and choice["type"] == "tool" and choice["name"] not in names:
        raise refused(f"Tool '{choice['name']}' not found in provided tools")


def check_mcp(body, betas):
    """Each server has its tools, and they their server; each call of one is followed by what it gave."""
    if "mcp_servers" in body and MCP_BETA not in betas:
        raise refused("mcp_servers: Extra inputs are not permitted")
    servers = [server["name"] for server in body.get("mcp_servers", []) if "tool_configuration" not in server]
    sets = [t["mcp_server_name"] for t in body.get("tools", []) if t.get("type") == "mcp_toolset"]
    if len(set(servers)) != len(servers):
        raise refused("mcp_servers: MCP server names must be unique")
    if sorted(servers) != sorted(sets):
        raise refused(f"mcp_servers: each must be referenced by exactly one MCP toolset: {servers}, {sets}")
    for at, message in enumerate(body["messages"]):
        waiting = []
        for block in blocks_of(message["content"]):
            if block["type"] == "mcp_tool_use":
                if MCP_BETA not in betas:
                    raise refused(f"messages.{at}: Input tag 'mcp_tool_use' does not match any of the expected tags")
                waiting.append(block["id"])
            elif block["type"] == "mcp_tool_result":
                if block["tool_use_id"] not in waiting:
                    raise refused(f"messages.{at}: unexpected `tool_use_id` in `mcp_tool_result`")
                waiting.remove(block["tool_use_id"])
        if waiting:
            raise refused(f"messages.{at}: `mcp_tool_use` ids were found without `mcp_tool_result`: {waiting}")


def running(messages):
    """The assistant's messages since the user last said something that answers no call: one turn."""
    out = []
    for at, message in reversed(list(enumerate(messages))):
        if message["role"] == "assistant":
            out.insert(0, (at, message["content"]))
        elif not any(block["type"] == "tool_result" for block in message["content"]):
            break
    return out


def check_begun_thinking(thinking, messages):
    """With a budget, a turn whose calls are being answered was begun by thinking."""
    if thinking["type"] != "enabled" or messages[-1]["role"] != "user":
        return
    for at, blocks in running(messages)[:1]:
        first = blocks[0]["type"]
        if first not in THOUGHTS:
            raise refused(
                f"messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{first}`. "
                "When `thinking` is enabled, a final `assistant` message must start with a thinking block "
                "(preceeding the lastmost set of `tool_use` and `tool_result` blocks).")


def check_no_thinking(messages):
    for at, blocks in running(messages):
        for number_, block in enumerate(blocks):
            if block["type"] in THOUGHTS:
                raise refused(
                    f"messages.{at}.content.{number_}: When thinking is disabled, an `assistant` message in the "
                    f"final position cannot contain `{block['type']}`.")


# Models that think without being told to, and so take their own thoughts back.
THINK_UNTOLD = ("claude-agent", "claude-sonnet-5", "claude-opus-5", "claude-fable-5")


def check_thinking(body):
    thinking = body.get("thinking", {"type": "disabled"})
    if thinking["type"] == "disabled":
        if "thinking" in body or not body["model"].startswith(THINK_UNTOLD):
            check_no_thinking(merged(body["messages"]))
        return
    if thinking["type"] == "enabled" and thinking["budget_tokens"] >= body.get("max_tokens", 1 << 60):
        raise refused("`max_tokens` must be greater than `thinking.budget_tokens`.")
    if thinking["type"] == "enabled" and body.get("tool_choice", {}).get("type") in ("any", "tool"):
        raise refused("Thinking may not be enabled when tool_choice forces tool use.")
    check_begun_thinking(thinking, merged(body["messages"]))
    if body.get("temperature", 1) != 1:
        raise refused("`temperature` may only be set to 1 when thinking is enabled.")
    if "top_k" in body:
        raise refused("`top_k` must be unset when thinking is enabled.")
    if body.get("top_p", 1) < 0.95:
        raise refused("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")


def marks_of(value):
    """How long each breakpoint lasts, in the order they stand in."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from marks_of(inner)
        if value.get("cache_control"):
            yield value["cache_control"].get("ttl", "5m")
    elif isinstance(value, list):
        for inner in value:
            yield from marks_of(inner)


def check_2026(body):
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            raise refused(f"{name}: Extra inputs are not permitted")
    for message in body["messages"]:
        for block in blocks_of(message["content"]):
            if message["role"] == "user" and block.get("type") == "text" and block.get("citations"):
                raise refused("citations are not permitted in a user message")


def check(body):
    check_text_blocks(blocks_of(body.get("system", [])), "system")
    check_messages(body)
    check_tools(body)
    check_thinking(body)
    lasting = [mark for name in ("tools", "system", "messages") for mark in marks_of(body.get(name, []))]
    if lasting != sorted(lasting):  # "1h" comes before "5m"
        raise refused("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
    marks = len(lasting) + (1 if body.get("cache_control") else 0)
    if marks > 4:
        raise refused(f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")
    if "temperature" in body and "top_p" in body:
        raise refused("`temperature` and `top_p` cannot both be specified for this model.")


@dataclass(frozen=True)
class Used:
    id: str
    served: script.Served


@dataclass(frozen=True)
class Gave:
    id: str
    served: script.Served


class Claude(upstream.Upstream):
    dialect = "claude"
    default_key = "sk-ant-fake"

    def authenticate(self, request):
        if request.method != "POST" or request.path not in ("/v1/messages", "/v1/messages/count_tokens"):
            raise refused("Not Found", 404)
        key = request.header("x-api-key")
        token = upstream.bearer_of(request)
        if key is None and token is None:
            raise refused("x-api-key header is required", 401)
        if (key or token) not in self.keys or (key and token and key != token):
            raise refused("invalid x-api-key", 401)
        if request.header("anthropic-version") not in VERSIONS:
            raise refused("anthropic-version: header is required")
        return key or token

    def wrong(self, wrong):
        where = dotted(wrong.path)
        if wrong.kind == "unknown":
            return refused(f"{where}: Extra inputs are not permitted")
        if wrong.kind == "missing":
            return refused(f"{where}: Field required")
        if wrong.kind == "json":
            return refused(f"The request body is not valid JSON: {wrong.message}")
        return refused(f"{where}: {wrong.message}")

    def error(self, fault):
        error = {"type": ERRORS[fault.status], "message": fault.message}
        return fault.status, {"type": "error", "error": error, "request_id": "req_fake"}

    def stream_error(self, fault, ask):
        return upstream.named_frame(self.error(fault)[1])

    def read(self, request):
        body = upstream.body_of(request)
        counting = request.path.endswith("/count_tokens")
        betas = (request.header("anthropic-beta") or "").split(",")
        (COUNT if counting else REQUEST)({k: v for k, v in body.items() if BETAS.get(k) not in betas}, ())
        check(body)
        check_mcp(body, betas)
        if request.header("anthropic-version") == "2026-10-21":
            check_2026(body)
        if counting:
            return {"input_tokens": 7 + len(json.dumps(body["messages"])) // 4}
        return ask_of(body)

    def _message(self, ask, content, stop, usage):
        return {
            "id": self.next_id("msg_"), "type": "message", "role": "assistant", "model": ask.model,
            "content": content, **stop, "usage": usage,
        }

    def _block(self, part, whole_):
        """A part as a content block: complete, or as the empty one a stream starts with."""
        if isinstance(part, script.Call):
            args = json.loads(part.args) if whole_ else {}
            return {"type": "tool_use", "id": self.next_id("toolu_"), "name": part.name, "input": args}
        if isinstance(part, Used):
            return {"type": "mcp_tool_use", "id": part.id, "name": part.served.name, "server_name": part.served.server,
                    "input": json.loads(part.served.args) if whole_ else {}}
        if isinstance(part, Gave):
            return {"type": "mcp_tool_result", "tool_use_id": part.id, "is_error": part.served.failed,
                    "content": [{"type": "text", "text": part.served.gave}]}
        said = "".join(part.pieces) if whole_ else ""
        if isinstance(part, script.Think):
            signature = SIGNATURE if whole_ and part.signed else ""
            return {"type": "thinking", "thinking": said, "signature": signature}
        return {"type": "text", "text": said}

    def _parts(self, reply):
        """What a server's tool was asked and what it gave are two blocks."""
        for part in reply.parts:
            if isinstance(part, script.Served):
                part_id = self.next_id("mcptoolu_")
                yield Used(part_id, part)
                yield Gave(part_id, part)
            else:
                yield part

    def whole(self, reply, ask):
        content = [self._block(part, True) for part in self._parts(reply)]
        return self._message(ask, content, stop_of(reply, ask), usage_of(reply.usage))

    def frames(self, reply, ask):
        first = {**usage_of(reply.usage), "output_tokens": 1}
        message = self._message(ask, [], {"stop_reason": None, "stop_sequence": None}, first)
        yield False, upstream.named_frame({"type": "message_start", "message": message})
        for at, part in enumerate(self._parts(reply)):
            block = self._block(part, False)
            yield False, upstream.named_frame(
                {"type": "content_block_start", "index": at, "content_block": block})
            if at == 0:
                yield False, upstream.named_frame({"type": "ping"})
            for delta in deltas_of(part):
                yield True, upstream.named_frame({"type": "content_block_delta", "index": at, "delta": delta})
            yield False, upstream.named_frame({"type": "content_block_stop", "index": at})
        if reply.extra:
            yield False, b"event: x_unheard_of\ndata: {\"type\":\"x_unheard_of\",  \"n\":1.50}\n\n: aside\n\n"
        yield False, upstream.named_frame(
            {
                "type": "message_delta",
                "delta": stop_of(reply, ask),
                "usage": {name: n for name, n in usage_of(reply.usage).items() if name not in FIRST_ONLY},
            }
        )
        yield False, upstream.named_frame({"type": "message_stop"})


def stop_of(reply, ask):
    return {"stop_reason": STOP[reply.stop], "stop_sequence": ask.stop[0] if reply.stop == "sequence" else None}


def deltas_of(part):
    if isinstance(part, Used):
        return [{"type": "input_json_delta", "partial_json": piece} for piece in script.cut_json(part.served.args)]
    if isinstance(part, Gave):
        return []
    if isinstance(part, script.Call):
        fragments = ["", *script.cut_json(part.args)] if part.args != "{}" else [""]
        return [{"type": "input_json_delta", "partial_json": piece} for piece in fragments]
    if isinstance(part, script.Think):
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in part.pieces]
        return thoughts + ([{"type": "signature_delta", "signature": SIGNATURE}] if part.signed else [])
    return [{"type": "text_delta", "text": piece} for piece in part.pieces]


def usage_of(usage):
    return {
        "input_tokens": usage.input - usage.cached - usage.written,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        "service_tier": "standard",
    }


def ask_of(body):
    ask = script.Ask(
        model=body["model"],
        stream=body.get("stream") is True,
        system="\n".join(block["text"] for block in blocks_of(body.get("system", []))),
        max_tokens=body["max_tokens"],
        thinking=body.get("thinking", {}).get("type") in ("enabled", "adaptive"),
        stop=body.get("stop_sequences", []),
    )
    choice = body.get("tool_choice", {})
    ask.choice = {"any": "required", "tool": choice.get("name")}.get(choice.get("type"), choice.get("type"))
    ask.schema = (body.get("output_config", {}).get("format") or {}).get("schema")
    for one in body.get("tools", []):
        if "name" in one:
            ask.tools.append(one["name"])
            ask.tool_schemas[one["name"]] = one.get("input_schema")
    ask.servers = [server["name"] for server in body.get("mcp_servers", [])]
    ask.turns = turns_of(merged(body["messages"]))
    return ask


def turns_of(messages):
    turns, names = [], {}
    for message in messages:
        parts, results = [], []
        for block in message["content"]:
            kind = block["type"]
            if kind == "text":
                parts.append(("text", block["text"]))
            elif kind == "image":
                source = block["source"]
                parts.append(("image", source.get("media_type", "url"), source.get("data", source.get("url"))))
            elif kind == "tool_use":
                names[block["id"]] = block["name"]
                parts.append(("call", block["name"], block["input"]))
            elif kind == "thinking":
                parts.append(("thinking", block["thinking"]))
            elif kind == "tool_result":
                said = "".join(b.get("text", "") for b in blocks_of(block.get("content", [])))
                results.append(("result", names[block["tool_use_id"]], said))
            else:
                parts.append((kind,))
        if results:
            turns.append(("tool", results))
        if parts or not results:
            turns.append((message["role"], parts))
    return turns
