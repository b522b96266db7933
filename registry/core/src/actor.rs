//! Who asks.

use adx_signing::name::{Name, Namespace};
use thiserror::Error;

use crate::account::{Account, Session};
use crate::members::{By, Member, Membership, Right, Role};
use crate::operator_scope::OperatorScope;
use crate::publisher::Publisher;
use crate::token::{Action, Token, TokenOwner};

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
        owner: Member,
        /// The publisher.
        publisher: Publisher,
        /// The token.
        token: Token,
    },
    /// A person who is signed in, with the session of its browser: with a second factor, where the account has one.
    Person {
        /// Who.
        account: Account,
        /// Where.
        session: Session,
        /// Of which publishers it is a member. What changes something looks again, under a lock.
        memberships: Vec<Membership>,
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
    /// The token or session counted when the request began, and was revoked, or ended, since.
    #[error("the token or session was revoked while the request was under way, or ended")]
    Revoked,
    /// Only a person who is signed in may: no token is enough.
    #[error("only a person who is signed in may do this")]
    PersonOnly,
    /// Only an operator may.
    #[error("only an operator may do this")]
    OperatorOnly,
    /// An operator would decide on what is its own.
    #[error("this is {whose}: another operator decides on it")]
    Own {
        /// In words.
        whose: String,
        /// The command by which whoever has the machine decides.
        on_the_machine: String,
    },
    /// Only a publisher may.
    #[error("only a publisher token may do this")]
    PublisherOnly,
    /// Only an owner of the namespace may.
    #[error("only an owner of the namespace may do this")]
    OwnerOnly,
    /// Only runs of workflows that the publisher trusts may.
    #[error("only runs of trusted workflows publish in this namespace")]
    TrustedOnly,
    /// Runs of workflows publish and yank, and do nothing else.
    #[error("the token of a workflow's run publishes and yanks, and does nothing else")]
    NotForRuns,
    /// Who is signed in is nobody there.
    #[error("you are no member of `{0}`")]
    NotMember(Namespace),
    /// Who is signed in is there with another role.
    #[error("a member of `{namespace}` with the role {role} may not {right}")]
    Role {
        /// The namespace.
        namespace: Namespace,
        /// The member's role.
        role: Role,
        /// What it lacks.
        right: Right,
    },
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
    /// The operators' token has other scopes.
    #[error("this operators' token lacks the scope `{0}`")]
    MissingOperatorScope(OperatorScope),
}

impl Actor {
    /// The publisher of `namespace`, and by what it is acted for: its token, if that allows `action` on `name` (on every module, when
    /// `name` is `None`), or the session of a member whose role does.
    ///
    /// # Errors
    /// [`Denied`] says which of these does not hold.
    pub fn publisher_of(
        &self,
        namespace: &Namespace,
        action: Action,
        name: Option<&Name>,
    ) -> Result<(&Publisher, By<'_>), Denied> {
        if let Self::Person { session, .. } = self {
            let Membership { member, publisher } = self.membership(namespace, action.into())?;
            return Ok((publisher, By::Member(member, session)));
        }
        let (publisher, token) = self.publisher()?;
        is_of(publisher, namespace)?;
        let allows =
            |pattern: &crate::token::ModulePattern| name.map_or(pattern.is_any(), |name| pattern.selects(name));
        if token.scopes.iter().any(|scope| scope.action == action && allows(&scope.modules)) {
            return Ok((publisher, By::Token(token)));
        }
        let modules = name.map_or_else(|| "*".to_owned(), ToString::to_string);
        Err(Denied::MissingScope { needed: format!("{}:{modules}", action.as_str()) })
    }

    /// The same for what speaks for the publisher beyond a release: no run of a workflow does.
    ///
    /// # Errors
    /// [`Denied`] says what does not hold.
    pub fn speaks_for(&self, namespace: &Namespace, name: &Name) -> Result<(&Publisher, By<'_>), Denied> {
        if let Self::Publisher { token, .. } = self
            && matches!(token.owner, TokenOwner::Workflow(_))
        {
            return Err(Denied::NotForRuns);
        }
        self.publisher_of(namespace, Action::Publish, Some(name))
    }

    /// The publisher and token.
    ///
    /// # Errors
    /// [`Denied`] when nobody, an owner, a person or an operator asks.
    pub fn publisher(&self) -> Result<(&Publisher, &Token), Denied> {
        match self {
            Self::Publisher { publisher, token } => Ok((publisher, token)),
            Self::Owner { .. } | Self::Person { .. } | Self::Operator { .. } => Err(Denied::PublisherOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether anybody asks: settled before what is asked.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`]
    pub fn somebody(&self) -> Result<(), Denied> {
        if matches!(self, Self::Anonymous) { Err(Denied::Unauthenticated) } else { Ok(()) }
    }

    /// The person and the session.
    ///
    /// # Errors
    /// [`Denied`] when nobody asks, or a token.
    pub fn person(&self) -> Result<(&Account, &Session), Denied> {
        match self {
            Self::Person { account, session, .. } => Ok((account, session)),
            Self::Publisher { .. } | Self::Owner { .. } | Self::Operator { .. } => Err(Denied::PersonOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether an operator asks, with a token that has the scope or signed in.
    ///
    /// # Errors
    /// [`Denied`] when nobody, a publisher, an owner or another person asks, or a token without the scope.
    pub fn operator(&self, scope: OperatorScope) -> Result<(), Denied> {
        match self {
            Self::Operator { token } if may(token, scope) => Ok(()),
            Self::Operator { .. } => Err(Denied::MissingOperatorScope(scope)),
            Self::Person { account, .. } if account.is_operator => Ok(()),
            Self::Publisher { .. } | Self::Owner { .. } | Self::Person { .. } => Err(Denied::OperatorOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether an operator asks who may look at what a scope is about: with that scope, or with [`OperatorScope::Read`].
    ///
    /// # Errors
    /// [`Denied`] as for [`operator`](Self::operator).
    pub fn operator_sees(&self, about: OperatorScope) -> Result<(), Denied> {
        self.operator(about).or_else(|_| self.operator(OperatorScope::Read))
    }

    /// Whether who asks may create publishers at all: operators, and people where the registry is open to that.
    ///
    /// # Errors
    /// [`Denied`] says why not.
    pub fn may_create_publishers(&self, is_open: bool) -> Result<(), Denied> {
        match self {
            Self::Person { .. } if is_open => Ok(()),
            _ => self.operator(OperatorScope::Publishers),
        }
    }

    /// The owner and the publisher, if this is one of the owners of `namespace`: by an owner's token, or signed in. A publisher's
    /// token is not enough: that is what is stolen first.
    ///
    /// # Errors
    /// [`Denied`] says which of these does not hold.
    pub fn owner_of(&self, namespace: &Namespace) -> Result<(&Member, &Publisher), Denied> {
        match self {
            Self::Owner { owner, publisher, .. } => {
                is_of(publisher, namespace)?;
                Ok((owner, publisher))
            }
            Self::Person { .. } => {
                let Membership { member, publisher } = self.membership(namespace, Right::Decide)?;
                Ok((member, publisher))
            }
            Self::Publisher { .. } | Self::Operator { .. } => Err(Denied::OwnerOnly),
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether who asks may see something of the publisher of `namespace` that is not public: operators and owners' tokens may see all
    /// but the tokens, operators' tokens what their scopes are about, members what their roles give the right to, the publisher's tokens
    /// all but addresses and money, and other tokens only if they may make some.
    ///
    /// # Errors
    /// [`Denied`] says why not.
    pub fn may_see(&self, namespace: &Namespace, right: Right) -> Result<(), Denied> {
        match self {
            Self::Person { account, .. } if account.is_operator && right != Right::SeeTokens => Ok(()),
            Self::Person { .. } => self.membership(namespace, right).map(drop),
            _ if right == Right::SeeTokens => self.publisher_of(namespace, Action::Tokens, None).map(drop),
            Self::Operator { .. } => self.operator_sees(about(right)),
            Self::Owner { publisher, .. } => is_of(publisher, namespace),
            Self::Publisher { publisher, .. } => {
                is_of(publisher, namespace)?;
                let is_for_people = matches!(right, Right::SeeAddresses | Right::SeeMoney);
                if is_for_people { Err(Denied::OwnerOnly) } else { Ok(()) }
            }
            Self::Anonymous => Err(Denied::Unauthenticated),
        }
    }

    /// Whether who asks may see the addresses of the owners of `namespace`, besides their names: the owners themselves and
    /// operators may, the publisher and other members see names only.
    ///
    /// # Errors
    /// [`Denied`] for whoever may not see the owners at all.
    pub fn sees_owners_of(&self, namespace: &Namespace) -> Result<bool, Denied> {
        self.may_see(namespace, Right::SeeMembers)?;
        Ok(self.may_see(namespace, Right::SeeAddresses).is_ok())
    }

    /// As whom the person is a member of the publisher of `namespace`, if its role gives a right.
    fn membership(&self, namespace: &Namespace, right: Right) -> Result<&Membership, Denied> {
        let Self::Person { memberships, .. } = self else { return Err(Denied::PersonOnly) };
        let is_of = |membership: &&Membership| membership.publisher.namespace.canonical() == namespace.canonical();
        let found = memberships.iter().find(is_of).ok_or_else(|| Denied::NotMember(namespace.clone()))?;
        let role = found.member.role;
        if role.has(right) { Ok(found) } else { Err(Denied::Role { namespace: namespace.clone(), role, right }) }
    }
}

/// Whether a token is an operators' token that has the scope.
fn may(token: &Token, scope: OperatorScope) -> bool {
    matches!(token.owner, TokenOwner::Operator(scopes) if scopes.have(scope))
}

/// Whose business among operators it is what a right shows of a publisher.
const fn about(right: Right) -> OperatorScope {
    match right {
        Right::SeeSubmissions | Right::Publish => OperatorScope::Review,
        Right::SeeMoney | Right::AskToBuy | Right::Buy => OperatorScope::Orders,
        Right::SeeMembers
        | Right::SeeAddresses
        | Right::SeeTokens
        | Right::Keys
        | Right::Tokens
        | Right::Members
        | Right::Decide => OperatorScope::Publishers,
    }
}

fn is_of(publisher: &Publisher, namespace: &Namespace) -> Result<(), Denied> {
    if publisher.namespace.canonical() == namespace.canonical() {
        return Ok(());
    }
    Err(Denied::OtherNamespace { own: publisher.namespace.clone(), asked: namespace.clone() })
}
