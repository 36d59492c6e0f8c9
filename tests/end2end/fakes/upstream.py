"""What the four fakes share: record a request, check it, play its script, whole or streamed."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from . import script
from .shape import Wrong

STALL_MAX_S = 60
SEEN_MAX = 5000


class Refused(Exception):
    """The request is not what the API takes; carries the vendor's answer."""

    def __init__(self, status, body, headers=()):
        super().__init__(f"{status} {json.dumps(body)}")
        self.status, self.body, self.headers = status, body, headers


@dataclass
class Seen:
    """One request as it arrived, and how it went."""

    method: str
    target: str
    headers: list
    body: bytes
    key: str = None
    ask: script.Ask = None
    refusal: str = None  # our complaint, when the request was not legal
    answer: bytearray = field(default_factory=bytearray)  # body bytes the peer's socket took
    arrived: float = field(default_factory=time.monotonic)
    left: float = None  # when the peer went away before the end
    finished: float = None

    @property
    def path(self):
        return self.target.split("?", 1)[0]

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def json(self):
        return json.loads(self.body)


class Upstream:
    """A fake of one dialect. Subclasses say how to read a request and how to say a reply.

    keys     what it takes as credentials
    scripts  by the end of the model's name; a test may add its own
    faults   by key: this credential is refused so, whatever it asks
    seen     every request, in order of arrival
    """

    dialect = None
    default_key = None
    framing_errors = ()

    def __init__(self):
        self.keys = {self.default_key}
        self.scripts = dict(script.SCRIPTS)
        self.faults = {}
        self.seen = []
        self.framing_errors = []
        self.port = None
        self._serial = 0

    def reset(self):
        self.keys = {self.default_key}
        self.scripts = dict(script.SCRIPTS)
        self.faults.clear()
        self.seen.clear()
        self.framing_errors.clear()

    # What a dialect says; see chat.py for the shortest of them.

    def authenticate(self, request):
        """The key of a request whose head is in order, or Refused."""
        raise NotImplementedError

    def read(self, request):
        """The Ask in a legal request, or Refused, or Wrong."""
        raise NotImplementedError

    def whole(self, reply, ask):
        """A reply as one JSON object."""
        raise NotImplementedError

    def frames(self, reply, ask):
        """A reply as (is it a delta, bytes) in order."""
        raise NotImplementedError

    def error(self, fault):
        """(status, object) of a refusal."""
        raise NotImplementedError

    def stream_error(self, fault, ask):
        """Bytes that break a stream off."""
        raise NotImplementedError

    def wrong(self, wrong):
        """Refused in the vendor's words for a breach of shape."""
        raise NotImplementedError

    def stream_type(self, ask):
        return "text/event-stream"

    # The course of one request.

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def next_id(self, prefix):
        self._serial += 1
        return f"{prefix}{self._serial:024x}"

    async def __call__(self, exchange):
        request = exchange.request
        seen = Seen(request.method, request.target, request.headers, request.body, answer=exchange.sent)
        if len(self.seen) < SEEN_MAX:
            self.seen.append(seen)
        try:
            await self._course(exchange, seen)
        except OSError:
            seen.left = time.monotonic()
            raise
        finally:
            seen.finished = time.monotonic()

    async def _course(self, exchange, seen):
        try:
            seen.key = self.authenticate(exchange.request)
            if seen.key in self.faults:
                status, body = self.error(self.faults[seen.key])
                raise Refused(status, body, self.faults[seen.key].headers)
            reply = self._understand(exchange.request, seen)
        except Refused as refused:
            seen.refusal = str(refused)
            await exchange.answer(refused.status, refused.body, headers=refused.headers)
            return
        await self._pause(exchange, reply.delay_s)
        if reply.raw is not None:
            await exchange.answer(200, reply.raw, reply.raw_type)
        elif seen.ask.stream:
            await self._stream(exchange, reply, seen.ask)
        else:
            await self._answer(exchange, reply, seen.ask)

    def _understand(self, request, seen):
        """The reply to give; raises Refused when the request or the script says so."""
        try:
            seen.ask = self.read(request)
        except Wrong as wrong:
            raise self.wrong(wrong) from wrong
        if isinstance(seen.ask, dict):  # an operation that answers at once, such as counting
            return script.Reply(raw=json.dumps(seen.ask).encode())
        reply = script.played(seen.ask, self.scripts)
        if reply is None:
            status, body = self.error(script.Fault(404, "not_found", f"model {seen.ask.model}"))
            raise Refused(status, body)
        if reply.fault and reply.after is None:
            status, body = self.error(reply.fault)
            raise Refused(status, body, reply.fault.headers)
        return reply

    async def _answer(self, exchange, reply, ask):
        if reply.then in ("cut", "stall", "close"):  # there is no middle of a whole answer
            exchange.cut()
            return
        if reply.then == "error":
            status, body = self.error(reply.fault)
            await exchange.answer(status, body, headers=reply.fault.headers)
            return
        body = self.whole(reply, ask)
        if reply.extra:
            body = {**body, "x_unheard_of": {"b": [1.50, 12345678901234567890], "a": None}}
            body = json.dumps(body, indent=1).encode()
        await exchange.answer(200, body)

    async def _stream(self, exchange, reply, ask):
        await exchange.begin(200, self.stream_type(ask))
        deltas = 0
        for is_delta, data in self.frames(reply, ask):
            if is_delta:
                if deltas == reply.after:
                    return await self._break(exchange, reply, ask)
                deltas += 1
                await self._pause(exchange, reply.pause_s)
            await exchange.write(data)
        await exchange.end()

    async def _break(self, exchange, reply, ask):
        if reply.then == "error":
            await exchange.write(self.stream_error(reply.fault, ask))
            await exchange.end()
        elif reply.then == "close":
            await exchange.end()
        elif reply.then == "stall":
            await self._pause(exchange, STALL_MAX_S)
            exchange.cut()
        else:
            exchange.cut()

    @staticmethod
    async def _pause(exchange, seconds):
        if not seconds:
            return
        try:
            await asyncio.wait_for(exchange.gone.wait(), seconds)
        except asyncio.TimeoutError:
            return
        raise ConnectionResetError


def body_of(request, content_types=("application/json",)):
    """The JSON object in a request's body; Wrong when there is none."""
    kind = (request.header("content-type") or "").split(";")[0].strip().lower()
    if kind not in content_types:
        raise Wrong("head", ("content-type",), f"unsupported content type '{kind}'")
    try:
        return json.loads(request.body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError) as cause:
        raise Wrong("json", (), f"body is not JSON: {cause}") from cause


def bearer_of(request):
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    return key if scheme == "Bearer" and key else None


def data_frame(event):
    return b"data: " + json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"


def named_frame(event):
    return b"event: " + event["type"].encode() + b"\n" + data_frame(event)
