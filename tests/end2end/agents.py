"""The three command line agents as clients: how each is pointed at a gateway and run without a terminal.

Every setting is one that its vendor documents; those that a user needs stand in the table of README.md. What
an agent writes of its own accord goes into a home of its own.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gateway import ROOT

HOME = ROOT / "tests" / "clients" / "cli"
MODULES = HOME / "node_modules"
PATIENCE_S = 50


@dataclass
class Said:
    status: int
    text: str  # standard output
    aside: str  # standard error


class Agent:
    name = None
    script = None  # in MODULES

    def __init__(self, url, key, home):
        self.url, self.key, self.home = url, key, Path(home)
        for name, text in self.settings().items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def settings(self):
        """Files of its home: {path: text}."""
        return {}

    def environment(self):
        raise NotImplementedError

    def words(self, prompt, model):
        raise NotImplementedError

    def ask(self, prompt, model, folder):
        """Runs once in a folder until it has answered."""
        done = subprocess.run(
            [shutil.which("node"), str(MODULES / self.script), *self.words(prompt, model)], cwd=folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **self.environment()})
        return Said(done.returncode, done.stdout.strip(), done.stderr)


class ClaudeCode(Agent):
    name = "claude-code"
    script = "@anthropic-ai/claude-code/cli-wrapper.cjs"

    def environment(self):
        return {"ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_AUTH_TOKEN": self.key,
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}

    def words(self, prompt, model):
        return ["-p", prompt, "--model", model, "--allowedTools", "Bash(cat:*)"]


class Codex(Agent):
    name = "codex"
    script = "@openai/codex/bin/codex.js"

    def settings(self):
        return {".codex/config.toml": f"""
            model_provider = "gateway"
            check_for_update_on_startup = false

            [model_providers.gateway]
            name = "aiproxyapi"
            base_url = "{self.url}/v1"
            env_key = "AIPROXYAPI_KEY"
            wire_api = "responses"

            [analytics]
            enabled = false
            """}

    def environment(self):
        return {"AIPROXYAPI_KEY": self.key}

    def words(self, prompt, model):
        return ["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--model", model, prompt]


class GeminiCli(Agent):
    name = "gemini-cli"
    script = "@google/gemini-cli/bundle/gemini.js"

    def settings(self):
        return {".gemini/settings.json": json.dumps({
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False}, "general": {"enableAutoUpdate": False}})}

    def environment(self):
        return {"GOOGLE_GEMINI_BASE_URL": self.url, "GEMINI_API_KEY": self.key,
                "GEMINI_CLI_TRUST_WORKSPACE": "true"}

    def words(self, prompt, model):
        return ["-p", prompt, "--model", model, "--approval-mode", "yolo"]


AGENTS = {agent.name: agent for agent in (ClaudeCode, Codex, GeminiCli)}
