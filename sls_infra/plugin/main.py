"""`pulumi-resource-sls`: started by the engine, which reads a port from its stdout and then speaks gRPC to it.

It ends when it is told to, and when its stdin does: the engine holds the other end, and may have been killed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .kinds import Kinds
from .progress import Progress
from .service import Service

THREADS = 32
"""Operations at once."""
MAX_MESSAGE = 400 * 1024 * 1024
"""Bytes of a message: what Pulumi's own plugins take."""
WAKE = 0.2
"""Seconds after which a signal is acted upon, at the latest."""
GRACE = 1.0
"""Seconds in which answers that are on their way may still leave."""


def serve(stop: threading.Event, engine: str = "") -> None:
    """Say the port, then answer until `stop` is set. Progress is told to the engine at that address."""
    options = [("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=options)
    cancelled = threading.Event()  # plugins have a process group of their own: no Ctrl-C reaches them
    service = Service(Kinds(Progress(engine), cancelled), cancelled)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while not stop.wait(WAKE):
        pass  # a signal that reaches another thread does not wake this one, which alone runs its handler
    server.stop(GRACE).wait()


def main() -> int:
    """Serve one engine: its address is the first argument; the others, of verbosity, are not needed."""
    os.umask(0o077)  # functions' environments are in files, and a folder's mode does not reach its parents
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_wait_for_end_of_stdin, args=(stop,), daemon=True).start()
    serve(stop, next((word for word in sys.argv[1:] if not word.startswith("-")), ""))
    sys.stdout.flush()
    sys.stderr.flush()
    # Not by sys.exit, which waits for operations in progress: whoever asked for them has gone, and their next `up`
    # recovers what they leave.
    os._exit(0)


def _wait_for_end_of_stdin(stop: threading.Event) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass  # no stdin at all
    stop.set()
