"""Serves the page's files with answers that a test scripts: states that a real server only gets
into by accident, and streams that stop where a test wants to look."""

import http.server
import json
import os
import threading
import urllib.parse

CONTENT_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
                 ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Stream:
    """The body of a streamed answer."""

    def __init__(self, handler):
        self._handler = handler
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()

    def raw(self, data):
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def event(self, name, value):
        self.raw(f"event: {name}\ndata: {json.dumps(value)}\n\n".encode())


class ScriptedServer:
    """`on_ask`, `on_search` and `on_document` take (request, call) and answer with call.json(),
    call.error() or, for ask, call.stream(). Each request runs in a thread of its own."""

    def __init__(self, page_dir, units_dir):
        self.on_ask = self.on_search = self.on_document = None
        self.asked = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def raw(self, status, content_type, body):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", "default-src 'self'")
                self.end_headers()
                self.wfile.write(body)

            def json(self, value, status=200):
                self.raw(status, "application/json", json.dumps(value).encode())

            def error(self, status, code, message, trace_id="00c0ffee00c0ffee00c0ffee00c0ffee"):
                self.json({"error": {"code": code, "message": message, "trace_id": trace_id}},
                          status)

            def stream(self):
                return Stream(self)

            def do_GET(self):
                url = urllib.parse.urlparse(self.path)
                if url.path == "/v1/document":
                    query = {k: v[0] for k, v in urllib.parse.parse_qs(
                        url.query, keep_blank_values=True).items()}
                    server.on_document(query, self)
                    return
                root = page_dir
                path = "/index.html" if url.path == "/" else url.path
                if path.startswith("/units/"):
                    root, path = units_dir, path[len("/units"):]
                try:
                    with open(root + path, "rb") as file:
                        body = file.read()
                except OSError:
                    self.error(404, "NOT_FOUND", f"there is no {path}")
                    return
                self.raw(200, CONTENT_TYPES[os.path.splitext(path)[1]], body)

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/v1/ask":
                    server.asked.append((request, dict(self.headers)))
                    server.on_ask(request, self)
                else:
                    server.on_search(request, self)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # a browser that went away, which tests do on purpose

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
