"""Anthropic Messages: what an answer may look like."""

import json

from . import Told
from .sse import count, frames, members, need, parsed

STOPS = ("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
         "model_context_window_exceeded")
ERRORS = ("invalid_request_error", "authentication_error", "billing_error", "permission_error",
          "not_found_error", "request_too_large", "rate_limit_error", "timeout_error", "api_error",
          "overloaded_error")
BROKEN_OFF = ("max_tokens", "refusal", "model_context_window_exceeded")  # calls may have begun before
DELTAS = {
    "text": ("text_delta", "citations_delta"), "tool_use": ("input_json_delta",),
    "server_tool_use": ("input_json_delta",), "mcp_tool_use": ("input_json_delta",), "thinking": ("thinking_delta", "signature_delta"),
}
OTHERS = ("server_tool_use", "container_upload", "compaction")
BLANK = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}},
         "mcp_tool_use": {"input": {}}}


def usage(thing):
    count(thing, "usage", input_tokens=0, output_tokens=0)
    for name in ("cache_creation_input_tokens", "cache_read_input_tokens"):
        need(isinstance(thing.get(name, 0), (int, type(None))), f"usage.{name}", thing)
    return thing


def error(body):
    thing = parsed(body.decode("utf-8"))
    members(thing, "error answer", type=str, error=dict)
    need(thing["type"] == "error", "type is", thing["type"])
    members(thing["error"], "error", type=str, message=str)
    need(thing["error"]["type"] in ERRORS, "error type", thing["error"])
    need(thing["error"]["message"], "the message is empty")
    return thing["error"]


def message(thing):
    members(thing, "message", id=str, type=str, role=str, model=str, content=list, stop_reason=(str, None),
            stop_sequence=(str, None), usage=dict)
    need(thing["id"].startswith("msg_"), "id", thing["id"])
    need((thing["type"], thing["role"]) == ("message", "assistant"), "type or role", thing)
    usage(thing["usage"])


def block(one, told):
    kind = one.get("type")
    if kind == "text":
        members(one, "text block", text=str)
        told.text += one["text"]
    elif kind == "thinking":
        members(one, "thinking block", thinking=str, signature=str)
        told.thinking += one["thinking"]
    elif kind == "tool_use":
        members(one, "tool_use block", id=str, name=str, input=dict)
        need(one["id"] and one["name"], "a call without id or name", one)
        told.calls.append((one["name"], json.dumps(one["input"])))
    elif kind == "mcp_tool_use":
        members(one, "mcp_tool_use block", id=str, name=str, server_name=str, input=dict)
        need(one["id"] and one["name"] and one["server_name"], "a call without id, name or server", one)
        told.served.append((one["server_name"], one["name"], json.dumps(one["input"]), one["id"]))
    elif kind == "mcp_tool_result":
        members(one, "mcp_tool_result block", tool_use_id=str, is_error=bool, content=(str, list))
        at = next((at for at, call in enumerate(told.served) if call[3:] == (one["tool_use_id"],)), None)
        need(at is not None, "the result of no call", one)
        said = one["content"] if isinstance(one["content"], str) else "\n".join(part["text"] for part in one["content"])
        told.served[at] = (*told.served[at][:3], None if one["is_error"] else said, one["is_error"])
    elif kind == "redacted_thinking":
        members(one, "redacted_thinking block", data=str)
    else:
        need(isinstance(kind, str) and (kind in OTHERS or kind.endswith("_tool_result")), "block type", kind)
        need(kind in ("container_upload", "compaction") or one.get("id" if kind.endswith("use") else "tool_use_id"),
             "a block of a server tool without its id", one)


def agree(told):
    for call in told.served:
        need(len(call) == 5 or told.stop in ("max_tokens", "pause_turn"), "a call of a server's tool gave nothing", call)
    if told.stop not in ("max_tokens", "pause_turn", "refusal", "model_context_window_exceeded"):
        need(bool(told.calls) == (told.stop == "tool_use"), "calls and stop_reason disagree", told)


def whole(body):
    thing = parsed(body.decode("utf-8"))
    message(thing)
    told = Told(stop=thing["stop_reason"], usage=thing["usage"], model=thing["model"])
    need(told.stop in STOPS, "stop_reason", told.stop)
    for one in thing["content"]:
        block(one, told)
        need(one.get("text") != "", "a text block that says nothing", one)
        need(one["type"] != "thinking" or one["thinking"] or one["signature"], "an empty thought", one)
    ids = [one["id"] for one in thing["content"] if one["type"] == "tool_use"]
    need(len(set(ids)) == len(ids), "two calls of one id", ids)
    agree(told)
    return told


class _Stream:
    def __init__(self):
        self.told = Told()
        self.state = "start"  # start, running, closing, ended, error
        self.next_index = 0
        self.open = None
        self.fragments = ""
        self.signed = False  # the open block has its signature
        self.said = False  # and said something
        self.ids = set()

    def message_start(self, event):
        need(self.state == "start", "message_start twice")
        members(event, "message_start", message=dict)
        message(event["message"])
        need(event["message"]["content"] == [], "content in message_start", event)
        need(event["message"]["stop_reason"] is None, "stop_reason in message_start", event)
        self.told.usage = dict(event["message"]["usage"])
        self.told.model = event["message"]["model"]
        self.state = "running"

    def content_block_start(self, event):
        need(self.state == "running", "a block", self.state)
        members(event, "content_block_start", index=int, content_block=dict)
        need(self.open is None, "a second block is opened", event)
        need(event["index"] == self.next_index, "block index", event)
        self.open = event["content_block"]
        self.fragments, self.signed, self.said = "", False, False
        for name, value in BLANK.get(self.open.get("type"), {}).items():
            need(self.open.get(name, value) == value, "a block starts with something in it", event)
        if self.open.get("type") == "tool_use":
            need(self.open.get("id") not in self.ids, "two calls of one id", event)
            self.ids.add(self.open.get("id"))
        block({"signature": "", **self.open}, self.told)

    def content_block_delta(self, event):
        members(event, "content_block_delta", index=int, delta=dict)
        need(self.open is not None and event["index"] == self.next_index, "a delta without its block", event)
        delta = event["delta"]
        need(delta.get("type") in DELTAS.get(self.open["type"], ()), "delta of another kind", event)
        need(not self.signed, "a delta after the signature", event)
        self.said = self.said or any(delta.get(name) for name in ("text", "thinking", "signature", "citation"))
        if delta["type"] == "text_delta":
            members(delta, "delta", text=str)
            self.told.text += delta["text"]
        elif delta["type"] == "thinking_delta":
            members(delta, "delta", thinking=str)
            self.told.thinking += delta["thinking"]
        elif delta["type"] == "signature_delta":
            members(delta, "delta", signature=str)
            self.signed = True
        elif delta["type"] == "input_json_delta":
            members(delta, "delta", partial_json=str)
            self.fragments += delta["partial_json"]

    def content_block_stop(self, event):
        members(event, "content_block_stop", index=int)
        need(self.open is not None and event["index"] == self.next_index, "a stop without its block", event)
        need(self.said or self.open["type"] not in ("text", "thinking"), "a block that says nothing", event)
        need(self.open["type"] != "thinking" or self.signed, "a thinking block without signature_delta", event)
        if self.open["type"] == "tool_use":
            name, _ = self.told.calls.pop()
            self.told.calls.append((name, self.fragments or "{}"))
        if self.open["type"] == "mcp_tool_use":
            server, name, _, one = self.told.served.pop()
            self.told.served.append((server, name, self.fragments or "{}", one))
        self.open = None
        self.next_index += 1

    def message_delta(self, event):
        need(self.state == "running" and self.open is None, "message_delta with a block open", self.state)
        members(event, "message_delta", delta=dict, usage=dict)
        members(event["delta"], "message_delta.delta", stop_reason=str, stop_sequence=(str, None))
        need(event["delta"]["stop_reason"] in STOPS, "stop_reason", event)
        count(event["usage"], "usage", output_tokens=0)
        self.told.stop = event["delta"]["stop_reason"]
        self.told.usage.update({k: v for k, v in event["usage"].items() if v is not None})
        self.state = "closing"

    def message_stop(self, event):
        need(self.state == "closing", "message_stop", self.state)
        self.state = "ended"

    def ping(self, event):
        need(self.state in ("running", "closing"), "ping", self.state)

    def error(self, event):
        self.told.error = error(json.dumps(event).encode())
        self.state = "error"


def stream(body):
    reader = _Stream()
    for name, data in frames(body):
        event = parsed(data)
        need(name == event.get("type"), "event name and type differ", name, event)
        need(reader.state not in ("ended", "error"), "something after the end", data)
        need(name in ("message_start", "error") or reader.state != "start", "before message_start", name)
        if name != "x_unheard_of":
            need(hasattr(reader, name), "unknown event", name)
            getattr(reader, name)(event)
    need(reader.state in ("ended", "error"), "the stream just stops", reader.state)
    if reader.state == "ended":
        agree(reader.told)
        if reader.told.stop not in BROKEN_OFF:
            for _, arguments in reader.told.calls:
                need(isinstance(json.loads(arguments), dict), "arguments are not an object", arguments)
    return reader.told
