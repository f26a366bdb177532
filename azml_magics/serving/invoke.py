"""One request without a server: gunicorn's own worker reads it from a file and writes its answer to another one.

Everything else is as in a service: the real ``azmlinfsrv`` reads the settings, loads the script and calls ``init()``;
only nobody listens. The request and the answer are HTTP as it goes over a wire.
"""

import atexit
import os
import signal
import socket
import sys
import threading

import gunicorn
import gunicorn.app.wsgiapp
from _azml_serving import application
from gunicorn.workers.sync import SyncWorker

REQUEST, RESPONSE = "request.http", "response.http"
#: What the engine waits for before it says how to attach a debugger.
LISTENING = "azml-debug listening on"
BOOT_FAILED = 3
PIECE_BYTES = 65536
#: After so long gunicorn's parent looks again, and kills a worker that did not react.
GRACE_SECONDS = 1.0

SETTINGS = {}


def install():
    """Take the engine's variables out of the environment and make ``azmlinfsrv`` answer one request."""
    for name in ("AZML_INVOKE_DIRECTORY", "AZML_DEBUG_PATH", "AZML_DEBUG_PORT"):
        SETTINGS[name] = os.environ.pop(name, "")
    application.install()
    gunicorn.app.wsgiapp.WSGIApplication = OneRequestApplication


class OneRequestApplication(gunicorn.app.wsgiapp.WSGIApplication):
    """The application ``azmlinfsrv`` starts, with one worker in this very process."""

    def load_config(self):
        super().load_config()
        self.cfg.set("access_log_format", application.ACCESS_LOG_FORMAT)

    def run(self):
        # As the parent of a service's workers does it.
        os.environ["SERVER_SOFTWARE"] = gunicorn.SERVER_SOFTWARE
        log = self.cfg.logger_class(self.cfg)
        worker = OneRequestWorker(1, os.getppid(), [], self, self.cfg.timeout / 2, self.cfg, log)
        worker.pid = os.getpid()
        if SETTINGS["AZML_DEBUG_PATH"]:
            wait_for_debugger()
        try:
            worker.init_process()
        except SystemExit:
            raise
        except Exception:
            log.exception("Exception in worker process")
            leave(BOOT_FAILED if not worker.booted else 1)
        leave(0)


def leave(code):
    """End without waiting for threads of the script, which would go on for ever; what it wants done at exit is done."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class OneRequestWorker(SyncWorker):
    """A worker whose one connection is a pair of sockets."""

    def run(self):
        directory = SETTINGS["AZML_INVOKE_DIRECTORY"]
        ours, theirs = socket.socketpair()
        client = threading.Thread(target=exchange, args=(theirs, directory), daemon=True)
        client.start()
        # As with a service, run() has a time limit and init() has none: gunicorn's parent looks after workers that
        # have begun to serve.
        with TimeLimit(self, 0 if SETTINGS["AZML_DEBUG_PATH"] else self.cfg.timeout):
            self.handle(Listener(), ours, ("127.0.0.1", 0))
        client.join()


class TimeLimit:
    """What gunicorn's parent does about a worker that is silent for too long; 0 seconds mean no limit."""

    def __init__(self, worker, seconds):
        self.worker = worker
        self.over = threading.Event()
        self.timer = threading.Timer(seconds, self.expire) if seconds else None

    def __enter__(self):
        if self.timer:
            self.timer.daemon = True
            self.timer.start()

    def __exit__(self, *_):
        self.over.set()
        if self.timer:
            self.timer.cancel()

    def expire(self):
        self.worker.log.critical("WORKER TIMEOUT (pid:%s)", os.getpid())
        os.kill(os.getpid(), signal.SIGABRT)
        if not self.over.wait(GRACE_SECONDS):
            os.kill(os.getpid(), signal.SIGKILL)


class Listener:
    """What a worker asks its listening socket."""

    def getsockname(self):
        return ("127.0.0.1", int(os.environ.get("SERVER_PORT", "5001")))


def exchange(channel, directory):
    """Send the request, read until the worker closes, and put the answer where the engine finds it whole."""
    with open(os.path.join(directory, REQUEST), "rb") as file:
        request = file.read()
    sender = threading.Thread(target=send, args=(channel, request), daemon=True)
    sender.start()
    path = os.path.join(directory, RESPONSE)
    with open(path + ".part", "wb") as file:
        piece = channel.recv(PIECE_BYTES)
        while piece:
            file.write(piece)
            piece = channel.recv(PIECE_BYTES)
    os.rename(path + ".part", path)


def send(channel, request):
    try:
        channel.sendall(request)
        channel.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it was answered before it was read to its end


def wait_for_debugger():
    """Listen on this machine alone, say where, and go on once a debugger is attached."""
    sys.path.insert(0, SETTINGS["AZML_DEBUG_PATH"])
    try:
        import debugpy
    finally:
        sys.path.remove(SETTINGS["AZML_DEBUG_PATH"])
    host, port = debugpy.listen(("127.0.0.1", int(SETTINGS["AZML_DEBUG_PORT"] or 0)))
    print("{} {}:{}".format(LISTENING, host, port), flush=True)
    debugpy.wait_for_client()
