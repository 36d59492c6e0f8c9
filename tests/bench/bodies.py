"""Request bodies in the Chat dialect, the same in every run: short, an agent's history, and very long."""

import json

WORDS = ("the file holds a list of names and each line ends with its number so that a reader can find it again "
         "when the buffer is full we wait for the next turn and write what is left").split()
CODE = 'for (size_t i = 0; i < n; i++) {\n\tif (!strcmp(list[i].name, "entry"))\n\t\treturn &list[i];\n}\n'


def prose(length, seed):
    """Words and code in turns: quotes, tabs and line ends are escaped in JSON, as in real requests."""
    out, size = [], 0
    while size < length:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        piece = CODE if seed % 11 == 0 else WORDS[seed % len(WORDS)] + " "
        out.append(piece)
        size += len(piece)
    return "".join(out)[:length]


def tool(number):
    return {"type": "function", "function": {
        "name": f"tool_{number}", "description": prose(300, number),
        "parameters": {
            "type": "object", "required": ["path"], "additionalProperties": False,
            "properties": {
                "path": {"type": "string", "description": prose(80, number + 100)},
                "lines": {"type": "array", "items": {"type": "integer"}, "description": prose(60, number + 200)},
                "mode": {"type": "string", "enum": ["read", "write", "append"]},
            }}}}


def turn(number):
    """A question, a call of a tool, its result, an answer: four messages."""
    call = f"call_{number:08d}"
    arguments = json.dumps({"path": f"src/part_{number}.c", "lines": [number, number + 40], "mode": "read"})
    return [
        {"role": "user", "content": prose(200, number)},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": call, "type": "function", "function": {"name": f"tool_{number % 20}", "arguments": arguments}}]},
        {"role": "tool", "tool_call_id": call, "content": prose(640, number + 1000)},
        {"role": "assistant", "content": prose(160, number + 2000)},
    ]


def chat(messages, **more):
    return {"model": "MODEL", "messages": messages, **more}


def agent():
    """About 100 KB: 64 turns and 20 tools."""
    messages = [{"role": "system", "content": prose(3000, 7)}]
    for number in range(64):
        messages += turn(number)
    messages.append({"role": "user", "content": prose(200, 99)})
    return chat(messages, tools=[tool(number) for number in range(20)], max_tokens=4096)


BODIES = {
    "1k": lambda: chat([{"role": "user", "content": prose(900, 1)}], max_tokens=1024),
    "100k": agent,
    "1m": lambda: chat([{"role": "user", "content": prose(125_000, n)} if n % 2 == 0 else
                        {"role": "assistant", "content": prose(125_000, n)} for n in range(8)] +
                       [{"role": "user", "content": "go on"}], max_tokens=1024),
    "stream": lambda: chat([{"role": "user", "content": prose(400, 3)}], stream=True, max_tokens=1024),
}


def body(name, model):
    return json.dumps({**BODIES[name](), "model": model}, separators=(",", ":")).encode()
