//! Issuing, listing and revoking tokens.

use adx_signing::name::Namespace;
use adx_signing::token::{Token as TokenText, TokenKind};
use adx_signing::utc::UtcSecond;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::authenticate::acts_still;
use crate::members::{By, Right};
use crate::networks::Networks;
use crate::operator_scope::OperatorScopes;
use crate::ports::{EntropyRng, StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::token::{Action, Scope, Token, TokenOwner};
use crate::{Id, Ports};

/// Longest label, in characters.
pub const MAX_LABEL_CHARS: usize = 80;
/// Most scopes of one token.
pub const MAX_SCOPES: usize = 32;
/// Most tokens of a publisher that count at once, without those of runs: each has rates of its own.
pub const MAX_TOKENS: u64 = 100;

/// A token at the only moment its secret is known.
#[derive(Debug)]
pub struct IssuedToken {
    /// The secret, to be shown once.
    pub text: TokenText,
    /// What is kept of it.
    pub token: Token,
}

/// What the new token shall be.
#[derive(Debug, Clone)]
pub struct IssueTokenRequest {
    /// What its owner calls it.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// From where.
    pub networks: Networks,
    /// From when on it is refused.
    pub expires_at: Option<OffsetDateTime>,
}

/// Why no token was issued, listed or revoked.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A token cannot give more than what issues it has.
    #[error("who asks does not hold the scope `{0}`")]
    WiderThanIssuer(Scope),
    /// Nor from more places.
    #[error("the token that asks does not count from all of those networks itself")]
    FromMore,
    /// A token without scopes could do nothing.
    #[error("a token has 1 to {MAX_SCOPES} scopes")]
    BadScopes,
    /// The label is empty, too long, or holds control characters.
    #[error("a label has 1 to {MAX_LABEL_CHARS} characters and no control characters")]
    BadLabel,
    /// It would never have been valid, or outlive the token that issues it.
    #[error("a token expires in the future, and not after the token that issues it")]
    BadExpiry,
    /// It has enough.
    #[error("a publisher has at most {MAX_TOKENS} tokens that count")]
    TooMany,
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The publisher has no such token.
    #[error("there is no such token")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Issues a token for the publisher that asks, or for that of `namespace`.
///
/// # Errors
/// [`TokenError`]
#[tracing::instrument(name = "token.issue", skip_all)]
pub async fn issue_token(
    ports: &Ports,
    actor: &Actor,
    namespace: Option<&Namespace>,
    request: IssueTokenRequest,
) -> Result<IssuedToken, TokenError> {
    let (of, issuer) = may_manage(actor, namespace)?;
    let publisher = of.id;
    let widest = issuer.scopes();
    let label = request.label.trim();
    if !(1..=MAX_LABEL_CHARS).contains(&label.chars().count()) || label.chars().any(char::is_control) {
        return Err(TokenError::BadLabel);
    }
    if !(1..=MAX_SCOPES).contains(&request.scopes.len()) {
        return Err(TokenError::BadScopes);
    }
    let held = |scope: &Scope| widest.iter().any(|own| own.covers(scope));
    if let Some(scope) = request.scopes.iter().find(|scope| !held(scope)) {
        return Err(TokenError::WiderThanIssuer(scope.clone()));
    }
    if let By::Token(token) = issuer
        && !token.networks.cover(&request.networks)
    {
        return Err(TokenError::FromMore);
    }
    let outlives = match (request.expires_at, issuer.expires_at()) {
        (Some(asked), Some(issuer)) => asked > issuer,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    if outlives || request.expires_at.is_some_and(|asked| asked <= ports.now()) {
        return Err(TokenError::BadExpiry);
    }
    let owner = TokenOwner::Publisher(publisher);
    let mut issued = make(ports, owner, label, request.scopes, request.expires_at);
    issued.token.networks = request.networks;
    if let By::Token(token) = issuer {
        issued.token.parent = Some(token.id);
    }
    let mut transaction = ports.store.begin().await?;
    transaction.lock_leaves().await?;
    if !acts_still(&mut *transaction, issuer).await? {
        transaction.rollback().await?;
        return Err(Denied::Revoked.into());
    }
    if transaction.count_tokens(publisher, ports.now()).await? >= MAX_TOKENS {
        transaction.rollback().await?;
        return Err(TokenError::TooMany);
    }
    transaction.insert_token(&issued.token).await?;
    match issuer {
        By::Token(token) => transaction.inherit_token_maker(issued.token.id, token.id).await?,
        By::Member(member, _) => transaction.note_token_maker(issued.token.id, member.id).await?,
    }
    created(&issued.token, Some(of)).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    Ok(issued)
}

/// Issues an operator token for whoever sits at the machine that holds the database: the `admin` command. It may do what its scopes say, and
/// counts from some networks and until a time, where they are given.
///
/// # Errors
/// [`TokenError::BadExpiry`], [`TokenError::Store`]
pub async fn issue_operator_token_on_the_machine(
    ports: &Ports,
    label: &str,
    scopes: OperatorScopes,
    networks: Networks,
    expires_at: Option<OffsetDateTime>,
) -> Result<IssuedToken, TokenError> {
    if expires_at.is_some_and(|asked| asked <= ports.now()) {
        return Err(TokenError::BadExpiry);
    }
    let mut issued = make(ports, TokenOwner::Operator(scopes), label, Vec::new(), expires_at);
    issued.token.networks = networks;
    store(ports, &issued).await?;
    Ok(issued)
}

/// The tokens of the publisher that asks, or of that of `namespace`, newest first, without those of runs that are over.
///
/// # Errors
/// [`TokenError`]
pub async fn list_tokens(
    ports: &Ports,
    actor: &Actor,
    namespace: Option<&Namespace>,
) -> Result<Vec<Token>, TokenError> {
    let namespace = namespace_of(actor, namespace)?;
    actor.may_see(namespace, Right::SeeTokens)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| TokenError::NoPublisher(namespace.clone()))?;
    Ok(reader.tokens_of(publisher.id, ports.now()).await?)
}

/// What becomes of the tokens that were made with one that is revoked, and with those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descendants {
    /// They are revoked too: whoever had the one may have made them.
    Revoke,
    /// They count as before: its holder puts another in its place.
    Keep,
}

/// Revokes a token of the publisher that asks, or of that of `namespace`; gives those that count no more, that one first. A token may
/// always revoke itself: whoever finds it leaked must be able to.
///
/// # Errors
/// [`TokenError`]
#[tracing::instrument(name = "token.revoke", skip_all, fields(%token))]
pub async fn revoke_token(
    ports: &Ports,
    actor: &Actor,
    namespace: Option<&Namespace>,
    token: Id<Token>,
    descendants: Descendants,
) -> Result<Vec<Id<Token>>, TokenError> {
    let publisher = match actor {
        Actor::Publisher { publisher, token: own } if own.id == token => publisher,
        _ => may_manage(actor, namespace)?.0,
    };
    let mut transaction = ports.store.begin().await?;
    // Whoever makes one with it comes before, and what is made is found, or comes after and is refused.
    transaction.lock_leaves().await?;
    if let Actor::Person { .. } = actor {
        // Whose role makes no such token ends none either: a maintainer does not lock the owners' machines out.
        let (_, by) = may_manage(actor, namespace)?;
        let widest = by.scopes();
        let held = |scope: &Scope| widest.iter().any(|own| own.covers(scope));
        let is_own = |known: &Token| {
            let of_publisher = [TokenOwner::Publisher(publisher.id), TokenOwner::Workflow(publisher.id)];
            known.revoked_at.is_none() && of_publisher.contains(&known.owner)
        };
        let known = transaction.token(token).await?.filter(is_own);
        if let Some(scope) = known.iter().flat_map(|known| &known.scopes).find(|scope| !held(scope)) {
            let wider = TokenError::WiderThanIssuer(scope.clone());
            transaction.rollback().await?;
            return Err(wider);
        }
    }
    if !transaction.revoke_token(publisher.id, token, ports.now()).await? {
        transaction.rollback().await?;
        return Err(TokenError::NotFound);
    }
    let mut revoked = vec![token];
    if descendants == Descendants::Revoke {
        revoked.extend(revoke_tree(&mut *transaction, token, ports.now()).await?);
    }
    let deed = Deed::new(Act::TokenRevoke).of(publisher).id(token);
    deed.with(json!({ "descendants": revoked[1..] })).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    Ok(revoked)
}

/// Revokes a token and all that were made with it, and with those: those that it revoked, in the order they were made. The leaves are
/// locked before, which whoever makes one waits for.
pub(crate) async fn revoke_tree(
    transaction: &mut dyn Transaction,
    root: Id<Token>,
    at: OffsetDateTime,
) -> Result<Vec<Id<Token>>, StoreError> {
    let tree: Vec<_> = transaction.token_tree(root).await?.iter().map(|token| token.id).collect();
    for token in &tree {
        transaction.revoke_any_token(*token, at).await?;
    }
    Ok(tree)
}

/// The namespace that is asked about: that of the token where none is named.
fn namespace_of<'a>(actor: &'a Actor, namespace: Option<&'a Namespace>) -> Result<&'a Namespace, Denied> {
    namespace.map_or_else(|| actor.publisher().map(|(publisher, _)| &publisher.namespace), Ok)
}

fn may_manage<'a>(actor: &'a Actor, namespace: Option<&'a Namespace>) -> Result<(&'a Publisher, By<'a>), Denied> {
    actor.publisher_of(namespace_of(actor, namespace)?, Action::Tokens, None)
}

async fn store(ports: &Ports, issued: &IssuedToken) -> Result<(), StoreError> {
    let mut transaction = ports.store.begin().await?;
    transaction.insert_token(&issued.token).await?;
    created(&issued.token, None).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await
}

/// What the audit log is told of a new token: no label, which may name somebody.
fn created(token: &Token, of: Option<&Publisher>) -> Deed {
    let scopes: Vec<_> = match token.owner {
        TokenOwner::Operator(scopes) => scopes.to_string().split(' ').map(str::to_owned).collect(),
        _ => token.scopes.iter().map(ToString::to_string).collect(),
    };
    let expires = token.expires_at.map(UtcSecond::from);
    let owner = if of.is_some() { "publisher" } else { "operator" };
    let deed = Deed::new(Act::TokenCreate).id(token.id);
    let deed = deed.with(json!({ "owner": owner, "scopes": scopes, "expires_at": expires }));
    match of {
        Some(publisher) => deed.of(publisher),
        None => deed,
    }
}

/// A new token, not stored yet.
pub(crate) fn make(
    ports: &Ports,
    owner: TokenOwner,
    label: &str,
    scopes: Vec<Scope>,
    expires_at: Option<OffsetDateTime>,
) -> IssuedToken {
    let now = ports.now();
    let kind = match owner {
        TokenOwner::Publisher(_) => TokenKind::Publisher,
        TokenOwner::Workflow(_) => TokenKind::Workflow,
        TokenOwner::Owner(_) => TokenKind::Owner,
        TokenOwner::Operator(_) => TokenKind::Operator,
    };
    let text = TokenText::generate(kind, &mut EntropyRng(&*ports.entropy));
    let token = Token {
        id: Id::new(now, &*ports.entropy),
        owner,
        parent: None,
        label: label.to_owned(),
        hash: text.hash(),
        scopes,
        networks: Networks::default(),
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    IssuedToken { text, token }
}
