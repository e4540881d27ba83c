"""Attempts to reach anything by network."""

from muster.sandbox.escapes.attempt import Attempt

ATTEMPTS = (
    Attempt(
        "network: internet",
        "connect to an address on the internet, by TCP and UDP, and look up a name",
        """
attempt("tcp", lambda: socket.create_connection(("1.1.1.1", 53), 2))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53)))
attempt("name", lambda: socket.getaddrinfo("example.com", 80))
""",
    ),
    Attempt(
        "network: this machine",
        "connect to a server on 127.0.0.1 and ::1, as Postgres is",
        """
attempt("ipv4", lambda: socket.create_connection(("127.0.0.1", port), 2))
attempt("ipv6", lambda: socket.create_connection(("::1", port), 2))
""",
    ),
    Attempt(
        "network: unix sockets",
        "connect to a server by a socket file and by an abstract name",
        """
def to(address):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(address)
    peer.send(b"x")
attempt("file", lambda: to(unix_path))
attempt("abstract", lambda: to("\\0" + abstract_name))
""",
    ),
    Attempt(
        "network: other families",
        "open raw, packet, netlink, vsock and crypto sockets",
        """
for name, family, kind in (("raw", socket.AF_INET, socket.SOCK_RAW), ("packet", 17, socket.SOCK_RAW),
                           ("netlink", 16, socket.SOCK_RAW), ("vsock", 40, socket.SOCK_STREAM),
                           ("crypto", 38, socket.SOCK_SEQPACKET)):
    attempt(name, lambda family=family, kind=kind: socket.socket(family, kind))
""",
    ),
)
