"""How upstreams frame what they say, and how they fail to: what a client of each dialect gets all the same."""

import gzip
import json
import random
import re
import threading
import time

import pytest

from fakes import DIALECTS, wait_until
from gateway import KEY
from test_untouched import path, stream_of
from wire import HEADERS, body, error, told

pairs = pytest.mark.parametrize("client,upstream", [(c, u) for c in DIALECTS for u in DIALECTS])
modes = pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
ERRORS = {
    "chat": {"error": {"message": "scripted complaint", "type": "server_error", "param": None, "code": None}},
    "responses": {"error": {"message": "scripted complaint", "type": "server_error", "param": None, "code": None}},
    "claude": {"type": "error", "error": {"type": "overloaded_error", "message": "scripted complaint"}},
    "gemini": {"error": {"code": 503, "message": "scripted complaint", "status": "UNAVAILABLE"}},
}


def ask(relays, client, upstream, stream, **more):
    """A client's question to the upstream's plain model."""
    where = path(client, "plain", stream).replace(f"{client}-plain", f"{upstream}-plain")
    return relays.post(where, body(client, f"{upstream}-plain", stream, **more), headers=HEADERS)


def whole_of(dialect):
    said = {
        "chat": {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}]},
        "responses": {"id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": [
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "hello", "annotations": []}]}]},
        "claude": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                   "content": [{"type": "text", "text": "hello"}], "usage": {"input_tokens": 1, "output_tokens": 1}},
        "gemini": {"candidates": [
            {"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}]},
    }
    return json.dumps(said[dialect]).encode()


@modes
@pairs
def test_an_error_that_claims_success_is_an_error(relays, anything, client, upstream, stream):
    said = json.dumps(ERRORS[upstream]).encode()
    anything.type, anything.reply = "application/json", said
    if stream:
        anything.type, anything.reply, anything.at_once = "text/event-stream", b"data: " + said + b"\n\n", True
    answer = ask(relays, client, upstream, stream)
    assert answer.status_code >= 400, answer.text
    assert "scripted complaint" in error(client, answer)["message"]


@modes
@pairs
@pytest.mark.parametrize("said", (b"<html><h1>Bad gateway</h1></html>", b"upstream connect error", b"", b"[1", b"null"),
                         ids=("html", "text", "nothing", "broken", "null"))
def test_an_error_in_any_form_is_an_error_object(relays, anything, client, upstream, stream, said):
    anything.status, anything.reply = 502, said
    anything.type = "text/html" if said.startswith(b"<") else "text/plain"
    answer = ask(relays, client, upstream, stream)
    assert answer.status_code in (500, 502, 503), answer.text
    error(client, answer)


@modes
@pairs
def test_a_compressed_answer_is_opened(relays, anything, client, upstream, stream):
    anything.type, plain = "application/json", whole_of(upstream)
    if stream:
        anything.type, plain = "text/event-stream", stream_of(upstream, "plain", random.Random(1))[0]
    anything.reply, anything.more = gzip.compress(plain), (("content-encoding", "gzip"),)
    # A chat client that does not ask for figures is not shown those that its upstream tells.
    figures = {"stream_options": {"include_usage": True}} if stream and client == upstream == "chat" else {}
    answer = ask(relays, client, upstream, stream, **figures)
    assert answer.status_code == 200, answer.text
    if client == upstream:
        assert answer.content == plain
    else:
        told(client, answer, stream)


BEGINS = {
    "chat": [{"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a"}}]}],
    "responses": [
        {"type": "response.created", "response": {"id": "resp_1", "model": "m", "output": []}},
        {"type": "response.output_item.added", "output_index": 0,
         "item": {"id": "msg_1", "type": "message", "role": "assistant", "content": []}},
        {"type": "response.content_part.added", "output_index": 0, "content_index": 0, "item_id": "msg_1",
         "part": {"type": "output_text", "text": ""}},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "msg_1", "delta": "a"}],
    "claude": [
        {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                                              "content": [], "usage": {"input_tokens": 17, "output_tokens": 5}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}],
    "gemini": [{"candidates": [{"content": {"role": "model", "parts": [{"text": "a"}]}}], "responseId": "r"}],
}
# Google's SDKs take a comment for a broken answer: only its arrays have room for a sign of life.
PING = {"gemini": re.compile(rb"\}\r\n$")}
COMMENT = re.compile(rb"(^|\n):[^\n]*\n|event: ping\ndata: [^\n]*\n\n")


@pairs
def test_silence_is_kept_alive_in_the_clients_dialect(relays, anything, client, upstream):
    """An answer begins, then nothing comes for longer than the interval of this gateway."""
    frames = (f"data: {json.dumps(event)}\n\n" for event in BEGINS[upstream])
    anything.type, anything.reply, anything.stays = "text/event-stream", "".join(frames).encode(), True
    where = path(client, "plain", True).replace(f"{client}-plain", f"{upstream}-plain").removesuffix("?alt=sse")
    headers, ping = {**HEADERS, "authorization": f"Bearer {KEY}"}, PING.get(client, COMMENT)
    asked = body(client, f"{upstream}-plain", True)
    with relays.http.stream("POST", relays.url + where, json=asked, headers=headers) as answer:
        got = b""
        for some in answer.iter_raw():
            got += some
            if ping.search(got):
                break
    assert ping.search(got), got


@pytest.mark.parametrize("client", ("claude", "responses", "chat"))
def test_a_start_that_waits_is_heard_within_the_interval(relays, anything, client):
    """An answer begins, and then its upstream says again and again that it is still there: no word to be shown."""
    frames = [f"data: {json.dumps(BEGINS['claude'][0])}\n\n"] + ['data: {"type":"ping"}\n\n'] * 60
    anything.type, anything.reply, anything.stays = "text/event-stream", "".join(frames).encode(), True
    anything.turns, done = threading.Semaphore(0), threading.Event()

    def tick():
        while not done.wait(0.1):
            anything.turns.release()

    ticking = threading.Thread(target=tick)
    ticking.start()
    where = path(client, "plain", True)
    headers, began = {**HEADERS, "authorization": f"Bearer {KEY}"}, time.monotonic()
    try:
        with relays.http.stream("POST", relays.url + where, json=body(client, "claude-plain", True), headers=headers) as answer:
            first = next(answer.iter_raw())
    finally:
        done.set()
        ticking.join()
        anything.turns.release(100)
    assert 0.9 < time.monotonic() - began < 4 and first, first


@pytest.mark.parametrize("upstream", ("claude", "gemini", "chat"))
def test_what_a_client_saw_before_it_left_is_counted(relays, anything, upstream):
    """The client goes when it has everything but the end."""
    said = {
        "claude": b'data: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":17,'
                  b'"output_tokens":5}}}\n\n',
        "gemini": b'data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":17,'
                  b'"candidatesTokenCount":5,"totalTokenCount":22}}\n\n',
        "chat": b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":17,'
                b'"completion_tokens":5,"total_tokens":22}}\n\n',
    }[upstream]
    anything.type, anything.reply, anything.stays = "text/event-stream", said, True
    mark = len(relays.log())
    client = "chat" if upstream != "chat" else "claude"
    headers = {**HEADERS, "authorization": f"Bearer {KEY}"}
    with relays.http.stream("POST", relays.url + path(client, "plain", True),
                            json=body(client, f"{upstream}-plain", True), headers=headers) as answer:
        next(answer.iter_raw())
    assert anything.left.wait(5), "the upstream still talks"
    assert wait_until(lambda: re.search(r"in_tokens=17 out_tokens=5", relays.log()[mark:]), 5), relays.log()[mark:]

