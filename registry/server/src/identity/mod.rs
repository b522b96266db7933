//! Where people sign in besides: a provider of identities that speaks OpenID Connect. And issuers of CI systems, which tell of runs.

mod http;
mod kept;
mod openid;
mod workflows;

use std::sync::Arc;

use adx_registry_core::ports::{Clock, IdentityProvider};

use crate::config;

pub(crate) use http::is_safe;
pub use openid::OpenIdProvider;
pub use workflows::KnownIssuers;

/// The provider that the configuration names, if it names one. It is not asked for anything yet.
///
/// # Errors
/// When the address of its issuer is none, or TLS cannot be set up.
pub fn open(section: &config::Openid, clock: Arc<dyn Clock>) -> anyhow::Result<Option<Arc<dyn IdentityProvider>>> {
    let Some(provider) = OpenIdProvider::new(section, clock)? else { return Ok(None) };
    Ok(Some(Arc::new(provider)))
}
