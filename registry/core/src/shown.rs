//! What a request showed to say who asks, looked at again before anything is written: its body may have come long after, and what
//! counted then may have been revoked since.

use std::sync::Arc;

use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use crate::account::Account;
use crate::actor::Actor;
use crate::members::{Member, Role};
use crate::ports::{Clock, Origins, Reader, Snapshot, Store, StoreError, Transaction};
use crate::{Id, Ports};

/// By what whoever asks is known, and what hung on it when the request began.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A token.
    Token {
        /// The sha256 of its text.
        hash: Digest,
        /// Whose it is, of an owner's token.
        owner: Option<Id<Member>>,
    },
    /// The session of a person.
    Session {
        /// The sha256 of what the cookie holds.
        hash: Digest,
        /// Whose it is.
        account: Id<Account>,
        /// Whether it is an operator's.
        is_operator: bool,
        /// As whom the person is a member of publishers, and with which roles.
        roles: Vec<(Id<Member>, Role)>,
    },
}

impl Shown {
    /// What an actor showed; none if it is nobody we know.
    pub fn of(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::Anonymous => None,
            Actor::Publisher { token, .. } | Actor::Operator { token } => {
                Some(Self::Token { hash: token.hash, owner: None })
            }
            Actor::Owner { owner, token, .. } => Some(Self::Token { hash: token.hash, owner: Some(owner.id) }),
            Actor::Person { account, session, memberships } => Some(Self::Session {
                hash: session.hash,
                account: account.id,
                is_operator: account.is_operator,
                roles: memberships.iter().map(|of| (of.member.id, of.member.role)).collect(),
            }),
        }
    }

    /// Whether it counts as it did: the token or session has not ended, and whose it is has every right that it had.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn counts<R: Reader + ?Sized>(&self, reader: &mut R, now: OffsetDateTime) -> Result<bool, StoreError> {
        match self {
            Self::Token { hash, owner } => {
                let Some(token) = reader.token_by_hash(hash).await? else { return Ok(false) };
                if token.revoked_at.is_some() || token.expires_at.is_some_and(|expires_at| expires_at <= now) {
                    return Ok(false);
                }
                match owner {
                    Some(owner) => Ok(reader.member(*owner).await?.is_some_and(|owner| owner.is_owner())),
                    None => Ok(true),
                }
            }
            Self::Session { hash, account, is_operator, roles } => {
                let is_signed_in = reader.session_by_hash(hash).await?.is_some_and(|session| session.ends_at() > now);
                let account = reader.account(*account).await?.filter(Account::is_active);
                if !is_signed_in || account.is_none_or(|account| *is_operator && !account.is_operator) {
                    return Ok(false);
                }
                for (member, role) in roles {
                    let member = reader.member(*member).await?;
                    if member.is_none_or(|member| !member.is_accepted() || member.role != *role) {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }
}

/// A store that begins a transaction for a request only if what the request showed counts still. It is looked at as the transaction
/// begins, and once more when it has locked the leaves: whoever revokes tokens or removes members holds that lock.
pub struct AskedStore {
    store: Arc<dyn Store>,
    origins: Arc<dyn Origins>,
    clock: Arc<dyn Clock>,
}

impl AskedStore {
    /// The store of some ports, for whoever they say asks.
    pub fn of(ports: &Ports) -> Self {
        Self { store: Arc::clone(&ports.store), origins: Arc::clone(&ports.origins), clock: Arc::clone(&ports.clock) }
    }
}

#[async_trait]
impl Store for AskedStore {
    async fn read(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.store.read().await
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let mut transaction = self.store.begin().await?;
        let Some(shown) = self.origins.shown() else { return Ok(transaction) };
        let now = self.clock.now();
        if !shown.counts(&mut *transaction, now).await? {
            transaction.rollback().await?;
            return Err(StoreError::CountsNoMore);
        }
        transaction.look_again(shown, now);
        Ok(transaction)
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.store.snapshot().await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
