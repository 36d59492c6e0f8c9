"""The official JavaScript SDKs against the gateway: one process of node, a list of jobs."""

import json
import shutil
import subprocess

import pytest

from fakes import DIALECTS
from gateway import KEY, ROOT

CLIENTS = ROOT / "tests" / "clients"
HELLO = "Hello, wörld ✓!"
CALLS = [["get_weather", {"city": "Paris", "unit": "c"}], ["get_time", {"tz": "UTC"}]]


@pytest.fixture(scope="module")
def node():
    if not shutil.which("node"):
        pytest.skip("no node")
    if not (CLIENTS / "node_modules").is_dir():
        pytest.skip("no tests/clients/node_modules: run npm ci there")
    return shutil.which("node")


def play(node, url, key, jobs):
    jobs = [{"text": "Say hello", "stream": False, "tools": False, **job} for job in jobs]
    done = subprocess.run(
        [node, str(CLIENTS / "ask.mjs")], input=json.dumps({"url": url, "key": key, "jobs": jobs}),
        capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_reads_text_and_calls_whole_and_streamed(node, gateway, dialect, upstream):
    plain, streamed, called, call_stream = play(node, gateway.url, KEY, [
        {"dialect": dialect, "model": f"{upstream}-text"},
        {"dialect": dialect, "model": f"{upstream}-text", "stream": True},
        {"dialect": dialect, "model": f"{upstream}-calls", "tools": True},
        {"dialect": dialect, "model": f"{upstream}-calls", "tools": True, "stream": True},
    ])
    text = {"text": HELLO, "calls": [], "stop": "end", "usage": [20, 10]}
    calls = {"text": "", "calls": CALLS, "stop": "tool", "usage": [40, 24]}
    assert (plain, streamed, called, call_stream) == (text, text, calls, calls)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_reads_echo(node, gateway, dialect):
    for answer in play(node, gateway.url, KEY, [
            {"dialect": dialect, "model": "echo", "stream": stream} for stream in (False, True)]):
        assert answer["text"] == "Say hello" and answer["stop"] == "end"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_raises_its_own_errors(node, gateway, dialect):
    wanted = [("RateLimitError", 429), ("NotFoundError", 404), ("BadRequestError", 400)]
    answers = play(node, gateway.url, KEY, [
        {"dialect": dialect, "model": "claude-" + script} for script in ("bad429", "bad404", "bad400")])
    answers += play(node, gateway.url, "nobody", [{"dialect": dialect, "model": "claude-text"}])
    for answer, (name, status) in zip(answers, wanted + [("AuthenticationError", 401)]):
        assert answer["error"]["status"] == status, answer
        assert dialect == "gemini" or answer["error"]["name"] == name
