"""Pictures that a model makes: whole and on the way, for the dialects that have room for them."""

import pytest

import wire
from fakes import script

clients = pytest.mark.parametrize("client", ("chat", "responses", "gemini", "claude"))
streams = pytest.mark.parametrize("stream", (False, True), ids=("whole", "stream"))
DRAW = {"responses": {"tools": [{"type": "image_generation", "partial_images": 2}]},
        "gemini": {"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}, "chat": {"modalities": ["text", "image"]}}


@streams
@clients
@pytest.mark.parametrize("upstream", ("responses", "gemini"))
def test_a_picture_reaches_whoever_can_see_one(gateway, client, upstream, stream):
    more = DRAW.get(client, {}) if client != "claude" and not (client == "chat" and upstream == "responses") else {}
    answer = gateway.post(
        wire.path(client, f"{upstream}-picture", stream), wire.body(client, f"{upstream}-picture", stream, **more),
        headers=wire.HEADERS)
    told = wire.told(client, answer, stream)
    if client == "claude":
        assert "[image]" in told.text and told.text.endswith("Here.")
        return
    assert told.text == "Here." and told.pictures == [script.PICTURES[2]]
    if client == "responses" and upstream == "responses" and stream:
        assert told.partial == list(script.PICTURES[:2])


@streams
def test_pictures_on_the_way_survive_a_translation(start, fakes, stream):
    """The effort in the model's name is an edit: the answer is read and written, not relayed."""
    gateway = start()
    body = wire.body("responses", "responses-picture(high)", stream, **DRAW["responses"])
    answer = gateway.post(wire.PATHS["responses"], body)
    told = wire.told("responses", answer, stream)
    assert fakes.responses.seen[-1].json()["reasoning"]["effort"] == "high"
    assert told.pictures == [script.PICTURES[2]] and told.partial == (list(script.PICTURES[:2]) if stream else [])
    assert "revised_prompt" in answer.text and "background" in answer.text


@pytest.mark.parametrize("upstream", ("gemini", "responses", "claude", "chat"))
def test_a_picture_of_the_history_goes_where_it_can_be_seen(gateway, fakes, upstream):
    first = gateway.post(wire.PATHS["responses"], wire.body("responses", "responses-picture", **DRAW["responses"])).json()
    said = [{"role": "user", "content": "Draw"}, *first["output"], {"role": "user", "content": "Bluer"}]
    answer = gateway.post(wire.PATHS["responses"], wire.body("responses", f"{upstream}-text", input=said))
    wire.told("responses", answer)
    sent = fakes[upstream].seen[-1].body.decode()
    if upstream in ("gemini", "responses"):
        assert script.PICTURES[2] in sent
    else:
        assert script.PICTURES[2] not in sent and "messages.content" in answer.headers["x-gateway-dropped"]
