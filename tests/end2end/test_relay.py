"""Where client and upstream speak one dialect the bytes pass as they are, but for the model's name.

In answers the name may be the upstream's or the client's own."""

import json

import pytest

from fakes import DIALECTS, wait_until
from gateway import BASE, KEY
from wire import HEADERS, PATHS, ask, body, path

# Legal requests with everything that re-writing would lose: spacing, order, escapes, long numbers.
REQUESTS = {
    "chat": (
        '{ "stream_options" : {"include_usage":true},\n"messages":[{"content":"caf\\u00e9 \\/ \\ud83d\\ude00",'
        '"role":"user"}],  "seed": 9007199254740993, "temperature":1.0,"model":"chat-extra","stream":true,'
        '"metadata":{"b":"2","a":"1"} }'),
    "claude": (
        '{"max_tokens":4000 ,"temperature": 1.00,"stream":true, "messages":[{"role":"user","content":[{"type":"text",'
        '"text":"caf\\u00e9 <b>&amp;","cache_control":{"type":"ephemeral"}}]}],\n "model" : "claude-extra",'
        '"metadata":{"user_id":"u"}}'),
    "gemini": (
        '{"contents" :[{"role":"user","parts":[{"text":"caf\\u00e9 \\/"}]}],\n"generation_config":{"temperature":1.0,'
        '"maxOutputTokens":  400,"topK":40}, "safetySettings":[]}'),
}


def send(gateway, dialect, content, stream=True):
    where = path(dialect, f"{dialect}-extra", stream)
    return gateway.post(where, content, headers=HEADERS)


@pytest.mark.parametrize("dialect", REQUESTS)
def test_a_request_reaches_the_upstream_byte_for_byte(gateway, fakes, dialect):
    text = REQUESTS[dialect]
    answer = send(gateway, dialect, text.encode())
    assert answer.status_code == 200, answer.text
    upstream_text = text.replace(f'"{dialect}-extra"', f'"{BASE[dialect]}--extra"')
    assert fakes[dialect].seen[-1].body == upstream_text.encode()


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_reaches_the_client_byte_for_byte(gateway, fakes, dialect, stream):
    more = {"stream_options": {"include_usage": True}} if dialect == "chat" and stream else {}
    answer = gateway.post(
        path(dialect, f"{dialect}-extra", stream), body(dialect, f"{dialect}-extra", stream, **more), headers=HEADERS)
    assert answer.status_code == 200
    got = answer.content.replace(b"%s-extra" % dialect.encode(), f"{BASE[dialect]}--extra".encode())
    assert wait_until(lambda: got == bytes(fakes[dialect].seen[-1].answer), 3)
    assert b"x_unheard_of" in answer.content


def test_a_gemini_array_holds_the_upstreams_events_byte_for_byte(gateway, fakes):
    answer = gateway.post("/v1beta/models/gemini-extra:streamGenerateContent", body("gemini", ""))
    assert answer.headers["content-type"] == "application/json"
    seen = fakes.gemini.seen[-1]
    assert seen.target.endswith(":streamGenerateContent?alt=sse")
    assert json.loads(seen.body) == body("gemini", "")
    assert wait_until(lambda: seen.finished, 3)
    events = [line[6:].rstrip() for line in bytes(seen.answer).split(b"\n") if line.startswith(b"data: ")]
    assert answer.content == b"[" + b",\r\n".join(events) + b"]" and b"x_unheard_of" in answer.content


@pytest.mark.parametrize("dialect", ("chat", "claude"))
def test_what_nobody_has_heard_of_is_judged_by_the_upstream(gateway, fakes, dialect):
    answer = gateway.post(PATHS[dialect], body(dialect, f"{dialect}-text", next_years_feature={"a": 1}), headers=HEADERS)
    assert answer.status_code == 400 and "next_years_feature" in answer.text
    assert fakes[dialect].seen[-1].json()["next_years_feature"] == {"a": 1}


def test_what_only_one_dialect_knows_is_dropped_toward_another_and_named(gateway, fakes):
    answer = gateway.post("/v1/chat/completions", body("chat", "claude-text", seed=7, logit_bias={"1": 1}))
    assert answer.status_code == 200, answer.text
    dropped = answer.headers["x-gateway-dropped"]
    assert "seed" in dropped and "logit_bias" in dropped


def test_a_claude_clients_version_and_betas_are_passed_on(gateway, fakes):
    headers = {"anthropic-version": "2026-10-21", "anthropic-beta": "some-beta-2026-01-01"}
    assert ask(gateway, "claude", "claude-text", headers=headers).status_code == 200
    seen = fakes.claude.seen[-1]
    assert seen.header("anthropic-version") == "2026-10-21"
    assert "some-beta-2026-01-01" in seen.header("anthropic-beta")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_upstreams_complaint_keeps_its_words(gateway, dialect):
    answer = ask(gateway, dialect, f"{dialect}-bad400")
    assert "scripted complaint" in json.dumps(answer.json()["error"]["message"])


def test_secrets_of_upstreams_stay_inside(gateway, fakes):
    for dialect in DIALECTS:
        for script in ("text", "bad400", "bad401", "bad500"):
            answer = ask(gateway, dialect, f"{dialect}-{script}")
            for fake in fakes.all():
                assert fake.default_key not in answer.text + str(answer.headers)
    log = gateway.log()
    for fake in fakes.all():
        assert fake.default_key not in log
    assert KEY not in log


FIGURES = {
    "nothing said": "",
    "said no": '"stream_options": {"include_usage": false},',
    "said something else": '"stream_options":{"include_obfuscation":false },',
    "said null": '"stream_options":null,',
    "in a message": '"messages":[{"role":"user","content":"\\"stream_options\\":{\\"include_usage\\":true}"}],',
}


@pytest.mark.parametrize("said", FIGURES)
def test_figures_are_asked_for_and_kept_from_a_chat_client_that_did_not(gateway, fakes, said):
    import grammar.chat

    text = '{%s"messages":[{"role":"user","content":"hi"}],"stream":true,"model":"chat-usage"}' % FIGURES[said]
    answer = gateway.post(PATHS["chat"], text.encode(), headers=HEADERS)
    told = grammar.chat.stream(answer.content, include_usage=False)
    assert told.text == "counted" and answer.content.endswith(b"\n\ndata: [DONE]\n\n")
    seen = fakes.chat.seen[-1]
    assert seen.json()["stream_options"]["include_usage"] is True
    assert b'"prompt_tokens"' in bytes(seen.answer) and b'"prompt_tokens"' not in answer.content
    call = answer.headers["x-request-id"]
    assert wait_until(lambda: f"call={call}" in gateway.log(), 3)
    line = next(line for line in gateway.log().splitlines() if f"call={call}" in line)
    assert "in_tokens=130" in line and "out_tokens=40" in line, line
