//! A registry's rows, a clock that is set by hand, and everybody's mail.

use std::sync::Arc;

use adx_registry_core::Ports;
use adx_registry_core::account::Account;
use adx_registry_core::accounts::{
    AccountError, Network, Password, SignIn, SignedIn, Verification, authenticate_session, sign_in, sign_up, verify,
};
use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::AuthenticateError;
use adx_registry_core::create_publisher::{NewPublisher, Reserved};
use adx_registry_core::job::Lane;
use adx_registry_core::ports::Message;
use adx_registry_core::publisher::PublisherKind;
use adx_registry_core::run_jobs::{JobEnd, claim, run_job};
use time::Duration;

use crate::engines::{Engine, Samples};
use crate::owners::{Mailbox, SetClock, ports};

/// A password that is taken.
pub(super) const PASSWORD: &str = "correct horse battery";
/// Another.
pub(super) const OTHER: &str = "staple that battery";

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) ports: Ports,
    pub(super) clock: Arc<SetClock>,
    mail: Arc<Mailbox>,
}

impl World {
    pub(super) fn new(engine: Engine) -> Self {
        let clock = Arc::new(SetClock::at(Samples::now()));
        let mail = Arc::new(Mailbox::default());
        let ports = ports(Arc::clone(&engine.store), &clock, &mail);
        Self { engine, ports, clock, mail }
    }

    /// Another server on the same rows, with the same clock.
    pub(super) async fn another_server(&self) -> Ports {
        ports(self.engine.another().await, &self.clock, &self.mail)
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.pass(time);
    }

    /// Runs every job that is due, and gives the letters that were sent.
    pub(super) async fn letters(&self) -> Vec<Message> {
        loop {
            let jobs = claim(&self.ports, Lane::Others, 100).await.unwrap();
            if jobs.is_empty() {
                return self.mail.take();
            }
            for job in jobs {
                assert_eq!(run_job(&self.ports, &job).await.unwrap().end, JobEnd::Done);
            }
        }
    }

    /// The only letter there is.
    pub(super) async fn letter(&self) -> Message {
        let letters = self.letters().await;
        assert_eq!(letters.len(), 1);
        letters.into_iter().next().unwrap()
    }

    /// The code of the only letter there is, behind the address of a page.
    pub(super) async fn code(&self, page: &str) -> String {
        code_in(&self.letter().await, page)
    }

    /// An account with [`PASSWORD`], signed in.
    pub(super) async fn person(&self, name: &str) -> SignedIn {
        sign_up(&self.ports, address(name), &None).await.unwrap();
        let code = self.code("verify").await;
        verify(&self.ports, verification(code, name)).await.unwrap()
    }

    pub(super) async fn actor(&self, signed_in: &SignedIn) -> Actor {
        self.show(signed_in).await.unwrap()
    }

    /// What a browser gets that shows the session's cookie.
    pub(super) async fn show(&self, signed_in: &SignedIn) -> Result<Actor, AuthenticateError> {
        authenticate_session(&self.ports, signed_in.secret.expose()).await
    }

    pub(super) async fn is_signed_in(&self, signed_in: &SignedIn) -> bool {
        match self.show(signed_in).await {
            Ok(_) => true,
            Err(AuthenticateError::SessionEnded) => false,
            Err(other) => panic!("{other}"),
        }
    }

    pub(super) async fn sign_in(&self, name: &str, password: &str) -> Result<SignedIn, AccountError> {
        sign_in(&self.ports, signing_in(name, password)).await
    }

    pub(super) async fn account(&self, signed_in: &SignedIn) -> Account {
        self.ports.store.read().await.unwrap().account(signed_in.account.id).await.unwrap().unwrap()
    }
}

/// An organisation's publisher.
pub(crate) fn new_publisher(namespace: &str) -> NewPublisher<'_> {
    NewPublisher {
        namespace: namespace.parse().unwrap(),
        display_name: namespace,
        reserved: Reserved::Refused,
        kind: PublisherKind::Organisation,
    }
}

pub(super) fn address(name: &str) -> adx_registry_core::ports::Address {
    format!("{name}@example.org").parse().unwrap()
}

pub(super) fn network(name: &str) -> Network {
    Some(name.to_owned())
}

pub(super) fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

pub(super) fn verification(code: String, name: &str) -> Verification {
    Verification {
        code,
        name: name.parse().unwrap(),
        password: password(PASSWORD),
        device: "Firefox on Linux".to_owned(),
        replaces: None,
    }
}

pub(super) fn signing_in(name: &str, text: &str) -> SignIn {
    SignIn {
        email: address(name),
        password: password(text),
        second_factor: None,
        unlock: None,
        network: None,
        device: "Firefox on Linux".to_owned(),
        replaces: None,
    }
}

pub(super) fn code_in(letter: &Message, page: &str) -> String {
    let (_, code) = letter.text.split_once(&format!("/{page}#")).expect("a link");
    code.split_whitespace().next().unwrap().to_owned()
}
