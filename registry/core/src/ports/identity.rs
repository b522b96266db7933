use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;
use url::Url;

use super::Address;

/// Says who somebody is: a provider outside of the registry, at which people sign in with their browser.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// What it calls itself: subjects are told apart below it only.
    fn issuer(&self) -> &str;

    /// Where the browser goes to sign in. The provider sends it back with a code and the round's state.
    ///
    /// # Errors
    /// [`IdentityError`]
    async fn begin(&self, round: &Round<'_>) -> Result<Url, IdentityError>;

    /// Who it was, by the code that the browser brought from the same round. The provider takes a code once.
    ///
    /// # Errors
    /// [`IdentityError`]; what the provider said is not believed then.
    async fn finish(&self, code: &str, round: &Round<'_>) -> Result<Identity, IdentityError>;
}

/// What belongs to one way to the provider and back, unguessable each.
#[derive(Clone, Copy)]
pub struct Round<'a> {
    /// Ties the way back to the way there: the browser brings it again.
    pub state: &'a str,
    /// Ties what the provider signs to the round.
    pub nonce: &'a str,
    /// Ties the code to whoever began: the provider is shown its sha256 first. Source: RFC 7636.
    pub verifier: &'a str,
    /// Where the provider sends the browser back to.
    pub back_to: &'a Url,
    /// Whether the person is to sign in there now, whoever the provider knows the browser as, and the provider is to say when it did.
    pub anew: bool,
}

/// Who somebody is, as a provider says it.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Which of its people: never another's.
    pub subject: String,
    /// Where mail goes, if the provider told something that is an address.
    pub email: Option<Address>,
    /// Whether the provider made sure that mail to it reaches the person.
    pub is_email_verified: bool,
    /// What others call the person, as the provider has it.
    pub name: Option<String>,
    /// When the person signed in there, if the provider told.
    pub signed_in_at: Option<OffsetDateTime>,
}

/// Why it is not known who somebody is.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The provider does not answer, or not as one. It may another time.
    #[error("the provider of identities cannot be used now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The provider did not take the code, or what it said is not to be believed.
    #[error("what came back from the provider of identities is not to be believed")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}
