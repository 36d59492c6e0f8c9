"""Who may come in, by which door, under which name a model is known, and what a client may ask about."""

import httpx
import pytest

from clients import DRIVERS, Case, Gemini
from fakes import DIALECTS
from gateway import KEY, OTHER_KEY, provider_config
from wire import ask, body, error, path, told

HI = Case((("user", "Say hello"),))
DOORS = {
    "bearer": ({"authorization": f"Bearer {KEY}"}, ""),
    "bearer in small letters": ({"authorization": f"bearer {KEY}"}, ""),
    "authorization alone": ({"authorization": KEY}, ""),
    "x-goog-api-key": ({"x-goog-api-key": KEY}, ""),
    "x-api-key": ({"x-api-key": KEY}, ""),
    "query key": ({}, f"key={KEY}"),
    "query auth_token": ({}, f"auth_token={KEY}"),
    "wrong bearer, right x-api-key": ({"authorization": "Bearer x", "x-api-key": KEY}, ""),
    "the other key": ({"x-api-key": OTHER_KEY}, ""),
}
STRANGERS = {
    "nothing": ({}, "", "Missing API key"),
    "wrong bearer": ({"authorization": "Bearer nobody"}, "", "Invalid API key"),
    "wrong x-api-key": ({"x-api-key": "nobody"}, "", "Invalid API key"),
    "wrong query": ({}, "key=nobody", "Invalid API key"),
    "a beginning": ({"authorization": f"Bearer {KEY[:-1]}"}, "", "Invalid API key"),
    "more than all": ({"authorization": f"Bearer {KEY}x"}, "", "Invalid API key"),
    "empty": ({"authorization": "Bearer"}, "", "API key"),
}


def at(gateway, where, query, dialect="chat", model="chat-text", headers=None):
    where += ("&" if "?" in where else "?") + query if query else ""
    return gateway.post(where, body(dialect, model), key=None, headers=headers)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_key_opens_in_all_its_places_and_goes_no_further(gateway, fakes, dialect, door):
    headers, query = DOORS[door]
    model = f"{dialect}-text"
    answer = at(gateway, path(dialect, model), query, dialect, model, {**headers, "anthropic-version": "2023-06-01"})
    assert answer.status_code == 200, answer.text
    seen = fakes[dialect].seen[-1]
    for secret in (KEY, OTHER_KEY):
        assert secret not in seen.target and secret not in str(seen.headers) and secret.encode() not in seen.body


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_stranger_is_told_so_in_the_clients_dialect(gateway, fakes, dialect, stranger):
    headers, query, said = STRANGERS[stranger]
    answer = at(gateway, path(dialect, "chat-text"), query, dialect, headers=headers)
    assert answer.status_code == 401
    assert said in error(dialect, answer)["message"]
    assert not fakes.chat.seen


@pytest.mark.parametrize("client", DRIVERS)
async def test_the_sdk_raises_its_own_error_for_a_wrong_key(gateway, client):
    driver = DRIVERS[client](gateway.url, "nobody")
    with pytest.raises(driver.any_error) as raised:
        await driver.ask("chat-text", HI)
    if client != "gemini":
        assert isinstance(raised.value, driver.errors[401])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_unknown_model_is_the_clients_mistake(gateway, dialect):
    answer = ask(gateway, dialect, "no-such-model")
    assert answer.status_code == 400
    told_ = error(dialect, answer)
    assert "no-such-model" in told_["message"]
    if dialect in ("chat", "responses"):
        assert told_["code"] == "model_not_found" and told_["param"] == "model"


def test_a_prefix_names_the_credentials_of_a_team(start, fakes):
    section = provider_config(fakes)["openai-compatibility"]
    section[0]["prefix"] = "teamA"
    for force in (False, True):
        own = start(openai_compatibility=section, force_model_prefix=force)
        assert told("chat", ask(own, "chat", "teamA/chat-text")).text
        plain = ask(own, "chat", "chat-text")
        assert plain.status_code == (400 if force else 200)
        assert ask(own, "chat", "teamB/chat-text").status_code == 400


def test_each_dialect_lists_models_in_its_own_shape(gateway, drivers):
    names = {f"{upstream}-text" for upstream in DIALECTS} | {"echo"}
    for client in DRIVERS:
        listed = drivers[client].models()
        assert names <= set(listed), client
        assert listed == sorted(listed) and len(set(listed)) == len(listed)
    plain = gateway.get("/v1/models").json()
    assert plain["object"] == "list"
    assert all(set(one) <= {"id", "object", "created", "owned_by"} for one in plain["data"])
    theirs = gateway.get("/v1/models", headers={"anthropic-version": "2023-06-01"}).json()
    assert all(one["type"] == "model" and one["display_name"] and one["created_at"] for one in theirs["data"])
    assert theirs["first_id"] == theirs["data"][0]["id"] and theirs["has_more"] is False
    google = gateway.get("/v1beta/models").json()
    assert all(one["name"].startswith("models/") and one["supportedGenerationMethods"] for one in google["models"])
    assert gateway.get("/v1beta/models/chat-text").json()["name"] == "models/chat-text"


@pytest.mark.parametrize("dialect,where,headers", [
    ("chat", "/v1/models/nothing-here", {}),
    ("claude", "/v1/models/nothing-here", {"anthropic-version": "2023-06-01"}),
    ("gemini", "/v1/models/nothing-here", {"x-goog-api-client": "google-genai-sdk/1.0"}),
    ("gemini", "/v1beta/models/nothing-here", {}),
])
def test_a_model_that_is_not_there_is_told_in_the_askers_shape(gateway, dialect, where, headers):
    answer = gateway.get(where, headers=headers)
    assert answer.status_code == 404
    assert "nothing-here" in error(dialect, answer)["message"]


async def test_googles_sdk_works_on_its_default_version_of_the_api(gateway):
    driver = Gemini(gateway.url, KEY, "v1")
    for mode in ("sync", "stream"):
        assert (await driver.ask("claude-text", HI, mode)).text == "Hello, wörld ✓!"
    assert driver.count("claude-text", HI) > 0
    assert "claude-text" in driver.models()


@pytest.mark.parametrize("where", ("/v1/models", "/v1beta/models", "/v1/chat/completions", "/v1/nothing", "/healthz"))
def test_every_answer_has_a_request_id(gateway, where):
    assert gateway.get(where).headers["x-request-id"]
    mine = gateway.get(where, headers={"x-request-id": "mine-123"})
    assert mine.headers["x-request-id"] == "mine-123"


def test_an_answer_of_a_model_has_a_request_id_of_its_own(gateway):
    ids = {ask(gateway, "chat", "chat-text", stream).headers["x-request-id"] for stream in (False, True)}
    assert len(ids) == 2


def test_health_needs_no_key_and_the_rest_does(gateway):
    assert gateway.get("/healthz", key=None).json()["status"] == "ok"
    assert httpx.head(gateway.url + "/healthz").status_code == 200
    for where in ("/v1/models", "/v1beta/models"):
        assert gateway.get(where, key=None).status_code == 401


@pytest.mark.parametrize("method,where", [
    ("GET", "/nothing"), ("POST", "/v1/nothing"), ("GET", "/v1/chat/completions"), ("PUT", "/v1/messages"),
    ("POST", "/v1beta/models/chat-text:nothing"), ("POST", "/v1beta/models/a:b:generateContent"),
    ("POST", "/v1beta/models/..%2f..%2fetc:generateContent"),
])
def test_what_is_not_there_is_refused(gateway, method, where):
    answer = httpx.request(
        method, gateway.url + where, headers={"authorization": f"Bearer {KEY}"}, json={"contents": []}, timeout=10)
    assert answer.status_code in (400, 404, 405)


def test_a_stream_is_marked_as_one_that_no_proxy_may_hold_back(gateway):
    answer = ask(gateway, "chat", "claude-text", True)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-accel-buffering"] == "no"


def test_legacy_completions_are_served(gateway):
    answer = gateway.post("/v1/completions", {"model": "claude-text", "prompt": "Say hello", "max_tokens": 50})
    assert answer.status_code == 200, answer.text
    assert answer.json()["object"] == "text_completion" and answer.json()["choices"][0]["text"] == "Hello, wörld ✓!"
