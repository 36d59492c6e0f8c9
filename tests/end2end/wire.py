"""Requests of each client dialect as plain HTTP: paths, bodies, and how to read what comes back."""

import json

import grammar.chat
import grammar.claude
import grammar.gemini
import grammar.responses

GRAMMARS = {
    "chat": grammar.chat, "responses": grammar.responses, "claude": grammar.claude, "gemini": grammar.gemini,
}
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "claude": "/v1/messages"}
BODIES = {
    "chat": {"messages": [{"role": "user", "content": "Say hello"}]},
    "responses": {"input": "Say hello", "reasoning": {"effort": "low", "summary": "auto"}},
    "claude": {"max_tokens": 4000, "messages": [{"role": "user", "content": "Say hello"}]},
    "gemini": {
        "contents": [{"role": "user", "parts": [{"text": "Say hello"}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    },
}
HEADERS = {"anthropic-version": "2023-06-01"}


def path(dialect, model, stream=False):
    if dialect != "gemini":
        return PATHS[dialect]
    return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")


def body(dialect, model, stream=False, **more):
    out = {**BODIES[dialect], **more}
    if dialect == "gemini":
        return out
    return {"model": model, **out, **({"stream": True} if stream else {})}


def ask(gateway, dialect, model, stream=False, headers=None, **more):
    """One request over plain HTTP; httpx's answer."""
    return gateway.post(
        path(dialect, model, stream), body(dialect, model, stream), headers={**HEADERS, **(headers or {})}, **more)


def told(dialect, answer, stream=False):
    """What a good answer says, after its grammar is checked."""
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"].split(";")[0]
    assert kind == ("text/event-stream" if stream else "application/json"), kind
    return (GRAMMARS[dialect].stream if stream else GRAMMARS[dialect].whole)(answer.content)


def error(dialect, answer):
    """The error object of a refusal in the dialect's shape."""
    assert answer.headers["content-type"].split(";")[0] == "application/json", answer.headers
    return GRAMMARS[dialect].error(answer.content)


def raw(dialect, model, port, key, stream=False, content=None, close=False):
    """A request as bytes, for a socket."""
    data = content if content is not None else json.dumps(body(dialect, model, stream)).encode()
    head = [
        f"POST {path(dialect, model, stream)} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {key}",
        "Content-Type: application/json", "anthropic-version: 2023-06-01", f"Content-Length: {len(data)}",
    ]
    if close:
        head.append("Connection: close")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + data
