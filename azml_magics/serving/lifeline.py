"""The pipe by which a service that starts hangs on whoever starts it: when it breaks, everything here is killed.

The system does it, at any moment and through every ``exec``: no thread, which a fork would lose and warm imports would
forbid. Whoever started us withdraws the wish, through the same open pipe end, once the service is written down. Linux
alone can send the signal that no program ignores.
"""

import fcntl
import os
import select
import signal


def hang_on(descriptor):
    """Be killed, with our process group, when the last write end of the pipe ``descriptor`` is closed."""
    if not hasattr(fcntl, "F_SETSIG"):
        return
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    # It may have broken before the system was asked.
    poll = select.poll()
    poll.register(descriptor, 0)
    if poll.poll(0):
        os.killpg(os.getpgrp(), signal.SIGKILL)
