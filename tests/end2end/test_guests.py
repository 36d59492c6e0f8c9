"""Guests that misbehave: the gateway refuses them in words, or ends their calls with a status, and lives."""

import shutil

import httpx
import pytest

from gateway import KEY

REFUSED = [
    "magic", "major", "minor", "ir", "slot", "nodrop", "nothing", "constructor", "open", "catalogue", "short", "exits"]
# Guest, HTTP status of a call to it, words in the error.
CALLS = [
    ("well", 200, None),
    ("late", 200, None),
    ("after-end", 200, None),
    ("silent", 502, "neither answered nor waits"),
    ("order", 502, "guest-order"),
    ("twice", 502, "twice"),
    ("fault", 500, "out of order"),
]


@pytest.fixture
def house(program, start, tmp_path):
    """A gateway whose plugins folder holds echo and all guests."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(program / "plugins" / "echo.so", folder)
    for guest in (program / "guests").glob("*.so"):
        if guest.stem != "guest-hangs":  # takes as long as the probe is patient
            shutil.copy(guest, folder)
    gateway = start(plugins={"dir": str(folder)}, request_retry=0)
    return gateway


def ask(gateway, model, stream=False):
    return httpx.post(
        gateway.url + "/v1/chat/completions", headers={"Authorization": f"Bearer {KEY}"}, timeout=20,
        json={"model": model, "stream": stream, "messages": [{"role": "user", "content": "well"}]})


def test_refused_guests_are_named_and_the_others_serve(house):
    log = house.log()
    for guest in REFUSED:
        assert f"plugin.refused file=guest-{guest}.so" in log
    models = {m["id"] for m in httpx.get(
        house.url + "/v1/models", headers={"Authorization": f"Bearer {KEY}"}).json()["data"]}
    assert {"echo"} | {f"guest-{guest}" for guest, _, _ in CALLS} <= models
    assert not {f"guest-{guest}" for guest in REFUSED} & models


@pytest.mark.parametrize("guest, http, words", CALLS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_guests_fault_ends_its_call_alone(house, guest, http, words, stream):
    reply = ask(house, f"guest-{guest}", stream)
    assert reply.status_code == http, reply.text
    if words:
        assert words in reply.json()["error"]["message"]
    else:
        assert "well" in reply.text
    assert ask(house, "echo").status_code == 200
