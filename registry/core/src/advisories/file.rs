//! Filing an advisory, changing it, and withdrawing it.
//!
//! A publisher may speak for its own modules as long as no operator stands for what it says: what an operator filed or confirmed is no
//! more the publisher's to weaken or to take back.

use adx_index::advisory::AdvisoryId;
use adx_signing::UtcSecond;
use adx_signing::digest::Digest;
use adx_signing::log::Event;
use adx_signing::log::leaf::AdvisoryRevision;
use adx_signing::name::ModuleId;
use serde_json::json;
use thiserror::Error;

use super::{Advisory, Content};
use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::leaf::append;
use crate::members::{By, Right};
use crate::operator_scope::OperatorScope;
use crate::ports::{AdvisoryCounts, FiledAdvisory, StoreError, Transaction, Written};
use crate::reason::is_of_one_line;
use crate::release::Module;

/// Most advisories of a registry that hold: the list of them stays below what agents read at once. What was withdrawn is listed in the
/// places that are left.
pub const MAX_ADVISORIES: u32 = 4_000;
/// How many of those places publishers leave to operators: nobody who fills the rest keeps an operator from warning of it.
pub const OPERATORS_PLACES: u32 = 500;
/// Most advisories that hold of one module to which its publisher adds another.
pub const MAX_OF_MODULE: u32 = 100;
/// Most advisories that hold of all modules of a publisher to which it adds another: stops it from taking the room of all.
pub const MAX_OF_PUBLISHER: u32 = 200;
/// Most characters of a title.
const MAX_TITLE_CHARS: usize = 200;
/// Most bytes of the whole story.
const MAX_DETAILS_BYTES: usize = 32 * 1024;
/// Most stretches of versions.
const MAX_RANGES: usize = 20;
/// Most references, and most other names.
const MAX_LINKS: usize = 20;
/// Most bytes of each of them.
const MAX_LINK_BYTES: usize = 500;

/// What is wrong with what an advisory shall say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadAdvisory {
    /// Too long, or empty.
    #[error("a title has 1 to {MAX_TITLE_CHARS} characters")]
    Title,
    /// Too long.
    #[error("the details have at most {MAX_DETAILS_BYTES} bytes, and no control characters but line breaks")]
    Details,
    /// No vector of a version that is known.
    #[error("`{0}` is no CVSS vector of version 3.0, 3.1 or 4.0")]
    Cvss(String),
    /// None, too many, or one that nothing can belong to.
    #[error("an advisory names 1 to {MAX_RANGES} ranges of versions, each of which can hold some")]
    Affected,
    /// Too many, too long, or no web address.
    #[error(
        "an advisory has at most {MAX_LINKS} references, https or http addresses of at most {MAX_LINK_BYTES} bytes"
    )]
    References,
    /// Too many or too long.
    #[error(
        "an advisory has at most {MAX_LINKS} other names, letters, digits, `-`, `.`, `_` and `:`, at most {MAX_LINK_BYTES} each"
    )]
    Aliases,
}

/// Why an advisory was neither filed nor changed.
#[derive(Debug, Error)]
pub enum AdvisoryError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// An operator stands for it.
    #[error("an operator stands for {0}: only operators change it")]
    Confirmed(AdvisoryId),
    /// It cannot say that.
    #[error(transparent)]
    Bad(#[from] BadAdvisory),
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NoModule(ModuleId),
    /// There is no such advisory.
    #[error("there is no advisory {0}")]
    NotFound(AdvisoryId),
    /// It was changed by somebody else.
    #[error("{id} was changed meanwhile: it is at revision {revision}")]
    Changed {
        /// The advisory.
        id: AdvisoryId,
        /// Its revision.
        revision: u64,
    },
    /// It was withdrawn.
    #[error("{0} was withdrawn: file another one")]
    Withdrawn(AdvisoryId),
    /// There are too many.
    #[error("{whose} has {most} advisories that hold, and no more fit")]
    Full {
        /// Whose they are.
        whose: &'static str,
        /// How many fit.
        most: u32,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether somebody could speak for some module: operators, publishers, and members whose role publishes.
///
/// # Errors
/// [`Denied`] for everybody else.
pub fn may_speak(actor: &Actor) -> Result<(), Denied> {
    match actor {
        Actor::Person { memberships, .. } if memberships.iter().any(|one| one.member.role.has(Right::Publish)) => {
            Ok(())
        }
        Actor::Operator { .. } => actor.operator(OperatorScope::Moderate),
        _ if actor.operator(OperatorScope::Moderate).is_ok() => Ok(()),
        _ => actor.publisher().map(drop),
    }
}

/// On whose word.
struct Author {
    by: String,
    is_operator: bool,
}

impl Author {
    fn machine() -> Self {
        Self { by: "machine".to_owned(), is_operator: true }
    }

    /// An operator, or the module's publisher.
    fn of(actor: &Actor, module: &ModuleId) -> Result<Self, Denied> {
        let may = actor.operator(OperatorScope::Moderate);
        let is_operator = may.is_ok();
        let by = match actor {
            Actor::Operator { token } => {
                may?;
                format!("token:{}", token.id)
            }
            Actor::Person { account, .. } if is_operator => format!("account:{}", account.id),
            _ => {
                let (_, by) = actor.speaks_for(&module.namespace, &module.name)?;
                match by {
                    By::Token(token) => format!("token:{}", token.id),
                    By::Member(_, session) => format!("account:{}", session.account),
                }
            }
        };
        Ok(Self { by, is_operator })
    }
}

/// Files an advisory about a module: for its publisher and operators.
///
/// # Errors
/// [`AdvisoryError`]; nothing has changed then.
#[tracing::instrument(name = "advisory.file", skip_all, fields(%module))]
pub async fn file_advisory(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    content: Content,
) -> Result<Advisory, AdvisoryError> {
    let author = Author::of(actor, module)?;
    file(ports, &author, module, content).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`AdvisoryError`]; nothing has changed then.
pub async fn file_advisory_on_the_machine(
    ports: &Ports,
    module: &ModuleId,
    content: Content,
) -> Result<Advisory, AdvisoryError> {
    file(ports, &Author::machine(), module, content).await
}

async fn file(ports: &Ports, author: &Author, module: &ModuleId, content: Content) -> Result<Advisory, AdvisoryError> {
    check(&content)?;
    let mut transaction = ports.store.begin().await?;
    let filed = async {
        let known = present(&mut *transaction, module).await?;
        // Whoever files another one waits: numbers have no gaps.
        transaction.lock_leaves().await?;
        refuse_full(&transaction.advisory_counts(&known).await?, author.is_operator)?;
        let now = ports.now();
        let year = u16::try_from(now.year()).unwrap_or_default();
        let number = transaction.last_advisory_of(year).await? + 1;
        let advisory = Advisory {
            id: AdvisoryId::new(year, number),
            revision: 1,
            module: known.module.clone(),
            content,
            confirmed: author.is_operator,
            published: now.into(),
            modified: now.into(),
            withdrawn: None,
        };
        put(ports, &mut *transaction, &known, author, advisory).await
    };
    let filed = filed.await;
    finish(ports, transaction, filed).await
}

/// Changes what an advisory says. `expected` is the revision that was looked at; with none, whatever it is. An operator who changes
/// it stands for it from then on.
///
/// # Errors
/// [`AdvisoryError`]; nothing has changed then.
#[tracing::instrument(name = "advisory.change", skip_all, fields(%id))]
pub async fn change_advisory(
    ports: &Ports,
    actor: &Actor,
    id: AdvisoryId,
    expected: Option<u64>,
    content: Content,
) -> Result<Advisory, AdvisoryError> {
    let author = author_of(ports, actor, id).await?;
    change(ports, &author, id, expected, Some(content)).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`AdvisoryError`]; nothing has changed then.
pub async fn change_advisory_on_the_machine(
    ports: &Ports,
    id: AdvisoryId,
    content: Content,
) -> Result<Advisory, AdvisoryError> {
    change(ports, &Author::machine(), id, None, Some(content)).await
}

/// Withdraws an advisory: it holds of nothing any more, and stays to be read. One that was withdrawn already is no error.
///
/// # Errors
/// [`AdvisoryError`]; nothing has changed then.
#[tracing::instrument(name = "advisory.withdraw", skip_all, fields(%id))]
pub async fn withdraw_advisory(ports: &Ports, actor: &Actor, id: AdvisoryId) -> Result<Advisory, AdvisoryError> {
    let author = author_of(ports, actor, id).await?;
    change(ports, &author, id, None, None).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`AdvisoryError`]; nothing has changed then.
pub async fn withdraw_advisory_on_the_machine(ports: &Ports, id: AdvisoryId) -> Result<Advisory, AdvisoryError> {
    change(ports, &Author::machine(), id, None, None).await
}

async fn author_of(ports: &Ports, actor: &Actor, id: AdvisoryId) -> Result<Author, AdvisoryError> {
    may_speak(actor)?;
    let advisory = ports.store.read().await?.advisory(&id).await?.ok_or(AdvisoryError::NotFound(id))?;
    Ok(Author::of(actor, &advisory.module)?)
}

/// Changes what is said, or withdraws it where nothing is said any more.
async fn change(
    ports: &Ports,
    author: &Author,
    id: AdvisoryId,
    expected: Option<u64>,
    content: Option<Content>,
) -> Result<Advisory, AdvisoryError> {
    content.as_ref().map_or(Ok(()), check)?;
    let mut transaction = ports.store.begin().await?;
    let changed = async {
        transaction.lock_leaves().await?;
        let before = transaction.advisory(&id).await?.ok_or(AdvisoryError::NotFound(id))?;
        if before.confirmed && !author.is_operator {
            return Err(AdvisoryError::Confirmed(id));
        }
        if expected.is_some_and(|expected| expected != before.revision) {
            return Err(AdvisoryError::Changed { id, revision: before.revision });
        }
        if before.withdrawn.is_some() {
            return if content.is_none() { Ok(before) } else { Err(AdvisoryError::Withdrawn(id)) };
        }
        let withdrawn = content.is_none().then(|| UtcSecond::from(ports.now()));
        let content = content.unwrap_or_else(|| before.content.clone());
        let confirmed = before.confirmed || author.is_operator;
        if withdrawn.is_none() && content == before.content && confirmed == before.confirmed {
            return Ok(before);
        }
        // Also of a module that was deleted since: what is wrong with it may be taken back.
        let known = transaction.module(&before.module).await?;
        let known = known.ok_or_else(|| AdvisoryError::NoModule(before.module.clone()))?;
        let modified = UtcSecond::from(ports.now()).max(before.modified);
        let revision = before.revision + 1;
        let advisory = Advisory { revision, content, confirmed, modified, withdrawn, ..before };
        put(ports, &mut *transaction, &known, author, advisory).await
    };
    let changed = changed.await;
    finish(ports, transaction, changed).await
}

/// Refuses another one where there are enough. What bounds publishers keeps no operator from filing.
fn refuse_full(counts: &AdvisoryCounts, by_operator: bool) -> Result<(), AdvisoryError> {
    let of_publishers = [
        ("the module", counts.of_module, MAX_OF_MODULE),
        ("the publisher", counts.of_publisher, MAX_OF_PUBLISHER),
        ("the registry", counts.of_registry, MAX_ADVISORIES - OPERATORS_PLACES),
    ];
    let of_operators = [("the registry", counts.of_registry, MAX_ADVISORIES)];
    let bounds = if by_operator { &of_operators[..] } else { &of_publishers[..] };
    match bounds.iter().copied().find(|(_, count, most)| *count >= u64::from(*most)) {
        Some((whose, _, most)) => Err(AdvisoryError::Full { whose, most }),
        None => Ok(()),
    }
}

/// Row and leaf of a state.
async fn put(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &Module,
    author: &Author,
    advisory: Advisory,
) -> Result<Advisory, AdvisoryError> {
    let document = advisory.to_document();
    let told = AdvisoryRevision {
        id: advisory.id.to_string(),
        module: advisory.module.clone(),
        revision: advisory.revision,
        sha256: Digest::of(document.as_bytes()),
    };
    let leaf = append(transaction, ports.now(), Event::Advisory(told)).await?;
    let act = match (advisory.withdrawn, advisory.revision) {
        (Some(_), _) => Act::AdvisoryWithdraw,
        (None, 1) => Act::AdvisoryFile,
        (None, _) => Act::AdvisoryChange,
    };
    let detail = json!({ "revision": advisory.revision, "confirmed": advisory.confirmed });
    let deed = Deed::new(act).module(module.publisher, &module.module).id(advisory.id).leaf(Some(leaf));
    deed.with(detail).tell(ports, transaction);
    transaction
        .insert_advisory(module.id, &FiledAdvisory { advisory: advisory.clone(), document, leaf }, &author.by)
        .await?;
    tracing::info!(id = %advisory.id, revision = advisory.revision, module = %advisory.module, "an advisory");
    Ok(advisory)
}

async fn present(transaction: &mut dyn Transaction, module: &ModuleId) -> Result<Module, AdvisoryError> {
    let known = transaction.module(module).await?.filter(|module| module.deleted_at.is_none());
    known.ok_or_else(|| AdvisoryError::NoModule(module.clone()))
}

async fn finish(
    ports: &Ports,
    transaction: Box<dyn Transaction>,
    done: Result<Advisory, AdvisoryError>,
) -> Result<Advisory, AdvisoryError> {
    if done.is_err() {
        transaction.rollback().await?;
    } else {
        transaction.commit(Written::ToldIfChanged).await?;
        ports.progress.logged();
    }
    done
}

/// Refuses what an advisory cannot say.
fn check(content: &Content) -> Result<(), BadAdvisory> {
    let Content { title, details, severity: _, cvss, affected, references, aliases } = content;
    if title.as_str().chars().count() > MAX_TITLE_CHARS {
        return Err(BadAdvisory::Title);
    }
    let is_text = |text: char| !text.is_control() || matches!(text, '\n' | '\r' | '\t');
    if details.len() > MAX_DETAILS_BYTES || !details.chars().all(is_text) {
        return Err(BadAdvisory::Details);
    }
    if let Some(vector) = cvss {
        let is_known = vector.starts_with("CVSS:3.") || vector.starts_with("CVSS:4.");
        if !is_known || vector.parse::<cvss::Cvss>().is_err() {
            let vector = vector.chars().take(MAX_LINK_BYTES).collect();
            return Err(BadAdvisory::Cvss(vector));
        }
    }
    if !(1..=MAX_RANGES).contains(&affected.len()) || affected.iter().any(adx_index::affected::VersionRange::is_empty) {
        return Err(BadAdvisory::Affected);
    }
    let is_web = |url: &url::Url| matches!(url.scheme(), "https" | "http") && url.as_str().len() <= MAX_LINK_BYTES;
    if references.len() > MAX_LINKS || !references.iter().all(is_web) {
        return Err(BadAdvisory::References);
    }
    let is_name = |name: &String| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
        (1..=MAX_LINK_BYTES).contains(&name.len()) && name.chars().all(allowed) && is_of_one_line(name)
    };
    if aliases.len() > MAX_LINKS || !aliases.iter().all(is_name) {
        return Err(BadAdvisory::Aliases);
    }
    Ok(())
}
