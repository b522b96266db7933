//! Whatever a name leads to, only what is public is connected to.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use adx_registry::webhooks::{HttpMessenger, Lookup};
use adx_registry_core::ports::{HookRequest, Messenger as _, SendError};
use adx_registry_core::webhooks::HookUrl;
use async_trait::async_trait;

use super::receiver::Receiver;

/// Answers one question after the other with other addresses, as somebody does who wants a check and a connection to see two.
struct Rebinding {
    answers: Mutex<Vec<Vec<&'static str>>>,
}

impl Rebinding {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.iter().rev().map(|answer| answer.to_vec()).collect()) })
    }

    fn left(&self) -> usize {
        self.answers.lock().unwrap().len()
    }
}

#[async_trait]
impl Lookup for Rebinding {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        let answer = self.answers.lock().unwrap().pop().ok_or_else(|| io::Error::other("asked too often"))?;
        Ok(answer.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect())
    }
}

fn to(url: &str) -> HookRequest {
    HookRequest {
        url: HookUrl::stored(url).unwrap(),
        id: "id".to_owned(),
        timestamp: 1,
        signature: "v1,x".to_owned(),
        body: "{}".to_owned(),
    }
}

#[tokio::test]
async fn each_connection_is_judged_by_the_address_that_it_goes_to() {
    let receiver = Receiver::new().await;
    let port = receiver.url.split([':', '/']).nth(4).unwrap().to_owned();
    let named = format!("http://rebind.example:{port}/hook");
    // This machine may be reached here, so that there is something to connect to; nothing else that is not public may.
    let lookup = Rebinding::new(&[
        &["127.0.0.1"],
        &["169.254.169.254"],
        &["127.0.0.1", "10.0.0.1"],
        &["64:ff9b::a00:1"],
        &["::ffff:192.168.0.1"],
        &["127.0.0.1"],
    ]);
    let messenger = HttpMessenger::new(lookup.clone(), true).unwrap();
    assert_eq!(messenger.send(&to(&named)).await.unwrap(), 204);
    for kind in ["link-local", "private", "private", "private"] {
        match messenger.send(&to(&named)).await {
            Err(SendError::NotPublic { host, kind: found, .. }) => {
                assert_eq!((host.as_str(), found), ("rebind.example", kind));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(messenger.send(&to(&named)).await.unwrap(), 204);
    assert_eq!((receiver.received().len(), lookup.left()), (2, 0), "each was looked up once");

    let strict = HttpMessenger::new(Rebinding::new(&[&["127.0.0.1"]]), false).unwrap();
    assert!(matches!(strict.send(&to(&named)).await, Err(SendError::NotPublic { .. })));
    for literal in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0.0.0.0"]
    {
        let refused = strict.send(&to(&format!("http://{literal}:{port}/hook"))).await;
        assert!(matches!(refused, Err(SendError::NotPublic { .. })), "{literal}: {refused:?}");
    }
    assert_eq!(receiver.received().len(), 2);
}
