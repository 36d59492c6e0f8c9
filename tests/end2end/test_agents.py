"""Command line agents in front of the gateway: each asks every upstream, runs a tool and tells its result."""

import secrets

import pytest

from agents import AGENTS, MODULES
from fakes import DIALECTS
from gateway import BASE, KEY, Gateway, provider_config

# The vendor's newest, since it is what an agent takes a name for that it does not know.
NEWEST = {**BASE, "claude": "claude-opus-5"}
HELLO = "Hello, wörld ✓!"


@pytest.fixture(scope="module")
def _agents(program, _fakes, tmp_path_factory):
    """{name: agent}, in front of a gateway of this module's own."""
    if not MODULES.is_dir():
        pytest.skip("no tests/clients/cli/node_modules: run npm ci there")
    home = tmp_path_factory.mktemp("agents")
    config = {**provider_config(_fakes, names=NEWEST), "disable-cooling": True, "request-retry": 0}
    gateway = Gateway(home / "gateway", config).start()
    yield {name: agent(gateway.url, KEY, home / name) for name, agent in AGENTS.items()}, gateway
    gateway.stop()


@pytest.fixture
def agents(_agents, fakes):
    agents, gateway = _agents
    yield agents
    gateway.check_log()


def refusals(fake):
    return [seen.refusal for seen in fake.seen if seen.refusal]


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_is_answered(agents, fakes, tmp_path, name, upstream):
    said = agents[name].ask("Say hello", f"{upstream}-text", tmp_path)
    assert said.status == 0, said
    assert said.text.splitlines()[-1] == HELLO, said
    assert not refusals(fakes[upstream])


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_runs_a_tool_and_tells_its_result(agents, fakes, tmp_path, name, upstream):
    """What the tool prints is known to nobody but the agent's folder."""
    note = secrets.token_hex(8)
    (tmp_path / "note.txt").write_text(note)
    said = agents[name].ask("Read the note", f"{upstream}-agent", tmp_path)
    assert said.status == 0, said
    assert "It says: " in said.text and note in said.text, said
    assert not refusals(fakes[upstream])
    asks = [seen.ask for seen in fakes[upstream].seen]
    assert [bool(ask.results()) for ask in asks] == [False, True]
    thoughts = [part for role, parts in asks[-1].turns if role == "assistant" for part in parts]
    assert [part[0] for part in thoughts][-2:] == ["text", "call"]
