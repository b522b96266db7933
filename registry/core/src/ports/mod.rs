//! What the use cases need from the world. Each trait has two adapters and one contract test in `adx-tests`.

mod accounts;
mod advisories;
mod appeals;
mod audit;
mod blob_key;
mod blobs;
mod blocking;
mod domains;
mod identity;
mod licences;
mod mail;
mod market;
mod members;
mod names;
mod owners;
mod passkeys;
mod payments;
mod progress;
mod quotas;
mod rechecks;
mod reports;
mod search;
mod snapshot;
mod store;
mod submissions;
mod takedowns;
mod transfers;
mod trusted;
mod vault;
mod webhooks;
mod witnesses;
mod world;

use std::sync::Arc;

use time::OffsetDateTime;
use url::Url;

use crate::accounts::{Code, SignUp, WaysIn};
use crate::market::MarketRules;
use crate::names::NameRules;
use crate::quotas::Quota;
use crate::review::Pipeline;
use crate::webhooks::WebhookRules;
pub use accounts::{AccountReader, AccountWriter, Attempt, Ended};
pub use advisories::{AdvisoryCounts, AdvisoryReader, AdvisoryWriter, FiledAdvisory};
pub use appeals::{AppealReader, AppealWriter};
pub use audit::{AuditReader, AuditWriter, Origins, SystemWrite, Written};
pub use blob_key::{BlobKey, MetadataName};
pub use blobs::{BlobError, BlobHead, BlobRead, Blobs, TemporaryBlob, read_whole};
pub use blocking::{Blocking, Stopped, off_reactor};
pub use domains::{DomainReader, DomainWriter, Domains, LookupError, NoDomains};
pub use identity::{Identity, IdentityError, IdentityProvider, Round};
pub use licences::{LicenceReader, LicenceWriter, SealedLicenceKey};
pub use mail::{Address, BadAddress, Mail, MailError, Message};
pub use market::{MarketReader, MarketWriter};
pub use members::{MemberReader, MemberWriter};
pub use names::{NameReader, NameWriter, Resembling};
pub use owners::{OwnerReader, OwnerWriter};
pub use passkeys::{BegunPasskey, Credential, PasskeyError, PasskeyHolder, PasskeyReader, PasskeyWriter, Passkeys};
pub use payments::{About, Begun, Bill, Collector, Heard, NextStep, NotBelieved, PaymentError, Payments, Stop};
pub use progress::{ExchangeStep, PublishProgress, PublishStep, ReviewStep, SignStep};
pub use quotas::{QuotaReader, QuotaWriter};
pub use rechecks::{RecheckReader, RecheckWriter};
pub use reports::{ReportReader, ReportWriter};
pub use search::{
    Facet, FacetCount, FacetCounts, SearchError, SearchHit, SearchIndex, SearchPage, SearchQuery, SearchRebuild,
    SearchSort,
};
pub use snapshot::{Column, ColumnKind, Schema, Snapshot, Table};
pub use store::{
    ClaimedJobs, Condemned, Constraint, Counts, DecisionCounts, NewModule, NewRelease, Reader, Store, StoreError,
    Transaction, Unlogged,
};
pub use submissions::{SubmissionReader, SubmissionWriter};
pub use takedowns::{TakedownReader, TakedownSubject, TakedownWriter};
pub use transfers::{TransferReader, TransferWriter};
pub use trusted::{NoIssuers, SignedClaims, TrustedReader, TrustedWriter, WorkflowIssuers, WorkflowTokenError};
pub use vault::{NotOurs, Vault};
pub use webhooks::{HookRequest, Messenger, SendError, WebhookCounts, WebhookReader, WebhookWriter};
pub use witnesses::{CosignAnswer, WitnessError, Witnesses};
pub use world::{Clock, Entropy, EntropyRng};

/// Everything the use cases need, as one cheap handle.
#[derive(Clone)]
pub struct Ports {
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Discovery.
    pub search: Arc<dyn SearchIndex>,
    /// Letters to people.
    pub mail: Arc<dyn Mail>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Threads for work that would hold up the reactor.
    pub blocking: Arc<dyn Blocking>,
    /// The same for passwords, of which each takes 19 MiB to hash: two at once are enough.
    pub hashing: Arc<dyn Blocking>,
    /// Secrets that the database alone must not tell.
    pub vault: Arc<dyn Vault>,
    /// Where people sign in besides; none if nobody said.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// On whose behalf work is done.
    pub origins: Arc<dyn Origins>,
    /// Who tells of runs of workflows.
    pub workflows: Arc<dyn WorkflowIssuers>,
    /// Keys on people's devices; none where browsers would not use them for this registry.
    pub passkeys: Option<Arc<dyn Passkeys>>,
    /// The DNS.
    pub domains: Arc<dyn Domains>,
    /// Who watches a publish.
    pub progress: Arc<dyn PublishProgress>,
    /// Who makes an account.
    pub sign_up: SignUp,
    /// By what people come in.
    pub ways_in: WaysIn,
    /// Which names may be taken.
    pub names: Arc<NameRules>,
    /// How much every publisher may publish.
    pub quota: Quota,
    /// How webhooks are told.
    pub webhooks: Arc<WebhookRules>,
    /// What is done with what is sent.
    pub pipeline: Arc<Pipeline>,
    /// How this registry sells.
    pub market: Arc<MarketRules>,
    /// Who takes the money.
    pub payments: Arc<dyn Payments>,
    /// Where the world reaches the registry; none if nobody said.
    pub public_url: Option<Url>,
}

impl Ports {
    /// The time now, in whole milliseconds: what is kept is what was told.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_millisecond(now.millisecond()).unwrap_or(now)
    }

    /// Where a page of this registry takes a code. It stands behind a `#`, so that it reaches neither a server's log nor another
    /// site.
    pub(crate) fn page_with_code(&self, page: &str, code: &Code) -> String {
        self.page_with_code_of(page, code.expose())
    }

    /// The same for a code of another form.
    pub(crate) fn page_with_code_of(&self, page: &str, code: &str) -> String {
        match &self.public_url {
            Some(url) => format!("{}/{page}#{code}", url.as_str().trim_end_matches('/')),
            None => format!("on the page /{page} of the registry, give this code: {code}"),
        }
    }

    /// The address of a page of this registry, for a browser that is at one of its addresses.
    pub fn page(&self, page: &str) -> String {
        let registry = self.public_url.as_ref().map_or("", |url| url.as_str().trim_end_matches('/'));
        format!("{registry}/{page}")
    }

    /// What a token says that is for this registry: its public address, without a slash at the end; none if nobody said.
    pub fn audience(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    /// The page where the code of an operators' link is given.
    pub fn operator_page(&self, code: &Code) -> String {
        self.page_with_code("operator", code)
    }

    /// What a command in a letter ends with, so that it can be typed on a machine that knows no registry.
    pub(crate) fn registry_flag(&self) -> String {
        let url = self.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/'));
        url.map_or_else(String::new, |url| format!(" --registry {url}"))
    }
}
