"""What OpenAI's two dialects share."""

from .sse import members, need, parsed


def error(body):
    thing = parsed(body.decode("utf-8"))
    members(thing, "error answer", error=dict)
    members(thing["error"], "error", message=str, type=str)
    need(thing["error"]["message"], "the message is empty")
    return thing["error"]
