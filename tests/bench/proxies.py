"""Starts the mock and the proxies under test, each on its core, and reads what they cost."""

import json
import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

KEY = "sk-bench-0123456789abcdef0123456789abcdef"
PATIENCE_S = 15
MODELS = {"chat": "gpt-bench", "claude": "claude-bench", "gemini": "gemini-bench"}

NGINX = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
error_log {home}/error.log crit;
pid {home}/pid;
{user}
events {{ worker_connections {files}; }}
http {{
	access_log off;
	client_body_temp_path {home}/body;
	proxy_temp_path {home}/proxy;
	fastcgi_temp_path {home}/fastcgi;
	uwsgi_temp_path {home}/uwsgi;
	scgi_temp_path {home}/scgi;
	client_max_body_size 0;
	client_body_buffer_size 2m;
	keepalive_requests 1000000000;
	upstream mock {{ server 127.0.0.1:{mock}; keepalive 512; keepalive_requests 1000000000; }}
	server {{
		listen 127.0.0.1:{port} backlog=4096;
		location / {{
			proxy_pass http://mock;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_buffering off;
			proxy_read_timeout 300s;
		}}
	}}
}}
"""

HAPROXY = """
global
	nbthread 1
	maxconn {connections}
defaults
	mode http
	option http-no-delay
	http-reuse always
	timeout connect 5s
	timeout client 300s
	timeout server 300s
frontend front
	bind 127.0.0.1:{port} backlog 4096
	maxconn {connections}
	default_backend mock
backend mock
	server mock 127.0.0.1:{mock}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def files_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def spawn(command, core, home, **more):
    """A child in a session of its own, pinned to one core, with as many descriptors as are allowed."""

    def prepare():
        os.sched_setaffinity(0, {core})
        resource.setrlimit(resource.RLIMIT_NOFILE, (files_limit(), files_limit()))

    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.Popen(
        [str(word) for word in command], preexec_fn=prepare, start_new_session=True, stdin=subprocess.DEVNULL,
        cwd=home, env={**env, "HOME": str(home)}, **more)


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def get(port, path, headers=""):
    """One GET on a connection of its own; the body."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode())
        got = b""
        while b"\r\n\r\n" not in got:
            more = connection.recv(65536)
            if not more:
                break
            got += more
        return got.partition(b"\r\n\r\n")[2]


class Mock:
    def __init__(self, build, home, core, ports):
        self.ports = ports
        self.process = spawn([build / "bench" / "bench_mock", *ports], core, home)
        wait_for_port(self.process, ports[-1])

    def counts(self, port):
        return json.loads(get(port, "/counts"))

    def schedule(self, events, gap_ms):
        get(self.ports[0], f"/schedule/{events}/{gap_ms}")


def wait_for_port(process, port):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{process.args[0]} does not listen")


class Direct:
    """No proxy: the load meets the mock itself."""

    name = "direct"

    def __init__(self, mock_port):
        self.port = self.mock_port = mock_port

    def cpu_s(self):
        return 0.0

    def rss_kb(self):
        return 0

    def stop(self):
        pass


class Proxy:
    """One proxy under test: a process, or a family of them."""

    def __init__(self, name, build, home, core, mock_port):
        self.name, self.mock_port = name, mock_port
        self.port = free_port()
        self.home = Path(home) / f"{name}-{self.port}"
        self.home.mkdir()
        command = getattr(self, "command_" + name.partition("+")[0])(build)
        with open(self.home / "output", "wb") as output:
            self.process = spawn(command, core, self.home, stdout=output, stderr=output)
        try:
            wait_for_port(self.process, self.port)
        except RuntimeError as cause:
            end(self.process)
            raise RuntimeError(f"{cause}\n{(self.home / 'output').read_text(errors='replace')[-2000:]}") from None

    def command_nginx(self, build):
        text = NGINX.format(home=self.home, port=self.port, mock=self.mock_port, files=files_limit(),
                            user="user root;" if os.geteuid() == 0 else "")
        (self.home / "nginx.conf").write_text(text)
        return ["nginx", "-p", self.home, "-e", self.home / "error.log", "-c", self.home / "nginx.conf"]

    def command_haproxy(self, build):
        text = HAPROXY.format(port=self.port, mock=self.mock_port, connections=files_limit() // 2 - 50)
        (self.home / "haproxy.cfg").write_text(text)
        return ["haproxy", "-db", "-q", "-f", self.home / "haproxy.cfg"]

    def command_gateway(self, build):
        """A key to check, four providers loaded; with access log and usage for gateway+log."""
        at = f"http://127.0.0.1:{self.mock_port}"
        full = self.name.endswith("+log")
        config = {
            "host": "127.0.0.1", "port": self.port, "auth-dir": str(self.home / "auth"),
            "api-keys": ["sk-other-key-of-someone-else", KEY],
            "plugins": {"dir": str(build / "plugins")},
            "limits": {"threads": 1}, "access-log": full, "usage-statistics-enabled": full,
            "openai-compatibility": [{"name": "bench", "base-url": at + "/v1",
                                      "api-key-entries": [{"api-key": "upstream-key"}],
                                      "models": [{"name": MODELS["chat"]}]}],
            "claude-api-key": [{"api-key": "upstream-key", "base-url": at, "models": [{"name": MODELS["claude"]}]}],
            "gemini-api-key": [{"api-key": "upstream-key", "base-url": at, "models": [{"name": MODELS["gemini"]}]}],
        }
        (self.home / "config.yaml").write_text(json.dumps(config, indent=1))
        return [build / "bin" / "aiproxyapi", "--config", self.home / "config.yaml"]

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu_s(self):
        """User and system time of all threads so far; by the scheduler's own count, which has no ticks."""
        total = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def rss_kb(self):
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
        return total

    def stop(self):
        end(self.process)
