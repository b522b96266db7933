//! Words that mean the same, so that whoever types one finds modules that say the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::OpenError;

/// Largest file of synonyms, in bytes: a mistaken path must not fill memory.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What is taken for the same unless the operator says otherwise.
const DEFAULT: &str = "\
# Words on one line mean the same.
crm customers clients
invoice bill billing
mail email
calendar schedule appointments
chat messaging
payment payments checkout
docs documents documentation
auth login authentication
hr personnel staff
stock inventory warehouse
";

/// For each word, the others that mean the same.
#[derive(Debug, Default, Clone)]
pub(super) struct Synonyms(BTreeMap<String, Vec<String>>);

impl Synonyms {
    /// Those of the operator's file, or the few that everybody gets.
    ///
    /// # Errors
    /// [`OpenError::Synonyms`]
    pub(super) fn open(file: Option<&Path>) -> Result<Self, OpenError> {
        let Some(file) = file else { return Ok(Self::parse(DEFAULT)) };
        let failed = |source| OpenError::Synonyms { file: file.to_owned(), source };
        if fs::metadata(file).map_err(failed)?.len() > MAX_FILE_BYTES {
            return Err(failed(std::io::Error::other("it is larger than 1 MiB")));
        }
        Ok(Self::parse(&fs::read_to_string(file).map_err(failed)?))
    }

    /// A line for each group, its words apart by spaces; what follows a `#` is a comment.
    fn parse(text: &str) -> Self {
        let mut synonyms = BTreeMap::<String, Vec<String>>::new();
        for line in text.lines() {
            let words: Vec<_> =
                line.split('#').next().unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
            for word in &words {
                let others = synonyms.entry(word.clone()).or_default();
                for other in words.iter().filter(|other| *other != word) {
                    if !others.contains(other) {
                        others.push(other.clone());
                    }
                }
            }
        }
        Self(synonyms)
    }

    /// Words that mean the same as this one.
    pub(super) fn of(&self, word: &str) -> &[String] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }

    /// Every word with those that mean the same.
    pub(super) fn all(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_a_line_means_every_other() {
        let synonyms = Synonyms::parse("Mail email # letters\n\n# nothing\nmail post\n");
        assert_eq!(synonyms.of("mail"), ["email", "post"]);
        assert_eq!(synonyms.of("email"), ["mail"]);
        assert_eq!(synonyms.of("letters"), [] as [&str; 0]);
        assert_eq!(synonyms.of("nothing"), [] as [&str; 0]);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let refused = Synonyms::open(Some(Path::new("no/such/file"))).unwrap_err();
        assert!(refused.to_string().contains("no/such/file"), "{refused}");
    }
}
