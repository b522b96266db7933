use adx_signing::{Token, TokenKind, token::TokenError};
use proptest::prelude::*;

use crate::Chain;

#[test]
fn each_kind_has_its_prefix_and_is_read_back() {
    for kind in TokenKind::ALL {
        let token = Token::generate(kind, &mut Chain::new("token"));
        assert!(token.expose().starts_with(kind.prefix()));
        assert_eq!(token.expose().len(), kind.prefix().len() + 43);
        let read = Token::parse(token.expose()).expect("our own token");
        assert_eq!((read.kind(), &read, read.hash()), (kind, &token, token.hash()));
    }
}

#[test]
fn damaged_tokens_are_refused_without_repeating_them() {
    let text = Token::generate(TokenKind::Tenant, &mut Chain::new("token")).expose().to_owned();
    for (damaged, error) in [
        (String::new(), TokenError::Prefix),
        (text.replace("adx_t_", "adx_x_"), TokenError::Prefix),
        (text[..text.len() - 1].to_owned(), TokenError::Secret),
        (format!("{text}A"), TokenError::Secret),
        (format!("{}+", &text[..text.len() - 1]), TokenError::Secret),
        // 43 characters hold 258 bits: a set bit beyond the 256th would be a second spelling.
        (format!("{}B", &text[..text.len() - 1]), TokenError::Secret),
    ] {
        assert_eq!(Token::parse(&damaged).expect_err("damaged"), error, "{damaged}");
    }
    assert!(!format!("{:?}", Token::parse(&text)).contains(&text[6..]));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(token) = Token::parse(&text) {
            prop_assert_eq!(token.expose(), text);
        }
    }
}

/// What secret scanners are told to look for finds every token of ours in a text, and only what could be one.
#[test]
fn the_documented_pattern_finds_every_token() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/trusted-publishing.md");
    let docs = std::fs::read_to_string(docs).expect("the documentation");
    let (_, pattern) = docs.split_once("```regex\n").expect("a pattern");
    let pattern = pattern.lines().next().expect("a line");
    let pattern = regex::Regex::new(pattern).expect("a regular expression");
    for (number, kind) in TokenKind::ALL.into_iter().enumerate() {
        for attempt in 0..50 {
            let token = Token::generate(kind, &mut Chain::new(&format!("token {number} {attempt}")));
            let text = format!("token = \"{}\"\n", token.expose());
            assert_eq!(pattern.find(&text).as_ref().map(regex::Match::as_str), Some(token.expose()), "{kind}");
        }
    }
    let token = Token::generate(TokenKind::Publisher, &mut Chain::new("token")).expose().to_owned();
    for text in [token.replace("adx_p_", "adx_x_"), token[..token.len() - 1].to_owned(), token.to_uppercase()] {
        assert!(!pattern.is_match(&text), "{text}");
    }
}
