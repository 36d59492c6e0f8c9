"""Providers that come, change and go while the gateway serves, and what is left of them."""

import os
import shutil
import signal

import pytest

from fakes import wait_until
from test_life import open_stream, read_all, unchunked
from wire import GRAMMARS, ask, told


class House:
    """A gateway with a plugins folder of its own that holds echo alone."""

    def __init__(self, program, start, home, **plugins):
        self.guests, self.folder, self.copies = program / "guests", home / "plugins", home / "runtime"
        self.folder.mkdir()
        self.copies.mkdir()
        shutil.copy(program / "plugins" / "echo.so", self.folder)
        self.gateway = start(
            plugins={"dir": str(self.folder), **plugins}, request_retry=0, env={"XDG_RUNTIME_DIR": str(self.copies)})

    def put(self, name, guest):
        """As a careful operator does: beside, then over."""
        beside = self.folder / "beside"
        shutil.copy(self.guests / f"{guest}.so", beside)
        os.replace(beside, self.folder / f"{name}.so")

    def models(self):
        return {one["id"] for one in self.gateway.get("/v1/models").json()["data"]}

    def says(self, model):
        answer = ask(self.gateway, "chat", model)
        return told("chat", answer).text if answer.status_code == 200 else None

    def copied(self):
        return sorted(path.name.partition("-")[2] for path in self.copies.glob("aiproxyapi-*/*"))

    def reload(self, **changes):
        before = self.gateway.log().count("config.reload")
        self.gateway.write_config(**changes)
        self.gateway.signal(signal.SIGHUP)
        assert wait_until(lambda: self.gateway.log().count("config.reload") > before)


@pytest.fixture
def house(program, start, tmp_path):
    return House(program, start, tmp_path)


@pytest.mark.parametrize("how", ("signal", "folder"))
def test_a_provider_that_is_dropped_in_serves_and_one_that_is_taken_out_is_forgotten(house, how):
    def told_to_look():
        if how == "signal":
            house.gateway.signal(signal.SIGHUP)

    assert house.says("guest-well") is None
    house.put("guest-well", "guest-well")
    told_to_look()
    assert wait_until(lambda: house.says("guest-well") == "well", 6)
    assert house.copied() == ["echo.so", "guest-well.so"]
    (house.folder / "guest-well.so").unlink()
    told_to_look()
    assert wait_until(lambda: "guest-well" not in house.models(), 6)
    assert wait_until(lambda: house.copied() == ["echo.so"])
    assert house.says("echo")


@pytest.mark.threads
def test_a_stream_ends_on_the_library_it_began_on_while_its_successor_serves(house):
    house.put("guest-slow", "guest-slow")
    house.reload()
    old, data = open_stream(house.gateway, "claude", "guest-slow")
    house.put("guest-slow", "next/guest-slow")
    house.reload()
    new, more = open_stream(house.gateway, "chat", "guest-slow")
    assert house.copied() == ["echo.so", "guest-slow.so", "guest-slow.so"]
    assert GRAMMARS["claude"].stream(unchunked(read_all(old, data))).text == "well" * 40
    assert wait_until(lambda: house.copied() == ["echo.so", "guest-slow.so"])
    assert GRAMMARS["chat"].stream(unchunked(read_all(new, more))).text == "next" * 40


@pytest.mark.parametrize("broken,why", [("guest-constructor", "crashes while loading"), ("guest-minor", "built for ABI")])
def test_a_broken_successor_leaves_the_old_library_serving(house, broken, why):
    house.put("guest-well", "guest-well")
    house.reload()
    assert house.says("guest-well") == "well"
    house.put("guest-well", broken)
    house.reload()
    assert f'plugin.refused file=guest-well.so serving=old why="' in house.gateway.log()
    assert why in house.gateway.log()
    assert house.says("guest-well") == "well"
    assert house.copied() == ["echo.so", "guest-well.so"]
    house.put("guest-well", "next/guest-well")
    assert wait_until(lambda: house.says("guest-well") == "next", 6)


def test_a_library_that_is_overwritten_in_place_harms_nobody(house):
    """cp writes into the very file; what serves is a copy."""
    house.put("guest-slow", "guest-slow")
    house.reload()
    link, data = open_stream(house.gateway, "gemini", "guest-slow")
    (house.folder / "guest-slow.so").write_bytes(b"\0" * 100)
    assert GRAMMARS["gemini"].stream(unchunked(read_all(link, data))).text == "well" * 40


def test_the_configuration_switches_providers_off_and_on(house):
    house.put("guest-well", "guest-well")
    folder = {"dir": str(house.folder)}
    house.reload()
    assert {"echo", "guest-well"} <= house.models()
    house.reload(plugins={**folder, "configs": {"guest-well": {"enabled": False}}})
    assert "guest-well" not in house.models() and "echo" in house.models()
    house.reload(plugins={**folder, "enabled": False})
    assert not house.models()
    assert wait_until(lambda: not house.copied())
    house.reload(plugins=folder)
    assert {"echo", "guest-well"} <= house.models()


def test_settings_are_checked_and_mended_while_it_runs(house):
    def settings(**own):
        house.reload(plugins={"dir": str(house.folder), "configs": {"guest-settings": own}})

    house.put("guest-settings", "guest-settings")
    settings(pcae=4)
    assert "guest-settings" in house.models()
    assert "plugins.configs.guest-settings.pcae: provider 'guest-settings' has no such setting; " \
        "did you mean 'pace'?" in house.gateway.log()
    settings(pace="fast")
    assert "plugins.configs.guest-settings.pace: must be an integer from 1 to 9" in house.gateway.log()
    assert "guest-settings" in house.models()


def test_settings_that_kept_a_provider_out_are_mended_by_a_reload(program, start, tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(program / "guests" / "guest-settings.so", folder)
    plugins = {"dir": str(folder), "configs": {"guest-settings": {"pace": 9}}}
    gateway = start(plugins=plugins)
    assert "nobody is that fast" in gateway.log()
    plugins["configs"]["guest-settings"]["pace"] = 5
    gateway.write_config(plugins=plugins)
    gateway.signal(signal.SIGHUP)
    assert wait_until(lambda: ask(gateway, "chat", "guest-settings").status_code == 200)


@pytest.mark.quick
def test_nothing_is_left_when_the_gateway_has_ended(house):
    assert house.copied()
    house.gateway.stop()
    assert not list(house.copies.iterdir())


def test_what_a_killed_gateway_left_is_gone_once_another_serves(program, start, tmp_path):
    copies = tmp_path / "runtime"
    copies.mkdir()
    killed = start(env={"XDG_RUNTIME_DIR": str(copies)})
    left, = copies.iterdir()
    killed.expected_status = -signal.SIGKILL
    killed.signal(signal.SIGKILL)
    killed.process.wait(20)
    assert list(left.iterdir())
    first = start(env={"XDG_RUNTIME_DIR": str(copies)})
    start(env={"XDG_RUNTIME_DIR": str(copies)})
    assert not left.exists() and f"plugin.swept folder={left} " in first.log()
    assert len(list(copies.iterdir())) == 2, "who lives keeps what is theirs"
    assert ask(first, "chat", "echo").status_code == 200
