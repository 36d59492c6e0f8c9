"""Starts the real program on a free port with the fakes behind it, and judges how it ended."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
KEY = "client-key-one"
OTHER_KEY = "client-key-two"
# A model's real name at each upstream; the script it plays is appended.
BASE = {
    "chat": "gpt-4.1", "responses": "gpt-5.1-codex", "claude": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash",
}
REPORTS = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:|Assertion|assert failed"
)
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    "TSAN_OPTIONS": f"exitcode=99:suppressions={ROOT}/tests/tsan.supp",
}
PATIENCE_S = 20


def build_folder():
    """AIP_BUILD, or the first build that holds the program; None when there is none."""
    if "AIP_BUILD" in os.environ:
        named = [Path(os.environ["AIP_BUILD"])]
    else:
        named = [ROOT / "build" / preset for preset in ("asan", "debug", "release")]
    return next((folder for folder in named if (folder / "bin" / "aiproxyapi").exists()), None)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def model_entries(upstream, scripts, names=BASE):
    return [{"name": f"{names[upstream]}--{s}", "alias": f"{upstream}-{s}"} for s in scripts]


def provider_config(fakes, keys=None, names=BASE):
    """Configuration sections of the four upstreams, each script of each a model.

    keys   {upstream: [key…]} where an upstream shall have other credentials than its one
    names  of the models at their upstreams
    """
    out = {}
    for upstream in ("chat", "responses", "claude", "gemini"):
        fake = fakes[upstream]
        models = model_entries(upstream, fake.scripts, names)
        given = (keys or {}).get(upstream, [fake.default_key])
        fake.keys.update(given)
        if upstream == "chat":
            out["openai-compatibility"] = [{
                "name": "fakechat", "base-url": fake.url + "/v1",
                "api-key-entries": [{"api-key": key} for key in given], "models": models}]
            continue
        section = {"responses": "codex-api-key", "claude": "claude-api-key", "gemini": "gemini-api-key"}[upstream]
        base = fake.url + ("/v1" if upstream == "responses" else "")
        out[section] = [{"api-key": key, "base-url": base, "models": models} for key in given]
    return out


class Gateway:
    """One running program.

    home    a folder of its own: config.yaml, auth, log
    config  sections on top of the defaults here
    trust   certificate of a gateway that serves HTTPS
    """

    def __init__(self, home, config=None, args=(), env=None, trust=None):
        self.build = build_folder()
        self.home = Path(home)
        self.port = free_port()
        self.url = f"{'https' if trust else 'http'}://127.0.0.1:{self.port}"
        self.config_path = self.home / "config.yaml"
        self.log_path = self.home / "stderr.log"
        self.args, self.env = list(args), env or {}
        self.config = {
            "host": "127.0.0.1", "port": self.port, "auth-dir": str(self.home / "auth"),
            "api-keys": [KEY, OTHER_KEY], "plugins": {"enabled": True, "dir": str(self.build / "plugins")},
            **(config or {}),
        }
        self.process = None
        self.expected_status = 0
        # A connection a request: what one test breaks is no other's.
        self.http = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), timeout=30,
                                 verify=ssl.create_default_context(cafile=trust) if trust else True)

    def write_config(self, **changes):
        """Writes the configuration as an editor does: beside, then over. JSON is YAML."""
        self.config.update(changes)
        self.write_raw(json.dumps(self.config, indent=1))

    def write_raw(self, text):
        beside = self.config_path.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.config_path)

    def start(self):
        self.home.mkdir(parents=True, exist_ok=True)
        self.write_config()
        self.launch()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.log()[-4000:]}")
            try:
                if self.http.get(self.url + "/healthz", timeout=1).status_code == 200:
                    return self
            except httpx.HTTPError:
                time.sleep(0.02)
        self.process.kill()
        raise AssertionError(f"no /healthz after {PATIENCE_S} s:\n{self.log()[-4000:]}")

    def launch(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(self.build / "bin" / "aiproxyapi"), "--config", str(self.config_path), *self.args],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.home,
                env={**os.environ, "HOME": str(self.home), **SANITIZERS, **self.env},
            )

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Asks the program to end; fails when it does not, ends badly, or a sanitizer spoke."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"SIGTERM did not end the gateway:\n{self.log()[-4000:]}") from None
        self.check_log()
        assert status == self.expected_status, f"ended with {status}:\n{self.log()[-4000:]}"

    def check_log(self):
        found = REPORTS.search(self.log())
        assert not found, self.log()[max(0, found.start() - 500): found.start() + 6000]
        for key in (KEY, OTHER_KEY):
            assert key not in self.log(), "a client key is in the log"

    # Plain HTTP, where an SDK would be in the way.

    def post(self, path, body, key=KEY, headers=None, timeout=30, **more):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"content-type": "application/json"}
        if key:
            head["authorization"] = f"Bearer {key}"
        head.update(headers or {})
        return self.http.post(self.url + path, content=content, headers=head, timeout=timeout, **more)

    def get(self, path, key=KEY, headers=None, **more):
        head = {"authorization": f"Bearer {key}"} if key else {}
        return self.http.get(self.url + path, headers={**head, **(headers or {})}, **more)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)
