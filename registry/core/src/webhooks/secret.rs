//! Secrets of hooks, and what they sign. Source: Standard Webhooks, "Signature scheme".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{Delivery, Webhook};
use crate::ports::{Entropy, NotOurs};
use crate::{Id, Ports};

/// Random bytes of a secret. Standard Webhooks wants 24 to 64.
const SECRET_BYTES: usize = 32;
/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// How long what is sent is signed with the secret before as well.
pub const SECRET_OVERLAP: Duration = Duration::hours(24);

/// A secret that a hook and its receiver share.
pub struct HookSecret(Zeroizing<Vec<u8>>);

impl HookSecret {
    /// A new one.
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// The text, to be shown once.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    /// As it is kept.
    pub(super) fn seal(&self, ports: &Ports, webhook: Id<Webhook>) -> String {
        ports.vault.seal(&self.0, &Webhook::belongs_to(webhook))
    }

    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookSecret(…)")
    }
}

/// The header `webhook-signature` of what is sent at a time: by the hook's secret, and by the one before as long as that counts.
///
/// # Errors
/// [`NotOurs`] when a secret does not open.
pub fn signatures(
    ports: &Ports,
    webhook: &Webhook,
    id: Id<Delivery>,
    at: OffsetDateTime,
    body: &str,
) -> Result<String, NotOurs> {
    let open = |sealed: &str| ports.vault.open(sealed, &Webhook::belongs_to(webhook.id)).map(HookSecret);
    let mut secrets = vec![open(&webhook.sealed_secret)?];
    if let Some((before, _)) = webhook.sealed_before.as_ref().filter(|(_, until)| at < *until) {
        secrets.push(open(before)?);
    }
    let signed = secrets.iter().map(|secret| secret.sign(&id.to_string(), at.unix_timestamp(), body));
    Ok(signed.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: the example of the specification, which every implementation checks itself with.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secret = HookSecret(Zeroizing::new(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()));
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(*secret.expose(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }
}
