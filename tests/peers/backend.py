"""A merchant backend for one test: configured for a sandbox's play merchants, started, stopped."""

import json
import os
import signal
import subprocess

BODY_BYTES_MAX = 70_000


class Backend:
    """Runs `saoma serve` on a free port, and keeps its state in the sandbox's folder."""

    def __init__(self, sandbox, requests_per_minute=600, role="manager", code_pay=False):
        self.sandbox = sandbox
        self.requests_per_minute = requests_per_minute
        self.role = role
        self.code_pay = code_pay
        self.folder = os.path.join(sandbox.folder.name, "backend")
        os.mkdir(self.folder)
        self.config = self._write("saoma.toml", self._configuration())

    def __enter__(self):
        self.log = open(os.path.join(self.folder, "log"), "w+")
        command = [os.environ["SAOMA_BIN"], "--json", "serve", "--config", self.config, "--pairing", "shop-1/main",
                   "--role", self.role]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.base_url = self._told("listening")
        self.pairing_link = self._told("pairing_link")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        """Asks it to end, and gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def revoke(self, device):
        """Revokes a device from outside, while the backend runs."""
        command = [os.environ["SAOMA_BIN"], "serve", "--config", self.config, "--revoke", device]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=self.log, timeout=20)

    def admin(self, *command):
        """What is done on the backend's own machine while it runs."""
        command = [os.environ["SAOMA_BIN"], "admin", "--config", self.config, "--merchant", "shop-1", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=self.log, timeout=60)

    def _told(self, name):
        line = self.process.stdout.readline()
        told = json.loads(line) if line else {}
        if name not in told:
            self.process.kill()
            self.log.seek(0)
            raise RuntimeError(f"the backend did not say its {name}: {line!r} {self.log.read()}")
        return told[name]

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)
        return path

    def _configuration(self):
        """As `saoma serve --init` explains it. A JSON text is a TOML text too."""
        lines = ['listen = "127.0.0.1:0"', 'state_dir = "."', "[limits]", f"body_bytes_max = {BODY_BYTES_MAX}",
                 f"requests_per_minute = {self.requests_per_minute}"]
        platform = self.sandbox.told["platform"]
        for number, merchant in enumerate(self.sandbox.told["merchants"][:2], 1):
            account = {
                "mchid": merchant["mchid"],
                "appid": merchant["appid"],
                "serial_no": merchant["certificate_serial_no"],
                "private_key_file": self._write(f"{number}.pem", merchant["private_key_pem"]),
                "api_v3_key_file": self._write(f"{number}.key", merchant["api_v3_key"]),
                "base_url": self.sandbox.base_url,
                "code_pay": self.code_pay,
            }
            if merchant["verify_with"] == "public_key":
                account["public_key_id"] = platform["public_key_id"]
                account["public_key_file"] = self._write("platform.pem", platform["public_key_pem"])
            lines += ["[[merchants]]", f'id = "shop-{number}"', f'name = "Shop {number}"', 'account = "test"']
            lines += ["[[merchants.stores]]", 'id = "main"', 'name = "Main street"']
            lines += ["[[merchants.stores]]", 'id = "south"', 'name = "South gate"']
            lines += ["[merchants.wechatpay]"] + [f"{name} = {json.dumps(value)}" for name, value in account.items()]
        return "\n".join(lines) + "\n"
