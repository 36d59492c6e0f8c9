"""Random conversations through every codec: what comes out is legal in its dialect, and nothing is lost.

AIP_RANDOM_SEED is the first seed, AIP_RANDOM_COUNT how many. A failure names its seed:
`build/debug/tests/wire_random 1 <seed>` tells that conversation alone."""

import json
import os
import subprocess

import pytest

import legal
from grammar import Illegal, schemas
from gateway import build_folder

SEED = int(os.environ.get("AIP_RANDOM_SEED", 1))
COUNT = int(os.environ.get("AIP_RANDOM_COUNT", 300))
DIALECTS = ("openai", "openai-response", "claude", "gemini")


@pytest.fixture(scope="session")
def conversations():
    """{(kind, dialect): [line…]} of what wire_random carried."""
    folder = build_folder()
    if folder is None or not (folder / "tests" / "wire_random").exists():
        pytest.skip("no tests/wire_random in the build folder: run scripts/build first")
    program = folder / "tests" / "wire_random"
    done = subprocess.run([program, str(COUNT), str(SEED)], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
    out = {}
    for line in map(json.loads, done.stdout.splitlines()):
        out.setdefault((line["kind"], line["to"]), []).append(line)
    return out


@pytest.mark.quick
@pytest.mark.parametrize("profile", schemas.PROFILES)
def test_a_random_schema_fits_its_profile(conversations, profile):
    lines = conversations["schema", profile]
    assert len(lines) == COUNT
    faults = []
    for line in lines:
        fault = line["fault"]
        try:
            if not fault and line["body"]:
                schemas.judge(profile, line["from"] == "tool", *json.loads(line["body"]))
        except Illegal as cause:
            fault = str(cause)
        if fault:
            faults.append(f"{line['name']}: {fault}")
    assert not faults, f"{len(faults)} of {COUNT}, seeds from {SEED}:\n" + "\n".join(faults[:5])


@pytest.mark.quick
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", ("request", "response", "stream"))
def test_a_random_conversation_is_legal_and_loses_nothing(conversations, kind, dialect):
    lines = conversations[kind, dialect]
    assert len(lines) == COUNT
    faults = []
    refused = sum(not line["fault"] and not line["body"] for line in lines)
    assert refused < COUNT / 2, f"{refused} of {COUNT} are refused"
    for line in lines:
        if not line["fault"] and not line["body"]:
            continue
        fault = line["fault"] or legal.fault(dialect, kind, line["body"].encode(), line["model"], line["stream"])
        if fault:
            faults.append(f"{line['name']}, from {line['from']}: {fault}")
    assert not faults, f"{len(faults)} of {COUNT}, seeds from {SEED}:\n" + "\n".join(faults[:5])
