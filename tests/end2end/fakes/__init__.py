"""Strict stand-ins for the four upstream APIs, on loopback ports, in one thread of their own.

    with Fakes() as fakes:
        fakes.claude.url, fakes.claude.seen, fakes.claude.scripts["mine"] = …

`python -m fakes` runs them in the foreground for a look by hand.
"""

import asyncio
import threading
import time

from . import chat, claude, gemini, http, responses

DIALECTS = ("chat", "responses", "claude", "gemini")


class Fakes:
    def __init__(self):
        self.chat = chat.Chat()
        self.responses = responses.Responses()
        self.claude = claude.Claude()
        self.gemini = gemini.Gemini()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fakes", daemon=True)
        self._ready = threading.Event()

    def __getitem__(self, dialect):
        return getattr(self, dialect)

    def all(self):
        return [self[dialect] for dialect in DIALECTS]

    def reset(self):
        for fake in self.all():
            fake.reset()

    def __enter__(self):
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fakes did not start")
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)  # peers that leave are no news
        for fake in self.all():
            _, fake.port = self._loop.run_until_complete(http.serve(fake))
        self._ready.set()
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()


def wait_until(what, timeout_s=5.0):
    """Waits for what() to be true; returns its value, or what it is when time is up."""
    until = time.monotonic() + timeout_s
    while not (value := what()) and time.monotonic() < until:
        time.sleep(0.01)
    return value
