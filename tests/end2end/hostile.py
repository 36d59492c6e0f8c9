"""Random JSON and server-sent events, legal but written as nobody would: what a gateway that rewrites
instead of passing on would lose. Everything comes from one random.Random, so a seed is a document."""

STRINGS = (
    '""', '"a"', '"caf\\u00e9"', '"caf\u00e9"', '"\\/"', '"\\ud83d\\ude00"', '"\U0001f600"', '"\\ud83d"',
    '"<b>&amp;</b>"', '"\u2028"', '"\\u2028"', '"\\n\\t\\u0000"', '"model"', '"\\"model\\":\\"x\\""', '"data: [DONE]"',
    '"}],{["', '"\\u005c"',
)
NUMBERS = ("0", "-0", "1.0", "1.50", "1E5", "1e400", "-1e-400", "9007199254740993", "12345678901234567890.10",
           "0.1e+1")
KEYS = ('"x"', '"next_years_field"', '"\\u0078y"', '"a b"', '""', '"MODEL"', '"model "', '"mod\u0435l"', '"caf\u00e9"')
SPACES = ("", "", "", " ", "  ", "\t", "\n", "\r\n", " \n\t ")
# The one key that names the model, in spellings that are all the same key.
MODEL_KEYS = ('"model"', '"\\u006dodel"', '"mode\\u006c"', '"\\u006D\\u006f\\u0064\\u0065\\u006C"')


def space(rng, flat=False):
    found = rng.choice(SPACES)
    return found.replace("\r", "").replace("\n", "") if flat else found


def value(rng, depth=0, flat=False):
    """A JSON value as text; flat ones hold no line ends between tokens."""
    kind = rng.randrange(8)
    if kind < 3 or depth > 3:
        return rng.choice(STRINGS)
    if kind == 3:
        return rng.choice(NUMBERS)
    if kind == 4:
        return rng.choice(("true", "false", "null"))
    if kind == 5:
        return array([value(rng, depth + 1, flat) for _ in range(rng.randrange(3))], rng, flat)
    inner = members(rng, depth + 1, flat)
    if rng.random() < 0.5:
        inner.insert(rng.randrange(len(inner) + 1), (rng.choice(MODEL_KEYS), rng.choice(('"not-me"', "1", '{"model":"no"}'))))
    return record(inner, rng, flat)


def members(rng, depth=0, flat=False, most=4):
    """Members that nobody has heard of; keys may come twice."""
    return [(rng.choice(KEYS), value(rng, depth, flat)) for _ in range(rng.randrange(most + 1))]


def array(items, rng, flat=False):
    return "[" + ",".join(space(rng, flat) + item + space(rng, flat) for item in items) + "]"


def record(pairs, rng, flat=False):
    said = (f"{space(rng, flat)}{key}{space(rng, flat)}:{space(rng, flat)}{one}{space(rng, flat)}" for key, one in pairs)
    return "{" + ",".join(said) + "}"


def mixed(pairs, rng, flat=False):
    """Known members in their order, unknown ones between."""
    out = list(pairs)
    for extra in members(rng, 0, flat, 6):
        out.insert(rng.randrange(len(out) + 1), extra)
    return out


def noise(rng):
    """Frames between those that matter: comments, lone fields, events of next year."""
    end = rng.choice(("\n", "\r\n"))
    return rng.choice((
        "", "", f": keep-alive{end}{end}", f":{end}", f"retry: 3000{end}{end}", f"event: next.year{end}{end}", f"{end}{end}",
        f"unheard-of: 1{end}{end}", f": a{end}: b{end}{end}",
    ))


def frame(data, rng, name=None):
    """One event with its data on one line, spelled in one of many ways."""
    end = rng.choice(("\n", "\n", "\r\n", "\r"))
    lines = [f"data:{rng.choice(('', ' ', '  '))}{data}"]
    if name:
        lines.insert(rng.randrange(2), f"event:{rng.choice(('', ' '))}{name}")
    if rng.random() < 0.2:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice((": aside", "id: 7", "retry: 1")))
    return end.join(lines) + end + end


def pieces(data, rng):
    """Bytes in random pieces."""
    at = 0
    while at < len(data):
        size = rng.choice((1, 2, 3, 7, 40, 200, 4096))
        yield data[at:at + size]
        at += size
