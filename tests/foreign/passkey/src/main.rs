//! Devices that hold passkeys, and the browser before them: the client and the authenticator of passkey-rs
//! (<https://github.com/1Password/passkey-rs>). Reads requests, one a line in JSON, and answers each with a line: `{"done":…}`, or
//! `{"refused":"…"}` where browser or device would not. Ends with its input. The devices are in its memory only.

use std::error::Error;
use std::io::Write as _;

use async_trait::async_trait;
use passkey_authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData, WebauthnError};
use passkey_crypto::AvailableBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    /// Another device, without passkeys; answers with its number.
    Make,
    /// Another device with the passkeys of this one; answers with its number.
    Copy(usize),
    /// Makes a passkey, as a page asks with `PublicKeyCredentialCreationOptionsJSON`; answers with `RegistrationResponseJSON`.
    Register(Asked),
    /// Signs, as a page asks with `PublicKeyCredentialRequestOptionsJSON`; answers with `AuthenticationResponseJSON`.
    Authenticate(Asked),
}

/// What a page asks.
#[derive(Deserialize)]
struct Asked {
    device: usize,
    /// Of the page.
    origin: Url,
    options: Value,
}

impl Asked {
    fn options<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_value(json!({ "publicKey": self.options }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut devices = Vec::new();
    for line in std::io::stdin().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Request::Make => json!({ "done": add(&mut devices, MemoryStore::default()) }),
            Request::Copy(device) => {
                let copy = devices.get(device).cloned().ok_or("no such device")?;
                json!({ "done": add(&mut devices, copy) })
            }
            Request::Register(asked) => {
                let options = asked.options()?;
                let device = devices.get_mut(asked.device).ok_or("no such device")?;
                let mut browser = Client::new(authenticator(device)).allows_insecure_localhost(true);
                let made = browser.register(&asked.origin, options, DefaultClientData).await;
                *device = browser.authenticator().store().clone();
                told(made)?
            }
            Request::Authenticate(asked) => {
                let options = asked.options()?;
                let device = devices.get_mut(asked.device).ok_or("no such device")?;
                let mut browser = Client::new(authenticator(device)).allows_insecure_localhost(true);
                let signed = browser.authenticate(&asked.origin, options, DefaultClientData).await;
                *device = browser.authenticator().store().clone();
                told(signed)?
            }
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn add(devices: &mut Vec<MemoryStore>, device: MemoryStore) -> usize {
    devices.push(device);
    devices.len() - 1
}

fn told<T: serde::Serialize>(answer: Result<T, WebauthnError>) -> Result<Value, serde_json::Error> {
    Ok(match answer {
        Ok(answer) => json!({ "done": serde_json::to_value(answer)? }),
        Err(refused) => json!({ "refused": format!("{refused:?}") }),
    })
}

fn authenticator(device: &MemoryStore) -> Authenticator<MemoryStore, Owner, AvailableBackend> {
    let mut authenticator = Authenticator::new(Aaguid::new_empty(), device.clone(), Owner, AvailableBackend);
    authenticator.set_make_credentials_with_signature_counter(true);
    authenticator
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
