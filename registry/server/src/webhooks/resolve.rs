//! From the name of a host to addresses that may be connected to.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use adx_registry_core::webhooks::{BadHookUrl, HookUrl, WebhookRules};
use adx_sandbox::not_public;
use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Looks names up.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a name.
    ///
    /// # Errors
    /// When there are none, or nobody answers.
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// As this machine looks names up.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        // The port is the client's to set.
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// An address where nothing of the public is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{host}` has the address {address}, which is not public: {kind}")]
pub(super) struct NotPublic {
    pub(super) host: String,
    pub(super) address: String,
    pub(super) kind: &'static str,
}

/// Judges what is looked up, each time a connection is made: what was judged is what is connected to, so another answer to another
/// question is of no use to whoever sets the name.
pub(super) struct JudgingResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) loopback: bool,
}

impl fmt::Debug for JudgingResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JudgingResolver")
    }
}

/// Refuses an address that is not public, but this machine's own where that is allowed.
pub(super) fn judge(host: &str, address: std::net::IpAddr, loopback: bool) -> Result<(), NotPublic> {
    match not_public(address) {
        Some(_) if loopback && address.to_canonical().is_loopback() => Ok(()),
        Some(kind) => Err(NotPublic { host: host.to_owned(), address: address.to_string(), kind }),
        None => Ok(()),
    }
}

/// Reads the address of a hook, and refuses one that nothing would be sent to: whoever sets it hears of it at once, not by a delivery
/// that fails.
///
/// # Errors
/// [`BadHookUrl`]
pub fn hook_url(text: &str, rules: &WebhookRules) -> Result<HookUrl, BadHookUrl> {
    let url = HookUrl::parse(text, rules)?;
    if let Some(address) = url.literal() {
        judge(&url.host(), address, rules.loopback)
            .map_err(|refused| BadHookUrl::NotPublic { address, kind: refused.kind })?;
    }
    Ok(url)
}

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, loopback) = (Arc::clone(&self.lookup), self.loopback);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let addresses = lookup.lookup(&host).await?;
            // One that is not public among others that are is no accident.
            for address in &addresses {
                judge(&host, address.ip(), loopback)?;
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
