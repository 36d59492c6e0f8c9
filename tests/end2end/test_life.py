"""Clients that leave, clients that are slow, reloads and the end: what happens in time."""

import json
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fakes import DIALECTS, script, wait_until
from gateway import KEY, Gateway, model_entries
from wire import GRAMMARS, HEADERS, ask, body, path, raw, told

pairs = pytest.mark.parametrize("client,upstream", [(c, u) for c in DIALECTS for u in DIALECTS])


def open_stream(gateway, dialect, model, receive_buffer=None):
    """A socket on which a stream has begun."""
    link = socket.socket()
    if receive_buffer:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    link.settimeout(30)
    link.connect(("127.0.0.1", gateway.port))
    link.sendall(raw(dialect, model, gateway.port, KEY, stream=True, close=True))
    head = link.recv(4096)
    assert head.startswith(b"HTTP/1.1 200"), head
    return link, head


def read_all(link, data):
    while chunk := link.recv(1 << 20):
        data += chunk
    return data


def unchunked(data):
    """The body of a whole answer, its chunks put together; fails if the last one is missing."""
    head, _, rest = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return rest
    out, at = [], 0
    while True:
        end = rest.index(b"\r\n", at)
        count = int(rest[at:end], 16)
        if count == 0:
            return b"".join(out)
        out.append(rest[end + 2:end + 2 + count])
        at = end + 2 + count + 2


@pairs
def test_a_client_that_leaves_its_stream_frees_the_upstream(gateway, fakes, client, upstream):
    link, _ = open_stream(gateway, client, f"{upstream}-slow")
    link.close()
    assert wait_until(lambda: fakes[upstream].seen[-1].left, 1.5), "the upstream still talks after 1.5 s"


@pairs
def test_a_client_that_leaves_before_its_answer_frees_the_upstream(gateway, fakes, client, upstream):
    fakes[upstream].scripts["late"] = script.say("late", delay_s=20)
    with gateway.connect() as link:
        link.sendall(raw(client, f"{upstream}-late", gateway.port, KEY))
        assert wait_until(lambda: fakes[upstream].seen)
    assert wait_until(lambda: fakes[upstream].seen[-1].left, 1.5), "the upstream still thinks after 1.5 s"


@pytest.mark.parametrize("client,upstream", [("chat", "chat"), ("claude", "claude"), ("chat", "claude"), ("gemini", "chat")])
def test_a_slow_client_slows_its_upstream(gateway, fakes, client, upstream):
    total = 600 * 64 * 1024
    fakes[upstream].scripts["big"] = script.Reply(parts=(script.Text(("x" * 65536,) * 600),))
    link, data = open_stream(gateway, client, f"{upstream}-big", receive_buffer=32 * 1024)
    seen = fakes[upstream].seen[-1]
    wait_until(lambda: len(seen.answer) >= total, 3)
    held = len(seen.answer)
    assert held < total * 2 / 3, f"{held} bytes were taken from the upstream for a client that reads nothing"
    time.sleep(0.5)
    assert len(seen.answer) - held < total / 10, "the upstream was not held back"
    told_ = GRAMMARS[client].stream(unchunked(read_all(link, data)))
    assert len(told_.text) == total and told_.error is None


@pytest.mark.parametrize("client", DIALECTS)
def test_events_come_as_they_are_said_and_not_in_heaps(gateway, client):
    with httpx.stream(
        "POST", gateway.url + path(client, "claude-steady", True), json=body(client, "claude-steady", True),
        headers={"authorization": f"Bearer {KEY}", **HEADERS}, timeout=30,
    ) as answer:
        arrivals = [time.monotonic() for _ in answer.iter_raw()]
    assert len(arrivals) >= 15 and arrivals[-1] - arrivals[0] > 1.0


@pytest.mark.threads
def test_many_streams_at_once_are_all_whole(gateway):
    def one(at):
        client, upstream = DIALECTS[at % 4], DIALECTS[at // 4 % 4]
        return told(client, ask(gateway, client, f"{upstream}-many", True), True).text

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(one, range(32))) == {"x" * 2000}


@pytest.mark.threads
def test_sigterm_lets_a_stream_end_and_takes_no_new_client(start):
    gateway = start()
    link, data = open_stream(gateway, "claude", "chat-steady")
    gateway.signal(signal.SIGTERM)
    time.sleep(0.3)
    try:
        answer = ask(gateway, "claude", "chat-text")
        assert answer.status_code == 503
    except httpx.TransportError:
        pass
    assert GRAMMARS["claude"].stream(unchunked(read_all(link, data))).text == "x" * 20
    assert gateway.process.wait(10) == 0


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT))
def test_an_idle_gateway_ends_at_once(start, number):
    gateway = start()
    with gateway.connect():  # a client that says nothing holds nobody up
        began = time.monotonic()
        gateway.signal(number)
        assert gateway.process.wait(10) == 0
        assert time.monotonic() - began < 5


@pytest.mark.threads
def test_reloads_under_load_fail_no_request(start):
    gateway = start()
    stop = time.monotonic() + 6

    def ask_on(at):
        said = 0
        while time.monotonic() < stop:
            client, upstream = DIALECTS[at % 4], DIALECTS[(at + said) % 4]
            assert told(client, ask(gateway, client, f"{upstream}-text", said % 2 == 0), said % 2 == 0).text
            said += 1
        return said

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(ask_on, at) for at in range(8)]
        while time.monotonic() < stop:
            gateway.write_config(debug=not gateway.config.get("debug", False))
            gateway.signal(signal.SIGHUP)
            time.sleep(0.2)
        assert all(one.result() > 3 for one in running)


def answers(gateway, key):
    return gateway.get("/v1/models", key=key).status_code == 200


@pytest.mark.threads
@pytest.mark.parametrize("how", ("signal", "file"))
def test_a_changed_configuration_is_taken_up(start, how):
    gateway = start()
    assert not answers(gateway, "brand-new-key")
    gateway.write_config(**{"api-keys": [KEY, "brand-new-key"]})
    if how == "signal":
        gateway.signal(signal.SIGHUP)
    assert wait_until(lambda: answers(gateway, "brand-new-key"), 5)
    assert answers(gateway, KEY)


def test_a_signal_that_comes_while_it_starts_waits_its_turn(program, tmp_path):
    gateway = Gateway(tmp_path / "g")
    gateway.home.mkdir()
    gateway.write_config()
    gateway.launch()
    assert wait_until(lambda: "plugin.serving" in gateway.log(), 10)
    gateway.signal(signal.SIGHUP)
    assert wait_until(lambda: "config.reload" in gateway.log(), 10), gateway.log()
    gateway.stop()


def test_a_key_that_was_removed_opens_no_more(start):
    gateway = start()
    gateway.write_config(**{"api-keys": ["brand-new-key"]})
    gateway.signal(signal.SIGHUP)
    assert wait_until(lambda: not answers(gateway, KEY), 5)


def test_a_broken_configuration_changes_nothing(start):
    gateway = start()
    gateway.write_raw("api-keys: [unclosed\nport: : :\n")
    gateway.signal(signal.SIGHUP)
    assert wait_until(lambda: "config" in gateway.log().lower(), 3)
    time.sleep(0.5)
    assert answers(gateway, KEY)
    told("chat", ask(gateway, "chat", "chat-text"))


@pytest.mark.threads
def test_a_reload_cuts_no_stream(start, fakes):
    gateway = start()
    link, data = open_stream(gateway, "claude", "claude-steady")
    other = {**gateway.config["claude-api-key"][0], "models": model_entries("claude", ["text"])}
    for _ in range(3):
        gateway.write_config(**{"claude-api-key": [other]})
        gateway.signal(signal.SIGHUP)
        time.sleep(0.3)
    assert GRAMMARS["claude"].stream(unchunked(read_all(link, data))).text == "x" * 20
    assert ask(gateway, "claude", "claude-steady").status_code == 400


def run(gateway, args=()):
    """Runs the program to its end; (status, what it said)."""
    done = subprocess.run(
        [str(gateway.build / "bin" / "aiproxyapi"), *args], capture_output=True, timeout=20, cwd=gateway.home,
        env={"HOME": str(gateway.home), "PATH": "/usr/bin:/bin"}, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_port_that_is_taken_is_an_error_that_names_it(start):
    gateway = start()
    status, said = run(gateway, ["--config", str(gateway.config_path)])
    assert status not in (0, -6, -11) and str(gateway.port) in said


@pytest.mark.parametrize("text,word", [("port: [1", "1"), ("port: many\n", "port"), ("port: 99999\n", "port")])
def test_a_configuration_that_is_wrong_is_refused_with_its_place(program, tmp_path, text, word):
    gateway = Gateway(tmp_path / "g")
    gateway.home.mkdir()
    gateway.write_raw(text)
    status, said = run(gateway, ["--config", str(gateway.config_path)])
    assert status not in (0, -6, -11) and word in said


def test_an_unknown_option_and_a_call_for_help(program, tmp_path):
    gateway = Gateway(tmp_path)
    assert run(gateway, ["--no-such-option"])[0] == 2
    status, said = run(gateway, ["--help"])
    assert status == 0 and "--config" in said


def test_the_first_start_makes_a_configuration_that_works(program, tmp_path):
    gateway = Gateway(tmp_path / "g")
    gateway.home.mkdir()
    gateway.launch()
    try:
        assert wait_until(gateway.config_path.exists, 10), gateway.log()
        assert gateway.config_path.stat().st_mode & 0o777 == 0o600
        lines = gateway.config_path.read_text().splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith("api-keys:"))
        key = lines[at + 1].strip().lstrip("- ").strip("\"'")
        assert len(key) >= 20
        assert any(line.split("#")[0].replace('"', "").split() == ["host:", "127.0.0.1"] for line in lines)
        port = next(int(line.split()[1]) for line in lines if line.startswith("port:"))
        gateway.url = f"http://127.0.0.1:{port}"
        asked = {"model": "echo", "messages": [{"role": "user", "content": "Hello!"}]}

        def works():
            try:
                return gateway.post("/v1/chat/completions", asked, key=key).status_code == 200
            except httpx.TransportError:
                return False

        assert wait_until(works, 10), gateway.log()
        assert gateway.post("/v1/chat/completions", asked, key="guess").status_code == 401
        assert key not in gateway.log() or gateway.log().count(key) == 1
    finally:
        gateway.stop()


def test_requests_in_one_connection_are_answered_in_turn(gateway):
    one = raw("chat", "claude-text", gateway.port, KEY)
    last = raw("chat", "claude-text", gateway.port, KEY, close=True)
    with gateway.connect() as link:
        link.sendall(one + one + last)
        data = read_all(link, b"")
    assert data.count(b"HTTP/1.1 200") == 3
    assert data.count(b"chat.completion") == 3


def test_a_request_in_pieces_is_one_request(gateway):
    data = raw("claude", "chat-text", gateway.port, KEY, close=True)
    with gateway.connect() as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), 7):
            link.sendall(data[at: at + 7])
        answer = read_all(link, b"")
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(unchunked(answer))["type"] == "message"
