"""What no client should send: the gateway refuses it in the client's dialect, and lives."""

import json
import socket

import pytest

from fakes import DIALECTS
from gateway import KEY
from wire import BODIES, GRAMMARS, HEADERS, PATHS, path, raw

MIB = 1 << 20


def talk(gateway, data, shut=False):
    """Sends bytes and reads until the gateway closes; b'' when it closed without a word."""
    with gateway.connect() as link:
        link.settimeout(10)
        try:
            link.sendall(data)
            if shut:
                link.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        out = b""
        try:
            while chunk := link.recv(65536):
                out += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return out


def alive(gateway):
    assert gateway.process.poll() is None, gateway.log()[-6000:]
    assert gateway.get("/healthz").status_code == 200


# ---- JSON

DEEP = 10_000


def nested(dialect):
    """Depth where the dialect takes free JSON: a tool's schema."""
    deep = b'{"properties":' * DEEP + b"{}" + b"}" * DEEP
    tools = {
        "chat": b'[{"type":"function","function":{"name":"f","parameters":%s}}]',
        "responses": b'[{"type":"function","name":"f","parameters":%s}]',
        "claude": b'[{"name":"f","input_schema":%s}]',
        "gemini": b'[{"functionDeclarations":[{"name":"f","parametersJsonSchema":%s}]}]',
    }[dialect] % deep
    return json.dumps(good(dialect))[:-1].encode() + b',"tools":' + tools + b"}"


def good(dialect, model="claude-text"):
    return dict(BODIES[dialect]) if dialect == "gemini" else {"model": model, **BODIES[dialect]}


TURNS = {"chat": "messages", "responses": "input", "claude": "messages", "gemini": "contents"}
BAD_JSON = {
    "nothing": lambda d: b"",
    "blank": lambda d: b"  \n",
    "not json": lambda d: b"hello",
    "cut off": lambda d: json.dumps(good(d)).encode()[:-2],
    "more after the end": lambda d: json.dumps(good(d)).encode() + b" x",
    "two values": lambda d: json.dumps(good(d)).encode() * 2,
    "single quotes": lambda d: json.dumps(good(d)).replace('"', "'").encode(),
    "trailing comma": lambda d: json.dumps(good(d))[:-1].encode() + b",}",
    "comment": lambda d: b"/* */" + json.dumps(good(d)).encode(),
    "a list": lambda d: b"[]",
    "a string": lambda d: b'"x"',
    "a number": lambda d: b"1e999",
    "null": lambda d: b"null",
    "empty object": lambda d: b"{}",
    "not utf-8": lambda d: json.dumps(good(d)).encode().replace(b"Say hello", b"\xff\xfe\x80"),
    "overlong utf-8": lambda d: json.dumps(good(d)).encode().replace(b"Say hello", b"\xc0\xaf"),
    "utf-8 surrogate": lambda d: json.dumps(good(d)).encode().replace(b"Say hello", b"\xed\xa0\x80"),
    "utf-16": lambda d: json.dumps(good(d)).encode("utf-16"),
    "nul byte": lambda d: json.dumps(good(d)).encode().replace(b"Say hello", b"a\x00b"),
    "raw newline in a string": lambda d: json.dumps(good(d)).encode().replace(b"Say hello", b"a\nb"),
    "deep lists": lambda d: b"[" * DEEP,
    "deep lists closed": lambda d: b"[" * DEEP + b"]" * DEEP,
    "deep in a tool": nested,
}


@pytest.mark.parametrize("case", BAD_JSON)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_bad_json_is_refused(gateway, fakes, dialect, case):
    answer = gateway.post(path(dialect, "claude-text"), BAD_JSON[case](dialect), headers=HEADERS)
    assert answer.status_code in (400, 413, 422), answer.text[:500]
    GRAMMARS[dialect].error(answer.content)
    assert not fakes.claude.seen
    alive(gateway)


WRONG = (None, 0, -1, True, "", "x", [], {}, [None], [[]], [0], [{}], {"a": 1}, 1e308, "\x00", "x" * 70000)


def members():
    for dialect in DIALECTS:
        names = [TURNS[dialect], "tools", "tool_choice", "metadata", "temperature"]
        names += {"chat": ["model", "stop", "max_tokens", "response_format", "stream_options", "reasoning_effort"],
                  "responses": ["model", "instructions", "reasoning", "text", "max_output_tokens", "include"],
                  "claude": ["model", "system", "max_tokens", "thinking", "stop_sequences", "output_config"],
                  "gemini": ["systemInstruction", "generationConfig", "toolConfig", "safetySettings"]}[dialect]
        for name in names:
            yield dialect, name


@pytest.mark.parametrize("upstream", ("claude", "chat"))
@pytest.mark.parametrize("dialect,member", members())
def test_a_member_of_the_wrong_type_is_never_the_gateways_fault(gateway, fakes, dialect, member, upstream):
    model = f"{upstream}-text"
    for value in WRONG:
        body = {**good(dialect, model), member: value}
        asked = len(fakes[upstream].seen)
        answer = gateway.post(path(dialect, model), body, headers=HEADERS)
        assert answer.status_code < 500, (value, answer.text[:500])
        if answer.status_code != 200:
            GRAMMARS[dialect].error(answer.content)
            translated_in_vain = dialect != upstream and len(fakes[upstream].seen) > asked
            assert not translated_in_vain, (value, answer.text[:500])
        if member == "messages":
            assert answer.status_code == 400, (value, answer.text[:500])
    alive(gateway)


@pytest.mark.parametrize("value", ("true", 1, "yes", [], {}, None))
@pytest.mark.parametrize("dialect", ("chat", "responses", "claude"))
def test_only_true_asks_for_a_stream(gateway, dialect, value):
    answer = gateway.post(PATHS[dialect], {**good(dialect), "stream": value}, headers=HEADERS)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.status_code in (200, 400)


TURN_WRONGS = {
    "chat": [
        {"role": "user"}, {"content": "x"}, {"role": "king", "content": "x"}, {"role": "user", "content": 5},
        {"role": "user", "content": [5]}, {"role": "user", "content": [{"type": "image_url"}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,!!"}}]},
        {"role": "assistant", "tool_calls": [5]}, {"role": "assistant", "tool_calls": [{"id": 5}]},
        {"role": "tool", "content": "x"}, {"role": "tool", "tool_call_id": "nobody", "content": "x"},
        {"role": "user", "content": [{"type": "nothing"}]}, {"role": "user", "content": []},
        {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{"}}]},
    ],
    "responses": [
        {"type": "nothing"}, {"role": "user"}, {"type": "function_call"}, {"type": "function_call_output"},
        {"type": "function_call_output", "call_id": "nobody", "output": "x"}, {"type": "reasoning"},
        {"role": "user", "content": [{"type": "input_image"}]}, {"type": "item_reference", "id": "x"},
        {"role": "user", "content": [{"type": "nothing"}]}, {"role": "user", "content": []},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{"},
    ],
    "claude": [
        {"role": "user"}, {"role": "user", "content": [{"type": "image"}]},
        {"role": "user", "content": [{"type": "tool_result"}]},
        {"role": "assistant", "content": [{"type": "tool_use"}]},
        {"role": "assistant", "content": [{"type": "thinking"}]}, {"role": "user", "content": [{"text": "x"}]},
        {"role": "user", "content": [{"type": "nothing"}]}, {"role": "user", "content": []},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]},
    ],
    "gemini": [
        {"role": "user"}, {"parts": [{}]}, {"parts": [5]}, {"role": "king", "parts": [{"text": "x"}]},
        {"parts": [{"inlineData": {}}]}, {"parts": [{"functionCall": {}}]}, {"parts": [{"functionResponse": 5}]},
        {"role": "user", "parts": [{"nothing": {}}]}, {"role": "user", "parts": []},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
    ],
}


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_turn_that_makes_no_sense_is_never_the_gateways_fault(gateway, fakes, dialect, upstream):
    first = BODIES[dialect][TURNS[dialect]]
    first = first if isinstance(first, list) else [{"role": "user", "content": first}]
    for turn in TURN_WRONGS[dialect]:
        body = {**good(dialect, f"{upstream}-text"), TURNS[dialect]: first + [turn]}
        asked = len(fakes[upstream].seen)
        answer = gateway.post(path(dialect, f"{upstream}-text"), body, headers=HEADERS)
        assert answer.status_code in (200, 400), (turn, answer.text[:500])
        if answer.status_code == 400:
            GRAMMARS[dialect].error(answer.content)
            translated_in_vain = dialect != upstream and len(fakes[upstream].seen) > asked
            assert not translated_in_vain, (turn, answer.text[:500])
    alive(gateway)


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_turn_that_stands_alone_is_never_the_gateways_fault(gateway, fakes, dialect, upstream):
    for turn in TURN_WRONGS[dialect]:
        body = {**good(dialect, f"{upstream}-text"), TURNS[dialect]: [turn]}
        asked = len(fakes[upstream].seen)
        answer = gateway.post(path(dialect, f"{upstream}-text"), body, headers=HEADERS)
        assert answer.status_code in (200, 400), (turn, answer.text[:500])
        if answer.status_code == 400 and dialect != upstream:
            assert len(fakes[upstream].seen) == asked, (turn, answer.text[:500])


@pytest.mark.parametrize("text", ("\\u0000", "\\ud800", "\\udc00\\ud800", "\\u2028</script>", "\\ud83d\\ude00"))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_odd_characters_pass_or_are_refused(gateway, dialect, text):
    data = json.dumps(good(dialect)).encode().replace(b"Say hello", b"a" + text.encode() + b"b")
    answer = gateway.post(path(dialect, "claude-back"), data.replace(b"claude-text", b"claude-back"), headers=HEADERS)
    assert answer.status_code in (200, 400), answer.text
    (GRAMMARS[dialect].whole if answer.status_code == 200 else GRAMMARS[dialect].error)(answer.content)


# ---- sizes


def test_a_body_beyond_the_ceiling_is_refused_before_it_is_sent(gateway):
    head = raw("chat", "claude-text", gateway.port, KEY, content=b"").replace(
        b"Content-Length: 0", b"Content-Length: %d" % (64 * MIB + 1))
    assert talk(gateway, head + b"{" + b" " * 1000).startswith(b"HTTP/1.1 413")
    alive(gateway)


def test_a_chunked_body_beyond_the_ceiling_is_refused(gateway):
    head = raw("chat", "claude-text", gateway.port, KEY, content=b"").replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"100000\r\n" + b" " * MIB + b"\r\n"
    assert talk(gateway, head + chunk * 66).startswith(b"HTTP/1.1 413")
    alive(gateway)


def test_a_large_body_below_the_ceiling_is_served(gateway, fakes):
    body = good("claude", "chat-text")
    body["messages"] = [{"role": "user", "content": "x" * (20 * MIB)}]
    answer = gateway.post(PATHS["claude"], body, headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text[:500]
    assert len(fakes.chat.seen[-1].ask.turns[0][1][0][1]) == 20 * MIB


def test_a_body_of_nothing_but_values_is_refused_before_it_takes_all_memory(gateway, fakes):
    body = json.dumps(good("chat"))[:-1].encode() + b',"metadata":{"a":[' + b"1," * (10 * MIB) + b"1]}}"
    answer = gateway.post(PATHS["chat"], body, timeout=60)
    assert answer.status_code == 400 and "more than 2097152 values" in answer.text, answer.text[:500]
    assert not fakes.claude.seen
    alive(gateway)


# What a client makes as long as it likes costs in proportion: the square of these would take minutes.
MANY = 200_000


@pytest.mark.parametrize("dialect", PATHS)
def test_many_unknown_fields_are_read_in_one_go(gateway, dialect):
    model = "chat-text" if dialect == "claude" else "claude-text"
    body = json.dumps(good(dialect, model))[:-1] + "," + ",".join(f'"u{n}":1' for n in range(MANY)) + "}"
    answer = gateway.post(path(dialect, model), body.encode(), timeout=30)
    assert answer.status_code == 200, answer.text[:500]
    alive(gateway)


@pytest.mark.parametrize("model", ["claude-text", "gemini-text", "chat-text"])
def test_many_calls_and_their_results_are_paired_in_one_go(gateway, model):
    calls = [{"type": "function_call", "call_id": f"c{n}", "name": "f", "arguments": "{}"} for n in range(MANY // 10)]
    results = [{"type": "function_call_output", "call_id": call["call_id"], "output": "r"} for call in reversed(calls)]
    body = {"model": model, "input": [{"role": "user", "content": "x"}, *calls, *results]}
    answer = gateway.post(PATHS["responses"], json.dumps(body).encode(), timeout=30)
    assert answer.status_code == 200, answer.text[:500]
    alive(gateway)


# ---- framing: (bytes after the request line's place, statuses; None stands for a bare close)

BODY = json.dumps({"model": "claude-text", **BODIES["chat"]}).encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
LINE = b"POST /v1/chat/completions HTTP/1.1\r\n"
HOST = b"Host: 127.0.0.1\r\n"
AUTH = b"Authorization: Bearer " + KEY.encode() + b"\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
TAIL = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
REFUSED = (400, 501, None)


def with_length(value):
    return LINE + HOST + AUTH + b"Content-Length: " + value + b"\r\n\r\n" + BODY


def with_coding(value, body=TAIL):
    return LINE + HOST + AUTH + b"Transfer-Encoding: " + value + b"\r\n\r\n" + body


FRAMING = {
    "length and coding": LINE + HOST + AUTH + LENGTH + CHUNKED + b"\r\n" + TAIL,
    "coding and length": LINE + HOST + AUTH + CHUNKED + LENGTH + b"\r\n" + TAIL,
    "two lengths that differ": LINE + HOST + AUTH + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY,
    "a list of lengths": with_length(b"%d, 5" % len(BODY)),
    "plus": with_length(b"+%d" % len(BODY)),
    "minus": with_length(b"-1"),
    "hexadecimal length": with_length(b"0x%x" % len(BODY)),
    "empty length": with_length(b""),
    "a length of words": with_length(b"many"),
    "a length beyond 64 bits": with_length(b"18446744073709551617"),
    "blank before the colon": LINE + HOST + AUTH + LENGTH.replace(b":", b" :") + b"\r\n" + BODY,
    "folded header": LINE + HOST + AUTH + b"X-A: 1\r\n  2\r\n" + LENGTH + b"\r\n" + BODY,
    "a first header that is folded": LINE + b" X: 1\r\n" + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "nul in a value": LINE + HOST + AUTH + b"X-A: a\x00b\r\n" + LENGTH + b"\r\n" + BODY,
    "nul in a name": LINE + HOST + AUTH + b"X\x00A: a\r\n" + LENGTH + b"\r\n" + BODY,
    "carriage return in a value": LINE + HOST + AUTH + b"X-A: a\rb\r\n" + LENGTH + b"\r\n" + BODY,
    "bare line feeds": (LINE + HOST + AUTH + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + BODY,
    "no colon": LINE + HOST + AUTH + b"nonsense\r\n" + LENGTH + b"\r\n" + BODY,
    "empty name": LINE + HOST + AUTH + b": x\r\n" + LENGTH + b"\r\n" + BODY,
    "no host": LINE + AUTH + LENGTH + b"\r\n" + BODY,
    "two hosts": LINE + HOST + b"Host: other\r\n" + AUTH + LENGTH + b"\r\n" + BODY,
    "xchunked": with_coding(b"xchunked"),
    "chunked, identity": with_coding(b"chunked, identity"),
    "identity, chunked twice": with_coding(b"chunked, chunked"),
    "gzip, chunked": with_coding(b"gzip, chunked"),
    "vertical tab before chunked": with_coding(b"\x0bchunked"),
    "signed chunk": with_coding(b"chunked", b"+%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "underscored chunk": with_coding(b"chunked", b"1_0\r\n%s\r\n0\r\n\r\n" % BODY[:16]),
    "prefixed chunk": with_coding(b"chunked", b"0x%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "chunk beyond 64 bits": with_coding(b"chunked", b"10000000000000001\r\n" + BODY),
    "chunk without its end": with_coding(b"chunked", b"%x\r\n%sXX0\r\n\r\n" % (len(BODY), BODY)),
    "chunk with a bare line feed": with_coding(b"chunked", b"%x\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "http/1.0 with coding": LINE.replace(b"1.1", b"1.0") + HOST + AUTH + CHUNKED + b"\r\n" + TAIL,
    "http/0.9": b"GET /healthz\r\n\r\n",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http/1.2": LINE.replace(b"1.1", b"1.2") + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "no version": LINE.replace(b" HTTP/1.1", b"") + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "two blanks": LINE.replace(b"POST ", b"POST  ") + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "control in the target": LINE.replace(b"completions", b"comp\x01letions") + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "a method of signs": LINE.replace(b"POST", b"P(ST") + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "tls hello": bytes.fromhex("16030100f8010000f40303") + b"\x00" * 240,
    "zeros": b"\x00" * 4096,
}


def statuses(data):
    return [int(part[:3]) for part in data.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("case", FRAMING)
def test_framing_tricks_get_one_refusal_and_a_close(gateway, fakes, case):
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    got = statuses(talk(gateway, FRAMING[case] + smuggled, shut=True))
    assert not got or (len(got) == 1 and got[0] in (400, 413, 501, 505)), got
    assert not fakes.claude.seen
    alive(gateway)


def test_equal_lengths_twice_are_refused_or_one(gateway):
    got = statuses(talk(gateway, LINE + HOST + AUTH + LENGTH + LENGTH + b"Connection: close\r\n\r\n" + BODY))
    assert got in ([200], [400])


@pytest.mark.parametrize("head", (
    b"X-A: " + b"a" * 70000 + b"\r\n", b"".join(b"X-%d: 1\r\n" % n for n in range(10000)),
    b"X" * 70000 + b": 1\r\n"), ids=("long value", "many headers", "long name"))
def test_a_head_beyond_the_ceiling_is_refused(gateway, head):
    assert statuses(talk(gateway, LINE + HOST + AUTH + head + LENGTH + b"\r\n" + BODY)) in ([431], [400], [])
    alive(gateway)


def test_a_target_beyond_the_ceiling_is_refused(gateway):
    line = b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n"
    assert statuses(talk(gateway, line + HOST + b"\r\n")) in ([414], [431], [400], [])
    alive(gateway)


@pytest.mark.parametrize("cut", (1, 10, 40, 100, 200, -1))
def test_a_request_that_stops_in_the_middle_is_dropped(gateway, fakes, cut):
    whole = raw("chat", "claude-text", gateway.port, KEY)
    assert statuses(talk(gateway, whole[:cut], shut=True)) in ([], [400], [408])
    assert not fakes.claude.seen
    alive(gateway)


def test_expect_100_continue_is_answered_before_the_body(gateway):
    data = raw("chat", "claude-text", gateway.port, KEY, close=True)
    head, _, body = data.partition(b"\r\n\r\n")
    with gateway.connect() as link:
        link.settimeout(10)
        link.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert link.recv(100).startswith(b"HTTP/1.1 100")
        link.sendall(body)
        assert link.recv(100).startswith(b"HTTP/1.1 200")


def test_many_connections_that_say_nothing_keep_nobody_out(gateway):
    idle = [gateway.connect() for _ in range(300)]
    try:
        alive(gateway)
    finally:
        for link in idle:
            link.close()
