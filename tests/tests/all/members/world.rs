//! The namespace `acme`, people with accounts, and everybody's mail.

use adx_registry_core::accounts::{Password, Verification, authenticate_session, sign_up, verify};
use adx_registry_core::actor::Actor;
use adx_registry_core::members::{
    Invitation, Member, MemberError, Membership, Role, accept_with_account, connect_owner, invite_member,
};
use adx_registry_core::ports::Message;
use adx_registry_core::{Id, Ports};

use crate::engines::Engine;
use crate::owners::{World as Acme, namespace};

/// A password that is taken.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) acme: Acme,
    /// The only owner of `acme`, signed in.
    pub(crate) ada: Person,
}

/// Somebody who is signed in.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    secret: String,
}

impl Person {
    /// The person as each request sees it: with what it is a member of by then.
    pub(crate) async fn actor(&self, ports: &Ports) -> Actor {
        authenticate_session(ports, &self.secret).await.unwrap()
    }
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let (acme, [owner]) = Acme::with_owners(engine, ["Ada"]).await;
        let ada = person(&acme, "ada").await;
        // The token's text is known to the letter's reader only: another one is made here.
        let text = another_token(&acme, &owner).await;
        connect_owner(&acme.ports, &ada.actor(&acme.ports).await, &text).await.unwrap();
        Self { acme, ada }
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.acme.ports
    }

    pub(crate) async fn person(&self, name: &'static str) -> Person {
        person(&self.acme, name).await
    }

    /// Somebody whom the owner invited, and who accepted.
    pub(crate) async fn member(&self, name: &'static str, role: Role) -> (Person, Id<Member>) {
        let person = self.person(name).await;
        let accepted = self.join(&person, role).await.unwrap();
        (person, accepted.member.id)
    }

    /// The owner invites a person, who accepts.
    pub(crate) async fn join(&self, person: &Person, role: Role) -> Result<Membership, MemberError> {
        self.invite(person.name, role).await?;
        let code = self.code(person.name).await;
        let actor = person.actor(self.ports()).await;
        accept_with_account(self.ports(), &actor, &Invitation::Code(code)).await
    }

    pub(crate) async fn invite(&self, name: &str, role: Role) -> Result<Member, MemberError> {
        let ada = self.ada.actor(self.ports()).await;
        let email = crate::owners::address(name).parse().unwrap();
        invite_member(self.ports(), &ada, &namespace(), role, name.parse().unwrap(), email).await
    }

    /// The code of the invitation that was sent last.
    pub(crate) async fn code(&self, name: &str) -> String {
        self.acme.work().await;
        code_to(&self.acme.mail.take(), name, "invitation")
    }
}

/// Another token of an owner.
async fn another_token(acme: &Acme, owner: &Actor) -> String {
    let Actor::Owner { owner, .. } = owner else { panic!("not an owner") };
    let renewed =
        adx_registry_core::renew_tokens::renew_owner_token_on_the_machine(&acme.ports, &namespace(), owner.id).await;
    renewed.unwrap().1.text.expose().to_owned()
}

async fn person(acme: &Acme, name: &'static str) -> Person {
    sign_up(&acme.ports, crate::owners::address(name).parse().unwrap(), &None).await.unwrap();
    acme.work().await;
    let verification = Verification {
        code: code_to(&acme.mail.take(), name, "verify"),
        name: name.parse().unwrap(),
        password: Password::new(PASSWORD.to_owned()),
        device: "Firefox on Linux".to_owned(),
        replaces: None,
    };
    let signed_in = verify(&acme.ports, verification).await.unwrap();
    Person { name, secret: signed_in.secret.expose().to_owned() }
}

/// The code behind the address of a page in the last letter to somebody.
pub(crate) fn code_to(letters: &[Message], name: &str, page: &str) -> String {
    let link = format!("/{page}#");
    let letter = letters
        .iter()
        .rev()
        .find(|letter| letter.to.as_str() == crate::owners::address(name) && letter.text.contains(&link));
    let (_, code) = letter.expect("a letter").text.split_once(&link).expect("a link");
    code.split_whitespace().next().expect("a code").to_owned()
}
