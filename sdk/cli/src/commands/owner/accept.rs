use std::io::{self, Read as _};

use adx_signing::Namespace;
use clap::Args;
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::App;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::http::{Kind, Server};

/// Become an owner
///
/// The code is in the invitation's mail and works once. The token that it gives is kept beside the publisher's.
#[derive(Args)]
pub(crate) struct Accept {
    /// The code of the invitation; it is asked for where it is left out
    code: Option<SecretString>,
    /// Read the code from stdin
    #[arg(long, conflicts_with = "code")]
    stdin: bool,
    /// Print the token, which no one can be shown again (--json always does)
    #[arg(long)]
    show_token: bool,
}

impl Accept {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let url = app.settings.registry()?;
        // Read before the code is spent: the token is shown once, and must not be lost to an unreadable file.
        let mut credentials = Credentials::load(app.settings.home())?;
        let code = self.code(app)?;
        // The code says who asks: no token goes with it.
        let registry = Server::new(Kind::Registry, url, None, app.settings.retries(), app.output)?;
        let body = json!({ "code": code.expose_secret() });
        let accepted =
            registry.send(Method::POST, &["api", "v1", "owners", "accept"], Some(&body)).await.map_err(|failure| {
                let again = "ask for another invitation: a code works once, for seven days, and the newest only";
                failure.hint_for("invitation", again)
            })?;
        let namespace = accepted["namespace"].as_str().and_then(|text| text.parse::<Namespace>().ok());
        let (Some(token), Some(namespace)) = (accepted["token"].as_str(), namespace) else {
            return Err(Failure::failed("the registry took the code and returned no token for it")
                .hint("is it of this version?"));
        };
        credentials.set_owner(registry.base(), &namespace, token);
        credentials.save()?;
        app.settings.choose(|chosen| {
            chosen.registry.get_or_insert_with(|| url.clone());
            chosen.publisher.get_or_insert_with(|| namespace.to_string());
        })?;
        app.output.result(&accepted, |out| {
            writeln!(out, "you are an owner of {namespace}; your token is kept in")?;
            writeln!(out, "  {}", credentials.path().display())?;
            if self.show_token {
                writeln!(out, "  {token}")?;
            }
            writeln!(out, "next: adx owner list {namespace}")
        })
    }

    fn code(&self, app: &App) -> Result<SecretString, Failure> {
        let unreadable = |error: io::Error| Failure::failed("cannot read the code").because(&error);
        if let Some(code) = &self.code {
            return Ok(code.clone());
        }
        if self.stdin {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
            return Ok(SecretString::from(text.trim()));
        }
        if !app.output.can_ask() {
            return Err(Failure::usage("a code is needed and nobody is here to be asked")
                .hint("run `adx owner accept CODE`, or pass the code on stdin with --stdin"));
        }
        let text = rpassword::prompt_password("Code of the invitation: ").map_err(unreadable)?;
        Ok(SecretString::from(text.trim()))
    }
}
