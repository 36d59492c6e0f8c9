"""Whatever an upstream says, and however it ends, the client gets an answer that is legal in its dialect."""

import pytest

from fakes import DIALECTS
from wire import ask, error, told

SAID = ("text", "usage", "call", "calls", "talkcall", "noargs", "think", "thinkcall", "schema", "refuse", "filter",
        "length", "empty", "extra", "many")
# status at the upstream: statuses a client may see
REFUSED = {
    "bad400": (400,), "bad401": (502,), "bad403": (502, 403), "bad404": (404,), "bad429": (429,),
    "bad500": (500, 502), "bad503": (503, 529), "bad529": (529, 503),
}
pairs = pytest.mark.parametrize("client,upstream", [(c, u) for c in DIALECTS for u in DIALECTS])


@pytest.mark.parametrize("script", SAID)
@pairs
def test_an_answer_is_legal_and_its_stream_says_the_same(gateway, client, upstream, script):
    whole = told(client, ask(gateway, client, f"{upstream}-{script}"))
    stream = told(client, ask(gateway, client, f"{upstream}-{script}", True), True)
    for member in ("text", "thinking", "refusal", "stop"):
        assert getattr(whole, member) == getattr(stream, member)
    assert [name for name, _ in whole.calls] == [name for name, _ in stream.calls]


@pytest.mark.parametrize("script", ("text", "call", "calls", "think", "length", "refuse"))
@pytest.mark.parametrize("client", ("chat", "claude", "gemini"))
def test_a_whole_answer_of_an_upstream_that_only_streams_is_one_body(gateway, fakes, client, script):
    answer = ask(gateway, client, f"responses-{script}")
    assert fakes.responses.seen[-1].json()["stream"] is True
    whole = told(client, answer)
    assert int(answer.headers["content-length"]) == len(answer.content)
    stream = told(client, ask(gateway, client, f"responses-{script}", True), True)
    assert (whole.text, whole.thinking, whole.refusal, whole.stop) == (
        stream.text, stream.thinking, stream.refusal, stream.stop)
    assert [name for name, _ in whole.calls] == [name for name, _ in stream.calls]


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("script", REFUSED)
@pairs
def test_a_refusal_is_told_in_the_clients_dialect(gateway, client, upstream, script, stream):
    answer = ask(gateway, client, f"{upstream}-{script}", stream)
    assert answer.status_code in REFUSED[script], answer.text
    message = error(client, answer)["message"]
    if script == "bad400":
        assert "scripted complaint" in message
    if script == "bad429":
        assert int(answer.headers["retry-after"]) in range(1, 8)


@pytest.mark.parametrize("script", ("breakerror", "breakcut", "breakclose"))
@pairs
def test_a_stream_that_breaks_ends_with_an_error_and_not_as_if_all_were_well(gateway, client, upstream, script):
    answer = ask(gateway, client, f"{upstream}-{script}", True)
    said = told(client, answer, True)
    assert said.error and said.stop in (None, "failed")


@pytest.mark.parametrize("script", ("breakerror", "breakcut"))
@pairs
def test_a_whole_answer_that_breaks_is_an_error(gateway, client, upstream, script):
    answer = ask(gateway, client, f"{upstream}-{script}")
    assert answer.status_code in (500, 502, 503, 529), answer.text
    error(client, answer)


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
@pytest.mark.parametrize("script", ("html", "notjson", "nothing"))
@pairs
def test_nonsense_with_status_200_is_an_error(gateway, client, upstream, script, stream):
    answer = ask(gateway, client, f"{upstream}-{script}", stream)
    if stream and answer.status_code == 200:
        assert told(client, answer, True).error
        return
    assert answer.status_code in (500, 502, 503), answer.text
    error(client, answer)


@pytest.mark.parametrize("upstream", DIALECTS)
def test_gemini_without_sse_streams_one_json_array(gateway, upstream):
    import grammar.gemini
    from wire import body

    answer = gateway.post(f"/v1beta/models/{upstream}-calls:streamGenerateContent", body("gemini", ""))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    assert [name for name, _ in grammar.gemini.array(answer.content).calls] == ["get_weather", "get_time"]


@pytest.mark.parametrize("script", ("breakerror", "breakcut", "breakclose"))
@pytest.mark.parametrize("upstream", DIALECTS)
def test_an_array_that_breaks_is_still_one_json_array(gateway, upstream, script):
    import grammar.gemini
    from wire import body

    answer = gateway.post(f"/v1beta/models/{upstream}-{script}:streamGenerateContent", body("gemini", ""))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    said = grammar.gemini.array(answer.content)
    assert said.text.startswith("one ") and said.error and said.stop is None


@pytest.mark.parametrize("upstream", DIALECTS)
def test_an_array_that_never_began_is_an_error(gateway, upstream):
    from wire import body

    for script, status in (("bad429", 429), ("nothing", 502), ("html", 502)):
        answer = gateway.post(f"/v1beta/models/{upstream}-{script}:streamGenerateContent", body("gemini", ""))
        assert answer.status_code == status, answer.text
        error("gemini", answer)


@pytest.mark.parametrize("upstream", DIALECTS)
def test_usage_comes_in_a_chat_stream_only_when_asked_for(gateway, upstream):
    import grammar.chat
    from wire import body

    for options, wanted in ((None, False), ({"include_usage": False}, False), ({"include_usage": True}, True)):
        more = {"stream_options": options} if options else {}
        answer = gateway.post("/v1/chat/completions", body("chat", f"{upstream}-usage", True, **more))
        told_ = grammar.chat.stream(answer.content, include_usage=wanted)
        assert bool(told_.usage) == wanted
    assert told_.usage["prompt_tokens"] == 130 and told_.usage["completion_tokens"] == 40
