"""Google GenerateContent, strict: POST /v1beta/models/{model}:{method}, also under /v1.

Names are checked after turning snake_case into camelCase, since the API takes both.
"""

import base64
import json
import re

from . import script, upstream
from .shape import (
    anything, boolean, by_type, list_of, map_of, number, record, text, whole, Wrong, dotted, nullable,
)

TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL", "TYPE_UNSPECIFIED")
NAME = text(pattern=r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")


def enum(*words):
    def check(value, path):
        if not isinstance(value, str) or value.upper() not in words:
            raise Wrong("value", path, f"Invalid value at '{dotted(path)}', \"{value}\"")

    return check


def any_base64(value, path):
    text()(value, path)
    try:
        base64.b64decode(value.replace("-", "+").replace("_", "/") + "==", validate=False)
    except ValueError as cause:
        raise Wrong("value", path, "Base64 decoding failed") from cause


def int64(value, path):
    by_type(integer=anything, string=text(pattern=r"-?\d+"))(value, path)


def schema(value, path):
    SCHEMA(value, path)
    if "type" not in value and "anyOf" not in value:
        raise Wrong("missing", path + ("type",), "must be specified")


# The subset of OpenAPI that `parameters` and `responseSchema` take; everything else is unknown.
SCHEMA = record(
    type=enum(*TYPES), format=text(), title=text(), description=text(), nullable=boolean, enum=list_of(text()),
    maxItems=int64, minItems=int64, properties=map_of(schema), required=list_of(text()),
    minProperties=int64, maxProperties=int64, minLength=int64, maxLength=int64, pattern=text(),
    example=anything, default=anything, anyOf=list_of(schema), propertyOrdering=list_of(text()),
    items=schema, minimum=number(), maximum=number(),
)
BLOB = record({"mimeType": text(pattern=r"[a-z]+/[a-zA-Z0-9.+-]+"), "data": any_base64}, displayName=text())
FILE = record({"fileUri": text(least=1)}, mimeType=text(), displayName=text())
FUNCTION_CALL = record({"name": NAME}, id=text(), args=map_of(anything))
FUNCTION_RESPONSE = record(
    {"name": NAME, "response": map_of(anything)},
    id=text(), parts=list_of(record(inlineData=BLOB, fileData=FILE)), willContinue=boolean, scheduling=text(),
)
PART = record(
    text=text(), thought=boolean, thoughtSignature=any_base64, inlineData=BLOB, fileData=FILE,
    functionCall=FUNCTION_CALL, functionResponse=FUNCTION_RESPONSE, videoMetadata=map_of(anything),
    executableCode=map_of(anything), codeExecutionResult=map_of(anything), mediaResolution=anything,
    toolCall=map_of(anything), toolResponse=map_of(anything),
)
DATA = ("text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
        "codeExecutionResult", "toolCall", "toolResponse")
CONTENT = record(role=text(), parts=list_of(PART))
FUNCTION = record(
    {"name": NAME},
    description=text(), parameters=schema, parametersJsonSchema=map_of(anything), response=schema,
    responseJsonSchema=map_of(anything), behavior=text(),
)
TOOL = record(
    functionDeclarations=list_of(FUNCTION, 0, 512), googleSearch=map_of(anything),
    googleSearchRetrieval=map_of(anything), codeExecution=map_of(anything), urlContext=map_of(anything),
    googleMaps=map_of(anything), fileSearch=map_of(anything), computerUse=map_of(anything),
    mcpServers=list_of(record(
        {"streamableHttpTransport": record(
            {"url": text(pattern=r"https?://.+")}, headers=map_of(text()), timeout=text(), sseReadTimeout=text(),
            terminateOnClose=boolean)}, name=text())),
)
GENERATION = record(
    stopSequences=list_of(text(), 0, 5), responseMimeType=text(
        among=("text/plain", "application/json", "text/x.enum")),
    responseSchema=schema, responseJsonSchema=map_of(anything), _responseJsonSchema=map_of(anything),
    responseModalities=list_of(enum("TEXT", "IMAGE", "AUDIO")), candidateCount=whole(1, 8),
    maxOutputTokens=whole(1), temperature=number(0, 2), topP=number(0, 1), topK=number(1),
    seed=whole(-(2**31), 2**31 - 1), presencePenalty=number(-2, 2), frequencyPenalty=number(-2, 2),
    responseLogprobs=boolean, logprobs=whole(0, 20), enableEnhancedCivicAnswers=boolean,
    speechConfig=map_of(anything), imageConfig=map_of(anything), mediaResolution=text(),
    thinkingConfig=record(
        includeThoughts=boolean, thinkingBudget=whole(-1),
        thinkingLevel=enum("MINIMAL", "LOW", "MEDIUM", "HIGH")),
)
SYSTEM = by_type(object=CONTENT)
TOOL_CONFIG = record(
    functionCallingConfig=record(
        mode=enum("AUTO", "ANY", "NONE", "VALIDATED"), allowedFunctionNames=list_of(text())),
    retrievalConfig=map_of(anything), includeServerSideToolInvocations=boolean,
)
REQUEST = record(
    {"contents": list_of(CONTENT)},
    model=text(), systemInstruction=SYSTEM, tools=list_of(TOOL), toolConfig=TOOL_CONFIG,
    safetySettings=list_of(record({"category": text(), "threshold": text()}, method=text())),
    generationConfig=GENERATION, cachedContent=text(), serviceTier=text(), store=boolean,
)
COUNT = record(contents=list_of(CONTENT), generateContentRequest=nullable(REQUEST), model=text())

FINISH = {"end": "STOP", "tool": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY", "filter": "SAFETY",
          "sequence": "STOP"}
STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 529: "UNAVAILABLE",
}
# JSON that belongs to the caller: its names are data, not fields.
FOREIGN = ("args", "response", "headers", "parametersJsonSchema", "responseJsonSchema", "_responseJsonSchema")
SIGNATURE = base64.b64encode(b"signature of the fake upstream").decode()
PLACEHOLDER = "skip_thought_signature_validator"


def camel(name):
    if name.startswith("_"):
        return name
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def camelled(value, inside=None):
    """The request with every field in camelCase and the caller's own JSON untouched."""
    if isinstance(value, list):
        return [camelled(item, inside) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, item in value.items():
        # Keys of `properties` are names of arguments.
        field = name if inside == "properties" else camel(name)
        if field in out:
            raise Wrong("value", (field,), f"field '{field}' already set")
        out[field] = item if field in FOREIGN and inside != "properties" else camelled(
            item, None if inside == "properties" else field)
    return out


def error_body(status, message, details=()):
    error = {"code": status, "message": message, "status": STATUS[status]}
    if details:
        error["details"] = list(details)
    return {"error": error}


def refused(message, status=400, details=()):
    return upstream.Refused(status, error_body(status, message, details))


def check_contents(contents):
    if not contents:
        raise refused("* GenerateContentRequest.contents: contents is not specified\n")
    calls = 0
    for at, content in enumerate(contents):
        where = f"* GenerateContentRequest.contents[{at}]"
        if content.get("role", "user") not in ("user", "model", "function"):
            raise refused("Please use a valid role: user, model.")
        parts = content.get("parts", [])
        if not parts:
            raise refused(f"{where}.parts: contents.parts must not be empty.\n")
        for number_, part in enumerate(parts):
            if sum(name in part for name in DATA) != 1:
                raise refused(f"{where}.parts[{number_}].data: required oneof field 'data' must have one "
                              "initialized field\n")
        calls = check_turn(content, calls, at, contents)
    if calls:
        raise refused("Please ensure that function call turn is followed by a function response turn.")


def check_turn(content, calls, at, contents):
    """Answers fit the calls of the turn before; returns how many calls this one leaves open."""
    responses = [p for p in content["parts"] if "functionResponse" in p]
    opened = [p for p in content["parts"] if "functionCall" in p]
    if len(responses) != calls:
        raise refused("Please ensure that the number of function response parts is equal to the number of "
                      "function call parts of the function call turn.")
    if responses:
        check_answers(
            [p["functionCall"] for p in contents[at - 1]["parts"] if "functionCall" in p],
            [p["functionResponse"] for p in responses])
    if opened and content.get("role") != "model":
        raise refused("Please ensure that function calls are in a model turn.")
    if opened and (at == 0 or contents[at - 1].get("role", "user") == "model"):
        raise refused("Please ensure that function call turn comes immediately after a user turn or after a "
                      "function response turn.")
    return len(opened)


def check_answers(calls, responses):
    """Answers carry the ids of their calls, in any order, or else stand in the order of the calls."""
    key = "id" if all("id" in one for one in calls + responses) else "name"
    asked, said = [one[key] for one in calls], [one[key] for one in responses]
    if key == "id":
        asked, said = sorted(asked), sorted(said)
    if asked != said:
        raise refused(f"Please ensure that function responses have the {key}s of their calls.")


def check_tools(body):
    functions = [f for t in body.get("tools", []) for f in t.get("functionDeclarations", [])]
    names = [f["name"] for f in functions]
    for name in names:
        if names.count(name) > 1:
            raise refused(f"Duplicate function declaration found: {name}")
    for function in functions:
        if "parameters" in function and "parametersJsonSchema" in function:
            raise refused("parameters and parameters_json_schema are mutually exclusive.")
        if function.get("parameters", {}).get("type", "").upper() == "OBJECT" and not function[
                "parameters"].get("properties"):
            raise refused(
                "* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties: should be "
                "non-empty for OBJECT type\n")
    for tool in body.get("tools", []):
        if len(tool) != 1:
            raise refused("tools: exactly one kind of tool in each element")
    config = body.get("toolConfig", {}).get("functionCallingConfig", {})
    allowed = config.get("allowedFunctionNames", [])
    if allowed and config.get("mode", "AUTO").upper() not in ("ANY", "VALIDATED"):
        raise refused("allowed_function_names should only be set when mode is ANY.")
    for name in allowed:
        if name not in names:
            raise refused(f"allowed_function_names: unknown function {name}")


def check_generation(body):
    config = body.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        raise refused("You can only set only one of thinking budget and thinking level.")
    schemas = [n for n in ("responseSchema", "responseJsonSchema", "_responseJsonSchema") if n in config]
    if len(schemas) > 1:
        raise refused("Only one of response_schema and response_json_schema can be set.")
    if schemas and config.get("responseMimeType") not in ("application/json", "text/x.enum"):
        raise refused("* GenerateContentRequest.generation_config.response_schema: only allowed when "
                      "response_mime_type is 'application/json'\n")
    if body.get("cachedContent") and any(n in body for n in ("systemInstruction", "tools", "toolConfig")):
        raise refused("CachedContent can not be used with GenerateContent request setting "
                      "system_instruction, tools or tool_config.")


def check_signatures(body):
    """What we signed comes back as we signed it; the documented placeholder is taken too."""
    for content in body["contents"]:
        for part in content["parts"]:
            signature = part.get("thoughtSignature")
            if signature not in (None, SIGNATURE, PLACEHOLDER):
                raise refused("Thought signature is not valid.")


class Gemini(upstream.Upstream):
    dialect = "gemini"
    default_key = "AIza-fake"
    methods = ("generateContent", "streamGenerateContent", "countTokens")

    def authenticate(self, request):
        found = re.fullmatch(r"/v1(?:beta)?/models/([^/:]+):([A-Za-z]+)", request.path)
        if request.method != "POST" or not found or found.group(2) not in self.methods:
            raise refused("Requested entity was not found.", 404)
        for name in request.query:
            if name not in ("alt", "key", "$alt"):
                raise refused(f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query '
                              "parameter.")
        key = request.header("x-goog-api-key") or request.query.get("key")
        if key is None:
            raise refused("Method doesn't allow unregistered callers.", 403)
        if key not in self.keys:
            raise refused(
                "API key not valid. Please pass a valid API key.", 400,
                [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
                  "domain": "googleapis.com"}])
        return key

    def wrong(self, wrong):
        path = list(wrong.path)
        if wrong.kind == "unknown":
            where = f" at '{dotted(path[:-1])}'" if path[:-1] else ""
            message = f'Invalid JSON payload received. Unknown name "{path[-1]}"{where}: Cannot find field.'
        elif wrong.kind == "missing":
            message = f"* GenerateContentRequest.{dotted(path)}: must be specified\n"
        else:
            message = f"Invalid value at '{dotted(path)}': {wrong.message}"
        return refused(message, 400, [
            {"@type": "type.googleapis.com/google.rpc.BadRequest",
             "fieldViolations": [{"field": dotted(path), "description": message}]}])

    def error(self, fault):
        details = []
        for name, value in fault.headers:
            if name == "retry-after":
                details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{value}s"})
        status = 503 if fault.status == 529 else fault.status
        return status, error_body(status, fault.message, details)

    def stream_error(self, fault, ask):
        return upstream.data_frame(self.error(fault)[1])

    def stream_type(self, ask):
        return "text/event-stream" if ask.sse else "application/json"

    def read(self, request):
        body = camelled(upstream.body_of(request))
        model, _, method = request.path.rpartition("/")[2].partition(":")
        if method == "countTokens":
            COUNT(body, ())
            asked = body.get("generateContentRequest", body)
            check_contents(asked.get("contents", []))
            tokens = 5 + len(json.dumps(asked["contents"])) // 4
            return {"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]}
        REQUEST(body, ())
        if body.get("model") not in (None, model, "models/" + model):
            raise refused(f"model in the path is {model}, in the body {body['model']}")
        check_contents(body["contents"])
        check_signatures(body)
        check_tools(body)
        check_generation(body)
        ask = ask_of(body, model, method == "streamGenerateContent")
        ask.sse = request.query.get("alt") == "sse"
        return ask

    def _wrap(self, ask, head, candidate, usage=None):
        out = {"candidates": [{**candidate, "index": at} for at in range(ask.candidates)]} if candidate else {}
        if usage:
            out["usageMetadata"] = usage
        return {**out, **head}

    def whole(self, reply, ask):
        parts, signed = [], False
        for part in reply.parts:
            if isinstance(part, script.Call):
                entry = self._call(part)
                if not signed:
                    entry["thoughtSignature"], signed = SIGNATURE, True
            elif isinstance(part, script.Picture):
                entry = {"inlineData": {"mimeType": part.mime, "data": part.data}}
            elif isinstance(part, script.Think):
                entry = {"text": "".join(part.pieces), "thought": True}
                if not ask.shows_thoughts:
                    continue
            else:
                entry = {"text": "".join(part.pieces)}
            parts.append(entry)
        if parts and not signed and any(isinstance(part, script.Think) for part in reply.parts):
            parts[-1]["thoughtSignature"] = SIGNATURE
        candidate = {"finishReason": FINISH[reply.stop], "index": 0}
        if parts:
            candidate["content"] = {"role": "model", "parts": parts}
        return self._wrap(ask, self._head(ask), candidate, usage_of(reply.usage))

    def _head(self, ask):
        return {"modelVersion": ask.model, "responseId": self.next_id("r")}

    def _call(self, part):
        return {"functionCall": {
            "id": self.next_id("fc"), "name": part.name, "args": json.loads(part.args)}}

    def frames(self, reply, ask):
        head = self._head(ask)
        events = list(self._events(reply, ask))
        for at, (delta, candidate) in enumerate(events):
            usage = usage_of(reply.usage) if at == len(events) - 1 else None
            event = self._wrap(ask, head, candidate, usage)
            if ask.sse:
                frame = upstream.data_frame(event)[:-2] + b"\r\n\r\n"
                if reply.extra and at == 1:
                    frame = b'data:  {"x_unheard_of": 1.50}\r\n\r\n' + frame
                yield delta, frame
            else:
                yield delta, (b"[" if at == 0 else b",\r\n") + json.dumps(event).encode()
        if not ask.sse:
            yield False, b"]"

    def _events(self, reply, ask):
        def candidate(parts, finish=None):
            out = {"content": {"role": "model", "parts": parts}, "index": 0}
            return {**out, "finishReason": finish} if finish else out

        signed = False
        for part in reply.parts:
            if isinstance(part, script.Call):
                entry = self._call(part)
                if not signed:
                    entry["thoughtSignature"], signed = SIGNATURE, True
                yield True, candidate([entry])
                continue
            if isinstance(part, script.Picture):
                yield True, candidate([{"inlineData": {"mimeType": part.mime, "data": part.data}}])
                continue
            if isinstance(part, script.Think) and not ask.shows_thoughts:
                continue
            mark = {"thought": True} if isinstance(part, script.Think) else {}
            for piece in part.pieces:
                yield True, candidate([{"text": piece, **mark}])
        last = {"text": ""}
        if any(isinstance(part, script.Think) for part in reply.parts) and not signed:
            last["thoughtSignature"] = SIGNATURE
        yield False, candidate([last], FINISH[reply.stop])


def usage_of(usage):
    out = {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "totalTokenCount": usage.input + usage.output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input}],
    }
    if usage.cached:
        out["cachedContentTokenCount"] = usage.cached
    if usage.reasoning:
        out["thoughtsTokenCount"] = usage.reasoning
    return out


def ask_of(body, model, stream):
    config = body.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    ask = script.Ask(
        model=model, stream=stream, max_tokens=config.get("maxOutputTokens"),
        stop=config.get("stopSequences", []), candidates=config.get("candidateCount", 1),
        thinking=bool(thinking.get("thinkingBudget") or thinking.get("thinkingLevel")),
        schema=config.get("responseJsonSchema") or config.get("_responseJsonSchema")
        or config.get("responseSchema"),
    )
    ask.shows_thoughts = bool(thinking.get("includeThoughts"))
    ask.system = "\n".join(p["text"] for p in body.get("systemInstruction", {}).get("parts", []))
    calling = body.get("toolConfig", {}).get("functionCallingConfig", {})
    ask.choice = {"AUTO": "auto", "NONE": "none", "ANY": "required"}.get(calling.get("mode", "").upper())
    if len(calling.get("allowedFunctionNames", [])) == 1:
        ask.choice = calling["allowedFunctionNames"][0]
    for one in [f for t in body.get("tools", []) for f in t.get("functionDeclarations", [])]:
        ask.tools.append(one["name"])
        ask.tool_schemas[one["name"]] = one.get("parametersJsonSchema") or one.get("parameters")
    ask.turns = [turn for content in body["contents"] for turn in turns_of(content)]
    return ask


def turns_of(content):
    parts, results = [], []
    for part in content["parts"]:
        if part.get("thought"):
            parts.append(("thinking", part.get("text", "")))
        elif "text" in part:
            parts.append(("text", part["text"]))
        elif "inlineData" in part:
            data = part["inlineData"]["data"].replace("-", "+").replace("_", "/")  # both alphabets are taken
            parts.append(("image", part["inlineData"]["mimeType"], data))
        elif "functionCall" in part:
            parts.append(("call", part["functionCall"]["name"], part["functionCall"].get("args", {})))
        elif "functionResponse" in part:
            answer = part["functionResponse"]["response"]
            said = next(iter(answer.values())) if len(answer) == 1 else answer
            said = said if isinstance(said, str) else json.dumps(said)
            results.append(("result", part["functionResponse"]["name"], said))
        else:
            parts.append(tuple(part))
    out = [("tool", results)] if results else []
    if parts or not results:
        out.append(("assistant" if content.get("role") == "model" else "user", parts))
    return out
