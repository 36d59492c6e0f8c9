"""Media that a request names by URL, for upstreams that open none: fetched and sent inline, where that is allowed."""

import base64
import json

import pytest

import wire
from fakes import script, wait_until
from gateway import BASE, KEY, SANITIZERS
from store import PDF, PNG, WAV, Store

NO_URLS = {"model-capabilities": [{"providers": ["gemini"], "capabilities": {"http_file_uri": False}}]}


@pytest.fixture
def store():
    with Store() as one:
        yield one


@pytest.fixture
def other():
    with Store() as one:
        yield one


def part(client, kind, url):
    if client == "chat":
        return {"type": "image_url", "image_url": {"url": url}}
    if client == "responses":
        return {"type": "input_image", "image_url": url} if kind == "image" else {
            "type": "input_file", "file_url": url}
    if client == "claude":
        return {"type": kind, "source": {"type": "url", "url": url}}
    mime = {"image": "image/png", "document": "application/pdf", "audio": "audio/wav"}[kind]
    return {"fileData": {"fileUri": url, "mimeType": mime}}


PATH = {
    ("chat", "image"): "messages[0].content[1].image_url.url",
    ("responses", "image"): "input[0].content[1].image_url",
    ("responses", "document"): "input[0].content[1].file_url",
    ("claude", "image"): "messages[0].content[1].source.url",
    ("claude", "document"): "messages[0].content[1].source.url",
    ("gemini", "image"): "contents[0].parts[1].fileData.fileUri",
    ("gemini", "document"): "contents[0].parts[1].fileData.fileUri",
}


def body(client, model, parts):
    text = {"type": "input_text" if client == "responses" else "text", "text": "look"}
    if client == "gemini":
        return {"contents": [{"role": "user", "parts": [{"text": "look"}, *parts]}]}
    turn = {"role": "user", "content": [text, *parts]}
    if client == "responses":
        return {"model": model, "input": [turn]}
    return {"model": model, "messages": [turn], **({"max_tokens": 99} if client == "claude" else {})}


def ask(gateway, client, model, *parts, **more):
    return gateway.post(
        wire.path(client, model), body(client, model, parts), headers=wire.HEADERS, **more)


def inline_of(fakes, upstream):
    """What the upstream was given inline, as (media type, bytes)."""
    sent = fakes[upstream].seen[-1].json()
    if upstream == "gemini":
        blobs = [p["inlineData"] for content in sent["contents"] for p in content["parts"] if "inlineData" in p]
        return [(blob["mimeType"], base64.b64decode(blob["data"])) for blob in blobs]
    out = []
    for one in (one for message in sent["messages"] for one in message["content"]):
        if one["type"] == "file":
            head, _, data = one["file"]["file_data"].partition(",")
            out.append((head[5:].removesuffix(";base64"), base64.b64decode(data)))
        elif one["type"] == "input_audio":
            out.append(("audio/" + one["input_audio"]["format"], base64.b64decode(one["input_audio"]["data"])))
    return out


@pytest.fixture
def fetching(start, store):
    """fetching(**media): a gateway that may fetch from the store."""

    def begin(keys=None, more=(), **media):
        return start(keys=keys, **NO_URLS, media={"fetch": True, "allow": [store.host], **media}, **dict(more))

    return begin


# ---- What is fetched -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["chat", "responses", "claude"])
def test_an_image_goes_inline_to_a_model_that_opens_no_urls(fetching, fakes, store, client):
    gateway = fetching()
    wire.told(client, ask(gateway, client, "gemini-text", part(client, "image", store.url + "/a.png")))
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]
    assert store.paths() == ["/a.png"]


@pytest.mark.parametrize("client", ["responses", "claude", "gemini"])
def test_a_document_goes_inline_to_a_dialect_that_has_no_urls_for_it(fetching, fakes, store, client):
    gateway = fetching()
    wire.told(client, ask(gateway, client, "chat-text", part(client, "document", store.url + "/b.pdf")))
    assert inline_of(fakes, "chat") == [("application/pdf", PDF)]


def test_sound_goes_inline_in_the_words_of_the_dialect(fetching, fakes, store):
    gateway = fetching()
    wire.told("gemini", ask(gateway, "gemini", "chat-text", part("gemini", "audio", store.url + "/c.wav")))
    assert inline_of(fakes, "chat") == [("audio/wav", WAV)]


def test_nothing_of_the_client_goes_along(fetching, store):
    gateway = fetching()
    wire.told("chat", ask(gateway, "chat", "gemini-text", part("chat", "image", store.url + "/a.png?token=x")))
    assert [path for path, _ in store.seen] == ["/a.png?token=x"]
    headers = {name.lower() for name in store.seen[0][1]}
    assert headers <= {"host", "accept", "accept-encoding", "user-agent"}
    assert KEY not in str(store.seen)


def test_bytes_say_what_a_vague_header_does_not(fetching, fakes, store):
    gateway = fetching()
    wire.told("chat", ask(gateway, "chat", "gemini-text", part("chat", "image", store.url + "/untold")))
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]


def test_many_are_fetched_a_few_at_a_time_and_each_once(fetching, fakes, store):
    for at in range(9):
        store.files[f"/{at}.png"] = (200, {"content-type": "image/png"}, PNG + b"%d" % at)
        store.slow_s[f"/{at}.png"] = 0.2
    gateway = fetching()
    urls = [store.url + f"/{at % 9}.png" for at in range(12)]
    wire.told("chat", ask(gateway, "chat", "gemini-text", *[part("chat", "image", url) for url in urls]))
    assert [data for _, data in inline_of(fakes, "gemini")] == [PNG + b"%d" % (at % 9) for at in range(12)]
    assert sorted(store.paths()) == [f"/{at}.png" for at in range(9)]
    assert 2 <= store.most <= 4


def test_redirects_are_followed_but_not_for_ever(fetching, fakes, store):
    for at in range(5):
        store.files[f"/hop{at}"] = (302, {"location": f"hop{at + 1}"}, b"")
    store.files["/hop5"] = store.files["/a.png"]
    gateway = fetching()
    wire.told("chat", ask(gateway, "chat", "gemini-text", part("chat", "image", store.url + "/hop2")))
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]
    refused(gateway, "chat", store.url + "/hop1", "redirects")


def test_another_credential_gets_what_was_fetched_for_the_first(fetching, fakes, store):
    keys = [fakes.gemini.default_key + "-0", fakes.gemini.default_key + "-1"]
    fakes.gemini.faults[keys[0]] = script.Fault(503, message="scripted")
    gateway = fetching(keys={"gemini": keys}, more={"routing": {"strategy": "fill-first"}})
    wire.told("chat", ask(gateway, "chat", "gemini-text", part("chat", "image", store.url + "/a.png")))
    assert {seen.key for seen in fakes.gemini.seen} == set(keys)
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]
    assert store.paths() == ["/a.png"]


def test_another_upstream_that_opens_urls_is_given_the_url_again(fetching, fakes, store):
    def served(upstream):
        return [{"api-key": fakes[upstream].default_key, "base-url": fakes[upstream].url,
                 "models": [{"name": BASE[upstream] + "--text", "alias": "both"}]}]

    fakes.gemini.faults[fakes.gemini.default_key] = script.Fault(503, message="scripted")
    gateway = fetching(more={"gemini-api-key": served("gemini"), "claude-api-key": served("claude"),
                             "disable-cooling": True})
    for _ in range(2):
        wire.told("chat", ask(gateway, "chat", "both", part("chat", "image", store.url + "/a.png")))
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]
    assert len(fakes.claude.seen) == 2
    for seen in fakes.claude.seen:
        assert seen.json()["messages"][0]["content"][1]["source"] == {"type": "url", "url": store.url + "/a.png"}


@pytest.mark.parametrize("client", ["chat", "responses", "claude"])
def test_a_stream_begins_when_all_is_there(fetching, fakes, store, client):
    gateway = fetching()
    asked = {**body(client, "gemini-text", [part(client, "image", store.url + "/a.png")]), "stream": True}
    wire.told(client, gateway.post(wire.path(client, "gemini-text", True), asked, headers=wire.HEADERS), stream=True)
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]


def test_tokens_are_counted_with_what_was_fetched(fetching, fakes, store):
    gateway = fetching()
    answer = gateway.post("/v1/messages/count_tokens", body(
        "claude", "gemini-text", [part("claude", "image", store.url + "/a.png")]), headers=wire.HEADERS)
    assert answer.status_code == 200, answer.text
    sent = fakes.gemini.seen[-1].json()
    parts = sent.get("generateContentRequest", sent)["contents"][0]["parts"]
    assert base64.b64decode(parts[1]["inlineData"]["data"]) == PNG


def test_an_estimate_needs_nothing_fetched(fetching, store):
    gateway = fetching()
    answer = gateway.post("/v1/messages/count_tokens", body(
        "claude", "chat-text", [part("claude", "document", store.url + "/b.pdf")]), headers=wire.HEADERS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-gateway-token-count"] == "estimate"
    assert store.connections == 0


# ---- What is not -----------------------------------------------------------------------------------------------


def refused(gateway, client, url, word, kind="image"):
    answer = ask(gateway, client, "gemini-text" if kind == "image" else "chat-text", part(client, kind, url))
    assert answer.status_code == 400, answer.text
    wire.error(client, answer)
    assert word in answer.text, answer.text
    return answer


CLIENTS = [("chat", "image"), ("responses", "image"), ("claude", "image"), ("gemini", "document")]


@pytest.mark.parametrize("client,kind", CLIENTS)
def test_switched_off_nothing_is_fetched(start, fakes, store, client, kind):
    gateway = start(**NO_URLS, media={"allow": [store.host]})
    refused(gateway, client, store.url + "/a.png", "URL", kind)
    assert store.connections == 0
    assert not fakes.gemini.seen and not fakes.chat.seen


def test_what_is_relayed_is_not_looked_at(fetching, fakes, store):
    gateway = fetching()
    wire.told("gemini", ask(gateway, "gemini", "gemini-text", part("gemini", "image", store.url + "/a.png")))
    assert fakes.gemini.seen[-1].json()["contents"][0]["parts"][1]["fileData"]["fileUri"] == store.url + "/a.png"
    assert store.connections == 0


def test_an_upstream_that_opens_urls_is_given_them(fetching, fakes, store):
    gateway = fetching()
    wire.told("chat", ask(gateway, "chat", "claude-text", part("chat", "image", store.url + "/a.png")))
    assert store.url + "/a.png" in json.dumps(fakes.claude.seen[-1].json())
    assert store.connections == 0


@pytest.mark.parametrize("client,kind", CLIENTS)
def test_a_private_address_is_never_connected_to(fetching, fakes, store, client, kind):
    gateway = fetching(allow=[])
    port = store.host.partition(":")[2]
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"):
        answer = refused(gateway, client, f"http://{host}:{port}/a.png", "the address is not a public one", kind)
        assert PATH[client, kind] in answer.text
    assert store.connections == 0
    assert not fakes.gemini.seen and not fakes.chat.seen


def test_what_is_allowed_is_that_host_and_that_port(fetching, store, other):
    gateway = fetching()
    refused(gateway, "chat", other.url + "/a.png", "not a public one")
    refused(gateway, "chat", store.url.replace("127.0.0.1", "localhost") + "/a.png", "not a public one")
    assert store.connections == other.connections == 0


def test_a_redirect_is_checked_like_the_first(fetching, store, other):
    gateway = fetching()
    store.files["/in"] = (302, {"location": other.url + "/a.png"}, b"")
    refused(gateway, "chat", store.url + "/in", "not a public one")
    store.files["/in"] = (302, {"location": "file:///etc/passwd"}, b"")
    refused(gateway, "chat", store.url + "/in", "only http and https")
    assert other.connections == 0


def test_an_upstreams_kept_connection_is_not_the_clients_way_in(start, fakes, store):
    """The gateway itself is connected to a private upstream; its URL, from a client, opens nothing."""
    gateway = start(**NO_URLS, media={"fetch": True})
    wire.told("chat", wire.ask(gateway, "chat", "chat-text"))
    refused(gateway, "chat", fakes.chat.url + "/v1/models", "not a public one")
    assert len(fakes.chat.seen) == 1


def test_a_user_in_the_url_is_refused(fetching, store):
    gateway = fetching()
    refused(gateway, "chat", store.url.replace("//", "//me:secret@") + "/a.png", "user's name")
    assert store.connections == 0


@pytest.mark.parametrize("name,file,word", [
    ("/gone.png", (404, {}, b"no"), "404"),
    ("/page.png", (200, {"content-type": "text/html"}, b"<html>"), "no image"),
    ("/lie.png", (200, {"content-type": "image/png"}, b"<html>"), "no image"),
    ("/pdf.png", (200, {"content-type": "image/png"}, PDF), "no image"),
    ("/empty.png", (200, {"content-type": "image/png"}, b""), "nothing"),
    ("/large.png", (200, {"content-type": "image/png"}, PNG + bytes(5000)), "larger than 4096 bytes"),
])
def test_what_cannot_be_used_is_refused_by_its_place(fetching, fakes, store, name, file, word):
    gateway = fetching(bytes=4096)
    store.files[name] = file
    for client in ("chat", "responses", "claude"):
        answer = refused(gateway, client, store.url + name, word)
        assert PATH[client, "image"] in answer.text
    assert not fakes.gemini.seen
    wire.told("chat", wire.ask(gateway, "chat", "gemini-text"))  # the credential is not to blame


def test_all_together_have_a_limit(fetching, store):
    gateway = fetching(**{"total-bytes": 10000})
    for at in range(4):
        store.files[f"/{at}.png"] = (200, {"content-type": "image/png"}, PNG + bytes(4000))
    parts = [part("chat", "image", store.url + f"/{at}.png") for at in range(4)]
    answer = ask(gateway, "chat", "gemini-text", *parts)
    assert answer.status_code == 400 and "larger than 10000 bytes" in answer.text
    answer = ask(gateway, "chat", "gemini-text", *[part("chat", "image", store.url + f"/{at}") for at in range(21)])
    assert answer.status_code == 400 and "too many" in answer.text


def test_slowness_has_an_end(fetching, store):
    gateway = fetching(seconds=1)
    store.slow_s["/a.png"] = 20
    refused(gateway, "chat", store.url + "/a.png", "in time")
    assert wait_until(lambda: store.running == 0, 3)


def test_a_client_that_leaves_ends_the_fetch(fetching, fakes, store):
    gateway = fetching()
    store.slow_s["/a.png"] = 20
    content = json.dumps(body("chat", "gemini-text", [part("chat", "image", store.url + "/a.png")])).encode()
    with gateway.connect() as link:
        link.sendall(wire.raw("chat", "gemini-text", gateway.port, KEY, content=content))
        assert wait_until(lambda: store.running == 1)
    assert wait_until(lambda: store.running == 0, 3)
    assert not fakes.gemini.seen


def test_switching_it_on_needs_no_restart(start, fakes, store):
    gateway = start(**NO_URLS)
    refused(gateway, "chat", store.url + "/a.png", "URL")
    gateway.write_config(media={"fetch": True, "allow": [store.host]})
    wait_until(lambda: ask(gateway, "chat", "gemini-text", part("chat", "image", store.url + "/a.png")).is_success)
    assert inline_of(fakes, "gemini") == [("image/png", PNG)]


# ---- Memory ----------------------------------------------------------------------------------------------------


def peak_bytes(gateway):
    for line in open(f"/proc/{gateway.process.pid}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def test_a_large_image_is_copied_a_few_times_and_sent_once(fetching, fakes, store):
    image = PNG + bytes(20 * 1024 * 1024 - len(PNG))
    store.files["/large.png"] = (200, {"content-type": "image/png"}, image)
    gateway = fetching(more={"env": {"ASAN_OPTIONS": SANITIZERS["ASAN_OPTIONS"] + ":quarantine_size_mb=0"}})
    wire.told("chat", wire.ask(gateway, "chat", "gemini-text"))
    before = peak_bytes(gateway)
    wire.told("chat", ask(gateway, "chat", "gemini-text", part("chat", "image", store.url + "/large.png")))
    assert inline_of(fakes, "gemini") == [("image/png", image)]
    assert len(fakes.gemini.seen[-1].body) < 2 * len(image)
    assert peak_bytes(gateway) - before < 4 * len(image)
