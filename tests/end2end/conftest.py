"""Fixtures that every end-to-end test may use; the ones of the gateway are in gateway.py."""

import pytest

from fakes import Fakes


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
