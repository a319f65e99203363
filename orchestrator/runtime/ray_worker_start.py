"""Stands in for Ray's worker script: hands what a worker is started with to the template, which forks one at once.

Promises that a worker starts in any case, once: where no template answers in time, or Ray's job is not the one that the
template was loaded for, this process becomes Ray's usual worker. Started by a raylet; a plain script, so that nothing
is loaded.
"""

import array
import os
import socket
import sys

#: Where the template listens, and Ray's own worker script.
TEMPLATE_ENV, SCRIPT_ENV = "MUSTER_RAY_TEMPLATE", "MUSTER_RAY_WORKER"
JOB_ENV = "RAY_JOB_ID"
#: Of a Ray that was just started, in Ray's notation: its first driver's job, and that of workers kept for any.
FIRST_JOB, NO_JOB = "01000000", "ffffffff"
#: Bytes of the length that goes ahead of the message, and what stands between its words: how many arguments there are,
#: the arguments, the environment.
LENGTH_BYTES, BETWEEN = 4, b"\0"
FILES = (0, 1, 2)
#: The template says that it would fork, this process that it shall; then nobody else starts the worker.
OFFERED, WANTED = b"1", b"2"
#: Who hangs makes no offer: so long is it waited for.
OFFER_S = 3.0


def handed_over(arguments: list[str]) -> bool:
    """Whether the template has made the worker."""
    if os.environ.get(JOB_ENV) not in (FIRST_JOB, NO_JOB):
        return False
    words = [b"%d" % len(arguments), *map(os.fsencode, arguments)]
    message = BETWEEN.join([*words, *(name + b"=" + value for name, value in os.environb.items())])
    files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", FILES))]
    try:
        with socket.socket(socket.AF_UNIX) as template:
            template.settimeout(OFFER_S)
            template.connect(os.environ[TEMPLATE_ENV])
            template.sendmsg([len(message).to_bytes(LENGTH_BYTES, "big")], files)
            template.sendall(message)
            if template.recv(1) != OFFERED:
                return False
            template.sendall(WANTED)
            template.settimeout(None)  # from here a worker may be there, and must not be there twice
            return template.recv(1) != b""
    except (OSError, KeyError):
        return False


if __name__ == "__main__":
    if not handed_over(sys.argv[1:]):
        os.execv(sys.executable, [sys.executable, os.environ[SCRIPT_ENV], *sys.argv[1:]])
