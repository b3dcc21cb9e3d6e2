"""A server under test: a process of its own, with a configuration of its own."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

WORK = Path(os.environ["CLIENTS_WORK"])
PROGRAM = os.environ["NATS_SERVER"]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """Runs as long as the `with` block does; can be started again on its port."""

    def __init__(self, config="server_name: plain"):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory(dir=WORK)
        self.config = Path(self.folder.name, "server.conf")
        store = Path(self.folder.name, "store")
        self.config.write_text(config.replace("STORE", str(store)))
        self.log = Path(self.folder.name, "server.log")
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    @property
    def url(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        options = ["-a", "127.0.0.1", "-p", str(self.port), "-c", str(self.config)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([PROGRAM, *options], stderr=log)
        deadline = time.monotonic() + 20
        while "Server is ready" not in self.log.read_text():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"no server:\n{self.log.read_text()}")
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        assert code in (0, 1), f"the server ended with {code}:\n{self.log.read_text()}"


async def ignore(_):
    """An error that a check provokes need not be told."""


JETSTREAM = 'jetstream { store_dir: "STORE" }'


async def restart(server, nc):
    """The server comes back with what it had, and the client with it."""
    async with asyncio.timeout(20):
        server.stop()
        while nc.is_connected:
            await asyncio.sleep(0.02)
        server.start()
        while not nc.is_connected:
            await asyncio.sleep(0.02)


async def until(what, condition):
    """Waits until a condition holds, which is asked with a coroutine."""
    deadline = time.monotonic() + 20
    while not await condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.02)
