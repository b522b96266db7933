//! The signature of what Stripe tells. Source: Stripe, "Verify webhook signatures manually"
//! (<https://docs.stripe.com/webhooks/signature>).

use adx_registry_core::ports::NotBelieved;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use time::OffsetDateTime;

/// How old it may be, and how much ahead a clock: what was listened to once cannot be sent for ever.
const TOLERANCE_SECONDS: i64 = 300;
/// Signatures that are looked at. Stripe sends two while a secret is rolled.
const MOST_SIGNATURES: usize = 5;

/// Whether a body was signed with a secret, lately. `header` is `t=SECONDS,v1=HEX,…`; other schemes than `v1` are not looked at.
pub(super) fn check(
    secret: &SecretString,
    header: Option<&str>,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), NotBelieved> {
    let header = header.ok_or(NotBelieved::Signature)?;
    let fields = || header.split(',').filter_map(|field| field.trim().split_once('='));
    let signed_at = fields().find(|(name, _)| *name == "t").map(|(_, value)| value).ok_or(NotBelieved::Signature)?;
    let signatures = fields().filter(|(name, _)| *name == "v1").take(MOST_SIGNATURES);
    let is_signed = |signature: Vec<u8>| {
        let key = secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
        mac.update(signed_at.as_bytes());
        mac.update(b".");
        mac.update(body);
        // In constant time.
        mac.verify_slice(&signature).is_ok()
    };
    if !signatures.filter_map(|(_, value)| hex::decode(value).ok()).any(is_signed) {
        return Err(NotBelieved::Signature);
    }
    let seconds: i64 = signed_at.parse().map_err(|_| NotBelieved::Signature)?;
    if seconds.abs_diff(now.unix_timestamp()) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(NotBelieved::Time);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"id\": \"evt_1\"}";

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn signed(secret: &str, seconds: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(BODY);
        hex::encode(mac.finalize().into_bytes())
    }

    #[test]
    fn only_what_was_signed_lately_with_the_secret_is_believed() {
        let secret = SecretString::from("whsec_1");
        let check = |header: Option<&str>, now| check(&secret, header, BODY, at(now));
        let good = format!("t=1000,v1={}", signed("whsec_1", "1000"));
        assert_eq!(check(Some(&good), 1_000), Ok(()));
        assert_eq!((check(Some(&good), 1_300), check(Some(&good), 700)), (Ok(()), Ok(())));
        assert_eq!(check(Some(&good), 1_301), Err(NotBelieved::Time), "listened to, and sent again");
        assert_eq!(check(Some(&good), 699), Err(NotBelieved::Time));
        let rolled = format!("t=1000,v1={},v1={},v0=00", signed("whsec_2", "1000"), signed("whsec_1", "1000"));
        assert_eq!(check(Some(&rolled), 1_000), Ok(()), "one of two is enough while a secret is rolled");
        let other = signed("whsec_2", "1000");
        let moved = signed("whsec_1", "1000");
        for forged in [
            "",
            "t=1000",
            "v1=00",
            "t=1000,v1=",
            "t=1000,v1=zz",
            &format!("t=1000,v1={other}"),
            &format!("t=1000,v0={moved}"),
            &format!("t=1001,v1={moved}"),
            &good[..good.len() - 1],
            &good.replace("t=1000", "t=x"),
        ] {
            assert_eq!(check(Some(forged), 1_000), Err(NotBelieved::Signature), "{forged}");
        }
        assert_eq!(check(None, 1_000), Err(NotBelieved::Signature));
    }
}
