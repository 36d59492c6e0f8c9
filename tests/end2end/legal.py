"""Asks the strict fakes and the grammars about bytes that no connection carried.

fault(word, kind, body, …) says why a request or an answer is not legal in a dialect, or None. Used by
tests/wire/matrix and by the tests of random conversations."""

import json

import grammar
import grammar.chat
import grammar.claude
import grammar.gemini
import grammar.responses
from fakes import chat, claude, gemini, responses, upstream
from fakes.shape import Wrong

GRAMMARS = {
    "openai": grammar.chat, "openai-response": grammar.responses, "claude": grammar.claude, "gemini": grammar.gemini,
}
FAKES = {
    "openai": chat.Chat(), "openai-response": responses.Responses(), "claude": claude.Claude(),
    "gemini": gemini.Gemini(),
}
PATHS = {"openai": "/v1/chat/completions", "openai-response": "/v1/responses", "claude": "/v1/messages"}
ENVELOPE = "gw1."


class Request:
    """A request as the fakes see it, without a connection."""

    method = "POST"

    def __init__(self, path, body):
        self.path = self.target = path
        self.query = {"alt": "sse"} if "stream" in path else {}
        self.body = body
        self.headers = [("content-type", "application/json"), ("anthropic-version", "2023-06-01"),
                        ("anthropic-beta", claude.MCP_BETA)]

    def header(self, name):
        return dict(self.headers).get(name.lower())


def own_state(word, value, inside=None):
    """The request with opaque reasoning replaced by what the fake itself would have issued: whose state it
    is was decided before, and envelopes never leave the gateway."""
    if isinstance(value, list):
        return [own_state(word, one, inside) for one in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, one in value.items():
        if isinstance(one, str) and one.startswith(ENVELOPE):
            raise grammar.Illegal(f"{name} is an envelope of the gateway")
        if word == "claude" and name == "signature" and value.get("type") == "thinking":
            one = claude.SIGNATURE
        elif word == "gemini" and name == "thoughtSignature":
            one = gemini.SIGNATURE
        elif word == "openai-response" and name == "encrypted_content" and one is not None:
            one = responses.ENCRYPTED
        out[name] = own_state(word, one, name)
    return out


def request_fault(word, body, model, stream):
    path = PATHS.get(word) or f"/v1beta/models/{model}:" + ("streamGenerateContent" if stream else "generateContent")
    fake = FAKES[word]
    try:
        given = own_state(word, json.loads(body))
        given = {name: value for name, value in given.items() if not name.startswith("x_")}
        fake.read(Request(path, json.dumps(given).encode()))
    except Wrong as wrong:
        return str(fake.wrong(wrong))
    except (upstream.Refused, grammar.Illegal, ValueError) as cause:
        return str(cause)
    return None


def answer_fault(word, kind, body):
    try:
        told = getattr(GRAMMARS[word], {"response": "whole", "stream": "stream"}[kind])(body)
    except (grammar.Illegal, ValueError) as cause:
        return str(cause)
    return None if told else "it says nothing"


def fault(word, kind, body, model="m1", stream=False):
    if kind == "request":
        return request_fault(word, body, model, stream)
    return answer_fault(word, kind, body)
