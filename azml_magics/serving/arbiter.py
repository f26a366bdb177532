"""gunicorn's arbiter with a reload that never takes a working service down.

On SIGHUP gunicorn replaces its workers at once, and stops altogether when a new one fails to boot. Here one new worker
is tried first; only when it and its siblings have finished ``init()`` are the old ones told to go, each after the
request it is answering.
"""

import json
import os
import select
import signal
import sys

from _azml_serving import notify, warm
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

CONTROL_DIRECTORY = ""
NOTIFY_SOCKET = ""

#: How long a reload waits for old workers that are idle to be gone; one that still answers a request is not waited for.
DRAIN_SECONDS = 0.25

#: POSIX promises that a pipe takes at least this much.
PIECE_BYTES = 4096


def pre_fork(server, worker):
    worker.news = os.pipe()
    worker.unread_news = b""


def post_fork(server, worker):
    os.close(worker.news[0])
    worker.inherited_modules = set(sys.modules)
    if server.cfg.preload_app and (server.reloading is not None or server.reloaded):
        forget_application(server.app)


def post_worker_init(worker):
    """In a worker whose ``init()`` has succeeded: tell the parent, together with what it has loaded."""
    tell_parent(worker, {"ready": warm.learn(os.environ["AML_APP_ROOT"], worker.inherited_modules)})


def tell_parent(worker, news):
    """Send one line of JSON to the parent, waking it for every piece so that a long list cannot fill the pipe."""
    if os.getppid() != worker.ppid:
        return  # nobody left to tell
    line = json.dumps(news).encode() + b"\n"
    for start in range(0, len(line), PIECE_BYTES):
        os.write(worker.news[1], line[start : start + PIECE_BYTES])
        os.kill(worker.ppid, signal.SIGCHLD)


def forget_application(app):
    """Make a forked worker load the application itself: with WORKER_PRELOAD the parent holds the old script."""
    app.callable = None
    for name in list(sys.modules):
        if name.startswith(("azureml_inference_server_http.server", "azureml_inference_server_http.api")):
            del sys.modules[name]


def reload_requester():
    """The notify socket of whoever asked for the reload; empty for a bare ``kill -HUP``."""
    try:
        with open(os.path.join(CONTROL_DIRECTORY, "reload.json")) as file:
            return json.load(file)["notify"]
    except FileNotFoundError:
        return ""


def is_child(pid):
    """Whether ``pid`` is a child that still runs."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


class Reload:
    """One reload in progress: workers being tried, workers to be replaced, who wants to know."""

    def __init__(self, old, notify_socket):
        self.old = old
        self.notify_socket = notify_socket
        self.candidates = set()
        self.draining = False


class ServiceArbiter(Arbiter):
    def __init__(self, app):
        self.reloading = None
        self.reload_again = False
        self.reloaded = False
        self.ready = set()
        self.stopped = set()
        self.announced = False
        self.cold_modules = []
        super().__init__(app)

    # workers ----------------------------------------------------------------------------------------------------------

    def spawn_worker(self):
        pid = super().spawn_worker()
        os.close(self.WORKERS[pid].news[1])
        return pid

    def manage_workers(self):
        """During a reload there are more workers than wanted, on purpose; between signals, warm the parent."""
        self.read_news()
        if self.reloading is None:
            super().manage_workers()
        else:
            self.continue_reload()
        while self.cold_modules and not self.signal_pending():
            warm.load(self.cold_modules.pop(0))
            if not self.cold_modules:
                warm.settle()

    def signal_pending(self):
        queue = self.SIG_QUEUE
        return not queue.empty() if hasattr(queue, "empty") else bool(queue)

    def read_news(self):
        """Take what workers have written; they wake the main loop with SIGCHLD, the signal gunicorn does not log."""
        readable = {worker.news[0]: pid for pid, worker in self.WORKERS.items() if worker.news}
        for descriptor in select.select(list(readable), [], [], 0)[0]:
            pid = readable[descriptor]
            worker = self.WORKERS[pid]
            piece = os.read(descriptor, 65536)
            if not piece:
                self.close_news(worker)
            *lines, worker.unread_news = (worker.unread_news + piece).split(b"\n")
            for line in lines:
                self.take_news(pid, json.loads(line))

    def take_news(self, pid, news):
        if "stopped" in news:
            self.stopped.add(pid)
            return
        self.ready.add(pid)
        self.cold_modules = [name for name in news["ready"] if name not in sys.modules]
        if self.reloading is None and not self.announced and len(self.ready) >= self.num_workers:
            self.announced = True
            notify.send(NOTIFY_SOCKET, state="ready", pid=self.pid, workers=len(self.ready))

    def close_news(self, worker):
        if worker.news:
            os.close(worker.news[0])
            worker.news = None

    def reap_workers(self):
        before = dict(self.WORKERS)
        while True:
            try:
                super().reap_workers()
            except HaltServer as halt:
                if not self.drop_failed_candidate():
                    raise
                self.log.error("%s The former script keeps serving.", halt.reason)
                continue
            break
        for pid in set(before) - set(self.WORKERS):
            self.forget_worker(pid, before[pid])

    def drop_failed_candidate(self):
        """Whether the worker that failed to boot was only being tried; older gunicorns leave it in ``WORKERS``."""
        if self.reloading is None:
            return False
        failed = [pid for pid in self.reloading.candidates if pid not in self.WORKERS or not is_child(pid)]
        for pid in failed:
            worker = self.WORKERS.pop(pid, None)
            if worker is not None:
                worker.tmp.close()
        return bool(failed)

    def forget_worker(self, pid, worker):
        self.ready.discard(pid)
        self.stopped.discard(pid)
        self.close_news(worker)

    # reload -----------------------------------------------------------------------------------------------------------

    def handle_hup(self):
        if self.reloading is not None:
            self.reload_again = True
            return
        self.log.info("Reloading: trying a new worker")
        self.reloading = Reload(set(self.WORKERS), reload_requester())
        self.reloading.candidates.add(self.spawn_worker())

    def continue_reload(self):
        reload = self.reloading
        if reload is None:
            return
        if reload.draining:
            if not self.serving_old_workers():
                self.finish_reload(state="ready")
        elif not reload.candidates <= set(self.WORKERS):
            self.drop_candidates()
            self.finish_reload(state="failed")
        elif reload.candidates <= self.ready:
            if len(reload.candidates) < self.num_workers:
                for _ in range(self.num_workers - len(reload.candidates)):
                    reload.candidates.add(self.spawn_worker())
            else:
                self.drain(reload)

    def drain(self, reload):
        reload.draining = True
        for pid in reload.old & set(self.WORKERS):
            self.kill_worker(pid, signal.SIGTERM)
        if not self.serving_old_workers():
            self.finish_reload(state="ready")
            return
        signal.signal(signal.SIGALRM, lambda number, frame: self.signal(signal.SIGUSR2, frame))
        signal.setitimer(signal.ITIMER_REAL, DRAIN_SECONDS)

    def serving_old_workers(self):
        """Old workers that may still take or answer a request."""
        return self.reloading.old & set(self.WORKERS) - self.stopped

    def drop_candidates(self):
        """End the workers that were tried: those that serve already after their request, the others at once.

        A gentler signal would raise in the script's ``init()``, and its failure there would end the whole server.
        """
        for pid in self.reloading.candidates & set(self.WORKERS):
            self.kill_worker(pid, signal.SIGTERM if pid in self.ready else signal.SIGKILL)

    def handle_usr2(self):
        """Replaces what gunicorn does on USR2: the time of a reload is over, whether it drains or still tries.

        While it drains, what is left answers its last request; before that, the engine has given up waiting.
        """
        if self.reloading is None:
            return
        if self.reloading.draining:
            self.finish_reload(state="ready", busy=len(self.serving_old_workers()))
        else:
            self.log.warning("Reload given up")
            self.drop_candidates()
            self.finish_reload(state="failed", given_up=True)

    def finish_reload(self, **news):
        signal.setitimer(signal.ITIMER_REAL, 0)
        reload, self.reloading = self.reloading, None
        self.reloaded = self.reloaded or news["state"] == "ready"
        self.log.info("Reload %s", "failed" if news["state"] == "failed" else "done")
        notify.send(reload.notify_socket, **news)
        if self.reload_again:
            self.reload_again = False
            self.handle_hup()
