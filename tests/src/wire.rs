//! The wire between a server and a part that it depends on: whole, cut, slow or silent, as a test wants it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch::{self, Receiver, Sender};

/// How the wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// As if it were not there.
    Whole,
    /// Connections are closed, and new ones as soon as they are made.
    Cut,
    /// Everything takes so long, in each direction.
    Slow(Duration),
    /// Nothing is closed, and nothing arrives.
    Silent,
}

/// Where it leads.
#[derive(Clone, Debug)]
pub enum End {
    /// To an address.
    Tcp(SocketAddr),
    /// To a socket in the file system.
    Unix(PathBuf),
}

/// A wire.
pub struct Wire {
    address: SocketAddr,
    condition: Sender<Condition>,
}

impl Wire {
    /// A whole one. It is there as long as the test's runtime.
    pub async fn to(end: End) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let (condition, seen) = watch::channel(Condition::Whole);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, end.clone(), seen.clone()));
            }
        });
        Self { address, condition }
    }

    /// Where its near end listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it so.
    pub fn becomes(&self, condition: Condition) {
        self.condition.send_replace(condition);
    }
}

async fn connect(near: TcpStream, end: End, seen: Receiver<Condition>) {
    if *seen.borrow() == Condition::Cut {
        return;
    }
    let _ = near.set_nodelay(true);
    match end {
        End::Tcp(address) => {
            let Ok(far) = TcpStream::connect(address).await else { return };
            let _ = far.set_nodelay(true);
            carry(near, far, seen).await;
        }
        End::Unix(path) => {
            let Ok(far) = UnixStream::connect(path).await else { return };
            carry(near, far, seen).await;
        }
    }
}

/// Both directions, until either ends or the wire is cut.
async fn carry(near: TcpStream, far: impl AsyncRead + AsyncWrite, mut seen: Receiver<Condition>) {
    let (near_read, near_write) = io::split(near);
    let (far_read, far_write) = io::split(far);
    tokio::select! {
        () = one_way(near_read, far_write, seen.clone()) => {}
        () = one_way(far_read, near_write, seen.clone()) => {}
        _ = seen.wait_for(|condition| *condition == Condition::Cut) => {}
    }
}

async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut seen: Receiver<Condition>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let condition = *seen.borrow();
        match condition {
            Condition::Slow(delay) => tokio::time::sleep(delay).await,
            Condition::Silent => {
                if seen.wait_for(|condition| *condition != Condition::Silent).await.is_err() {
                    return;
                }
            }
            Condition::Whole | Condition::Cut => {}
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
