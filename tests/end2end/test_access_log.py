"""The access log: one line a request, however it ends; what it says is true, and none of it is a secret."""

import re
import signal
import time

import httpx
import pytest

from fakes import DIALECTS, script, wait_until
from gateway import KEY, OTHER_KEY
from test_hostile import MIB, statuses, talk
from test_life import open_stream, read_all
from wire import HEADERS, ask, body, path, raw

FIELDS = """call client key method path dialect model provider cred upstream_model stream relay attempts http status
    ms read_ms first_ms in_bytes out_bytes in_tokens out_tokens""".split()
NUMBERS = FIELDS[FIELDS.index("stream"):]
WORDS = {"chat": "openai", "responses": "openai-response", "claude": "claude", "gemini": "gemini"}
PROVIDERS = {"chat": "fakechat", "responses": "codex", "claude": "claude", "gemini": "gemini"}
LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info access (.*)$", re.M)
PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^" ]+)')
NO_CALL = {"model": "-", "provider": "-", "cred": "-", "upstream_model": "-", "stream": 0, "relay": 0, "attempts": 0,
           "first_ms": -1, "in_tokens": -1, "out_tokens": -1}


def parsed(text):
    pairs = PAIR.findall(text)
    assert " ".join(f"{name}={value}" for name, value in pairs) == text, "a line is nothing but pairs"
    fields = dict(pairs)
    assert len(fields) == len(pairs)
    count = fields.pop("count", None)
    assert list(fields) == FIELDS
    for name in NUMBERS:
        if name != "status":
            fields[name] = int(fields[name])
    return fields | ({"count": count} if count else {})


def lines(gateway):
    return [parsed(text) for text in LINE.findall(gateway.log())]


def line_of(gateway, call):
    """The one line of a request."""
    def found():
        return [line for line in lines(gateway) if line["call"] == call]

    assert wait_until(found, 5), f"no line for {call}"
    line, = found()
    return line


def check(line, **wanted):
    assert {name: line[name] for name in wanted} == wanted


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("client", DIALECTS)
def test_a_call_is_told_with_its_figures(gateway, client, upstream, stream):
    model = f"{upstream}-usage"
    answer = ask(gateway, client, model, stream)
    assert answer.status_code == 200, answer.text
    line = line_of(gateway, answer.headers["x-request-id"])
    check(line, client="127.0.0.1", method="POST", path=path(client, model, stream).partition("?")[0],
          dialect=WORDS[client], model=model, provider=PROVIDERS[upstream], stream=int(stream),
          relay=int(client == upstream), attempts=1, http=200, status="OK",
          in_bytes=len(answer.request.content), out_bytes=len(answer.content), in_tokens=130, out_tokens=40)
    assert line["upstream_model"].endswith("--usage")
    assert 0 <= line["read_ms"] <= line["first_ms"] <= line["ms"] < 5000


@pytest.mark.quick
def test_the_clients_own_id_is_the_one_in_the_line(gateway):
    ask(gateway, "claude", "chat-text", headers={"x-request-id": "from-the-client/1"})
    check(line_of(gateway, "from-the-client/1"), http=200)
    forged = ask(gateway, "claude", "chat-text", headers={"x-request-id": 'x" http=500 call=y'})
    assert re.fullmatch("[0-9a-f]{16}", forged.headers["x-request-id"])
    check(line_of(gateway, forged.headers["x-request-id"]), http=200)


@pytest.mark.parametrize("upstream", ("chat", "claude"))
def test_no_line_holds_a_secret_or_a_byte_of_a_body(start, fakes, upstream):
    gateway = start(debug=True)
    secrets = [KEY, OTHER_KEY, fakes[upstream].default_key, "Say hello", "wörld", "my own words"]
    for stream in (False, True):
        ask(gateway, "claude", f"{upstream}-text", stream)
        bad = body("claude", f"{upstream}-bad400", stream, system="my own words")
        assert gateway.post("/v1/messages", bad, headers=HEADERS).status_code == 400
    gateway.post(path("chat", "") + f"?key={OTHER_KEY}", body("chat", f"{upstream}-text"), key=None)
    gateway.post(path("chat", ""), b'{"model": "my own words", "messages": 5}')
    gateway.post(path("chat", ""), b'{"model": my own words')
    gateway.get("/v1/models", key=None, headers={"x-api-key": KEY, "cookie": "my own words"})
    assert wait_until(lambda: len(lines(gateway)) >= 9, 5)
    said = gateway.log().replace('model="my own words"', "")  # a name is what a line is about
    assert not [secret for secret in secrets if secret in said]
    assert all(line["key"] in ("-", "cl...ne(14)", "cl...wo(14)") for line in lines(gateway))


REFUSED = {
    "no key": (lambda g: g.post("/v1/messages", body("claude", "chat-text"), key=None),
               {"http": 401, "status": "CLIENT_UNKNOWN", "key": "-", "dialect": "claude", "in_bytes": 0}),
    "wrong key": (lambda g: g.get("/v1/models", key="nobody"),
                  {"http": 401, "status": "CLIENT_UNKNOWN", "key": "-"}),
    "no such path": (lambda g: g.get("/v1beta/nothing?key=" + KEY),
                     {"http": 404, "status": "NOT_FOUND", "path": "/v1beta/nothing", "dialect": "gemini"}),
    "no such method": (lambda g: g.get("/v1/messages"), {"http": 405, "status": "METHOD", "method": "GET"}),
    "no JSON": (lambda g: g.post("/v1/responses", b"{"),
                {"http": 400, "status": "BAD_REQUEST", "key": "cl...ne(14)", "in_bytes": 1}),
    "a body of nothing": (lambda g: g.post("/v1/messages", b""), {"http": 400, "status": "BAD_REQUEST"}),
    "no such model of a list": (lambda g: g.get("/v1/models/none"), {"http": 404, "status": "NOT_FOUND"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_is_refused_has_its_line(gateway, case):
    send, wanted = REFUSED[case]
    answer = send(gateway)
    line = line_of(gateway, answer.headers["x-request-id"])
    check(line, **{**NO_CALL, **wanted, "out_bytes": len(answer.content)})
    assert line["http"] == answer.status_code


def test_a_call_that_is_refused_says_what_was_asked_for(gateway):
    answer = ask(gateway, "chat", "no-such-model")
    check(line_of(gateway, answer.headers["x-request-id"]), **{
        **NO_CALL, "model": "no-such-model", "http": 400, "status": "MODEL_UNKNOWN",
        "in_bytes": len(answer.request.content), "out_bytes": len(answer.content)})
    answer = gateway.post("/v1/messages", {"model": "chat-text", "max_tokens": 5, "messages": 5})
    check(line_of(gateway, answer.headers["x-request-id"]), model="chat-text", provider="fakechat", attempts=1, http=400,
          status="BAD_REQUEST", in_tokens=-1)


BROKEN_HEADS = {
    "no head": (b"\x00\r\n\r\n", {"http": 400, "method": "-", "path": "-"}),
    "a hopeless version": (b"GET /healthz\r\n\r\n", {"http": 505, "method": "-", "path": "-"}),
    "a signed length": (b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n12345",
                        {"http": 400, "method": "POST", "path": "/v1/messages", "dialect": "claude"}),
    "a long header": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70000 + b"\r\n\r\n", {"http": 431}),
    "a blank in the path": (b"GET /a%20%22b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                            {"http": 404, "path": '"/a \\"b"'}),
}


@pytest.mark.parametrize("case", BROKEN_HEADS)
def test_a_head_that_cannot_be_read_has_its_line_too(gateway, case):
    data, wanted = BROKEN_HEADS[case]
    answer = talk(gateway, data)
    call = re.search(rb"X-Request-Id: (\S+)", answer)[1].decode()
    check(line_of(gateway, call), **{**NO_CALL, **wanted})
    assert statuses(answer) == [wanted["http"]]


def test_a_body_that_grows_too_large_has_its_line(gateway):
    head = raw("chat", "chat-text", gateway.port, KEY, content=b"").replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked\r\nX-Request-Id: too-large-1")
    talk(gateway, head + (b"100000\r\n" + b" " * MIB + b"\r\n") * 66)
    check(line_of(gateway, "too-large-1"), http=413, status="TOO_LARGE", **NO_CALL)


def test_lists_health_and_preflight_have_theirs(gateway):
    for answer in (gateway.get("/v1/models"), gateway.get("/healthz", key=None)):
        check(line_of(gateway, answer.headers["x-request-id"]), http=200, status="OK", method="GET",
              out_bytes=len(answer.content), **NO_CALL)
    asked = {"origin": "http://page", "access-control-request-method": "POST", "x-request-id": "preflight-1"}
    assert httpx.options(gateway.url + "/v1/messages", headers=asked).status_code == 204
    check(line_of(gateway, "preflight-1"), http=204, status="OK", method="OPTIONS", out_bytes=0)
    head = httpx.head(gateway.url + "/healthz")
    check(line_of(gateway, head.headers["x-request-id"]), http=200, method="HEAD", out_bytes=0)


STATUS_503 = dict.fromkeys(DIALECTS, "OVERLOADED") | {"claude": "UNAVAILABLE", "gemini": "UNAVAILABLE"}


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("upstream", DIALECTS)
def test_an_upstream_that_refuses_is_named(gateway, upstream, stream):
    answer = ask(gateway, "claude", f"{upstream}-bad503", stream)
    line = line_of(gateway, answer.headers["x-request-id"])
    check(line, provider=PROVIDERS[upstream], http=answer.status_code, status=STATUS_503[upstream], stream=int(stream),
          first_ms=-1, in_tokens=-1, out_tokens=-1, out_bytes=len(answer.content))
    assert line["attempts"] >= 1 and line["cred"] != "-"


@pytest.mark.parametrize("client", ("chat", "claude"))
def test_a_stream_that_breaks_is_no_success_although_it_began_as_one(gateway, client):
    answer = ask(gateway, client, "claude-breakcut", True)
    line = line_of(gateway, answer.headers["x-request-id"])
    check(line, http=200, status="UPSTREAM_BROKEN", relay=int(client == "claude"), out_bytes=len(answer.content),
          in_tokens=20)
    assert line["first_ms"] >= 0


def test_each_upstream_that_was_asked_is_counted(start, fakes):
    keys = ["upstream-key-one", "upstream-key-two"]
    gateway = start(keys={"claude": keys})
    fakes.claude.faults[keys[0]] = script.Fault(429, message="slow down")
    seen = [line_of(gateway, ask(gateway, "chat", "claude-text").headers["x-request-id"]) for _ in range(2)]
    assert sorted(line["attempts"] for line in seen) == [1, 2]
    assert seen[0]["cred"] == seen[1]["cred"], "the one that answered"


def asked_raw(gateway, model, call, stream=True, content=None):
    data = raw("chat", model, gateway.port, KEY, stream=stream, content=content)
    return data.replace(b"\r\n", b"\r\nX-Request-Id: " + call.encode() + b"\r\n", 1)


def test_a_client_that_leaves_is_told_as_one_that_left(gateway):
    with gateway.connect() as link:
        link.sendall(asked_raw(gateway, "claude-slow", "left-1"))
        assert link.recv(4096).startswith(b"HTTP/1.1 200")
        time.sleep(0.5)
    line = line_of(gateway, "left-1")
    check(line, http=200, status="CANCELLED", in_tokens=20)
    assert line["out_bytes"] > 0 and 400 <= line["ms"] < 5000


def test_a_client_that_leaves_before_its_answer_got_nothing(gateway):
    with gateway.connect() as link:
        link.sendall(asked_raw(gateway, "claude-late", "left-2"))
        time.sleep(0.3)
    check(line_of(gateway, "left-2"), http=0, status="CANCELLED", attempts=1, first_ms=-1, out_bytes=0)


def test_a_client_that_leaves_its_own_request_has_a_line(gateway):
    with gateway.connect() as link:
        link.sendall(asked_raw(gateway, "claude-text", "left-3")[:-5])
        time.sleep(0.3)
    line = line_of(gateway, "left-3")
    check(line, **{**NO_CALL, "http": 0, "status": "CANCELLED", "out_bytes": 0})
    assert line["ms"] >= 200


def test_times_tell_reading_waiting_and_answering_apart(gateway):
    data = asked_raw(gateway, "claude-steady", "times-1")
    with gateway.connect() as link:
        link.sendall(data[:-10])
        time.sleep(0.5)
        link.sendall(data[-10:])
        while b"[DONE]" not in link.recv(65536):
            pass
    line = line_of(gateway, "times-1")
    assert 450 <= line["read_ms"] <= line["first_ms"] <= 1500
    assert line["ms"] - line["first_ms"] >= 1500, "twenty pieces, a tenth of a second apart"


def test_a_counted_guess_is_marked_as_one(gateway):
    answer = gateway.post("/v1/messages/count_tokens", {
        "model": "chat-text", "messages": [{"role": "user", "content": "Say hello"}]}, headers=HEADERS)
    assert answer.json()["input_tokens"] > 0
    check(line_of(gateway, answer.headers["x-request-id"]), count="estimate", http=200, path="/v1/messages/count_tokens")


def test_what_a_stopping_gateway_cuts_has_its_line(start):
    gateway = start(limits={"shutdown-seconds": 1})
    link, data = open_stream(gateway, "claude", "chat-slow")
    gateway.signal(signal.SIGTERM)
    read_all(link, data)
    assert gateway.process.wait(10) == 0
    check(lines(gateway)[-1], http=200, status="CANCELLED", model="chat-slow")


def test_no_line_where_none_is_wanted(start):
    gateway = start(**{"access-log": False})
    ask(gateway, "chat", "chat-text")
    ask(gateway, "chat", "none")
    gateway.get("/nothing")
    gateway.stop()
    assert not lines(gateway)
    gateway.expected_status = gateway.process.returncode


def test_the_file_of_the_log_has_them(start, tmp_path):
    where = tmp_path / "gateway.log"
    gateway = start(log_file=str(where))
    call = ask(gateway, "chat", "chat-text").headers["x-request-id"]
    assert wait_until(lambda: f"call={call} " in where.read_text(), 5)
    assert where.stat().st_mode & 0o777 == 0o600
