"""Google GenerateContent: what an answer may look like."""

import base64
import json

from . import Told
from .sse import count, frames, members, need, parsed

FINISH = ("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT",
          "SPII", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "IMAGE_SAFETY", "NO_IMAGE")
STATUS = ("INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND",
          "RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNIMPLEMENTED",
          "OUT_OF_RANGE", "ABORTED")
DATA = ("text", "inlineData", "functionCall", "executableCode", "codeExecutionResult")
TOP = ("candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback", "createTime", "modelStatus")


def error(body):
    thing = parsed(body.decode("utf-8"))
    members(thing, "error answer", error=dict)
    members(thing["error"], "error", code=int, message=str, status=str)
    need(thing["error"]["status"] in STATUS, "status", thing["error"])
    need(thing["error"]["message"], "the message is empty")
    return thing["error"]


def usage(thing):
    count(thing, "usageMetadata", promptTokenCount=0, totalTokenCount=0)
    parts = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount")
    need(thing["totalTokenCount"] == sum(thing.get(name, 0) for name in parts), "usage does not add up", thing)
    need(thing.get("cachedContentTokenCount", 0) <= thing["promptTokenCount"], "more cached than read", thing)
    return thing


def part(one, told):
    need(isinstance(one, dict) and sum(name in one for name in DATA) == 1, "a part has exactly one kind of data", one)
    if "thoughtSignature" in one:
        base64.b64decode(one["thoughtSignature"], validate=True)
    if "text" in one:
        members(one, "part", text=str)
        need(one.get("thought", False) in (True, False), "thought", one)
        if one.get("thought"):
            told.thinking += one["text"]
        else:
            told.text += one["text"]
    elif "inlineData" in one:
        members(one["inlineData"], "inlineData", mimeType=str, data=str)
        if one["inlineData"]["mimeType"].startswith("image/"):
            told.pictures.append(one["inlineData"]["data"])
    elif "functionCall" in one:
        members(one["functionCall"], "functionCall", name=str)
        need(isinstance(one["functionCall"].get("args", {}), dict), "args is not an object", one)
        need(one["functionCall"]["name"], "a call without a name")
        told.calls.append((one["functionCall"]["name"], json.dumps(one["functionCall"].get("args", {}))))


def chunk(thing, told, final, finished):
    need(isinstance(thing, dict), "not an object", thing)
    for name in thing:
        need(name in TOP or name.startswith("x_"), "unknown member", name)
    if "promptFeedback" in thing:
        told.stop = told.stop or "SAFETY"
    if thing.get("usageMetadata"):
        told.usage = usage(thing["usageMetadata"])
    for candidate in thing.get("candidates", []):
        at = candidate.get("index", 0)
        need(at not in finished, "a candidate after its finish", thing)
        need(isinstance(candidate.get("index", 0), int), "index", candidate)
        if "content" in candidate:
            members(candidate["content"], "content", parts=list)
            need(candidate["content"].get("role") == "model", "role", candidate)
            for one in candidate["content"]["parts"]:
                part(one, told)
        if "finishReason" in candidate:
            need(candidate["finishReason"] in FINISH, "finishReason", candidate)
            told.stop = told.stop or candidate["finishReason"]
            finished.add(at)
    if final:
        need(told.stop, "no finishReason")


def whole(body):
    thing = parsed(body.decode("utf-8"))
    told = Told()
    chunk(thing, told, True, set())
    members(thing, "answer", modelVersion=str, responseId=str, usageMetadata=dict)
    told.model = thing["modelVersion"]
    return told


def chunks(things):
    need(things, "an empty stream")
    told, head, finished = Told(), None, set()
    for thing in things:
        need(told.error is None, "something after the error", thing)
        if isinstance(thing, dict) and "error" in thing:
            told.error = error(json.dumps(thing).encode())
            continue
        if "x_unheard_of" in thing:
            continue
        members(thing, "chunk", modelVersion=str, responseId=str)
        here = (thing["modelVersion"], thing["responseId"])
        need(head in (None, here), "responseId or modelVersion changed", head, here)
        head = here
        chunk(thing, told, False, finished)
    if told.error is None:
        need(told.stop, "the stream just stops")
        need(told.usage, "no usage")
    told.model = head and head[0]
    return told


def stream(body):
    events = frames(body)
    for name, data in events:
        need(name is None, "gemini events have no names", name)
        need(data != "[DONE]", "gemini streams have no [DONE]")
    return chunks([parsed(data) for _, data in events])


def array(body):
    """The answer to streamGenerateContent without alt=sse: one JSON array."""
    things = parsed(body.decode("utf-8"))
    need(isinstance(things, list), "not an array", things)
    return chunks(things)
