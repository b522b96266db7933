//! What a name looks like to somebody who reads it in haste.

/// Shortest name that is compared by its looks, in characters: what is shorter looks like too many others.
pub(super) const MIN_COMPARED_CHARS: usize = 5;

/// What is taken for what, in this order. `migrations/registry/0009_names.sql` says the same of names from before.
const LOOKS: [(&str, &str); 12] = [
    ("_", ""),
    ("-", ""),
    ("0", "o"),
    ("1", "l"),
    ("i", "l"),
    ("3", "e"),
    ("4", "a"),
    ("5", "s"),
    ("7", "t"),
    ("8", "b"),
    ("rn", "m"),
    ("vv", "w"),
];

/// The one form of all names that look like this one.
pub fn alike(name: &str) -> String {
    LOOKS.iter().fold(name.to_owned(), |text, (seen, taken_for)| text.replace(seen, taken_for))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_has_one_form() {
        for (one, other) in
            [("google", "g00gle"), ("my-shop", "myshop"), ("modern", "modem"), ("paypal", "paypa1"), ("hello", "heiio")]
        {
            assert_eq!(alike(one), alike(other), "{one} and {other}");
        }
        assert_ne!(alike("hello"), alike("hallo"));
    }
}
