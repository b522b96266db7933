use adx_signing::{KeyId, PublicKey, SecretKey, key::KeyError};
use pkcs8::{
    EncryptedPrivateKeyInfoRef,
    der::{Decode as _, SecretDocument},
};

use crate::{Chain, bytes, key};

/// RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
const RFC_8032: [(&str, &str, &str, &str); 3] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

/// RFC 8410 section 10.3, first example.
const RFC_8410_SECRET: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
/// The same key with an attribute and its public half: version 2 of PKCS#8.
const RFC_8410_SECRET_VERSION_2: &str = "-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
";
/// RFC 8410 section 10.1: its public half.
const RFC_8410_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
/// The same key by `openssl pkcs8 -topk8 -v2 aes-256-cbc` (PBKDF2), passphrase `correct`.
const OPENSSL_PBKDF2: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAieCmFdYea+zQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGLv7Op+9ckVV9OO11eyZOgEQO6Z
BKLbKOZNgEFC3zG7fcZUYRsNJxFC7ZjbuzsUeLPtHNJh1UaoiD3IKumy7O5Gv49I
NjizLDb6XkmtLiA8fxM=
-----END ENCRYPTED PRIVATE KEY-----
";
/// The same key by `openssl pkcs8 -topk8 -scrypt`.
const OPENSSL_SCRYPT: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgUozmYQypGjwICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBC4OSDSvQ3GTpkhO7da5B+RBED3KFjN1/KThEky
JWFbrSCfhsDF6+Fuf6wwzrFP6mwV+sqgoOrKBYwkUBnmxiNi425eh6SFgXkkkWs9
STBPQXm9
-----END ENCRYPTED PRIVATE KEY-----
";

#[test]
fn signatures_are_those_of_rfc_8032() {
    for (seed, public, message, signature) in RFC_8032 {
        let key = SecretKey::from_seed(&bytes(seed));
        let message = hex::decode(message).expect("hexadecimal");
        assert_eq!(key.public().as_bytes(), &bytes(public));
        assert_eq!(key.sign(&message), bytes(signature));
        let public = PublicKey::from_bytes(&bytes(public)).expect("a sound key");
        assert_eq!(public.verify(&message, &bytes::<64>(signature)), Ok(()));
    }
}

#[test]
fn a_flipped_bit_of_message_signature_or_key_is_no_signature() {
    let (key, message) = (key("one"), b"what is signed".to_vec());
    let (public, signature) = (key.public(), key.sign(b"what is signed"));
    for bit in 0..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(public.verify(&flipped, &signature).is_err(), "message bit {bit}");
    }
    for bit in 0..512 {
        let mut flipped = signature;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(public.verify(&message, &flipped).is_err(), "signature bit {bit}");
    }
    for bit in 0..256 {
        let mut flipped = *public.as_bytes();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = PublicKey::from_bytes(&flipped) {
            assert!(other.verify(&message, &signature).is_err(), "key bit {bit}");
        }
    }
    for length in [0, 63, 65] {
        assert!(public.verify(&message, &vec![0; length]).is_err(), "{length} bytes");
    }
}

/// RFC 8032 section 5.1.7 asks for S below the group order; adding the order gives a second signature
/// where a verifier forgets it.
#[test]
fn a_signature_cannot_be_rewritten() {
    let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let (key, message) = (key("one"), b"message");
    let mut signature = key.sign(message);
    let mut carry = 0;
    for (byte, addend) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert!(key.public().verify(message, &signature).is_err());
}

#[test]
fn public_keys_that_prove_nothing_are_refused() {
    // The neutral element: with it, one signature fits any message.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert_eq!(PublicKey::from_bytes(&neutral), Err(KeyError::SmallOrder));
    // A y-coordinate of p + 1, a second encoding of the same point (RFC 8032 section 5.1.3).
    let second: [u8; 32] = bytes("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    assert_eq!(PublicKey::from_bytes(&second), Err(KeyError::NotAPoint));
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(PublicKey::from_bytes(&no_point), Err(KeyError::NotAPoint));
    assert_eq!(PublicKey::try_from(&[0; 31][..]), Err(KeyError::Length { length: 31 }));
}

#[test]
fn keys_of_rfc_8410_are_read_and_written() {
    let key = SecretKey::from_pem(RFC_8410_SECRET, None).expect("the RFC's key");
    assert_eq!(key.public(), PublicKey::from_pem(RFC_8410_PUBLIC).expect("the RFC's public key"));
    assert_eq!(key.public().to_pem(), RFC_8410_PUBLIC);
    assert_eq!(key.to_pem(None, &mut Chain::new("unused")).expect("a key").as_str(), RFC_8410_SECRET);
    let second = SecretKey::from_pem(RFC_8410_SECRET_VERSION_2, None).expect("the RFC's second example");
    assert_eq!(second.public(), key.public());
}

#[test]
fn keys_that_openssl_encrypted_are_read() {
    let public = PublicKey::from_pem(RFC_8410_PUBLIC).expect("the RFC's public key");
    for pem in [OPENSSL_PBKDF2, OPENSSL_SCRYPT] {
        assert_eq!(SecretKey::from_pem(pem, Some("correct")).expect("OpenSSL's key").public(), public);
        assert_eq!(SecretKey::from_pem(pem, Some("wrong")).expect_err("a wrong passphrase"), KeyError::WrongPassphrase);
        assert_eq!(SecretKey::from_pem(pem, None).expect_err("no passphrase"), KeyError::PassphraseNeeded);
    }
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_only() {
    let key = key("one");
    let pem = key.to_pem(Some("correct horse"), &mut Chain::new("salt")).expect("an encrypted key");
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let opened = SecretKey::from_pem(&pem, Some("correct horse")).expect("the right passphrase");
    assert_eq!(opened.public(), key.public());
    assert_eq!(SecretKey::from_pem(&pem, Some("")).expect_err("another passphrase"), KeyError::WrongPassphrase);
    assert_eq!(key.to_pem(Some(""), &mut Chain::new("salt")).expect_err("empty"), KeyError::EmptyPassphrase);
    // Another salt each time: equal keys under equal passphrases must not look equal.
    assert_ne!(pem, key.to_pem(Some("correct horse"), &mut Chain::new("other salt")).expect("an encrypted key"));
}

#[test]
fn guessing_a_passphrase_costs_what_is_promised() {
    let pem = key("one").to_pem(Some("passphrase"), &mut Chain::new("salt")).expect("an encrypted key");
    let (_, document) = SecretDocument::from_pem(&pem).expect("PEM");
    let info = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes()).expect("PKCS#8");
    let cost = info.encryption_algorithm.pbes2().and_then(|pbes2| pbes2.kdf.scrypt()).expect("scrypt");
    assert_eq!((cost.cost_parameter, cost.block_size, cost.parallelization), (1 << 14, 8, 5));
}

#[test]
fn a_wrong_file_is_named() {
    let secret = |text: &str| SecretKey::from_pem(text, None).expect_err(text).to_string();
    let public = |text: &str| PublicKey::from_pem(text).expect_err(text).to_string();
    assert!(secret("not a key").contains("-----BEGIN PRIVATE KEY-----"));
    assert!(secret(RFC_8410_PUBLIC).contains("public half"));
    assert!(public(RFC_8410_SECRET).contains("never hand it out"));
    assert!(public(OPENSSL_SCRYPT).contains("never hand it out"));
    assert!(secret(&RFC_8410_SECRET.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY")).contains("OpenSSH"));
    assert!(secret(&"-".repeat(8 * 1024 + 1)).contains("8193 bytes"));
    // An X25519 key (RFC 8410): the right file, another algorithm.
    assert!(secret(&RFC_8410_SECRET.replace("K2VwBC", "K2VuBC")).contains("adx key new"));
}

#[test]
fn debugging_output_has_no_secret() {
    let key = SecretKey::from_seed(&[0x5a; 32]);
    let text = format!("{key:?}");
    assert!(text.contains(&key.public().id().to_string()));
    assert!(!text.contains("5a5a5a5a") && !text.contains("90, 90, 90"), "{text}");
}

/// The id of a key is what TUF clients compute: the SHA-256 of its canonical JSON.
#[test]
fn key_ids_are_tuf_key_ids() {
    let public = key("one").public();
    let json = format!(
        r#"{{"keytype":"ed25519","keyval":{{"public":"{}"}},"scheme":"ed25519"}}"#,
        hex::encode(public.as_bytes())
    );
    assert_eq!(public.id().digest(), adx_signing::Digest::of(json.as_bytes()));
    assert_eq!(public.id().to_string().parse::<KeyId>(), Ok(public.id()));
}
