"""A web server that holds files for those who name them by URL, and remembers who came."""

import http.server
import threading
import time

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005"
    "0001a5f645400000000049454e44ae426082")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n\xe2\xe3\xcf\xd3"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20)


class Store:
    """files: path to (status, headers, body); slow ones wait before they answer."""

    def __init__(self):
        self.files = {
            "/a.png": (200, {"content-type": "image/png"}, PNG),
            "/b.pdf": (200, {"content-type": "application/pdf"}, PDF),
            "/c.wav": (200, {"content-type": "audio/wav"}, WAV),
            "/untold": (200, {"content-type": "application/octet-stream"}, PNG),
        }
        self.slow_s = {}
        self.connections, self.seen, self.running, self.most = 0, [], 0, 0
        self._lock, self._awake = threading.Lock(), threading.Event()
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                store.connections += 1
                super().setup()

            def do_GET(self):
                with store._lock:
                    store.seen.append((self.path, dict(self.headers.items())))
                    store.running += 1
                    store.most = max(store.most, store.running)
                try:
                    self.answer()
                except OSError:
                    self.close_connection = True
                finally:
                    with store._lock:
                        store.running -= 1

            def answer(self):
                name = self.path.partition("?")[0]
                status, headers, body = store.files.get(name, (404, {}, b"no such file"))
                until = time.monotonic() + store.slow_s.get(name, 0)
                self.connection.settimeout(0.02)
                while time.monotonic() < until:
                    try:
                        if not self.connection.recv(1):
                            self.close_connection = True
                            return
                    except TimeoutError:
                        pass
                self.connection.settimeout(20)
                self.send_response(status)
                for header, value in headers.items():
                    self.send_header(header, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def paths(self):
        return [path for path, _ in self.seen]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
