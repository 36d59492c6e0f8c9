"""OpenAI Responses: what an answer may look like."""

import json

from . import Told
from .openai import error  # noqa: F401
from .sse import count, frames, members, need, parsed

REQUIRED = (
    "id", "object", "created_at", "status", "background", "error", "incomplete_details", "instructions",
    "max_output_tokens", "metadata", "model", "output", "parallel_tool_calls", "previous_response_id", "reasoning",
    "store", "temperature", "text", "tool_choice", "tools", "top_p", "truncation", "usage",
)
PREFIX = {
    "message": "msg_", "reasoning": "rs_", "function_call": "fc_", "custom_tool_call": "ctc_",
    "web_search_call": "ws_", "image_generation_call": "ig_", "code_interpreter_call": "ci_",
    "file_search_call": "fs_", "mcp_call": "mcp_", "mcp_list_tools": "mcpl_", "local_shell_call": "lsh_",
    "shell_call": "sh_", "apply_patch_call": "apc_", "computer_call": "cu_", "compaction": "cmp_",
}
HOSTED = {  # what tells of a hosted call's progress, in this order
    "web_search_call": ("in_progress", "searching", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "image_generation_call": ("in_progress", "generating", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "mcp_call": ("in_progress", "completed", "failed"),
    "mcp_list_tools": ("in_progress", "completed"),
}
STATUSES = ("in_progress", "completed", "incomplete", "failed", "searching", "interpreting", "generating", "calling")
TERMINAL = ("response.completed", "response.incomplete", "response.failed")


def usage(thing):
    count(thing, "usage", input_tokens=0, output_tokens=0, total_tokens=0)
    members(thing, "usage", input_tokens_details=dict, output_tokens_details=dict)
    count(thing["input_tokens_details"], "input_tokens_details", cached_tokens=0)
    count(thing["output_tokens_details"], "output_tokens_details", reasoning_tokens=0)
    need(thing["total_tokens"] == thing["input_tokens"] + thing["output_tokens"], "usage does not add up", thing)
    return thing


def response(thing, status):
    for name in REQUIRED:
        need(name in thing, f"response lacks '{name}'", sorted(thing))
    members(thing, "response", id=str, object=str, created_at=(int, float), status=str, model=str, output=list,
            tools=list, parallel_tool_calls=bool, metadata=(dict, None), text=dict, error=(dict, None),
            incomplete_details=(dict, None), usage=(dict, None))
    need(thing["object"] == "response" and thing["id"].startswith("resp_"), "object or id", thing)
    need(thing["status"] in status, "status", thing["status"])
    need((thing["status"] == "incomplete") == bool(thing["incomplete_details"]), "incomplete_details", thing)
    need((thing["status"] == "failed") == bool(thing["error"]), "error", thing)
    if thing["status"] in ("completed", "incomplete"):
        need(thing["usage"], "no usage")
        usage(thing["usage"])


def annotation(note):
    members(note, "annotation", type=str)
    if note["type"] == "url_citation":
        members(note, "url_citation", url=str, title=str, start_index=int, end_index=int)
        need(0 <= note["start_index"] <= note["end_index"], "indices of a citation", note)
    elif note["type"] == "file_citation":
        members(note, "file_citation", file_id=str, filename=str, index=int)
    else:
        need(note["type"] in ("container_file_citation", "file_path"), "annotation", note)


def content_part(part):
    kind = part.get("type")
    if kind == "output_text":
        members(part, "output_text", text=str, annotations=list, logprobs=list)
        for note in part["annotations"]:
            annotation(note)
    elif kind == "refusal":
        members(part, "refusal", refusal=str)
    else:
        need(kind == "reasoning_text", "content part", part)


def item(one, told=None):
    kind = one.get("type")
    need(kind in PREFIX, "item type", one)
    members(one, "item", id=str)
    need(one["id"].startswith(PREFIX[kind]), "item id", one)
    told = told or Told()
    if kind == "message":
        members(one, "message item", role=str, status=str, content=list)
        need(one["role"] == "assistant", "role", one)
        for part in one["content"]:
            content_part(part)
            told.text += part.get("text", "")
            told.refusal += part.get("refusal", "")
    elif kind == "reasoning":
        members(one, "reasoning item", summary=list)
        for part in one["summary"]:
            members(part, "summary", type=str, text=str)
            told.thinking += part["text"]
        for part in one.get("content") or []:
            told.thinking += part["text"]
    elif kind == "function_call":
        members(one, "function_call item", call_id=str, name=str, arguments=str)
        need(one["call_id"] and one["name"] and one["call_id"] != one["id"], "call_id or name", one)
        told.calls.append((one["name"], one["arguments"]))
    elif kind == "custom_tool_call":
        members(one, "custom_tool_call item", call_id=str, name=str, input=str)
        need(one["call_id"] and one["name"] and one["call_id"] != one["id"], "call_id or name", one)
        told.calls.append((one["name"], json.dumps({"input": one["input"]})))
    elif kind == "web_search_call":
        members(one, "web_search_call item", status=str)
        if "action" in one:
            members(one["action"], "action", type=str)
    elif kind == "code_interpreter_call":
        members(one, "code_interpreter_call item", status=str, code=(str, None), container_id=str, outputs=(list, None))
    elif kind == "mcp_call":
        members(one, "mcp_call item", server_label=str, name=str, arguments=str, output=(str, None), error=(dict, None))
        need(one["name"] and one["server_label"], "a call without name or server", one)
        need(not (one["output"] and one["error"]), "output and error", one)
        told.served.append((one["server_label"], one["name"], one["arguments"], one["output"], bool(one["error"])))
    elif kind == "mcp_list_tools":
        members(one, "mcp_list_tools item", server_label=str, tools=list)
    elif kind == "image_generation_call":
        members(one, "image_generation_call item", status=str, result=(str, None))
        told.pictures += [one["result"]] if one["result"] else []
    if "status" in one:
        need(one["status"] in STATUSES, "item status", one)


def folded(thing):
    told = Told(usage=thing["usage"], model=thing["model"], stop=thing["status"])
    if thing["incomplete_details"]:
        told.stop = thing["incomplete_details"]["reason"]
    for one in thing["output"]:
        item(one, told)
    ids = [one["id"] for one in thing["output"]]
    need(len(set(ids)) == len(ids), "two items of one id", ids)
    calls = [one["call_id"] for one in thing["output"] if "call_id" in one]
    need(len(set(calls)) == len(calls), "two calls of one id", calls)
    if thing["status"] == "completed":
        for _, arguments in told.calls:
            need(isinstance(json.loads(arguments), dict), "arguments are not an object", arguments)
    told.error = thing["error"]
    return told


def whole(body):
    thing = parsed(body.decode("utf-8"))
    response(thing, ("completed", "incomplete"))
    return folded(thing)


def steps(kind, done):
    """What may have been told of a call's progress before it was done."""
    if kind != "mcp_call":
        return [HOSTED[kind]]
    if done.get("status") == "incomplete":
        return [("in_progress",)]
    return [("in_progress", "failed" if done["error"] else "completed")]


class _Item:
    def __init__(self, one):
        self.one = one
        self.kind = one["type"]
        self.parts = {}  # index: text so far, or None when done
        self.finished = []  # texts of finished parts
        self.arguments = ""
        self.arguments_done = False
        self.progress = []
        self.closed = None


class _Stream:
    def __init__(self):
        self.items = []
        self.state = "start"  # start, created, running, ended
        self.told = None
        self.head = None
        self.partial = []

    def take(self, event):
        kind = event["type"]
        need(self.state != "ended", "something after the end", event)
        if kind == "error":
            members(event, "error event", message=str)
            need("code" in event and "param" in event, "error event lacks code or param", event)
            self.told, self.state = Told(error=event), "ended"
        elif kind in ("response.created", "response.in_progress", "response.queued") or kind in TERMINAL:
            self.whole_response(kind, event)
        else:
            need(self.state == "running", "before response.in_progress", event)
            members(event, kind, output_index=int)
            name = kind.removeprefix("response.")
            hosted, _, step = name.partition(".")
            if hosted in HOSTED and step in HOSTED[hosted]:
                self.at(event, hosted).progress.append(step)
                return
            name = name.replace(".", "_")
            need(hasattr(self, name), "unknown event", kind)
            getattr(self, name)(event)

    def whole_response(self, kind, event):
        members(event, kind, response=dict)
        thing = event["response"]
        need(self.head in (None, (thing["id"], thing["model"])), "id or model changed", event)
        self.head = thing["id"], thing["model"]
        if kind == "response.created":
            need(self.state == "start", "response.created twice")
            self.state = "created"
        elif kind == "response.in_progress":
            need(self.state == "created", "response.in_progress out of place", self.state)
            self.state = "running"
        elif kind in TERMINAL:
            need(self.state == "running", kind, self.state)
            response(thing, (kind.removeprefix("response."),))
            if kind != "response.failed":
                need(thing["output"] == [one.closed for one in self.items], "output is not what was streamed", thing)
            self.told, self.state = folded(thing), "ended"
            self.told.partial = [picture for _, picture in self.partial]
            return
        response(thing, ("in_progress", "queued"))
        need(thing["output"] == [], "output at the start", thing)

    def output_item_added(self, event):
        members(event, "added", item=dict)
        need(event["output_index"] == len(self.items), "output_index", event)
        item(event["item"])
        need(event["item"].get("status", "in_progress") == "in_progress", "status of a new item", event)
        self.items.append(_Item(event["item"]))

    def at(self, event, *kinds):
        """The open item of an event."""
        need(0 <= event["output_index"] < len(self.items), "no such item", event)
        one = self.items[event["output_index"]]
        members(event, event["type"], item_id=str)
        need(event["item_id"] == one.one["id"], "item_id differs from the item's", event)
        need(one.closed is None, "the item is done", event)
        need(one.kind in kinds, "event of another kind of item", event)
        return one

    def output_item_done(self, event):
        members(event, "done", item=dict)
        need(0 <= event["output_index"] < len(self.items), "no such item", event)
        one = self.items[event["output_index"]]
        need(one.closed is None, "done twice", event)
        done = event["item"]
        item(done)
        need((done["id"], done["type"]) == (one.one["id"], one.kind), "done is another item", event)
        need(all(text is None for text in one.parts.values()), "done with a part open", event)
        if one.kind == "message":
            said = [part.get("text", part.get("refusal")) for part in done["content"]]
            need(said == one.finished, "the item's content is not what was streamed", said, one.finished)
        if one.kind == "reasoning" and not done.get("content"):
            need([p["text"] for p in done["summary"]] == one.finished, "summary is not what was streamed", event)
        if one.kind in ("function_call", "custom_tool_call"):
            need(one.arguments_done, "done without arguments.done", event)
            said = done["arguments" if one.kind == "function_call" else "input"]
            need(said == one.arguments, "arguments are not what was streamed", event)
            need(done["call_id"] == one.one["call_id"] and done["name"] == one.one["name"], "another call", event)
        if one.kind == "reasoning" and done.get("content"):
            need([p["text"] for p in done["content"]] == one.finished, "the chain is not what was streamed", event)
        if one.kind in HOSTED:
            need(tuple(one.progress) in steps(one.kind, done), "steps of a hosted call", one.progress, event)
        if one.kind == "mcp_call" and done.get("status") != "incomplete":
            need(one.arguments_done and done["arguments"] == one.arguments, "arguments are not what was streamed", event)
        one.closed = done

    def open_part(self, event, index_name, *kinds):
        one = self.at(event, *kinds)
        members(event, event["type"], **{index_name: int}, part=dict)
        need(event[index_name] == len(one.parts), index_name, event)
        need(all(text is None for text in one.parts.values()), "a second part is opened", event)
        need(event["part"].get("text", event["part"].get("refusal")) == "", "a part starts with something", event)
        one.parts[event[index_name]] = ""

    def grow(self, event, index_name, *kinds):
        one = self.at(event, *kinds)
        members(event, event["type"], **{index_name: int}, delta=str)
        need(one.parts.get(event[index_name]) is not None, "no such open part", event)
        one.parts[event[index_name]] += event["delta"]

    def same(self, event, index_name, member, *kinds):
        one = self.at(event, *kinds)
        members(event, event["type"], **{index_name: int, member: str})
        need(one.parts.get(event[index_name]) == event[member], "done differs from the deltas", event, one.parts)

    def close_part(self, event, index_name, *kinds):
        one = self.at(event, *kinds)
        members(event, event["type"], **{index_name: int}, part=dict)
        said = event["part"].get("text", event["part"].get("refusal"))
        need(one.parts.get(event[index_name]) == said, "the part is not what was streamed", event)
        one.parts[event[index_name]] = None
        one.finished.append(said)

    def content_part_added(self, event):
        self.open_part(event, "content_index", "message", "reasoning")
        content_part(event["part"])

    def content_part_done(self, event):
        content_part(event["part"])
        self.close_part(event, "content_index", "message", "reasoning")

    def output_text_delta(self, event):
        members(event, "output_text.delta", logprobs=list)
        self.grow(event, "content_index", "message")

    def output_text_done(self, event):
        members(event, "output_text.done", logprobs=list)
        self.same(event, "content_index", "text", "message")

    def output_text_annotation_added(self, event):
        members(event, "annotation.added", annotation_index=int, annotation=dict)
        self.at(event, "message")

    def refusal_delta(self, event):
        self.grow(event, "content_index", "message")

    def refusal_done(self, event):
        self.same(event, "content_index", "refusal", "message")

    def reasoning_text_delta(self, event):
        self.grow(event, "content_index", "reasoning")

    def reasoning_text_done(self, event):
        self.same(event, "content_index", "text", "reasoning")

    def reasoning_summary_part_added(self, event):
        self.open_part(event, "summary_index", "reasoning")

    def reasoning_summary_text_delta(self, event):
        self.grow(event, "summary_index", "reasoning")

    def reasoning_summary_text_done(self, event):
        self.same(event, "summary_index", "text", "reasoning")

    def reasoning_summary_part_done(self, event):
        self.close_part(event, "summary_index", "reasoning")

    def function_call_arguments_delta(self, event):
        one = self.at(event, "function_call")
        members(event, "arguments.delta", delta=str)
        need(not one.arguments_done, "a delta after arguments.done", event)
        one.arguments += event["delta"]

    def function_call_arguments_done(self, event):
        one = self.at(event, "function_call")
        members(event, "arguments.done", arguments=str)
        need(event["arguments"] == one.arguments, "done differs from the deltas", event, one.arguments)
        need(event.get("name") == one.one["name"], "arguments.done lacks its call's name", event)
        one.arguments_done = True

    def custom_tool_call_input_delta(self, event):
        one = self.at(event, "custom_tool_call")
        members(event, "input.delta", delta=str)
        need(not one.arguments_done, "a delta after input.done", event)
        one.arguments += event["delta"]

    def custom_tool_call_input_done(self, event):
        one = self.at(event, "custom_tool_call")
        members(event, "input.done", input=str)
        need(event["input"] == one.arguments, "done differs from the deltas", event, one.arguments)
        one.arguments_done = True

    def image_generation_call_partial_image(self, event):
        one = self.at(event, "image_generation_call")
        members(event, "partial_image", partial_image_index=int, partial_image_b64=str)
        need(one.progress == ["in_progress", "generating"], "a picture on the way, out of place", event)
        need(event["partial_image_index"] == len([item for item in self.partial if item[0] == one.one["id"]]), "index", event)
        self.partial.append((one.one["id"], event["partial_image_b64"]))

    def mcp_call_arguments_delta(self, event):
        one = self.at(event, "mcp_call")
        members(event, "arguments.delta", delta=str)
        need(not one.arguments_done and one.progress == ["in_progress"], "a delta out of place", event)
        one.arguments += event["delta"]

    def mcp_call_arguments_done(self, event):
        one = self.at(event, "mcp_call")
        members(event, "arguments.done", arguments=str)
        need(one.arguments in ("", event["arguments"]), "done differs from the deltas", event, one.arguments)
        one.arguments, one.arguments_done = event["arguments"], True

    def code_interpreter_call_code_delta(self, event):
        one = self.at(event, "code_interpreter_call")
        members(event, "code.delta", delta=str)
        one.arguments += event["delta"]

    def code_interpreter_call_code_done(self, event):
        one = self.at(event, "code_interpreter_call")
        members(event, "code.done", code=str)
        need(event["code"] == one.arguments, "done differs from the deltas", event, one.arguments)


def stream(body):
    reader, sequence = _Stream(), 0
    events = frames(body)
    need(events, "an empty stream")
    for name, data in events:
        need(data != "[DONE]", "responses streams have no [DONE]")
        event = parsed(data)
        need(name == event.get("type"), "event name and type differ", name, event)
        need(event.get("sequence_number") == sequence, f"sequence_number is not {sequence}", event)
        sequence += 1
        if name != "response.x_unheard_of":
            reader.take(event)
    need(reader.state == "ended", "the stream just stops", reader.state)
    return reader.told
