"""The official JavaScript SDKs against the gateway, in one process of node."""

import json
import shutil
import subprocess

import pytest

from fakes import DIALECTS
from fakes.script import ODD
from gateway import KEY, ROOT
from test_matrix import PNG

CLIENTS = ROOT / "tests" / "clients"
HELLO = "Hello, wörld ✓!"
WEATHER = ["get_weather", {"city": "Paris", "unit": "c"}]
CLOCK = ["get_time", {"tz": "UTC"}]
ODD_CALL = ["get_weather", {"city": "".join(ODD), "unit": "c"}]
ADA = {"name": "Ada", "age": 36}

# name: (script, the job's members, what the answer must have)
JOBS = {
    "text": ("text", {}, dict(text=HELLO, calls=[], stop="end", usage=[20, 0, 10, 0])),
    "odd": ("odd", dict(text="".join(ODD)), dict(text="".join(ODD))),
    "image": ("text", dict(image=PNG), dict(text=HELLO)),
    "call": ("call", dict(tools=True), dict(calls=[WEATHER], stop="tool")),
    "calls": ("calls", dict(tools=True), dict(text="", calls=[WEATHER, CLOCK], stop="tool", usage=[40, 0, 24, 0])),
    "talkcall": ("talkcall", dict(tools=True), dict(text="Let me look.", calls=[WEATHER], stop="tool")),
    "oddcall": ("oddcall", dict(tools=True), dict(calls=[ODD_CALL])),
    "results": ("calls", dict(tools=True, results=["sun", "noon"]),
                dict(text="Results: get_weather=sun; get_time=noon", calls=[], stop="end")),
    "think": ("think", dict(thinking=True), dict(text="4", thinking="2+2 is 4.", stop="end")),
    "thinkcall": ("thinkcall", dict(thinking=True, tools=True, results=["sun"]),
                  dict(text="Results: get_weather=sun", stop="end")),
    "length": ("length", dict(maxTokens=16), dict(text="Once upon", stop="length")),
    "refuse": ("refuse", {}, dict(text="I can't help.", stop="refusal")),
    "filter": ("filter", {}, dict(stop="refusal")),
    "usage": ("usage", {}, dict(text="counted", usage=[130, 90, 40, 25])),
    "schema": ("schema", dict(schema=True), dict(stop="end")),
}


@pytest.fixture(scope="module")
def node():
    """A node that plays jobs, for all tests here: to start one takes longer than to ask it."""
    if not shutil.which("node"):
        pytest.skip("no node")
    if not (CLIENTS / "node_modules").is_dir():
        pytest.skip("no tests/clients/node_modules: run npm ci there")
    process = subprocess.Popen(
        ["node", str(CLIENTS / "ask.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    yield process
    process.stdin.close()
    assert process.wait(20) == 0


def play(node, url, key, jobs):
    out = []
    for job in jobs:
        node.stdin.write(json.dumps({"url": url, "key": key, "text": "Say hello", "stream": False, **job}) + "\n")
        node.stdin.flush()
        while not (line := node.stdout.readline()).startswith("{"):  # SDKs print warnings of their own
            assert line, "node has ended"
        out.append(json.loads(line))
    return out


def both_ways(dialect, model, **job):
    return [{"dialect": dialect, "model": model, **job, "stream": stream} for stream in (False, True)]


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_reads_every_answer_whole_and_streamed(node, gateway, dialect, upstream):
    jobs = [job for script, more, _ in JOBS.values() for job in both_ways(dialect, f"{upstream}-{script}", **more)]
    answers = play(node, gateway.url, KEY, jobs)
    assert len(answers) == len(jobs)
    for at, (name, (_, _, wanted)) in enumerate(JOBS.items()):
        for how, answer in zip(("whole", "streamed"), answers[2 * at: 2 * at + 2]):
            if (dialect, how) == ("chat", "streamed"):  # the SDK keeps the last piece of what it does not know
                wanted = {member: value for member, value in wanted.items() if member != "thinking"}
            assert {member: answer.get(member) for member in wanted} == wanted, (name, how, answer)
            if name == "schema":
                parsed = answer["parsed"] if dialect != "gemini" else json.loads(answer["text"])
                assert parsed == ADA, (how, answer)


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", ("responses", "claude", "gemini"))
def test_the_sdk_counts_tokens(node, gateway, dialect, upstream):
    job = {"dialect": dialect, "model": f"{upstream}-text", "count": True}
    few, many = play(node, gateway.url, KEY, [job, {**job, "text": "Say hello " * 200}])
    assert 0 < few["count"] < many["count"]


@pytest.mark.parametrize("upstream", ("chat", "gemini"))
@pytest.mark.parametrize("dialect", ("chat", "gemini"))
def test_the_sdk_reads_several_candidates(node, gateway, dialect, upstream):
    for answer in play(node, gateway.url, KEY, both_ways(dialect, f"{upstream}-text", n=2)):
        assert answer["texts"] == [HELLO, HELLO]


@pytest.mark.parametrize("upstream", ("chat", "claude", "gemini"))
@pytest.mark.parametrize("dialect", ("chat", "claude", "gemini"))
def test_the_sdks_stop_words_reach_the_upstream(node, gateway, fakes, dialect, upstream):
    for answer in play(node, gateway.url, KEY, both_ways(dialect, f"{upstream}-sequence", stop=["END"])):
        assert (answer["text"], answer["stop"]) == ("Up to here", "end")
    assert [seen.ask.stop for seen in fakes[upstream].seen] == [["END"], ["END"]]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_reads_echo(node, gateway, dialect):
    for answer in play(node, gateway.url, KEY, both_ways(dialect, "echo")):
        assert answer["text"] == "Say hello" and answer["stop"] == "end"


ERRORS = {
    "bad400": ("BadRequestError", 400), "bad404": ("NotFoundError", 404), "bad429": ("RateLimitError", 429),
    "bad500": ("InternalServerError", 500),
}


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_raises_its_own_errors(node, gateway, dialect, upstream):
    jobs = [job for script in ERRORS for job in both_ways(dialect, f"{upstream}-{script}")]
    answers = play(node, gateway.url, KEY, jobs)
    for (name, status), answer in zip([error for error in ERRORS.values() for _ in range(2)], answers):
        assert answer["error"]["status"] == status, answer
        assert dialect == "gemini" or answer["error"]["name"] == name
    stranger, = play(node, gateway.url, "nobody", [{"dialect": dialect, "model": f"{upstream}-text"}])
    assert stranger["error"]["status"] == 401
    assert dialect == "gemini" or stranger["error"]["name"] == "AuthenticationError"


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sdk_hears_of_a_stream_that_fails(node, gateway, dialect, upstream):
    answer, = play(node, gateway.url, KEY, [
        {"dialect": dialect, "model": f"{upstream}-breakerror", "stream": True}])
    assert "Overloaded in mid-stream" in answer["error"]["text"], answer
