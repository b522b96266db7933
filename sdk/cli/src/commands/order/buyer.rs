//! As whom somebody buys.

use adx_signing::{Namespace, TokenKind};
use clap::Args;

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::commands::proposal::{another_token, owners_only};
use crate::failure::Failure;
use crate::http::Server;

// Whose owner buys.
#[derive(Args)]
pub(crate) struct Organisation {
    /// The namespace of the organisation that buys [default: the one of config.toml]
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
}

impl Organisation {
    /// The organisation, where one is named or set.
    pub(crate) fn namespace(&self, app: &App) -> Result<Option<Namespace>, Failure> {
        match &self.publisher {
            Some(named) => Ok(Some(named.clone())),
            None if app.settings.chosen().publisher.is_some() => chosen_publisher(app).map(Some),
            None => Ok(None),
        }
    }

    /// The registry, spoken to by the token that is given, else by that of an owner of the organisation, else by that of `adx login`.
    pub(crate) fn open(&self, app: &App) -> Result<Buyer, Failure> {
        let namespace = self.namespace(app)?;
        let registry = match &namespace {
            Some(namespace) => app.registry_as_owner(namespace)?,
            None => app.registry()?,
        };
        Ok(Buyer { registry, namespace })
    }

    /// What names it in the next command, where it was named in this one.
    pub(crate) fn option(&self) -> String {
        self.publisher.as_ref().map(|publisher| format!(" --publisher {publisher}")).unwrap_or_default()
    }
}

/// The registry, spoken to as whoever buys.
pub(crate) struct Buyer {
    pub(crate) registry: Server,
    namespace: Option<Namespace>,
}

impl Buyer {
    /// Why the registry shows this token nothing, and what helps: only owners buy by a token.
    pub(crate) fn no_owner(&self) -> Option<String> {
        if self.registry.token_kind() == Some(TokenKind::Owner) {
            return None;
        }
        Some(match &self.namespace {
            Some(namespace) => owners_only(&self.registry, namespace),
            None => "name the organisation that buys, of which you are an owner: --publisher NAMESPACE".to_owned(),
        })
    }

    /// The next command where the registry refused because of who asks.
    pub(crate) fn advise(&self, failure: Failure) -> Failure {
        let kind = self.registry.token_kind();
        if let (Some(TokenKind::Owner), Some(namespace)) = (kind, &self.namespace) {
            return failure.hint_for("unauthenticated", another_token(namespace));
        }
        // Strangers are not told what there is, and a publisher's token is a stranger's wherever something is bought.
        let is_hidden = failure.is("tenant") || failure.is("not-found");
        let is_about_who = failure.is("unauthenticated") || failure.is("forbidden");
        match self.no_owner() {
            Some(hint) if is_about_who || (is_hidden && kind == Some(TokenKind::Publisher)) => failure.hint(hint),
            _ => failure,
        }
    }
}
