"""A sandbox for one test: started, driven over its own calls, stopped."""

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request


class Sandbox:
    """Runs `saoma sandbox` on a free port and a fresh folder."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="saoma-peers-")
        command = [os.environ["SAOMA_BIN"], "sandbox", "--listen", "127.0.0.1:0", "--state", self.folder.name]
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        prefix = "sandbox listening on "
        if not line.startswith(prefix):
            self.log.seek(0)
            raise RuntimeError(f"the sandbox did not start: {line!r} {self.log.read()}")
        self.base_url = line[len(prefix):].strip()
        with open(os.path.join(self.folder.name, "sandbox.json")) as file:
            self.told = json.load(file)
        return self

    def __exit__(self, *_):
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        self.stopped_after_seconds = time.monotonic() - start
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()

    def post(self, path, body):
        """One of the sandbox's own calls."""
        request = urllib.request.Request(
            self.base_url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.load(answer)
