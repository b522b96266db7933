//! Canonical JSON as TUF signs it: OLPC's form the way securesystemslib writes it.
//! Source: <https://github.com/secure-systems-lab/securesystemslib/blob/v1.6.0/securesystemslib/formats.py>
//!
//! No space, integers only, members sorted by code point, in strings only `"` and `\` escaped. A control character is
//! written raw, which is not JSON: no text of ours that is signed may hold one, and the types see to that.
//!
//! Nothing is sorted here. A structure declares its members in order, a map is a `BTreeMap`; a member out of order is an
//! error, so that a wrong declaration is found by the first test that signs and never becomes a signature that nobody
//! else can check. That keeps one pass over half a million targets, without a copy of them.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};

/// Why a value has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no canonical JSON: {reason}")]
pub struct CanonicalError {
    reason: String,
}

/// The canonical bytes of a value.
///
/// # Errors
/// [`CanonicalError`] for a number that is not an integer, a member out of order or given twice, and for a value that
/// cannot be serialised at all.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Canonical::default());
    value.serialize(&mut serializer).map_err(|error| CanonicalError { reason: error.to_string() })?;
    Ok(bytes)
}

#[derive(Default)]
struct Canonical {
    /// The last member name of each object that is open, innermost last.
    last: Vec<Option<String>>,
    /// The member name that is being written.
    name: Option<String>,
}

fn refuse(reason: impl Into<String>) -> io::Error {
    io::Error::other(reason.into())
}

impl Formatter for Canonical {
    fn write_f32<W: ?Sized + io::Write>(&mut self, _: &mut W, value: f32) -> io::Result<()> {
        Err(refuse(format!("{value} is not an integer")))
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, _: &mut W, value: f64) -> io::Result<()> {
        Err(refuse(format!("{value} is not an integer")))
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if let Some(name) = &mut self.name {
            name.push_str(fragment);
        }
        writer.write_all(fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        let raw = match escape {
            CharEscape::Quote => b'"',
            CharEscape::ReverseSolidus => b'\\',
            CharEscape::Solidus => b'/',
            CharEscape::Backspace => 0x08,
            CharEscape::FormFeed => 0x0c,
            CharEscape::LineFeed => b'\n',
            CharEscape::CarriageReturn => b'\r',
            CharEscape::Tab => b'\t',
            CharEscape::AsciiControl(byte) => byte,
        };
        if let Some(name) = &mut self.name {
            name.push(char::from(raw));
        }
        if matches!(raw, b'"' | b'\\') { writer.write_all(&[b'\\', raw]) } else { writer.write_all(&[raw]) }
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.last.push(None);
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.last.pop();
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.name = Some(String::new());
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let name = self.name.take().unwrap_or_default();
        // UTF-8 keeps the order of code points.
        match self.last.last_mut() {
            Some(Some(last)) if *last >= name => Err(refuse(format!("the member `{name}` follows `{last}`"))),
            Some(last) => {
                *last = Some(name);
                Ok(())
            }
            None => Err(refuse("a member outside an object")),
        }
    }
}
