"""Fixtures that every end-to-end test may use; those of the gateway skip without the program."""

import pytest

from anything import Anything, relay_config
from clients import DRIVERS
from fakes import Fakes
from gateway import KEY, Gateway, build_folder, provider_config


@pytest.fixture(scope="session")
def _fakes():
    with Fakes() as fakes:
        yield fakes


@pytest.fixture
def fakes(_fakes):
    """The four strict upstreams, as good as new."""
    _fakes.reset()
    yield _fakes
    broken = [(fake.dialect, fake.framing_errors) for fake in _fakes.all() if fake.framing_errors]
    assert not broken, f"upstream requests with bad HTTP framing: {broken}"


@pytest.fixture(scope="session")
def program():
    """Where the program is; without it there is nothing to test."""
    folder = build_folder()
    if folder is None:
        pytest.skip("no bin/aiproxyapi in the build folder: run scripts/build first")
    return folder


@pytest.fixture(scope="session")
def _gateway(program, _fakes, tmp_path_factory):
    config = {**provider_config(_fakes), "disable-cooling": True, "request-retry": 0}
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), config).start()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(_gateway, fakes):
    """A gateway that all tests share: every script of every upstream, no cooling, no retries."""
    yield _gateway
    assert _gateway.process.poll() is None, f"the gateway died:\n{_gateway.log()[-6000:]}"
    _gateway.check_log()


@pytest.fixture(scope="session")
def _drivers(_gateway):
    return {name: driver(_gateway.url, KEY) for name, driver in DRIVERS.items()}


@pytest.fixture
def drivers(_drivers, gateway):
    """The four SDKs, pointed at the shared gateway."""
    return _drivers


@pytest.fixture
def start(program, fakes, tmp_path):
    """start(keys={…}, **sections): a gateway of the test's own, stopped and judged at its end."""
    running = []

    def begin(keys=None, args=(), env=None, trust=None, **sections):
        home = tmp_path / f"gateway{len(running)}"
        sections = {name.replace("_", "-"): value for name, value in sections.items()}
        gateway = Gateway(home, {**provider_config(fakes, keys), **sections}, args, env, trust)
        running.append(gateway)
        return gateway.start()

    yield begin
    for gateway in running:
        if gateway.process:
            gateway.stop()


@pytest.fixture(scope="session")
def _anything():
    with Anything() as upstream:
        yield upstream


@pytest.fixture
def anything(_anything):
    """An upstream that answers bytes as it is told."""
    _anything.as_new()
    return _anything


@pytest.fixture(scope="session")
def _relays(program, _anything, tmp_path_factory):
    config = {
        **relay_config(_anything.port), "disable-cooling": True, "request-retry": 0,
        "streaming": {"keepalive-seconds": 1}}
    gateway = Gateway(tmp_path_factory.mktemp("relays"), config).start()
    yield gateway
    gateway.stop()


@pytest.fixture
def relays(_relays, anything):
    """A gateway in front of it, as a provider of each dialect."""
    yield _relays
    assert _relays.process.poll() is None, f"the gateway died:\n{_relays.log()[-6000:]}"
