"""Several credentials of one upstream: taken in turn, benched when they fail, and a client sees none of it."""

import collections
import socket
import threading
import time

import pytest

from fakes import DIALECTS, script, wait_until
from wire import ask, error, told

RATE_LIMITED = script.Fault(429, "rate_limit", "slow down", (("retry-after", "30"),))


def keys_of(fake, many=3):
    return [f"{fake.default_key}-{at}" for at in range(many)]


def used(fake):
    return collections.Counter(seen.key for seen in fake.seen)


@pytest.mark.parametrize("upstream", DIALECTS)
def test_credentials_are_taken_in_turn(start, fakes, upstream):
    keys = keys_of(fakes[upstream])
    gateway = start(keys={upstream: keys})
    for _ in range(6):
        told("chat", ask(gateway, "chat", f"{upstream}-text"))
    assert used(fakes[upstream]) == dict.fromkeys(keys, 2)


def test_fill_first_stays_with_one_until_it_fails(start, fakes):
    keys = keys_of(fakes.chat)
    gateway = start(keys={"chat": keys}, routing={"strategy": "fill-first"})
    for _ in range(4):
        told("chat", ask(gateway, "chat", "chat-text"))
    assert len(used(fakes.chat)) == 1
    fakes.chat.faults[fakes.chat.seen[0].key] = RATE_LIMITED
    for _ in range(4):
        told("chat", ask(gateway, "chat", "chat-text"))
    assert len(used(fakes.chat)) == 2


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("status", (401, 403, 429, 500, 503, 529))
@pytest.mark.parametrize("upstream", DIALECTS)
def test_a_failing_credential_is_replaced_unseen_by_the_client(start, fakes, upstream, status, stream):
    fake = fakes[upstream]
    keys = keys_of(fake, 2)
    gateway = start(keys={upstream: keys})
    headers = (("retry-after", "30"),) if status == 429 else ()
    fake.faults[keys[0]] = script.Fault(status, message="scripted", headers=headers)
    for _ in range(5):
        assert told("claude", ask(gateway, "claude", f"{upstream}-text", stream), stream).text == "Hello, wörld ✓!"
    tried = used(fake)
    assert tried[keys[1]] == 5
    assert 1 <= tried[keys[0]] <= 2, "a benched credential was asked again and again"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_when_all_are_benched_the_client_learns_until_when(start, fakes, dialect):
    keys = keys_of(fakes.claude, 2)
    gateway = start(keys={"claude": keys}, request_retry=0)
    fakes.claude.faults.update(dict.fromkeys(keys, RATE_LIMITED))
    for at in range(3):
        answer = ask(gateway, dialect, "claude-text")
        assert answer.status_code == 429, answer.text
        error(dialect, answer)
        assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert sum(used(fakes.claude).values()) == 2, "benched credentials were asked again"


def test_a_short_wait_is_waited_out(start, fakes):
    key = fakes.chat.default_key
    gateway = start(request_retry=2, max_retry_interval=5)
    fakes.chat.faults[key] = script.Fault(429, message="slow down", headers=(("retry-after", "1"),))
    threading.Timer(0.5, fakes.chat.faults.clear).start()
    began = time.monotonic()
    told("chat", ask(gateway, "chat", "chat-text"))
    assert 0.5 < time.monotonic() - began < 6


def test_a_benched_credential_comes_back_by_itself(start, fakes):
    keys = keys_of(fakes.chat, 2)
    gateway = start(keys={"chat": keys})
    fakes.chat.faults[keys[0]] = script.Fault(429, message="slow down", headers=(("retry-after", "1"),))
    for _ in range(2):
        told("chat", ask(gateway, "chat", "chat-text"))
    fakes.chat.faults.clear()
    fakes.chat.seen.clear()
    time.sleep(1.2)
    for _ in range(4):
        told("chat", ask(gateway, "chat", "chat-text"))
    assert used(fakes.chat)[keys[0]] >= 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_that_is_wrong_is_tried_once_and_benches_nobody(start, fakes, dialect):
    gateway = start(keys={"claude": keys_of(fakes.claude)})
    answer = ask(gateway, dialect, "claude-bad400")
    assert answer.status_code == 400 and "scripted complaint" in error(dialect, answer)["message"]
    assert len(fakes.claude.seen) == 1
    for _ in range(3):
        told(dialect, ask(gateway, dialect, "claude-text"))
    assert len(used(fakes.claude)) == 3


@pytest.mark.parametrize("upstream", DIALECTS)
def test_what_was_begun_is_not_begun_again(start, fakes, upstream):
    gateway = start(keys={upstream: keys_of(fakes[upstream])})
    assert told("chat", ask(gateway, "chat", f"{upstream}-breakcut", True), True).error
    assert len(fakes[upstream].seen) == 1


def test_a_fault_of_one_model_leaves_the_others_be(start, fakes):
    gateway = start(request_retry=0)
    assert ask(gateway, "chat", "claude-bad429").status_code == 429
    assert ask(gateway, "chat", "claude-bad404").status_code == 404
    told("chat", ask(gateway, "chat", "claude-text"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_upstream_that_is_not_there_is_a_bad_gateway(start, dialect):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        gateway = start(openai_compatibility=[{
            "name": "gone", "base-url": url, "api-key-entries": [{"api-key": "k"}],
            "models": [{"name": "m", "alias": "gone"}]}], request_retry=0)
        answer = ask(gateway, dialect, "gone")
    assert answer.status_code in (502, 503), answer.text
    error(dialect, answer)


def test_a_client_that_leaves_benches_nobody(start, fakes):
    from wire import raw
    from gateway import KEY

    gateway = start(keys={"chat": keys_of(fakes.chat, 1)})
    with gateway.connect() as client:
        client.sendall(raw("chat", "chat-slow", gateway.port, KEY, stream=True))
        assert client.recv(1000)
    assert wait_until(lambda: fakes.chat.seen[-1].left, 3)
    told("chat", ask(gateway, "chat", "chat-text"))
