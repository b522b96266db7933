//! A device that holds passkeys, and the browser before it: the client and the authenticator of another project
//! (<https://github.com/1Password/passkey-rs>).

use async_trait::async_trait;
use passkey_authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::AvailableBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

/// A device. Copied, there are two with the same passkeys.
#[derive(Clone, Default)]
pub struct Device {
    passkeys: MemoryStore,
}

impl Device {
    /// Makes a passkey, as a page of `origin` asks, and answers with it in JSON.
    pub async fn create(&mut self, origin: &str, options: &Value) -> Value {
        let mut browser = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let made = browser.register(&page(origin), asked(options), DefaultClientData).await.expect("a passkey");
        self.passkeys = browser.authenticator().store().clone();
        serde_json::to_value(&made).expect("JSON")
    }

    /// Signs, as a page of `origin` asks, and answers in JSON.
    pub async fn sign(&mut self, origin: &str, options: &Value) -> Value {
        let mut browser = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let signed = browser.authenticate(&page(origin), asked(options), DefaultClientData).await.expect("a signature");
        self.passkeys = browser.authenticator().store().clone();
        serde_json::to_value(&signed).expect("JSON")
    }

    fn authenticator(&self) -> Authenticator<MemoryStore, Owner, AvailableBackend> {
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), self.passkeys.clone(), Owner, AvailableBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        authenticator
    }
}

fn page(origin: &str) -> Url {
    origin.parse().expect("an origin")
}

fn asked<T: DeserializeOwned>(options: &Value) -> T {
    serde_json::from_value(json!({ "publicKey": options })).expect("what browsers take")
}

/// Whoever holds the device: there, and verified by it whenever the page asks for that.
struct Owner;

#[async_trait]
impl UserValidationMethod for Owner {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}
