//! Lowercase hexadecimal of 32 bytes: the one spelling of digests and key ids.

/// Why a text is not the 64 lowercase hexadecimal digits of 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HexError {
    #[error("it has {0} bytes of text where 64 are expected")]
    Length(usize),
    #[error("`{character}` at position {position} is not one of 0-9 a-f", character = character.escape_debug())]
    Digit { character: char, position: usize },
}

/// Parses exactly 64 lowercase digits. Uppercase is refused, so that equal values have equal text
/// and a digest can name a file.
pub(crate) fn parse_32(text: &str) -> Result<[u8; 32], HexError> {
    if let Some((position, character)) = text.chars().enumerate().find(|(_, c)| !matches!(c, '0'..='9' | 'a'..='f')) {
        return Err(HexError::Digit { character, position: position + 1 });
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| HexError::Length(text.len()))?;
    Ok(bytes)
}
