"""``Lifeline``: ties a service that starts to whoever starts it, until that one has written down that it runs.

A process that is killed cleans up nothing. The service (``serving/lifeline.py``) inherits the read end of a pipe and
asks the system to kill its whole process group when nobody has the write end any more.
"""

from __future__ import annotations

import fcntl
import os
from types import TracebackType


class Lifeline:
    """A pipe that only we can write to: it breaks at the end of the block, or of our process, however that ends.

    ``descriptor`` is the read end, for ``pass_fds`` of the service.
    """

    def __enter__(self) -> Lifeline:
        self.descriptor, self._ours = os.pipe()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._ours)
        os.close(self.descriptor)

    def let_go(self) -> None:
        """From here on the service lives on without us.

        It is told nothing: what it asked of the system belongs to the pipe end that we share with it, and ends here.
        """
        flags = fcntl.fcntl(self.descriptor, fcntl.F_GETFL)
        fcntl.fcntl(self.descriptor, fcntl.F_SETFL, flags & ~os.O_ASYNC)
