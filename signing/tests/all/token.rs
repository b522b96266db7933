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
