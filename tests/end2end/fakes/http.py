"""A small HTTP/1.1 server over asyncio streams, for upstreams that must be strict and can be cruel.

It reads whole requests, answers whole or chunked, notices at once when the peer leaves, and lets a
handler drop the connection at any byte. One handler a request; a connection is kept alive between.
"""

import asyncio
import json
import socket
import urllib.parse
from dataclasses import dataclass, field

HEAD_MAX = 256 * 1024
BODY_MAX = 256 * 1024 * 1024
# Small on purpose: what the peer does not read shows up as a blocked write, not as kernel memory.
SEND_BUFFER = 64 * 1024


class Framing(Exception):
    """The peer's bytes are not HTTP as we require it."""


@dataclass
class Request:
    method: str
    target: str
    headers: list  # (name as sent, value)
    body: bytes = b""

    @property
    def path(self):
        return urllib.parse.unquote(self.target.split("?", 1)[0])

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name):
        """The one value of a header, None when absent; two of them are the sender's fault."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        if len(values) > 1:
            raise Framing(f"header {name} sent {len(values)} times")
        return values[0] if values else None


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    buffer: bytearray = field(default_factory=bytearray)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def pump(self):
        """Reads always, so that the peer's leaving is seen while we write."""
        try:
            while chunk := await self.reader.read(65536):
                self.buffer += chunk
                self.more.set()
        except OSError:
            pass
        self.gone.set()
        self.more.set()

    async def take(self, count):
        while len(self.buffer) < count:
            await self._wait()
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    async def take_line(self, ceiling=HEAD_MAX):
        while (at := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > ceiling:
                raise Framing("line too long")
            await self._wait()
        line = bytes(self.buffer[:at])
        del self.buffer[: at + 2]
        return line

    async def _wait(self):
        if self.gone.is_set():
            raise EOFError
        self.more.clear()
        await self.more.wait()


async def read_request(link):
    """The next request, or None when the peer closed between two."""
    try:
        line = await link.take_line()
    except EOFError:
        return None
    words = line.decode("ascii").split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1":
        raise Framing(f"request line {line!r}")
    headers = []
    while line := await link.take_line():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip() or name.startswith((" ", "\t")):
            raise Framing(f"header line {line!r}")
        headers.append((name, value.strip(" \t")))
    request = Request(words[0], words[1], headers)
    if request.header("host") is None:
        raise Framing("no Host header")
    request.body = await read_body(link, request)
    return request


async def next_request(link):
    try:
        return await read_request(link)
    except ValueError as wrong:  # bytes that are not text, numbers that are none
        raise Framing(repr(wrong)) from wrong


async def read_body(link, request):
    length, coding = request.header("content-length"), request.header("transfer-encoding")
    if length is not None and coding is not None:
        raise Framing("both Content-Length and Transfer-Encoding")
    if (request.header("expect") or "").lower() == "100-continue":
        link.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if length is not None:
        if not length.isascii() or not length.isdigit() or int(length) > BODY_MAX:
            raise Framing(f"Content-Length {length!r}")
        return await link.take(int(length))
    if coding is None:
        return b""
    if coding.lower() != "chunked":
        raise Framing(f"Transfer-Encoding {coding!r}")
    body = bytearray()
    while size := int((await link.take_line()).split(b";")[0], 16):
        body += await link.take(size)
        if await link.take(2) != b"\r\n" or len(body) > BODY_MAX:
            raise Framing("chunk")
    while await link.take_line():
        pass
    return bytes(body)


class Exchange:
    """One request being answered."""

    def __init__(self, link, request):
        self.link = link
        self.request = request
        self.sent = bytearray()  # body bytes accepted by the socket, without chunk framing
        self.closing = False

    @property
    def gone(self):
        return self.link.gone

    async def answer(self, status, body, content_type="application/json", headers=()):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        head = self._head(status, content_type, headers, f"content-length: {len(body)}")
        await self._send(head + body)
        self.sent += body

    async def begin(self, status=200, content_type="text/event-stream", headers=()):
        await self._send(self._head(status, content_type, headers, "transfer-encoding: chunked"))

    async def write(self, body):
        await self._send(b"%x\r\n%s\r\n" % (len(body), body))
        self.sent += body

    async def end(self):
        await self._send(b"0\r\n\r\n")

    def cut(self):
        """Drops the connection in the middle of whatever was being said."""
        self.closing = True
        self.link.writer.transport.abort()

    async def _send(self, data):
        if self.gone.is_set():
            raise ConnectionResetError
        self.link.writer.write(data)
        drained = asyncio.ensure_future(self.link.writer.drain())
        left = asyncio.ensure_future(self.gone.wait())
        await asyncio.wait({drained, left}, return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        if not drained.done():
            drained.cancel()
            raise ConnectionResetError
        drained.result()

    @staticmethod
    def _head(status, content_type, headers, framing):
        lines = [f"HTTP/1.1 {status} Fake", f"content-type: {content_type}", framing]
        lines += [f"{name}: {value}" for name, value in headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def serve(handler, host="127.0.0.1", port=0):
    """Starts a server that awaits handler(exchange) for each request; returns it and its port."""

    async def talk(reader, writer):
        writer.transport.set_write_buffer_limits(high=SEND_BUFFER)
        link = Connection(reader, writer)
        pump = asyncio.ensure_future(link.pump())
        try:
            while request := await next_request(link):
                exchange = Exchange(link, request)
                await handler(exchange)
                if exchange.closing or (request.header("connection") or "").lower() == "close":
                    break
        except (EOFError, OSError):
            pass
        except Exception as wrong:  # bad framing, or a fault of the fake itself: no test may pass over it
            writer.write(b"HTTP/1.1 400 Fake\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            handler.framing_errors.append(repr(wrong))
        finally:
            pump.cancel()
            writer.close()

    listener = socket.create_server((host, port), backlog=256)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    server = await asyncio.start_server(talk, sock=listener)
    return server, listener.getsockname()[1]
