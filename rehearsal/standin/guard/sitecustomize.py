"""Python reads this before anything else: no process of a rehearsal may speak to another machine.

Loopback is how the engine, the program and the plugins speak to each other; everything else raises, and so
does loading an AWS SDK.
"""

import sys

_ALLOWED = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - a comparison, nothing is bound
_SDKS = ("boto3", "botocore", "aiobotocore")


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(_ALLOWED):
            raise PermissionError(f"a rehearsal reaches no other machine, and {address} is one")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if host and not str(host).startswith(_ALLOWED):
            raise PermissionError(f"a rehearsal looks up no other machine, and {host!r} is one")
    elif event == "import" and str(arguments[0]).partition(".")[0] in _SDKS:
        raise PermissionError(f"a rehearsal needs no AWS SDK, and {arguments[0]} is part of one")


sys.addaudithook(_refuse)
