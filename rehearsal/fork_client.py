"""Stands in the place of `python3` in a rehearsal: has `forks` start the process, and waits for its end.

Started for each of them, so it imports next to nothing. What `forks` does not know is run as usual.
"""

import json
import os
import socket
import sys

REAL = "REHEARSAL_PYTHON"
SOCKET = "REHEARSAL_FORKS"
KNOWN = ("rehearsal.standin", "pulumi-language-python-exec")
"""Ends of what `forks` starts: stand-ins, and the script by which Pulumi's language host runs programs."""


def main(arguments: list[str]) -> int:
    """Run `python3` with these arguments; its exit code.

    Args:
        arguments: behind the program's name.
    """
    place = os.environ.get(SOCKET)
    what = [each for each in arguments[:2] if each not in {"-m", "-u"}]
    if not place or not what or not what[0].endswith(KNOWN):
        os.execv(os.environ[REAL], [os.environ[REAL], *arguments])  # noqa: S606 - the same, as it would be
    folder = os.getcwd()  # noqa: PTH109 - importing pathlib takes longer than all the rest
    # What is a module's name has no slash in it.
    wanted = [each for each in arguments if each not in {"-m", "-u"}]
    request = {"arguments": wanted, "folder": folder, "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        text = json.dumps(request).encode()
        socket.send_fds(connection, [len(text).to_bytes(4, "big")], [0, 1, 2])
        connection.sendall(text)
        answer = connection.recv(1)
    if not answer:
        sys.exit("the process that rehearsals are forked from ended before this one")
    return answer[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
