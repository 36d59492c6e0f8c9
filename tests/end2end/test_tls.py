"""HTTPS towards clients: curl and the SDKs, with a certificate made on the spot."""

import json
import socket
import ssl
import subprocess

import httpx
import openai
import pytest

from gateway import KEY


@pytest.fixture
def secured(start, tmp_path):
    """(gateway, its certificate); the health of a gateway behind TLS is asked over TLS."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    tls = {"enable": True, "cert": str(certificate), "key": str(key)}
    return start(trust=certificate, tls=tls), certificate


@pytest.mark.threads
def test_curl_and_an_sdk_are_served_over_tls(secured):
    gateway, certificate = secured
    assert gateway.url.startswith("https://")
    said = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--cacert", certificate, gateway.url + "/v1/chat/completions",
         "-H", f"Authorization: Bearer {KEY}", "-H", "Content-Type: application/json",
         "-d", json.dumps({"model": "echo", "messages": [{"role": "user", "content": "Hello!"}]})],
        check=True, capture_output=True, timeout=20).stdout
    assert json.loads(said)["choices"][0]["message"]["content"] == "Hello!"
    trust = httpx.Client(verify=ssl.create_default_context(cafile=certificate))
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, http_client=trust) as client:
        asked = {"model": "chat-text", "messages": [{"role": "user", "content": "Say hello"}]}
        assert client.chat.completions.create(**asked).choices[0].message.content == "Hello, wörld ✓!"
        stream = client.chat.completions.create(**asked, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == "Hello, wörld ✓!"


def test_who_does_not_know_the_certificate_or_speaks_plainly_is_not_served(secured):
    gateway, _ = secured
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(gateway.url + "/healthz")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            answer = link.recv(4096)
        except ConnectionResetError:
            answer = b""
        assert b"HTTP" not in answer
