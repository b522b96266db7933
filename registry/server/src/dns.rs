//! The DNS, as a resolver answers for it: the machine's, or the one that the configuration names.

use std::{sync::Arc, time::Duration};

use adx_registry_core::ports::{Domains, LookupError, NoDomains};
use async_trait::async_trait;
use hickory_resolver::{
    ResolverBuilder, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError, NetError, NoRecords, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData},
    },
};
use tokio::time::timeout;

use crate::config;

/// Asked again this often before there is no answer.
const ATTEMPTS: usize = 1;

/// Asks a resolver. Nothing is kept of what it answers: whoever has just written a record need not wait for us.
pub struct Dns {
    resolver: TokioResolver,
    patience: Duration,
}

/// The resolver that the configuration names, or else the machine's. Where a machine has none, domains cannot be verified; everything else
/// goes on.
///
/// # Errors
/// When the configured one cannot be used.
pub fn open(section: &config::Domains) -> Result<Arc<dyn Domains>, NetError> {
    let patience = section.timeout.0;
    let builder = match section.resolver {
        Some(address) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = address.port();
                connection
            });
            let server = NameServerConfig::new(address.ip(), true, connections.into());
            let config = ResolverConfig::from_name_servers(vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
        None => match TokioResolver::builder_tokio() {
            Ok(builder) => builder,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "this machine names no DNS server, nor does `domains.resolver`: no domain can be verified"
                );
                return Ok(Arc::new(NoDomains));
            }
        },
    };
    Ok(Arc::new(Dns { resolver: built(builder, patience)?, patience }))
}

fn built(mut builder: ResolverBuilder<TokioRuntimeProvider>, patience: Duration) -> Result<TokioResolver, NetError> {
    let options = builder.options_mut();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.attempts = ATTEMPTS;
    // Over UDP, over UDP again, and over TCP.
    options.timeout = patience / 3;
    builder.build()
}

impl Dns {
    async fn look(&self, name: &str) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
        let mut full = Name::from_ascii(name)?;
        // Else the machine's own domains are tried behind it.
        full.set_fqdn(true);
        match timeout(self.patience, self.resolver.txt_lookup(full)).await? {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
            Err(error) if says_none(&error) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a server said that there is nothing; others say that they do not know.
fn says_none(error: &NetError) -> bool {
    let NetError::Dns(DnsError::NoRecordsFound(NoRecords { response_code, .. })) = error else { return false };
    matches!(*response_code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// The parts of a record are one text. Source: RFC 7208, 3.3, as for other records that prove something.
fn text(data: &RData) -> Option<String> {
    let RData::TXT(txt) = data else { return None };
    Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned())
}

#[async_trait]
impl Domains for Dns {
    async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        self.look(name).await.map_err(|source| LookupError { name: name.to_owned(), source })
    }
}
