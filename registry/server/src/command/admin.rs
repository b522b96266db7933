//! `adx-registry admin`: for whoever sits at the machine that holds the database. The server may be running meanwhile.

use std::sync::Arc;

use adx_index::document::SearchDocument;
use adx_registry_core::{
    Ports,
    account::Contact,
    audit::Who,
    create_publisher::create_publisher_on_the_machine,
    issue_token::issue_operator_token_on_the_machine,
    members::change_display_name_on_the_machine,
    names::resembled,
    networks::Networks,
    operator_scope::{OperatorScope, OperatorScopes},
    ports::{Blobs, NoDomains, NoIssuers, SearchError, SearchIndex, SearchPage, SearchQuery, SearchRebuild, Store},
    publisher::{DisplayName, Publisher},
    quarantine::{quarantine_module_on_the_machine, quarantine_on_the_machine},
    reason::Reason,
    revoke::{Put, Revocation, Revoked, revoke_on_the_machine, unrevoke_on_the_machine},
};
use adx_signing::{
    UtcSecond,
    digest::Digest,
    key::KeyId,
    name::{ModuleId, Namespace},
};
use anyhow::{Context as _, Result, anyhow, bail};
use async_trait::async_trait;
use clap::Subcommand;
use semver::Version;
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use super::{
    Places,
    account::{self, AccountCommand},
    accounts_key, admin_hints,
    advisories::{self, AdvisoryCommand},
    appeals::{self, AppealCommand},
    audit as audit_command,
    hint::Hint as _,
    jobs::{self, JobsCommand},
    names::{self, NamesCommand},
    orders::{self, OrderCommand},
    owner::{self, OwnerCommand},
    print,
    publishing::{self, PublishingCommand},
    quota::{self, QuotaCommand},
    rate::{self, RateCommand},
    recheck,
    reports::{self, ReportCommand},
    review::{self, ReviewCommand},
    search::{self, SearchCommand},
    takedown::{self, TakedownCommand},
    token::{self, TokenCommand},
};
use crate::{
    blobs,
    config::Config,
    mail::NoMail,
    parts, payments,
    store::{self, Migrations},
    trust,
    world::{BoundedBlocking, Commits, FileVault, Progress, SystemClock, SystemEntropy, TaskOrigins},
};

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Create a publisher; prints the token it begins with, once
    CreatePublisher {
        /// The namespace it owns
        namespace: Namespace,
        /// The name people read [default: the namespace]
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Change what people read of a publisher; its namespace stays
    RenamePublisher {
        /// The namespace it owns
        namespace: Namespace,
        /// The name people read
        #[arg(long, value_name = "NAME")]
        display_name: DisplayName,
        #[command(flatten)]
        common: Common,
    },
    /// Issue an operators' token, which does over HTTP what operators do; prints it, once
    CreateOperatorToken {
        /// What the token is called
        label: String,
        /// What it may do: read, review, moderate, names, publishers, accounts, orders, jobs or webhooks; may be repeated
        /// [default: everything]
        #[arg(long, value_name = "SCOPE")]
        may: Vec<OperatorScope>,
        /// From where it counts: a network (192.0.2.0/24) or an address; may be repeated [default: from everywhere]
        #[arg(long, value_name = "NETWORK")]
        from: Vec<String>,
        /// When it stops counting, such as 2030-01-31T12:00:00Z [default: never]
        #[arg(long, value_name = "TIME")]
        until: Option<UtcSecond>,
        #[command(flatten)]
        common: Common,
    },
    /// Print a link with which somebody becomes an operator, once within a day; the link before is void
    Link {
        #[command(flatten)]
        common: Common,
    },
    /// The audit log: who did what
    Audit(audit_command::Arguments),
    /// Take another key for that of the accounts, once the one before is lost for good; makes it where none is
    ReplaceAccountsKey {
        #[command(flatten)]
        common: Common,
    },
    /// The accounts of people
    #[command(subcommand)]
    Account(AccountCommand),
    /// The first owners of a namespace, and owners who lost their tokens
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// New names that resemble others, and names that are deleted
    #[command(subcommand)]
    Names(NamesCommand),
    /// Versions that wait for an operator, and publishers whose versions are held or trusted
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Have the server look over what is released again, by the rules and advisories of now
    Recheck(recheck::Arguments),
    /// Jobs that were given up: what the registry could not do by itself
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// The index that modules are found by
    #[command(subcommand)]
    Search(SearchCommand),
    /// How much a publisher may publish
    #[command(subcommand)]
    Quota(QuotaCommand),
    /// What is asked of the releases of a publisher that has no second owner to turn it off
    #[command(subcommand)]
    Publishing(PublishingCommand),
    /// Who may do what more often than all
    #[command(subcommand)]
    Rate(RateCommand),
    /// What is wrong with which versions of a module
    #[command(subcommand)]
    Advisory(AdvisoryCommand),
    /// What publishers say against what operators decided
    #[command(subcommand)]
    Appeal(AppealCommand),
    /// What was ordered, and what the bank says of it
    #[command(subcommand)]
    Order(OrderCommand),
    /// What people say is wrong with modules
    #[command(subcommand)]
    Report(ReportCommand),
    /// What is neither offered nor served because the law says so
    #[command(subcommand)]
    Takedown(TakedownCommand),
    /// The tokens of a publisher that are lost or stolen
    #[command(subcommand)]
    Token(TokenCommand),
    /// Put a package or a key on the kill list: agents stop what is installed of it when they next look
    Revoke {
        #[command(flatten)]
        subject: Subject,
        /// The first leaf of the log at which the key is not believed; 0 for all
        #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "key", conflicts_with = "package")]
        from_leaf: u64,
        /// Why, in one line that agents show to people
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Take a package or a key off the kill list; the package stays in quarantine
    Unrevoke {
        #[command(flatten)]
        subject: Subject,
        #[command(flatten)]
        common: Common,
    },
    /// Withhold a version, or a whole module, from new installations; what runs already goes on
    Quarantine {
        #[command(flatten)]
        subject: ModuleOrVersion,
        /// Why, in one line that is shown to people
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Offer a version, or a whole module, again that was in quarantine
    ReleaseFromQuarantine {
        #[command(flatten)]
        subject: ModuleOrVersion,
        #[command(flatten)]
        common: Common,
    },
}

/// What is meant: one of the two.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Subject {
    /// The sha256 of a package, as `adx info ns/name@=VERSION` prints it
    #[arg(long, value_name = "SHA256")]
    package: Option<Digest>,
    /// The id of a publisher's key, as `adx key list` prints it
    #[arg(long, value_name = "KEY")]
    key: Option<KeyId>,
}

/// A module, or one version of it.
#[derive(clap::Args)]
pub(super) struct ModuleOrVersion {
    /// The module: namespace/name
    pub(super) module: ModuleId,
    /// The version, such as 1.2.3; without it, the whole module
    #[arg(value_name = "VERSION")]
    pub(super) which: Option<Version>,
}

impl ModuleOrVersion {
    /// As it is written for people.
    pub(super) fn in_words(&self) -> String {
        match &self.which {
            Some(version) => format!("{} {version}", self.module),
            None => self.module.to_string(),
        }
    }
}

#[derive(clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) places: Places,
    /// Print one JSON document
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(admin: Admin) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match admin {
            Admin::CreatePublisher { namespace, display_name, common } => {
                create_publisher(namespace, display_name, &common).await
            }
            Admin::RenamePublisher { namespace, display_name, common } => {
                rename_publisher(&namespace, &display_name, &common).await
            }
            Admin::CreateOperatorToken { label, may, from, until, common } => {
                create_operator_token(&label, &may, &from, until, &common).await
            }
            Admin::Audit(arguments) => audit_command::run(&arguments).await,
            Admin::Link { common } => account::link(&common).await,
            Admin::ReplaceAccountsKey { common } => accounts_key::replace(&common).await,
            Admin::Account(command) => account::run(command).await,
            Admin::Owner(command) => owner::run(command).await,
            Admin::Names(command) => names::run(command).await,
            Admin::Review(command) => review::run(command).await,
            Admin::Recheck(arguments) => recheck::run(&arguments).await,
            Admin::Quota(command) => quota::run(command).await,
            Admin::Publishing(command) => publishing::run(command).await,
            Admin::Rate(command) => rate::run(command).await,
            Admin::Jobs(command) => jobs::run(command).await,
            Admin::Search(command) => search::run(command).await,
            Admin::Advisory(command) => advisories::run(command).await,
            Admin::Appeal(command) => appeals::run(command).await,
            Admin::Order(command) => orders::run(command).await,
            Admin::Report(command) => reports::run(command).await,
            Admin::Takedown(command) => takedown::run(command).await,
            Admin::Token(command) => token::run(command).await,
            Admin::Revoke { subject, from_leaf, reason, common } => revoke(&subject, from_leaf, &reason, &common).await,
            Admin::Unrevoke { subject, common } => unrevoke(&subject, &common).await,
            Admin::Quarantine { subject, reason, common } => quarantine(&subject, Some(&reason), &common).await,
            Admin::ReleaseFromQuarantine { subject, common } => quarantine(&subject, None, &common).await,
        }
    });
    done.hint_by(admin_hints::of)
}

async fn create_publisher(namespace: Namespace, display_name: Option<String>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let display_name = display_name.unwrap_or_else(|| namespace.to_string());
    let resembled = resembled(&ports, &namespace).await.context("the other namespaces cannot be read")?;
    let created = create_publisher_on_the_machine(&ports, namespace, &display_name).await;
    ports.store.close().await;
    let (publisher, issued) = created.context("the publisher was not created")?;
    let (namespace, token) = (&publisher.namespace, issued.text.expose());
    let reserved = ports.names.reserved.has(namespace);
    let mut remark = String::new();
    if reserved {
        remark.push_str("; the name is reserved: see that it goes to whom it belongs");
    }
    if let Some((other, likeness)) = &resembled {
        remark.push_str(&format!("; the name {likeness} {other}: see that it is not meant to be mistaken"));
    }
    let resembles = resembled.map(|(other, _)| other.to_string());
    show(
        common,
        &json!({
            "namespace": namespace,
            "display_name": publisher.display_name,
            "token": token,
            "reserved": reserved,
            "resembles": resembles,
        }),
        &format!(
            "created the publisher {namespace}{remark}\n\ntoken, shown this once:\n\n    {token}\n\nnext: adx login\n"
        ),
    )
}

/// Whom to write to, as JSON: for operators.
pub(super) fn contact(contact: &Contact) -> Value {
    json!({ "name": contact.name, "email": contact.email.as_str() })
}

async fn rename_publisher(namespace: &Namespace, display_name: &DisplayName, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let renamed = change_display_name_on_the_machine(&ports, namespace, display_name).await;
    ports.store.close().await;
    let publisher = renamed.with_context(|| format!("{namespace} is called what it was"))?;
    let Publisher { namespace, display_name, .. } = &publisher;
    show(
        common,
        &json!({ "namespace": namespace, "display_name": display_name }),
        &format!("people read {display_name} of {namespace} now\n"),
    )
}

/// The scopes of an operators' token as JSON; null where it may do everything.
pub(super) fn words(scopes: OperatorScopes) -> Value {
    json!(scopes.named().map(|scopes| scopes.into_iter().map(OperatorScope::as_str).collect::<Vec<_>>()))
}

async fn create_operator_token(
    label: &str,
    may: &[OperatorScope],
    from: &[String],
    until: Option<UtcSecond>,
    common: &Common,
) -> Result<()> {
    let scopes = if may.is_empty() { OperatorScopes::ALL } else { OperatorScopes::of(may) };
    let networks = Networks::read(from).context("--from")?;
    let ports = rows_only(common).await?;
    let until = until.map(OffsetDateTime::from);
    let issued = issue_operator_token_on_the_machine(&ports, label, scopes, networks, until).await;
    ports.store.close().await;
    let issued = issued.context("the token was not issued")?;
    let token = issued.text.expose();
    show(
        common,
        &json!({ "label": issued.token.label, "operator_scopes": words(scopes), "token": token }),
        &format!("operators' token, which may do {scopes}, shown this once:\n\n    {token}\n"),
    )
}

async fn revoke(subject: &Subject, from_leaf: u64, reason: &Reason, common: &Common) -> Result<()> {
    let (revocation, what) = match (subject.package, subject.key) {
        (Some(sha256), _) => (Revocation::Package(sha256), format!("the package {sha256}")),
        (None, Some(id)) => (Revocation::Key { id, from_leaf }, format!("the key {id}")),
        (None, None) => bail!("neither a package nor a key is named"),
    };
    let ports = rows_only(common).await?;
    let revoked = revoke_on_the_machine(&ports, revocation, reason).await;
    ports.store.close().await;
    let put = revoked.with_context(|| format!("{what} was not revoked"))?;
    let words = match put {
        Put::New => "is revoked".to_owned(),
        Put::FromAnotherLeaf => {
            format!("was revoked before; from now on it is from leaf {from_leaf}, for the new reason")
        }
        Put::Before => "was revoked before; the reason is the new one".to_owned(),
    };
    show(
        common,
        &json!({ "package": subject.package, "key": subject.key, "is_new": put == Put::New }),
        &format!(
            "{what} {words}\n\nthe running server signs that within a second; agents stop it when they next look\n"
        ),
    )
}

async fn unrevoke(subject: &Subject, common: &Common) -> Result<()> {
    let (revoked, what) = match (subject.package, subject.key) {
        (Some(sha256), _) => (Revoked::Package(sha256), format!("the package {sha256}")),
        (None, Some(id)) => (Revoked::Key(id), format!("the key {id}")),
        (None, None) => bail!("neither a package nor a key is named"),
    };
    let ports = rows_only(common).await?;
    let taken = unrevoke_on_the_machine(&ports, revoked).await;
    ports.store.close().await;
    taken.with_context(|| format!("{what} is as it was"))?;
    let next = if subject.package.is_some() { "; it stays in quarantine until an operator lets it out" } else { "" };
    show(
        common,
        &json!({ "package": subject.package, "key": subject.key }),
        &format!("{what} is not revoked any more{next}\n"),
    )
}

async fn quarantine(subject: &ModuleOrVersion, reason: Option<&Reason>, common: &Common) -> Result<()> {
    let ModuleOrVersion { module, which: version } = subject;
    let ports = rows_only(common).await?;
    let changed = if let Some(version) = version {
        let changed = quarantine_on_the_machine(&ports, module, version, reason).await;
        changed.map(|release| release.quarantined_for)
    } else {
        let changed = quarantine_module_on_the_machine(&ports, module, reason).await;
        changed.map(|module| module.quarantined_for)
    };
    ports.store.close().await;
    let quarantined_for = changed.with_context(|| format!("{} is as it was", subject.in_words()))?;
    let words = if reason.is_some() {
        "is in quarantine: it is not installed any more, and runs on where it is"
    } else {
        "is out of quarantine: it is offered again"
    };
    let document = json!({ "module": module, "version": version, "quarantined_for": quarantined_for });
    show(
        common,
        &document,
        &format!("{} {words}\n\nthe running server signs that within a second\n", subject.in_words()),
    )
}

pub(super) fn show(common: &Common, document: &Value, words: &str) -> Result<()> {
    print(&if common.json { format!("{document}\n") } else { common.places.added_to(words) })
}

/// Ports whose rows are real and which have no more than that: a running server holds the rest.
pub(super) async fn rows_only(common: &Common) -> Result<Ports> {
    let config = common.places.load()?;
    let store = store_of(&config).await?;
    let vault = parts::open_vault(&config, &*store).await.hint_by(accounts_key::missing_or_other)?;
    let blobs = blobs::open(&Url::parse("memory:///")?, [], Arc::new(SystemEntropy))?;
    beside_the_server(config, store, blobs, vault)
}

/// Ports whose rows and blobs are real, for what neither seals nor opens a secret: a registry is looked at without its key.
pub(super) async fn rows_and_blobs(config: Config) -> Result<Ports> {
    let store = store_of(&config).await?;
    let blobs = parts::open_blobs(&config)?;
    beside_the_server(config, store, blobs, Arc::new(FileVault::of_nothing()))
}

/// A database of an older version is left as it is: its servers may be running.
pub(super) async fn refuse_older(config: &Config) -> Result<()> {
    let Migrations { applied, known } =
        store::migrations(&config.database.url).await.context("the database does not open")?;
    if let Some(applied) = applied.filter(|applied| *applied < known) {
        return Err(anyhow!("the database is migrated to {applied}, and this program is of migration {known}")).hint(
            "run the adx-registry that serves it; or `adx-registry migrate`, once no server of the older version runs",
        );
    }
    Ok(())
}

async fn store_of(config: &Config) -> Result<Arc<dyn Store>> {
    refuse_elsewhere(config).hint("name the registry's own folder by --data, or its file by --config")?;
    refuse_older(config).await?;
    parts::open_store(config).await
}

fn beside_the_server(
    config: Config,
    store: Arc<dyn Store>,
    blobs: Arc<dyn Blobs>,
    vault: Arc<FileVault>,
) -> Result<Ports> {
    let entropy = Arc::new(SystemEntropy);
    let names = config.name_rules().context("`names.reserved` is not valid")?;
    let (webhooks, quota) = (config.webhook_rules(), config.quota());
    Ok(Ports {
        store,
        blobs,
        search: Arc::new(NoSearch),
        mail: Arc::new(NoMail),
        clock: Arc::new(SystemClock),
        entropy,
        blocking: Arc::new(BoundedBlocking::default()),
        hashing: Arc::new(BoundedBlocking::of(parts::PASSWORDS_AT_ONCE)),
        vault,
        identity: None,
        origins: Arc::new(TaskOrigins::otherwise(Who::Machine)),
        workflows: Arc::new(NoIssuers),
        passkeys: None,
        domains: Arc::new(NoDomains),
        progress: Arc::new(Progress::new(Commits::default())),
        sign_up: config.accounts.sign_up,
        ways_in: config.ways_in(),
        names: Arc::new(names),
        quota,
        webhooks: Arc::new(webhooks),
        pipeline: Arc::default(),
        market: Arc::new(payments::rules(&config)),
        payments: payments::open(&config)?,
        public_url: config.server.public_url,
    })
}

/// A mistyped folder must not become another registry. A ceremony is there before the first server has run; a database server
/// has its databases made by hand.
fn refuse_elsewhere(config: &Config) -> Result<()> {
    let Some(file) = store::file(&config.database.url) else { return Ok(()) };
    if file.exists() || trust::is_installed(&config.trust.dir) {
        return Ok(());
    }
    bail!("there is no registry: neither `{}` nor a ceremony in `{}`", file.display(), config.trust.dir.display())
}

/// The search index belongs to the running server.
struct NoSearch;

impl NoSearch {
    fn refuse<T>() -> Result<T, SearchError> {
        Err(SearchError::Engine("the admin command has no search index".into()))
    }
}

#[async_trait]
impl SearchIndex for NoSearch {
    async fn upsert(&self, _: &[SearchDocument]) -> Result<(), SearchError> {
        Self::refuse()
    }
    async fn remove(&self, _: &[ModuleId]) -> Result<(), SearchError> {
        Self::refuse()
    }
    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError> {
        Self::refuse()
    }
    async fn documents(&self, _: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError> {
        Self::refuse()
    }
    async fn complete(&self, _: u64) -> Result<(), SearchError> {
        Self::refuse()
    }
    async fn query(&self, _: &SearchQuery) -> Result<SearchPage, SearchError> {
        Self::refuse()
    }
    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        Self::refuse()
    }
}
