"""A connection in which both sides speak in turn."""

from __future__ import annotations

from collections.abc import Iterator

from wirewatch.testing import tcp
from wirewatch.testing.packets import ACK, FIN, SYN

CLIENT = "192.0.2.1"
SERVER = "198.51.100.7"


def talk(
    port: int, *pieces: str | bytes, sport: int = 40_001, by_server: bool = False
) -> list[bytes]:
    """The frames of it: `pieces` come from the client and the server by turns."""
    there, back = (CLIENT, sport, SERVER, port), (SERVER, port, CLIENT, sport)
    return list(_frames(there, back, pieces, by_server=by_server))


Way = tuple[str, int, str, int]


def _frames(
    there: Way, back: Way, pieces: tuple[str | bytes, ...], *, by_server: bool
) -> Iterator[bytes]:
    ours, theirs = 1000, 5000
    yield tcp(*there, flags=SYN, seq=ours)
    yield tcp(*back, flags=SYN | ACK, seq=theirs, ack=ours + 1)
    ours, theirs = ours + 1, theirs + 1
    yield tcp(*there, flags=ACK, seq=ours, ack=theirs)
    for number, piece in enumerate(pieces):
        data = piece.encode() if isinstance(piece, str) else piece
        if (number % 2 == 1) != by_server:
            yield tcp(*back, data, seq=theirs, ack=ours)
            theirs += len(data)
        else:
            yield tcp(*there, data, seq=ours, ack=theirs)
            ours += len(data)
    yield tcp(*there, flags=FIN | ACK, seq=ours, ack=theirs)
    yield tcp(*back, flags=FIN | ACK, seq=theirs, ack=ours + 1)
    yield tcp(*there, flags=ACK, seq=ours + 1, ack=theirs + 1)
