"""Legacy text completions, through the SDK that still has them: what a prompt may be, what is repeated of it, and what
nobody offers any more."""

import openai
import pytest

from fakes import DIALECTS
from gateway import KEY

SAID = "Hello, wörld ✓!"


@pytest.fixture
def old(gateway):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, max_retries=0).completions


def heard(chunks):
    """Text and finish reason of each choice of a stream, and its usage."""
    texts, stops, usage = {}, {}, None
    for chunk in chunks:
        assert chunk.object == "text_completion" and chunk.id.startswith("cmpl-")
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + choice.text
            if choice.finish_reason:
                assert choice.index not in stops
                stops[choice.index] = choice.finish_reason
    return texts, stops, usage


@pytest.mark.parametrize("echo", (False, True))
@pytest.mark.parametrize("upstream", DIALECTS)
def test_a_prompt_is_answered_whole_and_streamed(old, upstream, echo):
    asked = dict(model=f"{upstream}-text", prompt=["Say hello. "], echo=echo, max_tokens=400)
    want = ("Say hello. " if echo else "") + SAID
    whole = old.create(**asked)
    assert whole.object == "text_completion" and whole.model == asked["model"] and whole.id.startswith("cmpl-")
    assert [(choice.text, choice.index, choice.finish_reason) for choice in whole.choices] == [(want, 0, "stop")]
    assert whole.usage.prompt_tokens == 20 and whole.usage.completion_tokens == 10
    texts, stops, usage = heard(old.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert (texts, stops) == ({0: want}, {0: "stop"}) and usage.total_tokens == 30
    assert heard(old.create(**asked, stream=True))[2] is None


@pytest.mark.parametrize("upstream", ("chat", "gemini"))
def test_several_answers_each_repeat_the_prompt_once(old, upstream):
    asked = dict(model=f"{upstream}-text", prompt="Say hello. ", echo=True, n=2, best_of=2, max_tokens=400)
    want = {0: "Say hello. " + SAID, 1: "Say hello. " + SAID}
    assert {choice.index: choice.text for choice in old.create(**asked).choices} == want
    assert heard(old.create(**asked, stream=True))[:2] == (want, {0: "stop", 1: "stop"})


@pytest.mark.parametrize("upstream", ("claude", "responses"))
def test_several_answers_of_an_upstream_that_gives_one_are_refused(old, upstream):
    with pytest.raises(openai.BadRequestError) as refused:
        old.create(model=f"{upstream}-text", prompt="a", n=2)
    assert refused.value.param == "n" and refused.value.code == "unsupported_parameter"


@pytest.mark.parametrize("more,param", [
    ({"prompt": ["a", "b"]}, "prompt"), ({"prompt": [1, 2]}, "prompt"), ({"prompt": [[1, 2]]}, "prompt"),
    ({"suffix": "end"}, "suffix"), ({"best_of": 2}, "best_of"), ({"n": 2, "best_of": 3}, "best_of"), ({"logprobs": 6}, "logprobs"),
])
def test_what_is_not_offered_is_refused_by_name(old, fakes, more, param):
    before = len(fakes.chat.seen)
    with pytest.raises(openai.BadRequestError) as refused:
        old.create(**{"model": "chat-text", "prompt": "a", **more})
    assert refused.value.param.split("[")[0] == param
    assert len(fakes.chat.seen) == before


def test_a_prompt_of_nothing_repeats_nothing(old, fakes):
    answer = old.create(model="chat-back", prompt="", echo=True, max_tokens=400)
    sent = fakes.chat.seen[-1].json()["messages"][0]["content"]
    assert sent.strip() and answer.choices[0].text == sent


@pytest.mark.parametrize("script,stop", [("length", "length"), ("filter", "content_filter"), ("refuse", "content_filter")])
def test_an_answer_stops_for_one_of_three_reasons(old, script, stop):
    assert old.create(model=f"chat-{script}", prompt="a").choices[0].finish_reason == stop
    assert old.create(model=f"claude-{script}", prompt="a").choices[0].finish_reason == stop
