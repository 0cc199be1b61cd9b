"""A port that stays a test's own while nobody listens there."""

import socket


def keep_port():
    """A socket that is bound and never listens: connections are refused, and nobody else is given its port. Who asks to
    share it (SO_REUSEADDR) can listen there."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    return keeper
