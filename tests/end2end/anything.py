"""An upstream that takes every request and answers the bytes it was given, in random pieces."""

import asyncio
import random
import threading

import hostile
from fakes import http


SECTIONS = {"responses": "codex-api-key", "claude": "claude-api-key", "gemini": "gemini-api-key"}
# Under an alias the name is spliced; a model called by its own name is not.
NAMES = {"asked": "served/by.upstream-1", "plain": "plain"}


def relay_config(port):
    """Configuration sections: the upstream as a provider of each dialect, with <dialect>-<alias> of NAMES."""
    url = f"http://127.0.0.1:{port}"

    def models(dialect):
        return [{"name": name, "alias": f"{dialect}-{alias}"} if alias != name else {"name": f"{dialect}-{name}"}
                for alias, name in NAMES.items()]

    out = {section: [{"api-key": "k", "base-url": url, "models": models(d)}] for d, section in SECTIONS.items()}
    out["openai-compatibility"] = [{
        "name": "any", "base-url": url + "/v1", "api-key-entries": [{"api-key": "k"}], "models": models("chat")}]
    return out


class Anything:
    """An upstream that takes every request and answers what it is told to."""

    def __init__(self):
        self.framing_errors, self.seen, self.headers = [], [], []
        self.reply, self.type, self.cuts = b"{}", "application/json", random.Random(0)
        self.as_new()
        self._loop, self._ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def as_new(self):
        self.seen.clear()
        self.headers.clear()
        self.status, self.more = 200, ()
        self.breaks = self.stays = False  # after the last byte: drop the connection, or say no more
        self.at_once = False  # the bytes of a stream come in one piece
        self.turns = None  # a semaphore: each event waits for it, and goes out as one piece
        self.left = threading.Event()  # the peer went while we stayed

    async def __call__(self, exchange):
        self.seen.append((exchange.request.target, exchange.request.body))
        self.headers.append(exchange.request.headers)
        if self.type != "text/event-stream":
            await exchange.answer(self.status, self.reply, self.type, self.more)
            return
        await exchange.begin(self.status, self.type, self.more)
        for piece in self._pieces():
            if self.turns:
                await asyncio.get_running_loop().run_in_executor(None, self.turns.acquire)
            await exchange.write(piece)
        if self.stays:
            await asyncio.wait_for(exchange.gone.wait(), 30)
            self.left.set()
        elif self.breaks:
            exchange.cut()
        else:
            await exchange.end()

    def _pieces(self):
        if self.at_once:
            return [self.reply]
        if self.turns:
            return [event + b"\n\n" for event in self.reply.split(b"\n\n") if event]
        return hostile.pieces(self.reply, self.cuts)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        _, self.port = self._loop.run_until_complete(http.serve(self))
        self._ready.set()
        self._loop.run_forever()

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
