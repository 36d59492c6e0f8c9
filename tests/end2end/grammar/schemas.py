"""JSON Schemas as each vendor's tools take them: what a profile of the gateway may write."""

from .sse import need

LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
ONES = ("items", "not", "additionalProperties", "contains", "if", "then", "else", "propertyNames")
MAPS = ("properties", "$defs", "definitions", "patternProperties")
STRICT_GONE = ("allOf", "oneOf", "not", "if", "then", "else", "patternProperties", "dependentSchemas")
OPENAPI = ("type", "format", "title", "description", "nullable", "enum", "items", "minItems", "maxItems", "properties",
           "required", "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "minimum", "maximum",
           "anyOf", "default", "example", "propertyOrdering")
OPENAPI_TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")
CLAUDE_FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
          "pattern", "maxItems", "uniqueItems", "minProperties", "maxProperties")


def inner(schema):
    """The schemas that stand in a schema."""
    for name in LISTS:
        yield from schema.get(name, []) if isinstance(schema.get(name), list) else []
    for name in ONES:
        if isinstance(schema.get(name), dict):
            yield schema[name]
    for name in MAPS:
        yield from schema.get(name, {}).values() if isinstance(schema.get(name), dict) else []


def every(schema):
    if isinstance(schema, dict):
        yield schema
        for one in inner(schema):
            yield from every(one)


def is_object(schema):
    return schema.get("type") == "object" or "properties" in schema


def rooted(schema):
    need(schema.get("type") == "object", "the root is no object", schema)
    need(isinstance(schema.get("properties"), dict), "the root has no properties", schema)


def plain(schema, tool):
    if tool and not any(name in schema for name in ("$ref", "anyOf", "oneOf", "allOf")):
        rooted(schema)
    for one in every(schema):
        need("properties" not in one or "type" in one, "properties without a type", one)
        need(isinstance(one.get("required", []), list), "required is no list", one)


def closed(schema):
    for one in every(schema):
        if is_object(one):
            need(one.get("additionalProperties") is False, "an open object", one)


def openai_strict(schema, tool):
    need(is_object(schema) or not tool or "$ref" in schema, "the root is no object", schema)
    closed(schema)
    for one in every(schema):
        for name in STRICT_GONE:
            need(name not in one, f"strict mode has no {name}", one)
        if is_object(one):
            need(set(one.get("required", [])) == set(one.get("properties", {})), "not all are required", one)
            need(len(one["required"]) == len(set(one["required"])), "required twice", one)
        need("$ref" not in one or len(one) == 1 or one is schema, "a reference with siblings", one)


def claude_tool(schema, tool):
    if not tool:
        return
    rooted(schema)
    for name in ("anyOf", "oneOf", "allOf"):
        need(name not in schema, f"{name} at the root", schema)


def claude_strict(schema, tool):
    need(not tool or is_object(schema), "the root is no object", schema)
    closed(schema)
    for one in every(schema):
        need("oneOf" not in one, "oneOf", one)
        need(one.get("format") in (None, *CLAUDE_FORMATS), "format", one)
        need(one.get("minItems", 0) in (0, 1), "minItems", one)
        for name in BOUNDS:
            need(name not in one, f"bound {name}", one)


def gemini_openapi(schema, tool):
    for name, value in schema.items():
        need(name in OPENAPI, f"unknown member {name}", schema)
    kind = schema.get("type")
    need(kind is None or (isinstance(kind, str) and kind.upper() in OPENAPI_TYPES), "type", schema)
    need(kind or "anyOf" in schema, "neither type nor anyOf", schema)
    kind = (kind or "").upper()
    need("enum" not in schema or (kind == "STRING" and all(isinstance(one, str) for one in schema["enum"])),
         "enum of others than strings", schema)
    need(kind != "ARRAY" or "items" in schema, "an array without items", schema)
    need(set(schema.get("required", [])) <= set(schema.get("properties", {})), "required but not there", schema)
    for one in [*schema.get("properties", {}).values(), *schema.get("anyOf", []),
                *([schema["items"]] if "items" in schema else [])]:
        gemini_openapi(one, False)


PROFILES = {"raw": plain, "openai_strict": openai_strict, "claude_tool": claude_tool,
            "claude_strict": claude_strict, "gemini_openapi": gemini_openapi}


def names(schema):
    """Of the root's own properties."""
    known = schema.get("properties") if isinstance(schema, dict) else None
    return set(known) if isinstance(known, dict) else set()


def judge(profile, tool, was, written):
    """Says Illegal of a schema that a profile wrote, in view of the one that was asked for."""
    need(isinstance(written, dict), "no schema", written)
    PROFILES[profile](written, tool)
    need(names(was) <= names(written), "lost properties", was, written)
