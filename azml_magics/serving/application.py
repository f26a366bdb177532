"""gunicorn settings for a local service, put in place of the ones ``azmlinfsrv`` would use."""

import os
import socket
import sys

import gunicorn.app.base
import gunicorn.app.wsgiapp
from _azml_serving import arbiter, warm
from gunicorn.workers.sync import SyncWorker

#: gunicorn's default followed by the request ids the server answered with and the client sent.
ACCESS_LOG_FORMAT = (
    '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" request_id=%({x-request-id}o)s/%({x-request-id}i)s'
)


class ServiceWorker(SyncWorker):
    """A sync worker that takes no further connection once it was told to go."""

    def accept(self, listener):
        if self.alive:
            super().accept(listener)

    def run(self):
        super().run()
        # Leaving the interpreter takes a while with frameworks loaded; a reload need not wait for that.
        arbiter.tell_parent(self, {"stopped": True})


class ServiceApplication(gunicorn.app.wsgiapp.WSGIApplication):
    """The application ``azmlinfsrv`` starts, with the engine's settings on top."""

    def load_config(self):
        super().load_config()
        host = SETTINGS["AZML_BIND_HOST"] or "127.0.0.1"
        addresses = ["{}:{}".format(host, address.rsplit(":", 1)[1]) for address in self.cfg.settings["bind"].get()]
        if SETTINGS["AZML_LISTEN_FD"]:
            # azmlinfsrv puts the scoring port last, after a separate health port; gunicorn does not mix addresses
            # and inherited sockets.
            addresses = [*map(bound_socket, addresses[:-1]), "fd://" + SETTINGS["AZML_LISTEN_FD"]]
        self.cfg.set("bind", addresses)
        self.cfg.set("worker_class", __name__ + "." + ServiceWorker.__name__)  # a name: older gunicorns take no class
        self.cfg.set("access_log_format", ACCESS_LOG_FORMAT)
        self.cfg.set("pre_fork", arbiter.pre_fork)
        self.cfg.set("post_fork", arbiter.post_fork)
        self.cfg.set("post_worker_init", arbiter.post_worker_init)
        if "control_socket_disable" in self.cfg.settings:
            # gunicorn 25 and later share one control socket among all servers of a user.
            self.cfg.set("control_socket_disable", True)


SETTINGS = {}


def bound_socket(address):
    """``fd://N`` for a new socket bound to ``HOST:PORT``."""
    host, port = address.rsplit(":", 1)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    return "fd://{}".format(listener.detach())


def install():
    """Take the engine's variables out of the environment and make ``azmlinfsrv`` use our application and arbiter."""
    for name in (
        "AZML_BIND_HOST",
        "AZML_LIFELINE_FD",
        "AZML_LISTEN_FD",
        "AZML_LISTEN_SOCKET",
        "AZML_CONTROL_DIRECTORY",
        "AZML_NOTIFY_SOCKET",
        "AZML_WARM_IMPORTS",
        "AZML_INSTALL_COMMAND",
        "AZML_INSTALL_TARGET",
        "AZML_INSTALL_OVERLAY",
        "AZML_INSTALL_FIRST",
        "AZML_INSTALL_ENVIRONMENT",
    ):
        SETTINGS[name] = os.environ.pop(name, "")
    arbiter.CONTROL_DIRECTORY = SETTINGS["AZML_CONTROL_DIRECTORY"]
    arbiter.NOTIFY_SOCKET = SETTINGS["AZML_NOTIFY_SOCKET"]
    # Forking with frameworks loaded crashes on macOS, so parents stay cold there.
    warm.ENABLED = SETTINGS["AZML_WARM_IMPORTS"] != "off" and sys.platform != "darwin"
    gunicorn.app.wsgiapp.WSGIApplication = ServiceApplication
    gunicorn.app.base.Arbiter = arbiter.ServiceArbiter
