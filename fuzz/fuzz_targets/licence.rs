//! A licence, as a token and as a file: what is read is what was signed, and the file is what is written of it again.
#![no_main]

use adx_signing::{
    SecretKey,
    licence::{Authority, armour, verify},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The key that signed the seeds.
    let key = SecretKey::from_seed(&[7; 32]).public();
    let authority = Authority::new("registry.example.com/log".parse().expect("an origin"), key);
    if let Ok(verified) = verify(text, &authority) {
        assert_eq!(verified.key(), key.id());
        assert_eq!(verified.licence().check(), Ok(()));
        assert_eq!(verified.licence().module.to_string(), "adx/hello");
    }
    if let Ok((token, verified)) = armour::read(text, &authority) {
        assert_eq!(verify(&token, &authority), Ok(verified.clone()));
        let written = armour::write(&token, &verified).expect("it was one");
        assert_eq!(text.replace("\r\n", "\n").trim_end(), written.trim_end());
    }
});
