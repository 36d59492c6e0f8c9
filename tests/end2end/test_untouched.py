"""One dialect on both sides is sacred: whatever the formatting, a request reaches the upstream and an answer
reaches the client byte for byte, but for the bytes of the model's name. Random documents, real gateway.

AIP_RANDOM_SEED is the first seed, AIP_RANDOM_COUNT how many documents; a failure names its own."""

import json
import os
import random
import re
import threading

import pytest

import hostile
from anything import NAMES
from fakes import wait_until
from gateway import KEY
from wire import HEADERS, PATHS

SEED = int(os.environ.get("AIP_RANDOM_SEED", 1))
COUNT = int(os.environ.get("AIP_RANDOM_COUNT", 60))
DIALECTS = ("chat", "responses", "claude", "gemini")


def served(dialect, alias):
    return NAMES[alias] if NAMES[alias] != alias else f"{dialect}-{alias}"


def path(dialect, alias, stream):
    if dialect != "gemini":
        return PATHS[dialect]
    return f"/v1beta/models/{dialect}-{alias}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")


# ---- Requests ----


KNOWN = {
    "chat": [('"messages"', '[ {"role":"user","content":"a \\u0041 \\/ \\"model\\":\\"no\\""}]')],
    "responses": [('"input"', '[{ "role":"user" ,"content":"caf\\u00e9"}]')],
    "claude": [('"max_tokens"', "1e2"), ('"messages"', '[{"content":"a","role":"user"}]')],
    "gemini": [('"contents"', '[{"parts":[{"text":"\\ud83d\\ude00"}]}]')],
}


def request_of(dialect, alias, stream, rng):
    """A request as its client writes it and as its upstream must get it."""
    pairs = list(KNOWN[dialect])
    if dialect == "gemini":
        text = hostile.record(hostile.mixed(pairs, rng), rng)
        return text.encode(), text.encode()
    name = f"{dialect}-{alias}"
    spelled = rng.choice((f'"{name}"', f'"{name}"', f'"{name}"'.replace("-", "\\u002d")))
    if stream:
        pairs.append((rng.choice(('"stream"', '"\\u0073tream"')), "true"))
    if stream and dialect == "chat":  # without it the gateway asks for the figures itself
        pairs.append(('"stream_options"', '{ "include_usage" :true, "next_years_option":1.50}'))
    if rng.random() < 0.3:  # of two the last counts
        pairs.insert(0, (rng.choice(hostile.MODEL_KEYS), '"another"'))
    pairs = hostile.mixed(pairs, rng)
    at = 1 + max([-1] + [i for i, (key, _) in enumerate(pairs) if key in hostile.MODEL_KEYS])
    at = rng.randrange(at, len(pairs) + 1)
    key = rng.choice(hostile.MODEL_KEYS)
    state = rng.getstate()
    sent = hostile.record(pairs[:at] + [(key, spelled)] + pairs[at:], rng)
    rng.setstate(state)
    new = spelled if served(dialect, alias) == name else f'"{served(dialect, alias)}"'
    want = hostile.record(pairs[:at] + [(key, new)] + pairs[at:], rng)
    return sent.encode("utf-8", "surrogatepass"), want.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("alias", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_request_reaches_its_upstream_byte_for_byte(relays, anything, dialect, alias):
    anything.type, anything.reply = "application/json", whole_of(dialect, alias, random.Random(0))[0]
    for seed in range(SEED, SEED + COUNT):
        rng = random.Random(seed)
        sent, want = request_of(dialect, alias, False, rng)
        anything.seen.clear()
        answer = relays.post(path(dialect, alias, False), sent, headers=HEADERS)
        assert answer.status_code == 200, (seed, sent, answer.text)
        assert anything.seen[-1][1] == want, seed
        if dialect == "gemini":
            assert anything.seen[-1][0].split("?")[0].endswith("/models/" + served(dialect, alias).replace(
                "/", "%2F") + ":generateContent") or served(dialect, alias) in anything.seen[-1][0]


# ---- Answers ----


def whole_of(dialect, alias, rng):
    """An answer as its upstream says it and as its client must get it."""
    said = {
        "chat": [('"id"', '"c1"'), ('"choices"', '[{"index":0,"message":{"role":"assistant","content":"a \\u0041"},'
                                                  '"finish_reason":"stop"}]'),
                 ('"usage"', '{"prompt_tokens":1 ,"completion_tokens":2,"total_tokens":3}')],
        "responses": [('"id"', '"resp_1"'), ('"object"', '"response"'), ('"status"', '"completed"'), ('"output"', "[ ]")],
        "claude": [('"id"', '"msg_1"'), ('"type"', '"message"'), ('"role"', '"assistant"'),
                   ('"content"', '[{"type":"text" ,"text":"a\\/"}]'), ('"stop_reason"', '"end_turn"'),
                   ('"usage"', '{"input_tokens":1,"output_tokens":2}')],
        "gemini": [('"candidates"', '[{"content":{"role":"model","parts":[{"text":"\\u0041"}]},"finishReason":"STOP"}]'),
                   ('"modelVersion"', '"v-001"')],
    }[dialect]
    return spliced(dialect, alias, hostile.mixed(said, rng), rng, False)


def spliced(dialect, alias, pairs, rng, flat):
    """A record with the upstream's name of the model in it, and the same with the client's."""
    if dialect == "gemini":
        text = hostile.record(pairs, rng, flat).encode()
        return text, text
    at, key = rng.randrange(len(pairs) + 1), rng.choice(hostile.MODEL_KEYS)
    state = rng.getstate()
    out = []
    for name in (served(dialect, alias), f"{dialect}-{alias}"):
        rng.setstate(state)
        out.append(hostile.record(pairs[:at] + [(key, f'"{name}"')] + pairs[at:], rng, flat).encode())
    return out


@pytest.mark.parametrize("alias", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_whole_answer_reaches_its_client_byte_for_byte(relays, anything, dialect, alias):
    anything.type = "application/json"
    for seed in range(SEED, SEED + COUNT):
        rng = random.Random(seed)
        anything.reply, want = whole_of(dialect, alias, rng)
        answer = relays.post(path(dialect, alias, False), request_of(dialect, alias, False, rng)[0], headers=HEADERS)
        assert answer.status_code == 200, (seed, answer.text)
        assert answer.content == want, seed


# Events of a stream: name, members, and under which member the model stands (None: at the top; "": nowhere).
EVENTS = {
    "chat": [
        (None, [('"id"', '"c1"'), ('"choices"', '[{"index":0,"delta":{"role":"assistant","content":"a"}}]')], None),
        (None, [('"id"', '"c1"'), ('"choices"', '[{"index":0,"delta":{},"finish_reason":"stop"}]')], None),
        (None, [('"id"', '"c1"'), ('"choices"', "[]"),
                ('"usage"', '{"prompt_tokens":17,"completion_tokens":5,"total_tokens":22}')], None),
    ],
    "responses": [
        ("response.created", [('"type"', '"response.created"')], '"response"'),
        ("response.next_year", [('"type"', '"response.next_year"')], ""),
        ("response.completed", [('"type"', '"response.completed"')], '"response"'),
    ],
    "claude": [
        ("message_start", [('"type"', '"message_start"')], '"message"'),
        ("content_block_start", [('"type"', '"content_block_start"'), ('"index"', "0"),
                                 ('"content_block"', '{"type":"beta_next_year","model":"no"}')], ""),
        ("content_block_stop", [('"type"', '"content_block_stop"'), ('"index"', "0")], ""),
        ("message_delta", [('"type"', '"message_delta"'), ('"delta"', '{"stop_reason":"end_turn"}'),
                           ('"usage"', '{"input_tokens":17,"output_tokens":5}')], ""),
        ("message_stop", [('"type"', '"message_stop"')], ""),
    ],
    "gemini": [
        (None, [('"candidates"', '[{"content":{"role":"model","parts":[{"text":"a"}]}}]')], ""),
        (None, [('"candidates"', '[{"finishReason":"STOP"}]'),
                ('"usageMetadata"', '{"promptTokenCount":17,"candidatesTokenCount":5,"totalTokenCount":22}')], ""),
    ],
}
INNER = {
    "responses": [('"id"', '"resp_1"'), ('"object"', '"response"'), ('"output"', "[]"), ('"status"', '"completed"'),
                  ('"usage"', '{"input_tokens":17,"output_tokens":5,"total_tokens":22}')],
    "claude": [('"id"', '"msg_1"'), ('"role"', '"assistant"'), ('"content"', "[]")],
}


def stream_of(dialect, alias, rng, ended=True):
    """A stream as its upstream says it and as its client must get it."""
    said, want = "", ""
    for name, pairs, where in EVENTS[dialect]:
        pairs = hostile.mixed(pairs, rng, True)
        if where == "":
            both = [hostile.record(pairs, rng, True)] * 2
        elif where is None:
            both = [text.decode() for text in spliced(dialect, alias, pairs, rng, True)]
        else:
            inner = spliced(dialect, alias, hostile.mixed(INNER[dialect], rng, True), rng, True)
            at, state, both = rng.randrange(len(pairs) + 1), rng.getstate(), []
            for text in inner:
                rng.setstate(state)
                both.append(hostile.record(pairs[:at] + [(where, text.decode())] + pairs[at:], rng, True))
        aside, state = hostile.noise(rng), rng.getstate()
        said += aside + hostile.frame(both[0], rng, name)
        rng.setstate(state)
        want += aside + hostile.frame(both[1], rng, name)
    end = "data: [DONE]\n\n" if dialect == "chat" else ""
    if not ended:  # the last line may lack its end
        said, want = (said + end).rstrip("\r\n"), (want + end).rstrip("\r\n")
        end = ""
    return (said + end).encode(), (want + end).encode()


@pytest.mark.parametrize("alias", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_stream_reaches_its_client_byte_for_byte(relays, anything, dialect, alias):
    anything.type = "text/event-stream"
    for seed in range(SEED, SEED + COUNT):
        rng = random.Random(seed)
        anything.reply, want = stream_of(dialect, alias, rng, rng.random() < 0.8)
        sent, expected = request_of(dialect, alias, True, rng)
        answer = relays.post(path(dialect, alias, True), sent, headers=HEADERS)
        assert answer.status_code == 200, (seed, answer.text)
        assert answer.content == want, seed
        assert anything.seen[-1][1] == expected, seed


# ---- What is counted, and what passes beside ----


def logged(gateway, mark, name):
    """A number of the one line that the log has gained."""
    assert wait_until(lambda: "event=access" in gateway.log()[mark:] or " access " in gateway.log()[mark:], 5)
    found = re.findall(rf"\b{name}=(-?\d+)", gateway.log()[mark:])
    return int(found[-1]) if found else None


@pytest.mark.parametrize("alias", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_nonsense_in_a_stream_passes_and_is_no_harm_to_counting(relays, anything, dialect, alias):
    rng = random.Random(SEED)
    anything.type = "text/event-stream"
    said, want = stream_of(dialect, alias, rng)
    nonsense = b'data: {"broken\n\ndata: [1,2\n\ndata: null\n\ndata: "text"\n\ndata: \xff\xfe\n\n'
    anything.reply = nonsense + said
    mark = len(relays.log())
    answer = relays.post(path(dialect, alias, True), request_of(dialect, alias, True, rng)[0], headers=HEADERS)
    assert answer.content == nonsense + want
    assert logged(relays, mark, "in_tokens") == 17 and logged(relays, mark, "out_tokens") == 5


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_broken_stream_has_counted_is_recorded(relays, anything, dialect):
    rng = random.Random(SEED)
    anything.type, anything.breaks = "text/event-stream", True
    anything.reply = stream_of(dialect, "plain", rng)[0]
    mark = len(relays.log())
    answer = relays.post(path(dialect, "plain", True), request_of(dialect, "plain", True, rng)[0], headers=HEADERS)
    assert answer.content.startswith(anything.reply)
    assert logged(relays, mark, "in_tokens") == 17 and logged(relays, mark, "out_tokens") == 5


def said(kind, **more):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n"


WORDS = ("one", "two", "three", "four")
USED = {"input_tokens": 17, "output_tokens": 5}
# A steady stream, and how many of its events stand before or with the first word: those may be held back, since
# until then a failure can be tried again elsewhere.
STEADY = {
    "chat": (1, [f'data: {{"id":"c","choices":[{{"index":0,"delta":{{"content":"{word}"}}}}]}}\n\n' for word in WORDS] +
             ['data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n', "data: [DONE]\n\n"]),
    "responses": (4, [said("response.created", response={"id": "r", "status": "in_progress", "output": []}),
                      said("response.output_item.added", output_index=0,
                           item={"type": "message", "id": "m", "role": "assistant", "content": []}),
                      said("response.content_part.added", item_id="m", output_index=0, content_index=0,
                           part={"type": "output_text", "text": ""})] +
                  [said("response.output_text.delta", item_id="m", output_index=0, content_index=0, delta=word)
                   for word in WORDS] +
                  [said("response.completed", response={"id": "r", "status": "completed", "output": [], "usage": USED})]),
    "claude": (3, [said("message_start", message={"id": "m", "role": "assistant", "content": [], "usage": USED}),
                   said("content_block_start", index=0, content_block={"type": "text", "text": ""})] +
               [said("content_block_delta", index=0, delta={"type": "text_delta", "text": word}) for word in WORDS] +
               [said("content_block_stop", index=0),
                said("message_delta", delta={"stop_reason": "end_turn"}, usage=USED), said("message_stop")]),
    "gemini": (1, [f'data: {{"candidates":[{{"content":{{"role":"model","parts":[{{"text":"{word}"}}]}}}}]}}\n\n'
                   for word in WORDS] + ['data: {"candidates":[{"finishReason":"STOP"}]}\n\n']),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_event_waits_for_the_next(relays, anything, dialect):
    """The upstream says its next event only when the client has what was said so far."""
    begun, events = STEADY[dialect]
    anything.type, anything.reply = "text/event-stream", "".join(events).encode()
    sent = request_of(dialect, "plain", True, random.Random(SEED))[0]
    headers = {**HEADERS, "authorization": f"Bearer {KEY}", "content-type": "application/json"}
    anything.turns = threading.Semaphore(begun)
    got = b""
    with relays.http.stream("POST", relays.url + path(dialect, "plain", True), content=sent, headers=headers) as answer:
        for some in answer.iter_raw():
            got += some
            anything.turns.release()
    assert got == anything.reply


def test_betas_and_their_blocks_pass(relays, anything):
    anything.type, anything.reply = "application/json", b'{"type":"message","content":[{"type":"beta_next_year","x":1.50}],"model":"plain"}'
    text = b'{"model":"claude-plain","max_tokens":1,"messages":[{"role":"user","content":[{"type":"beta_next_year","a":1.50}]}]}'
    headers = {**HEADERS, "anthropic-beta": "one-2026-01-01,two-2026-02-02", "anthropic-version": "2099-01-01"}
    answer = relays.post("/v1/messages", text, headers=headers)
    assert answer.status_code == 200 and answer.content == anything.reply
    assert anything.seen[-1][1] == text
    sent = {name.lower(): value for name, value in anything.headers[-1]}
    assert "one-2026-01-01" in sent["anthropic-beta"] and "two-2026-02-02" in sent["anthropic-beta"]
    assert sent["anthropic-version"] == "2099-01-01"
