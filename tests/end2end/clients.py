"""The four client dialects, each through its official SDK, behind one small face.

A Case says what to ask in no dialect's words; a driver asks it with its SDK, whole or streamed, waiting
or awaiting, and says what came back as an Answer. The SDKs' own accumulators fold the streams.
"""

import base64
import json
from dataclasses import dataclass, field, replace

import anthropic
import openai
from google import genai
from google.genai import types as google

MODES = ("sync", "stream", "async", "astream")
TIMEOUT_S = 30


@dataclass(frozen=True)
class Case:
    """turns  ("user", text), ("assistant", text), ("image", mime, base64, text), ("said", Answer),
    ("results", Answer, [text…])"""

    turns: tuple
    system: str = None
    tools: tuple = ()  # names in TOOLS
    schema: dict = None
    max_tokens: int = 4000
    thinking: bool = False
    stop: tuple = ()
    choice: str = None  # auto, none, required, or a name
    candidates: int = None

    def then(self, *turns):
        return replace(self, turns=self.turns + turns)


@dataclass
class Answer:
    text: str = ""
    thinking: str = ""
    calls: list = field(default_factory=list)  # (name, arguments)
    ids: list = field(default_factory=list)
    stop: str = None  # end, tool, length, refusal
    usage: tuple = None  # (input, cached, output, reasoning or None)
    model: str = None
    raw: object = None


TOOLS = {
    "get_weather": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "A city"}, "unit": {"type": "string", "enum": ["c", "f"]}},
        "required": ["city"],
    },
    "get_time": {"type": "object", "properties": {"tz": {"type": "string"}}, "required": ["tz"]},
    "ping": {"type": "object", "properties": {}},
}


def described(name):
    return f"About {name}"


class Driver:
    """One SDK. `create` and `stream` return what the SDK returns; `told` reads it."""

    name = None

    def __init__(self, url, key):
        self.url, self.key = url, key

    async def ask(self, model, case, mode="sync"):
        raw = await getattr(self, "_" + mode)(model, case)
        return self.told(raw)


class Chat(Driver):
    name = "chat"

    def __init__(self, url, key):
        super().__init__(url, key)
        self.how = dict(base_url=url + "/v1", api_key=key, max_retries=0, timeout=TIMEOUT_S)
        self.client = openai.OpenAI(**self.how)

    def later(self):
        """An awaiting client; each belongs to the event loop of its test."""
        return openai.AsyncOpenAI(**self.how)

    def request(self, model, case):
        out = {"model": model, "messages": list(self.messages(case)), "max_completion_tokens": case.max_tokens}
        if case.tools:
            out["tools"] = [
                {"type": "function", "function": {
                    "name": name, "description": described(name), "parameters": TOOLS[name]}}
                for name in case.tools]
        if case.choice:
            plain = case.choice in ("auto", "none", "required")
            out["tool_choice"] = case.choice if plain else {
                "type": "function", "function": {"name": case.choice}}
        if case.schema:
            wanted = {"name": "wanted", "strict": True, "schema": case.schema}
            out["response_format"] = {"type": "json_schema", "json_schema": wanted}
        if case.thinking:
            out["reasoning_effort"] = "high"
        if case.stop:
            out["stop"] = list(case.stop)
        if case.candidates:
            out["n"] = case.candidates
        return out

    def messages(self, case):
        if case.system:
            yield {"role": "system", "content": case.system}
        for kind, *rest in case.turns:
            if kind in ("user", "assistant"):
                yield {"role": kind, "content": rest[0]}
            elif kind == "image":
                url = f"data:{rest[0]};base64,{rest[1]}"
                yield {"role": "user", "content": [
                    {"type": "text", "text": rest[2]}, {"type": "image_url", "image_url": {"url": url}}]}
            elif kind == "said":
                yield self.replay(rest[0])
            else:
                for call_id, text in zip(rest[0].ids, rest[1]):
                    yield {"role": "tool", "tool_call_id": call_id, "content": text}

    @staticmethod
    def replay(answer):
        out = {"role": "assistant", "content": answer.text or None}
        if answer.calls:
            out["tool_calls"] = [
                {"id": i, "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
                for i, (name, args) in zip(answer.ids, answer.calls)]
        return out

    async def _sync(self, model, case):
        return self.client.chat.completions.create(**self.request(model, case))

    async def _async(self, model, case):
        async with self.later() as client:
            return await client.chat.completions.create(**self.request(model, case))

    async def _stream(self, model, case):
        asked = self.request(model, case) | WITH_USAGE
        with self.client.chat.completions.stream(**asked) as stream:
            stream.until_done()
            return stream.current_completion_snapshot if is_cut(stream) else stream.get_final_completion()

    async def _astream(self, model, case):
        asked = self.request(model, case) | WITH_USAGE
        async with self.later() as client, client.chat.completions.stream(**asked) as stream:
            await stream.until_done()
            return stream.current_completion_snapshot if is_cut(stream) else await stream.get_final_completion()

    def told(self, raw):
        choice, usage = raw.choices[0], raw.usage
        message = choice.message
        stops = {"stop": "end", "tool_calls": "tool", "length": "length", "content_filter": "refusal"}
        calls = message.tool_calls or []
        details, prompt = usage.completion_tokens_details, usage.prompt_tokens_details
        return Answer(
            text=(message.content or "") + (message.refusal or ""),
            thinking=getattr(message, "reasoning_content", None) or "",
            calls=[(c.function.name, json.loads(c.function.arguments)) for c in calls],
            ids=[c.id for c in calls],
            stop="refusal" if message.refusal else stops[choice.finish_reason],
            usage=(usage.prompt_tokens, prompt.cached_tokens or 0 if prompt else 0, usage.completion_tokens,
                   details.reasoning_tokens if details else None),
            model=raw.model, raw=raw)

    def models(self):
        return [one.id for one in self.client.models.list()]

    errors = {
        400: openai.BadRequestError, 401: openai.AuthenticationError, 403: openai.PermissionDeniedError,
        404: openai.NotFoundError, 429: openai.RateLimitError, 500: openai.InternalServerError,
    }
    any_error = openai.APIError


WITH_USAGE = {"stream_options": {"include_usage": True}}


def is_cut(stream):
    """An answer of which the SDK's get_final_completion() will not hear."""
    return stream.current_completion_snapshot.choices[0].finish_reason in ("length", "content_filter")


class Responses(Chat):
    name = "responses"

    def request(self, model, case):
        out = {"model": model, "input": list(self.items(case)), "max_output_tokens": case.max_tokens, "store": False}
        if case.system:
            out["instructions"] = case.system
        if case.tools:
            out["tools"] = [
                {"type": "function", "name": name, "description": described(name), "parameters": TOOLS[name],
                 "strict": False}
                for name in case.tools]
        if case.choice:
            plain = case.choice in ("auto", "none", "required")
            out["tool_choice"] = case.choice if plain else {"type": "function", "name": case.choice}
        if case.schema:
            out["text"] = {"format": {
                "type": "json_schema", "name": "wanted", "strict": True, "schema": case.schema}}
        if case.thinking:
            out |= {"reasoning": {"effort": "high", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
        return out

    def items(self, case):
        for kind, *rest in case.turns:
            if kind in ("user", "assistant"):
                yield {"role": kind, "content": rest[0]}
            elif kind == "image":
                yield {"role": "user", "content": [
                    {"type": "input_text", "text": rest[2]},
                    {"type": "input_image", "detail": "auto", "image_url": f"data:{rest[0]};base64,{rest[1]}"}]}
            elif kind == "said":
                for item in rest[0].raw.output:
                    yield without_parsed(item.to_dict(mode="json"))
            else:
                for call_id, text in zip(rest[0].ids, rest[1]):
                    yield {"type": "function_call_output", "call_id": call_id, "output": text}

    async def _sync(self, model, case):
        return self.client.responses.create(**self.request(model, case))

    async def _async(self, model, case):
        async with self.later() as client:
            return await client.responses.create(**self.request(model, case))

    async def _stream(self, model, case):
        with self.client.responses.stream(**self.request(model, case)) as stream:
            last = list(stream)[-1]
            return stream.get_final_response() if last.type == "response.completed" else final_of(last)

    async def _astream(self, model, case):
        async with self.later() as client, client.responses.stream(**self.request(model, case)) as stream:
            last = [event async for event in stream][-1]
            return await stream.get_final_response() if last.type == "response.completed" else final_of(last)

    def count(self, model, case):
        asked = self.request(model, case)
        return self.client.responses.input_tokens.count(model=model, input=asked["input"]).input_tokens

    def told(self, raw):
        calls = [one for one in raw.output if one.type == "function_call"]
        parts = [part for one in raw.output if one.type == "message" for part in one.content]
        thoughts = [one for one in raw.output if one.type == "reasoning"]
        refusals = [part.refusal for part in parts if part.type == "refusal"]
        stop = "tool" if calls else "refusal" if refusals else "end"
        if raw.status == "incomplete":
            stop = {"max_output_tokens": "length", "content_filter": "refusal"}[raw.incomplete_details.reason]
        usage = raw.usage
        return Answer(
            text="".join(getattr(part, "text", None) or getattr(part, "refusal", "") for part in parts),
            thinking="".join(s.text for one in thoughts for s in one.summary),
            calls=[(c.name, json.loads(c.arguments)) for c in calls], ids=[c.call_id for c in calls], stop=stop,
            usage=(usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens,
                   usage.output_tokens_details.reasoning_tokens),
            model=raw.model, raw=raw)


def final_of(last):
    """The response of a stream's last event; the SDK's helper knows only response.completed."""
    if last.type == "response.failed":
        raise Failed(last.response)
    assert last.type == "response.incomplete", f"the stream ended with {last.type}"
    return last.response


class Failed(Exception):
    """The SDK raises nothing for a response that failed in mid-stream: it hands it out."""

    def __init__(self, response):
        super().__init__(response.error.message)
        self.response = response


def without_parsed(value):
    """What the SDK adds for its user's convenience is not for the wire."""
    if isinstance(value, list):
        return [without_parsed(one) for one in value]
    if isinstance(value, dict):
        return {name: without_parsed(one) for name, one in value.items() if not name.startswith("parsed")}
    return value


class Claude(Driver):
    name = "claude"

    def __init__(self, url, key):
        super().__init__(url, key)
        self.how = dict(base_url=url, api_key=key, max_retries=0, timeout=TIMEOUT_S)
        self.client = anthropic.Anthropic(**self.how)

    def later(self):
        return anthropic.AsyncAnthropic(**self.how)

    def request(self, model, case):
        out = {"model": model, "max_tokens": case.max_tokens, "messages": list(self.messages(case))}
        if case.system:
            out["system"] = case.system
        if case.tools:
            out["tools"] = [
                {"name": name, "description": described(name), "input_schema": TOOLS[name]} for name in case.tools]
        if case.choice:
            words = {"auto": {"type": "auto"}, "none": {"type": "none"}, "required": {"type": "any"}}
            out["tool_choice"] = words.get(case.choice, {"type": "tool", "name": case.choice})
        if case.schema:
            out["output_config"] = {"format": {"type": "json_schema", "schema": case.schema}}
        if case.thinking:
            out["thinking"] = {"type": "enabled", "budget_tokens": 2000}
        if case.stop:
            out["stop_sequences"] = list(case.stop)
        return out

    def messages(self, case):
        for kind, *rest in case.turns:
            if kind in ("user", "assistant"):
                yield {"role": kind, "content": rest[0]}
            elif kind == "image":
                source = {"type": "base64", "media_type": rest[0], "data": rest[1]}
                yield {"role": "user", "content": [
                    {"type": "text", "text": rest[2]}, {"type": "image", "source": source}]}
            elif kind == "said":
                yield {"role": "assistant", "content": [
                    block.to_dict(mode="json") for block in rest[0].raw.content]}
            else:
                yield {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": call_id, "content": text}
                    for call_id, text in zip(rest[0].ids, rest[1])]}

    async def _sync(self, model, case):
        return self.client.messages.create(**self.request(model, case))

    async def _async(self, model, case):
        async with self.later() as client:
            return await client.messages.create(**self.request(model, case))

    async def _stream(self, model, case):
        with self.client.messages.stream(**self.request(model, case)) as stream:
            return stream.get_final_message()

    async def _astream(self, model, case):
        async with self.later() as client, client.messages.stream(**self.request(model, case)) as stream:
            return await stream.get_final_message()

    def told(self, raw):
        stops = {
            "end_turn": "end", "stop_sequence": "end", "tool_use": "tool", "max_tokens": "length",
            "refusal": "refusal"}
        calls = [block for block in raw.content if block.type == "tool_use"]
        usage = raw.usage
        cached, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        details = usage.output_tokens_details
        return Answer(
            text="".join(block.text for block in raw.content if block.type == "text"),
            thinking="".join(block.thinking for block in raw.content if block.type == "thinking"),
            calls=[(block.name, block.input) for block in calls], ids=[block.id for block in calls],
            stop=stops[raw.stop_reason],
            usage=(usage.input_tokens + cached + written, cached, usage.output_tokens,
                   details.thinking_tokens if details else None),
            model=raw.model, raw=raw)

    def models(self):
        return [one.id for one in self.client.models.list()]

    def count(self, model, case):
        asked = {k: v for k, v in self.request(model, case).items() if k != "max_tokens"}
        return self.client.messages.count_tokens(**asked).input_tokens

    errors = {
        400: anthropic.BadRequestError, 401: anthropic.AuthenticationError,
        403: anthropic.PermissionDeniedError, 404: anthropic.NotFoundError, 429: anthropic.RateLimitError,
        500: anthropic.InternalServerError,
    }
    any_error = anthropic.APIError


class Gemini(Driver):
    name = "gemini"

    def __init__(self, url, key, version="v1beta"):
        super().__init__(url, key)
        self.client = genai.Client(
            api_key=key,
            http_options=google.HttpOptions(base_url=url, timeout=TIMEOUT_S * 1000, api_version=version))

    def request(self, model, case):
        config = {"max_output_tokens": case.max_tokens,
                  "automatic_function_calling": google.AutomaticFunctionCallingConfig(disable=True)}
        if case.system:
            config["system_instruction"] = case.system
        if case.tools:
            config["tools"] = [google.Tool(function_declarations=[
                google.FunctionDeclaration(
                    name=name, description=described(name), parameters_json_schema=TOOLS[name])
                for name in case.tools])]
        if case.choice:
            mode = {"auto": "AUTO", "none": "NONE"}.get(case.choice, "ANY")
            names = None if case.choice in ("auto", "none", "required") else [case.choice]
            config["tool_config"] = google.ToolConfig(function_calling_config=google.FunctionCallingConfig(
                mode=mode, allowed_function_names=names))
        if case.schema:
            config |= {"response_mime_type": "application/json", "response_json_schema": case.schema}
        if case.thinking:
            config["thinking_config"] = google.ThinkingConfig(thinking_budget=2000, include_thoughts=True)
        if case.stop:
            config["stop_sequences"] = list(case.stop)
        if case.candidates:
            config["candidate_count"] = case.candidates
        return {"model": model, "contents": list(self.contents(case)),
                "config": google.GenerateContentConfig(**config)}

    def contents(self, case):
        for kind, *rest in case.turns:
            if kind in ("user", "assistant"):
                role = "user" if kind == "user" else "model"
                yield google.Content(role=role, parts=[google.Part(text=rest[0])])
            elif kind == "image":
                blob = google.Blob(mime_type=rest[0], data=base64.b64decode(rest[1]))
                yield google.Content(role="user", parts=[
                    google.Part(text=rest[2]), google.Part(inline_data=blob)])
            elif kind == "said":
                yield google.Content(role="model", parts=[
                    part for part in rest[0].raw["parts"] if part.function_call or part.text or part.thought_signature])
            else:
                yield google.Content(role="user", parts=[
                    google.Part(function_response=google.FunctionResponse(
                        id=call_id, name=name, response={"result": text}))
                    for call_id, (name, _), text in zip(rest[0].ids, rest[0].calls, rest[1])])

    async def _sync(self, model, case):
        return fold([self.client.models.generate_content(**self.request(model, case))])

    async def _async(self, model, case):
        return fold([await self.client.aio.models.generate_content(**self.request(model, case))])

    async def _stream(self, model, case):
        return fold(list(self.client.models.generate_content_stream(**self.request(model, case))))

    async def _astream(self, model, case):
        chunks = await self.client.aio.models.generate_content_stream(**self.request(model, case))
        return fold([chunk async for chunk in chunks])

    def told(self, raw):
        parts, usage = raw["parts"], raw["usage"]
        calls = [part.function_call for part in parts if part.function_call]
        stops = {"STOP": "end", "MAX_TOKENS": "length", "SAFETY": "refusal"}
        reasoning = usage.thoughts_token_count or 0
        return Answer(
            text="".join(part.text for part in parts if part.text and not part.thought),
            thinking="".join(part.text for part in parts if part.text and part.thought),
            calls=[(call.name, call.args or {}) for call in calls], ids=[call.id for call in calls],
            stop="tool" if calls and raw["finish"] == "STOP" else stops[raw["finish"]],
            usage=(usage.prompt_token_count, usage.cached_content_token_count or 0,
                   (usage.candidates_token_count or 0) + reasoning, reasoning),
            model=raw["model"], raw=raw)

    def models(self):
        return [one.name.removeprefix("models/") for one in self.client.models.list()]

    def count(self, model, case):
        return self.client.models.count_tokens(model=model, contents=list(self.contents(case))).total_tokens

    any_error = genai.errors.APIError


def fold(chunks):
    """What the chunks of an answer say together; this SDK leaves it to its user."""
    pieces = [one for chunk in chunks for one in chunk.candidates or []]
    candidates = {one.index or 0: [] for one in pieces}
    for one in pieces:
        candidates[one.index or 0] += one.content.parts or [] if one.content else []
    finishes = [one.finish_reason.value for one in pieces if one.finish_reason]
    assert len(finishes) == len(candidates), f"finish reasons: {finishes}"
    usages = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    return {
        "parts": candidates[0], "all": candidates, "finish": finishes[0], "usage": usages[-1],
        "model": chunks[-1].model_version,
    }


DRIVERS = {driver.name: driver for driver in (Chat, Responses, Claude, Gemini)}
