//! Who asks.

use adx_signing::name::{Name, Namespace};
use thiserror::Error;

use crate::account::{Account, Session};
use crate::owner::Owner;
use crate::publisher::Publisher;
use crate::token::{Action, Token};

/// Who asks: made only by [`authenticate`](crate::authenticate::authenticate) and
/// [`authenticate_session`](crate::accounts::authenticate_session).
#[derive(Debug, Clone)]
pub enum Actor {
    /// Nobody we know.
    Anonymous,
    /// A publisher, with the token it showed.
    Publisher {
        /// The publisher.
        publisher: Publisher,
        /// The token.
        token: Token,
    },
    /// One of the owners of a publisher's namespace, with the token it showed.
    Owner {
        /// The owner.
        owner: Owner,
        /// The publisher.
        publisher: Publisher,
        /// The token.
        token: Token,
    },
    /// A person who is signed in, with the session of its browser.
    Person {
        /// Who.
        account: Account,
        /// Where.
        session: Session,
    },
    /// An operator, with the token it showed.
    Operator {
        /// The token.
        token: Token,
    },
}

/// Why an actor may not do what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Denied {
    /// Neither a token was shown nor is anybody signed in.
    #[error("a token is needed for this, or somebody who is signed in")]
    Unauthenticated,
    /// The token counted when the request began, and was revoked since.
    #[error("the token was revoked while the request was under way")]
    Revoked,
    /// Only a person who is signed in may: no token is enough.
    #[error("only a person who is signed in may do this")]
    PersonOnly,
    /// Only an operator may.
    #[error("only an operator may do this")]
    OperatorOnly,
    /// Only a publisher may.
    #[error("only a publisher token may do this")]
    PublisherOnly,
    /// Only an owner of the namespace may.
    #[error("only the token of an owner of the namespace may do this")]
    OwnerOnly,
    /// Only runs of workflows that the publisher trusts may.
    #[error("only runs of trusted workflows publish in this namespace")]
    TrustedOnly,
    /// The namespace is somebody else's.
    #[error("this token belongs to `{own}`, not to `{asked}`")]
    OtherNamespace {
        /// The token's namespace.
        own: Namespace,
        /// The namespace asked for.
        asked: Namespace,
    },
    /// The token lacks the scope.
    #[error("this token lacks the scope `{needed}`")]
    MissingScope {
        /// The scope that would allow it.
        needed: String,
    },
}

impl Actor {
    /// The publisher and token, if this is the publisher of `namespace` and the token allows `action` on `name`
    /// (on every module, when `name` is `None`).
    ///
    /// # Errors
    /// [`Denied`] says which of these does not hold.
    pub fn publisher_of(
        &self,
        namespace: &Namespace,
        action: Action,
        name: Option<&Name>,
    ) -> Result<(&Publisher, &Token), Denied> {
        let (publisher, token) = self.publisher()?;
        is_of(publisher, namespace)?;
        let allows =
            |pattern: &crate::token::ModulePattern| name.map_or(pattern.is_any(), |name| pattern.selects(name));
        if token.scopes.iter().any(|scope| scope.action == action && allows(&scope.modules)) {
            return Ok((publisher, token));
        }
        let modules = name.map_or_else(|| "*".to_owned(), ToString::to_string);
        Err(Denied::MissingScope { needed: format!("{}:{modules}", action.as_str()) })
    }

    /// The publisher and token.
    ///
    /// # Errors
    /// [`Denied`] when nobody, an owner or an operator asks.
    pub fn publisher(&self) -> Result<(&Publisher, &Token), Denied> {
        match self {
            Self::Publisher { publisher, token } => Ok((publisher, token)),
            Self::Owner { .. } | Self::Person { .. } | Self::Operator { .. } => Err(Denied::PublisherOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// The person and the session.
    ///
    /// # Errors
    /// [`Denied`] when nobody asks, or a token.
    pub fn person(&self) -> Result<(&Account, &Session), Denied> {
        match self {
            Self::Person { account, session } => Ok((account, session)),
            Self::Publisher { .. } | Self::Owner { .. } | Self::Operator { .. } => Err(Denied::PersonOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether an operator asks, with a token or signed in.
    ///
    /// # Errors
    /// [`Denied`] when nobody, a publisher, an owner or another person asks.
    pub fn operator(&self) -> Result<(), Denied> {
        match self {
            Self::Operator { .. } => Ok(()),
            Self::Person { account, .. } if account.is_operator => Ok(()),
            Self::Publisher { .. } | Self::Owner { .. } | Self::Person { .. } => Err(Denied::OperatorOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// The owner and the publisher, if this is one of the owners of `namespace`. A publisher's token is not enough: that is
    /// what is stolen first.
    ///
    /// # Errors
    /// [`Denied`] says which of these does not hold.
    pub fn owner_of(&self, namespace: &Namespace) -> Result<(&Owner, &Publisher), Denied> {
        match self {
            Self::Owner { owner, publisher, .. } => {
                is_of(publisher, namespace)?;
                Ok((owner, publisher))
            }
            Self::Publisher { .. } | Self::Person { .. } | Self::Operator { .. } => Err(Denied::OwnerOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether who asks may see the addresses of the owners of `namespace`, besides their names: the owners themselves and
    /// operators may, the publisher sees names only.
    ///
    /// # Errors
    /// [`Denied`] for whoever may not see the owners at all.
    pub fn sees_owners_of(&self, namespace: &Namespace) -> Result<bool, Denied> {
        match self {
            Self::Operator { .. } => Ok(true),
            Self::Person { account, .. } if account.is_operator => Ok(true),
            Self::Person { .. } => Err(Denied::OwnerOnly),
            Self::Owner { publisher, .. } => is_of(publisher, namespace).map(|()| true),
            Self::Publisher { publisher, .. } => is_of(publisher, namespace).map(|()| false),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }
}

fn is_of(publisher: &Publisher, namespace: &Namespace) -> Result<(), Denied> {
    if publisher.namespace.canonical() == namespace.canonical() {
        return Ok(());
    }
    Err(Denied::OtherNamespace { own: publisher.namespace.clone(), asked: namespace.clone() })
}
