//! Connections as they are opened: how many one address holds, and that one is closed whose client reads nothing.

use std::{
    any::Any,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{dev::Extensions, rt::net::TcpStream};
use adx_registry_core::rates::counted_as;

use super::{forwarded::Believed, problem::chain};
use crate::config::Server;

/// What is done with each connection.
pub(super) struct Connections {
    unread_for: Duration,
    most: usize,
    believed: Believed,
    held: Mutex<HashMap<IpAddr, usize>>,
}

impl Connections {
    /// As the configuration says.
    pub(super) fn new(server: &Server) -> Arc<Self> {
        Arc::new(Self {
            unread_for: server.write_timeout.0,
            most: server.max_connections_per_address,
            believed: Believed::of(server),
            held: Mutex::default(),
        })
    }

    /// Closes a connection of an address that holds too many, and has the system close one that stays unread.
    pub(super) fn opened(self: &Arc<Self>, connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
        close_when_unread(stream, self.unread_for);
        let Ok(peer) = stream.peer_addr() else { return };
        match self.hold(peer.ip()) {
            // Counted until the server has done with the connection.
            Some(held) => drop(data.insert(held)),
            // There is nobody to tell: no request was read yet.
            None => drop(rustix::net::shutdown(stream, rustix::net::Shutdown::Both)),
        }
    }

    /// One connection more of an address, unless it holds too many. A proxy's are those of its callers, whom it counts by itself.
    fn hold(self: &Arc<Self>, peer: IpAddr) -> Option<Held> {
        let most = if self.believed.is_proxy(Some(peer)) { 0 } else { self.most };
        let address = counted_as(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if most > 0 && *count >= most {
            return None;
        }
        *count += 1;
        Some(Held { of: Arc::clone(self), address })
    }
}

/// A connection that is counted.
struct Held {
    of: Arc<Connections>,
    address: IpAddr,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

/// Has the system close a connection whose client reads nothing for so long: the server itself waits for as long as the client likes.
/// Source: tcp(7), `TCP_USER_TIMEOUT`; it holds for a window that stays closed as well.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "there is no such option"))]
fn close_when_unread(stream: &TcpStream, after: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) =
        rustix::net::sockopt::set_tcp_user_timeout(stream, u32::try_from(after.as_millis()).unwrap_or(u32::MAX))
    {
        tracing::warn!(error = chain(&error), "a client may leave its answer unread for as long as it likes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Loader;

    #[test]
    fn an_address_holds_so_many_connections_and_no_more() {
        let server = Server { max_connections_per_address: 2, ..Server::default() };
        let connections = Connections::new(&server);
        let [one, other]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        let (first, second) = (connections.hold(one), connections.hold(one));
        assert!(first.is_some() && second.is_some() && connections.hold(one).is_none());
        assert!(connections.hold(other).is_some(), "another's are its own");
        drop(first);
        assert!(connections.hold(one).is_some());
        drop(second);
        assert!(connections.held.lock().unwrap().is_empty(), "nobody is remembered");
        let proxied = Connections::new(&Server { behind_proxy: true, ..server });
        let all: Vec<_> = (0..9).map(|_| proxied.hold(one)).collect();
        assert!(all.iter().all(Option::is_some));
        let loader = Loader::new().text("a.toml", "[server]\ntrusted_proxies = \"192.0.2.1\"").unwrap();
        let listed = Server { max_connections_per_address: 2, ..loader.load().unwrap().server };
        let listed = Connections::new(&listed);
        let held = |address| (0..9).filter_map(|_| listed.hold(address)).collect::<Vec<_>>().len();
        assert_eq!((held(one), held(other)), (9, 2), "who is no proxy is limited still");
    }
}
