"""What a client may write for a model: a thinking suffix, auto, names that nobody has; and what nobody fetches."""

import pytest

import wire
from fakes import script


def chat(model, **more):
    return {"model": model, "messages": [{"role": "user", "content": "Say hello"}], **more}


def ask(gateway, model, **more):
    return gateway.post("/v1/chat/completions", chat(model, **more))


def sent(fakes, upstream):
    return fakes[upstream].seen[-1].json()


def test_a_suffix_says_how_the_model_thinks_and_leaves_its_name(gateway, fakes):
    answer = ask(gateway, "chat-text(high)", reasoning_effort="low")
    wire.told("chat", answer)
    assert sent(fakes, "chat")["reasoning_effort"] == "high"
    assert sent(fakes, "chat")["model"] == "gpt-4.1--text"
    assert answer.json()["model"] == "chat-text(high)"


@pytest.mark.parametrize("suffix,thinking", [
    ("8192", {"type": "enabled", "budget_tokens": 8192}), ("none", None), ("0", None)])
def test_a_suffix_reaches_every_dialect(gateway, fakes, suffix, thinking):
    wire.told("chat", ask(gateway, f"claude-think({suffix})", reasoning_effort="medium", max_tokens=20000))
    assert sent(fakes, "claude").get("thinking") == thinking


def test_a_suffix_is_a_budget_within_the_models_bounds_for_gemini(start, fakes):
    gateway = start(**{"model-capabilities": [
        {"providers": ["gemini"], "capabilities": {"modes": "budget", "budget_min": 128, "can_disable": False}}]})
    for suffix, budget in (("(2048)", 2048), ("(5)", 128), ("(-1)", -1), ("(0)", 128), ("(low)", 1024)):
        wire.told("chat", ask(gateway, "gemini-text" + suffix))
        config = sent(fakes, "gemini")["generationConfig"]["thinkingConfig"]
        assert config["thinkingBudget"] == budget and "thinkingLevel" not in config


@pytest.mark.parametrize("dialect", wire.GRAMMARS)
@pytest.mark.parametrize("suffix", ["(8k)", "(hard)", "(-2)"])
def test_a_suffix_that_says_nothing_is_refused(gateway, fakes, dialect, suffix):
    answer = wire.ask(gateway, dialect, "chat-text" + suffix)
    assert answer.status_code == 400
    wire.error(dialect, answer)
    assert "thinking level or budget" in answer.text
    assert not fakes["chat"].seen


def test_auto_is_some_model_that_serves(gateway):
    answer = ask(gateway, "auto")
    wire.told("chat", answer)
    assert answer.json()["model"] == "auto"


@pytest.mark.parametrize("upstream", ["chat", "responses", "claude", "gemini"])
def test_the_gateway_fetches_nothing_that_a_client_points_at(gateway, fakes, upstream):
    """The address is one of the stand-ins, which would have seen it."""
    url = fakes["chat"].url + "/secret.png"
    answer = gateway.post("/v1/chat/completions", {"model": f"{upstream}-text", "messages": [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]})
    assert answer.status_code in (200, 400), answer.text
    assert not [seen for seen in fakes["chat"].seen if "secret" in seen.target]


def listed(gateway):
    return {model["id"] for model in gateway.get("/v1/models").json()["data"]}


def test_a_list_shows_what_may_serve_or_only_rests(start, fakes):
    gateway = start(**{"request-retry": 0})
    assert {"claude-text", "gemini-text"} <= listed(gateway)
    fakes.claude.faults[fakes.claude.default_key] = script.Fault(429, "rate_limit", "slow", (("retry-after", "30"),))
    fakes.gemini.faults[fakes.gemini.default_key] = script.Fault(401, "authentication", "no such key")
    assert ask(gateway, "claude-text").status_code == 429
    assert ask(gateway, "gemini-text").status_code == 502
    assert "claude-text" in listed(gateway)
    assert "gemini-text" not in listed(gateway)
    assert {"chat-text", "responses-text"} <= listed(gateway)
