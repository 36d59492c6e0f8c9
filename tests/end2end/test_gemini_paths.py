"""Paths of the Gemini face: every way to say a model, and none out of its place."""

import pytest

from fakes import DIALECTS
from gateway import BASE
from wire import body, error, told

PATHS = (
    "/v1beta/models/{m}:{f}", "/v1/models/{m}:{f}", "/v1beta/models/{m}:{f}?alt=json", "/v1beta/models/{m}%3A{f}",
    "/v1/projects/p1/locations/europe-west1/publishers/google/models/{m}:{f}",
)


@pytest.mark.parametrize("path", PATHS)
def test_each_path_rewrites_the_models_segment_alone(gateway, fakes, path):
    answer = gateway.post(path.format(m="gemini-text", f="generateContent"), body("gemini", ""))
    assert told("gemini", answer).text == "Hello, wörld ✓!"
    assert fakes.gemini.seen[-1].target == f"/v1beta/models/{BASE['gemini']}--text:generateContent"


@pytest.mark.parametrize("name", (
    "..%2f..%2fv1%2fmodels%2fgemini-text", "../gemini-text", "%2e%2e%2fgemini-text", "gemini-text%2f..%2fx",
    "gemini-text%00", "gemini-text%0d%0aX-Injected:1",
))
def test_a_name_that_climbs_reaches_no_upstream(gateway, fakes, name):
    before = len(fakes.gemini.seen)
    answer = gateway.post(f"/v1beta/models/{name}:generateContent", body("gemini", ""))
    assert answer.status_code in (400, 404), answer.text
    assert len(fakes.gemini.seen) == before


@pytest.mark.parametrize("path", (
    "/v1beta/models/gemini-text:sing", "/v1beta/models/gemini-text", "/v1beta/models/:generateContent",
    "/v1/projects/p1/locations/l1/models/gemini-text:generateContent", "/v1beta/models/gemini-text:",
))
def test_a_path_without_a_method_is_not_found(gateway, path):
    answer = gateway.post(path, body("gemini", ""))
    assert answer.status_code == 404
    assert error("gemini", answer)["status"] == "NOT_FOUND"


@pytest.mark.parametrize("upstream", DIALECTS)
def test_a_bad_body_is_refused_by_its_path(gateway, upstream):
    for wrong, where in (
        ({}, "contents"), ({"contents": []}, "contents"), ({"contents": [{"role": "x", "parts": []}]}, "contents[0].role"),
        ({"contents": [{"parts": [{"text": 1}]}]}, "contents[0].parts[0].text"),
        ({**body("gemini", ""), "tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        ({**body("gemini", ""), "generationConfig": {"maxOutputTokens": -1}}, "generationConfig.maxOutputTokens"),
    ):
        answer = gateway.post(f"/v1beta/models/{upstream}-text:generateContent", wrong)
        assert answer.status_code == 400
        said = error("gemini", answer)
        if upstream != "gemini":  # which judges its own dialect
            assert where in said["message"]
            assert said["details"][0]["fieldViolations"][0]["field"] == where


def test_models_are_listed_and_shown(gateway):
    models = gateway.get("/v1beta/models").json()["models"]
    names = [model["name"] for model in models]
    assert "models/gemini-text" in names and names == sorted(names)
    one = gateway.get("/v1beta/models/gemini-text").json()
    assert one["name"] == "models/gemini-text" and "generateContent" in one["supportedGenerationMethods"]
    missing = gateway.get("/v1beta/models/nobody")
    assert missing.status_code == 404 and error("gemini", missing)["status"] == "NOT_FOUND"


def test_an_invalid_key_of_the_gateways_is_not_the_clients_fault(gateway, fakes):
    fakes.gemini.keys.clear()
    answer = gateway.post("/v1beta/models/gemini-text:generateContent", body("gemini", ""))
    assert answer.status_code in (502, 503)
    assert error("gemini", answer)["status"] in ("INTERNAL", "UNAVAILABLE")
    assert "API key" in answer.text or "credential" in answer.text.lower()


def test_the_embedding_of_a_count(gateway, fakes):
    answer = gateway.post("/v1beta/models/gemini-text:countTokens", {"contents": body("gemini", "")["contents"]})
    assert answer.status_code == 200 and answer.json()["totalTokens"] > 0
    inner = {"generateContentRequest": {"model": "models/gemini-text", **body("gemini", "")}}
    for model in ("gemini-text", "claude-text"):
        answer = gateway.post(f"/v1beta/models/{model}:countTokens", inner)
        assert answer.status_code == 200 and answer.json()["totalTokens"] > 0
