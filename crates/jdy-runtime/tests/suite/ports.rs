//! Ports that nobody else is given.

use tokio::net::TcpSocket;

/// A loopback port that is bound and not listened to. Whoever connects to it is refused. While the
/// socket is held, the system gives the port to nobody who asks for a free one; on Linux, a server that
/// names it, and allows reuse, can listen on it.
pub fn reserved_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}
