"""What the official SDKs do beyond one call and its answer, each before every upstream: they parse JSON, hand
back the state of a thought, count, ask for several candidates, name the words they stopped at, raise errors."""

import json

import pydantic
import pytest

from clients import DRIVERS, Case, Failed
from fakes import DIALECTS

HI = Case((("user", "Say hello"),))
modes = pytest.mark.parametrize("mode", ("sync", "stream"))
every_mode = pytest.mark.parametrize("mode", ("sync", "stream", "async", "astream"))
upstreams = pytest.mark.parametrize("upstream", DIALECTS)
clients = pytest.mark.parametrize("client", DRIVERS)


class Person(pydantic.BaseModel):
    name: str
    age: int


ADA = Person(name="Ada", age=36)


def parsed_chat(client, model, stream):
    asked = dict(model=model, messages=[{"role": "user", "content": "Who?"}], response_format=Person)
    if not stream:
        return client.chat.completions.parse(**asked).choices[0].message.parsed
    with client.chat.completions.stream(**asked) as events:
        return events.get_final_completion().choices[0].message.parsed


def parsed_responses(client, model, stream):
    asked = dict(model=model, input="Who?", text_format=Person)
    if not stream:
        return client.responses.parse(**asked).output_parsed
    with client.responses.stream(**asked) as events:
        return events.get_final_response().output_parsed


def parsed_claude(client, model, stream):
    asked = dict(
        model=model, max_tokens=1000, messages=[{"role": "user", "content": "Who?"}], output_format=Person)
    if not stream:
        return client.messages.parse(**asked).parsed_output
    with client.messages.stream(**asked) as events:
        return events.get_final_message().parsed_output


def parsed_gemini(client, model, stream):
    asked = dict(model=model, contents="Who?", config={
        "response_mime_type": "application/json", "response_schema": Person})
    if not stream:
        return client.models.generate_content(**asked).parsed
    pieces = client.models.generate_content_stream(**asked)
    return Person.model_validate_json("".join(piece.text or "" for piece in pieces))


PARSED = {"chat": parsed_chat, "responses": parsed_responses, "claude": parsed_claude, "gemini": parsed_gemini}


@modes
@upstreams
@clients
def test_json_arrives_as_the_callers_own_class(drivers, client, upstream, mode):
    assert PARSED[client](drivers[client].client, f"{upstream}-schema", mode == "stream") == ADA


# The dialects with a slot for a vendor's state; OpenAI's chat SDK has none to hand back.
STATEFUL = ("responses", "claude", "gemini")


def signed(seen):
    """Does a request hand back what its fake signed?"""
    body = seen.json()
    for message in body.get("messages", []):
        if any(block.get("type") == "thinking" for block in message["content"] if isinstance(block, dict)):
            return True
    if any(item.get("type") == "reasoning" and item.get("encrypted_content") for item in body.get("input", [])):
        return True
    parts = [part for content in body.get("contents", []) for part in content["parts"]]
    return any("thoughtSignature" in part for part in parts)


@every_mode
@pytest.mark.parametrize("upstream", STATEFUL)
@pytest.mark.parametrize("client", STATEFUL)
async def test_a_thought_comes_back_to_its_vendor_with_its_signature(drivers, fakes, client, upstream, mode):
    """The fakes refuse a state that is not as they gave it."""
    driver, model = drivers[client], f"{upstream}-thinkcall"
    case = Case((("user", "Weather?"),), tools=("get_weather",), thinking=True)
    first = await driver.ask(model, case, mode)
    assert first.thinking == "I need the weather."
    last = await driver.ask(model, case.then(("said", first), ("results", first, ["sunny"])), mode)
    assert last.text == "Results: get_weather=sunny"
    assert signed(fakes[upstream].seen[-1])


@modes
@upstreams
@clients
async def test_a_conversation_goes_on_after_a_thought(drivers, fakes, client, upstream, mode):
    driver, model, case = drivers[client], f"{upstream}-think", Case(HI.turns, thinking=True)
    first = await driver.ask(model, case, mode)
    last = await driver.ask(model, case.then(("said", first), ("user", "And now?")), mode)
    assert (first.text, last.text) == ("4", "4")
    said = [
        (role, [part[1] for part in parts if part[0] == "text" and part[1]])  # a state may stand at an empty text
        for role, parts in fakes[upstream].seen[-1].ask.turns]
    assert said == [("user", ["Say hello"]), ("assistant", ["4"]), ("user", ["And now?"])]


@upstreams
@pytest.mark.parametrize("client", ("responses", "claude", "gemini"))
def test_tokens_are_counted(drivers, client, upstream):
    few = drivers[client].count(f"{upstream}-text", HI)
    many = drivers[client].count(f"{upstream}-text", Case((("user", "Say hello " * 200),)))
    assert 0 < few < many


def texts(client, answer):
    if client == "chat":
        return [choice.message.content for choice in answer.raw.choices]
    return ["".join(part.text or "" for part in parts) for parts in answer.raw["all"].values()]


@modes
@pytest.mark.parametrize("upstream", ("chat", "gemini"))
@pytest.mark.parametrize("client", ("chat", "gemini"))
async def test_several_candidates_come_each_whole(drivers, client, upstream, mode):
    answer = await drivers[client].ask(f"{upstream}-text", Case(HI.turns, candidates=2), mode)
    assert texts(client, answer) == ["Hello, wörld ✓!"] * 2


@pytest.mark.parametrize("upstream", ("responses", "claude"))
@pytest.mark.parametrize("client", ("chat", "gemini"))
async def test_several_candidates_are_refused_where_there_is_one(drivers, fakes, client, upstream):
    with pytest.raises(drivers[client].any_error) as raised:
        await drivers[client].ask(f"{upstream}-text", Case(HI.turns, candidates=2))
    assert (raised.value.code if client == "gemini" else raised.value.status_code) == 400
    assert not fakes[upstream].seen


@modes
@pytest.mark.parametrize("upstream", ("chat", "claude", "gemini"))
@pytest.mark.parametrize("client", ("chat", "claude", "gemini"))
async def test_an_answer_stops_at_a_word_of_the_client(drivers, fakes, client, upstream, mode):
    answer = await drivers[client].ask(f"{upstream}-sequence", Case(HI.turns, stop=("END", "###")), mode)
    assert fakes[upstream].seen[-1].ask.stop == ["END", "###"]
    assert (answer.text, answer.stop) == ("Up to here", "end")
    if client == upstream == "claude":
        assert (answer.raw.stop_reason, answer.raw.stop_sequence) == ("stop_sequence", "END")


REFUSALS = {
    "bad400": (400, "messages: scripted complaint"), "bad404": (404, "no such model"),
    "bad429": (429, ""), "bad500": (500, "upstream fell over"),
}


@every_mode
@pytest.mark.parametrize("script", REFUSALS)
@upstreams
@clients
async def test_a_refusal_is_the_sdks_own_error(drivers, client, upstream, script, mode):
    driver, (status, words) = drivers[client], REFUSALS[script]
    with pytest.raises(driver.any_error) as raised:
        await driver.ask(f"{upstream}-{script}", HI, mode)
    assert words in str(raised.value)
    if client == "gemini":
        assert raised.value.code == status
    else:
        assert type(raised.value) is driver.errors[status]
        assert status != 429 or 0 < int(raised.value.response.headers["retry-after"]) <= 7


@pytest.mark.parametrize("mode", ("stream", "astream"))
@upstreams
@clients
async def test_a_stream_that_fails_raises_with_the_upstreams_words(drivers, client, upstream, mode):
    driver = drivers[client]
    with pytest.raises((driver.any_error, Failed)) as raised:
        await driver.ask(f"{upstream}-breakerror", HI, mode)
    assert "Overloaded in mid-stream" in str(raised.value)
    overloaded = upstream != "responses"  # which has no word for it
    if client == "claude":
        assert raised.value.body["error"]["type"] == ("overloaded_error" if overloaded else "api_error")
    elif client == "gemini":
        assert raised.value.code == (503 if overloaded else 500)
    elif client == "responses":
        assert raised.value.response.error.code == "server_error"
