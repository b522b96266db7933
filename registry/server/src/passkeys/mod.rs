//! Passkeys by `WebAuthn` (<https://www.w3.org/TR/webauthn-3/>): what browsers hand to people's devices, and whether devices signed it.

use std::sync::Arc;

use adx_registry_core::ports::{BegunPasskey, Credential, PasskeyError, PasskeyHolder, Passkeys};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::{Host, Url};
use webauthn_rs::prelude::{
    Credential as Kept, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};
use zeroize::Zeroizing;

/// The passkeys of a registry that is reached at this address; none where browsers use none: a number in place of a name, or http
/// from elsewhere than this machine.
///
/// # Errors
/// [`PasskeyError::Failed`]
pub fn open(public_url: Option<&Url>) -> Result<Option<Arc<dyn Passkeys>>, PasskeyError> {
    match public_url.and_then(|url| Some((url, host(url)?))) {
        Some((url, host)) => Ok(Some(Arc::new(WebauthnPasskeys::new(url, host)?))),
        None => Ok(None),
    }
}

/// The name that passkeys are bound to, if browsers take it.
fn host(url: &Url) -> Option<&str> {
    let Host::Domain(name) = url.host()? else { return None };
    (url.scheme() == "https" || (url.scheme() == "http" && name == "localhost")).then_some(name)
}

struct WebauthnPasskeys {
    webauthn: Webauthn,
}

impl WebauthnPasskeys {
    fn new(url: &Url, host: &str) -> Result<Self, PasskeyError> {
        let webauthn = WebauthnBuilder::new(host, url).and_then(WebauthnBuilder::build).map_err(failed)?;
        Ok(Self { webauthn })
    }
}

impl Passkeys for WebauthnPasskeys {
    fn begin_registration(&self, holder: &PasskeyHolder<'_>, has: &[&str]) -> Result<BegunPasskey, PasskeyError> {
        let user: Uuid = holder.account.to_string().parse().map_err(failed)?;
        let has = kept(has)?.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let (asked, state) =
            self.webauthn.start_passkey_registration(user, holder.address, holder.name, Some(has)).map_err(failed)?;
        begun(&asked, &state)
    }

    fn finish_registration(&self, state: &str, answer: &str) -> Result<Credential, PasskeyError> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(refused)?;
        credential(&self.webauthn.finish_passkey_registration(&answer, &state).map_err(refused)?)
    }

    fn begin_assertion(&self, credentials: &[&str]) -> Result<BegunPasskey, PasskeyError> {
        let (asked, state) = self.webauthn.start_passkey_authentication(&kept(credentials)?).map_err(failed)?;
        begun(&asked, &state)
    }

    fn finish_assertion(&self, state: &str, answer: &str, credentials: &[&str]) -> Result<Credential, PasskeyError> {
        let state: PasskeyAuthentication = read(state)?;
        let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(refused)?;
        let signed = match self.webauthn.finish_passkey_authentication(&answer, &state) {
            Err(WebauthnError::CredentialPossibleCompromise) => return Err(PasskeyError::Cloned),
            other => other.map_err(refused)?,
        };
        let now = kept(credentials)?.into_iter().find(|passkey| passkey.cred_id() == signed.cred_id());
        let mut now = now.ok_or_else(|| refused(WebauthnError::CredentialNotFound))?;
        // The round knows the counter as it was when it began: another may have ended since.
        let counter = Kept::from(now.clone()).counter;
        if (counter > 0 || signed.counter() > 0) && signed.counter() <= counter {
            return Err(PasskeyError::Cloned);
        }
        now.update_credential(&signed);
        credential(&now)
    }
}

/// What the browser is handed: the contents of `publicKey`, as `parseCreationOptionsFromJSON` takes them.
fn begun(asked: &impl Serialize, state: &impl Serialize) -> Result<BegunPasskey, PasskeyError> {
    let mut asked = serde_json::to_value(asked).map_err(failed)?;
    let options = asked.get_mut("publicKey").map(Value::take).unwrap_or_default().to_string();
    Ok(BegunPasskey { options, state: Zeroizing::new(serde_json::to_string(state).map_err(failed)?) })
}

fn credential(passkey: &Passkey) -> Result<Credential, PasskeyError> {
    let id = URL_SAFE_NO_PAD.encode(passkey.cred_id());
    Ok(Credential { id, json: serde_json::to_string(passkey).map_err(failed)? })
}

fn kept(credentials: &[&str]) -> Result<Vec<Passkey>, PasskeyError> {
    credentials.iter().map(|json| read(json)).collect()
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(json).map_err(failed)
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> PasskeyError {
    PasskeyError::Refused(Box::new(error))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PasskeyError {
    PasskeyError::Failed(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_where_browsers_use_them() {
        for (url, has) in [
            (Some("https://registry.example.org"), true),
            (Some("https://registry.example.org:8443/registry/"), true),
            (Some("http://localhost:8787"), true),
            (Some("http://registry.example.org"), false),
            (Some("https://192.0.2.1"), false),
            (Some("http://127.0.0.1:8787"), false),
            (Some("http://[::1]:8787"), false),
            (None, false),
        ] {
            let url: Option<Url> = url.map(|url| url.parse().unwrap());
            assert_eq!(open(url.as_ref()).unwrap().is_some(), has, "{url:?}");
        }
    }
}
