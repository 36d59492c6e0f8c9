"""OpenAI Chat Completions: what an answer may look like."""

import json

from . import Told
from .openai import error
from .sse import count, frames, members, need, parsed

BROKEN_OFF = ("length", "content_filter")  # calls may have begun before
FINISH = ("stop", "length", "tool_calls", "content_filter", "function_call")


def usage(thing):
    count(thing, "usage", prompt_tokens=0, completion_tokens=0, total_tokens=0)
    need(thing["total_tokens"] == thing["prompt_tokens"] + thing["completion_tokens"], "usage does not add up", thing)
    details = thing.get("prompt_tokens_details") or {}
    need(details.get("cached_tokens", 0) <= thing["prompt_tokens"], "more cached than read", thing)
    details = thing.get("completion_tokens_details") or {}
    need(details.get("reasoning_tokens", 0) <= thing["completion_tokens"], "more reasoned than said", thing)
    return thing


def _call(one):
    """What a call is to be done with, and the member that holds its input."""
    kind = one.get("type", "custom" if "custom" in one else "function")
    need(kind in ("function", "custom"), "type of a call", one)
    members(one, "tool call", **{kind: dict})
    said = "arguments" if kind == "function" else "input"
    if "type" in one:
        members(one[kind], kind, **{"name": str, said: str})
    return one[kind], said


def whole(body):
    thing = parsed(body.decode("utf-8"))
    members(thing, "completion", id=str, object=str, created=int, model=str, choices=list)
    need(thing["object"] == "chat.completion", "object is", thing["object"])
    need(thing["id"], "id is empty")
    need([c.get("index") for c in thing["choices"]] == list(range(len(thing["choices"]))), "choice indices")
    need(thing["choices"], "no choices")
    told = [_choice(one) for one in thing["choices"]][0]
    told.usage = usage(thing["usage"]) if "usage" in thing else None
    told.model = thing["model"]
    return told


def _choice(choice):
    told = Told()
    members(choice, "choice", index=int, message=dict, finish_reason=str)
    need(choice["finish_reason"] in FINISH, "finish_reason", choice["finish_reason"])
    need("logprobs" in choice, "choice lacks logprobs")
    message = choice["message"]
    members(message, "message", role=str, content=(str, None), refusal=(str, None))
    need(message["role"] == "assistant", "role", message["role"])
    told.text, told.refusal = message["content"] or "", message["refusal"] or ""
    told.thinking = message.get("reasoning_content") or ""
    for one in message.get("tool_calls", []):
        members(one, "tool call", id=str, type=str)
        call, said = _call(one)
        need(one["id"] and call["name"], "a call without id or name", one)
        if said == "arguments" and choice["finish_reason"] not in BROKEN_OFF:
            parsed(call[said])
        told.calls.append((call["name"], call[said]))
    told.pictures = [_picture(one) for one in message.get("images", [])]
    if "tool_calls" in message:
        need(message["tool_calls"], "tool_calls is empty")
    need(bool(told.calls) == (choice["finish_reason"] == "tool_calls") or choice["finish_reason"] in BROKEN_OFF,
         "calls and finish_reason disagree", choice)
    need(told.calls or told.refusal or "audio" in message or isinstance(message["content"], str),
         "an answer of nothing has null content")
    told.stop = choice["finish_reason"]
    return told


def _picture(one):
    members(one, "image", type=str, image_url=dict)
    need(one["type"] == "image_url" and one["image_url"]["url"].startswith("data:image/"), "image", one)
    return one["image_url"]["url"].partition(";base64,")[2]


class _Choice:
    def __init__(self):
        self.begun = False
        self.finish = None
        self.calls = []
        self.text = self.refusal = self.thinking = ""
        self.pictures = []


def stream(body, include_usage=None):
    """include_usage  what the client asked for; None when unknown"""
    events = frames(body)
    need(events, "an empty stream")
    told, head, choices, last = Told(), None, {}, None
    for at, (name, data) in enumerate(events):
        need(last is None, "something after the end", data)
        if data == "[DONE]":
            last = "done"
            continue
        chunk = parsed(data)
        if "error" in chunk:
            told.error = error(data.encode())
            last = "error"
            continue
        need(name is None, "chat events have no names", name)
        members(chunk, "chunk", id=str, object=str, created=int, model=str, choices=list)
        need(chunk["object"] == "chat.completion.chunk", "object is", chunk["object"])
        here = (chunk["id"], chunk["created"], chunk["model"])
        need(head in (None, here), "id, created or model changed", head, here)
        need(here[0], "id is empty")
        head = here
        _usage(chunk, told, choices, include_usage)
        for choice in chunk["choices"]:
            _delta(choice, choices.setdefault(choice.get("index"), _Choice()))
    if last == "done":
        need(choices and all(c.finish for c in choices.values()), "[DONE] before every choice finished")
        if include_usage:
            need(told.usage, "usage was asked for and did not come")
    need(last, "the stream just stops")
    told.model = head and head[2]
    for state in choices.values():
        _calls(state, last)
    if 0 in choices:
        first = choices[0]
        told.text, told.refusal, told.thinking, told.stop = first.text, first.refusal, first.thinking, first.finish
        told.pictures = first.pictures
        told.calls = [(name, arguments) for _, name, arguments, _ in first.calls]
    return told


def _usage(chunk, told, choices, include_usage):
    given = chunk.get("usage")
    if given is None:
        need(chunk["choices"] or "x_unheard_of" in chunk, "a chunk with neither choices nor usage", chunk)
        return
    need(include_usage is not False, "usage that was not asked for")
    need(not chunk["choices"], "usage beside choices", chunk)
    need(told.usage is None, "usage twice")
    need(choices and all(c.finish for c in choices.values()), "usage before the finish")
    told.usage = usage(given)


def _delta(choice, state):
    members(choice, "choice", index=int, delta=dict, finish_reason=(str, None))
    delta = choice["delta"]
    need(state.finish is None, "a delta after the finish", choice)
    if not state.begun:
        need(delta.get("role") == "assistant", "the first delta has no role", delta)
        state.begun = True
    else:
        need("role" not in delta, "the role twice", delta)
    state.text += delta.get("content") or ""
    state.refusal += delta.get("refusal") or ""
    state.thinking += delta.get("reasoning_content") or ""
    state.pictures += [_picture(one) for one in delta.get("images", [])]
    for part in delta.get("tool_calls", []):
        members(part, "call delta", index=int)
        call, said = _call(part)
        at = part["index"]
        if at == len(state.calls):
            members(part, "a call's first delta", id=str, type=str)
            need(part["id"] and call["name"], "a call without id or name", part)
            state.calls.append([part["id"], call["name"], "", said])
        else:
            need(0 <= at < len(state.calls), "call index out of order", part)
            need("id" not in part and "name" not in call, "id or name repeated", part)
            need(said == state.calls[at][3], "a call of another kind", part)
        state.calls[at][2] += call.get(said, "")
    if choice["finish_reason"] is not None:
        need(choice["finish_reason"] in FINISH, "finish_reason", choice["finish_reason"])
        state.finish = choice["finish_reason"]


def _calls(state, last):
    ids = [one[0] for one in state.calls]
    need(len(set(ids)) == len(ids), "two calls of one id", ids)
    if last != "done" or state.finish in BROKEN_OFF:
        return
    need(bool(state.calls) == (state.finish == "tool_calls"), "calls and finish_reason disagree", state.calls,
         state.finish)
    for _, _, arguments, said in state.calls:
        need(said == "input" or isinstance(json.loads(arguments), dict), "arguments are not an object", arguments)
