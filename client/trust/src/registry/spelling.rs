//! The ways to write one module's name.

use adx_signing::ModuleId;

/// Most separators of a module whose other spellings are looked for: each spelling costs a look into the index.
const MAX_SEPARATORS: usize = 5;

/// Every other module of the same canonical form; none for one that could be written in too many ways.
pub(super) fn other_spellings(module: &ModuleId) -> Vec<ModuleId> {
    let text = module.to_string();
    let is_separator = |byte: u8| byte == b'-' || byte == b'_';
    let places: Vec<usize> = (0..text.len()).filter(|at| is_separator(text.as_bytes()[*at])).collect();
    if places.len() > MAX_SEPARATORS {
        return Vec::new();
    }
    let spelled = |choice: u32| -> Option<ModuleId> {
        let spelled = text.char_indices().map(|(at, letter)| match places.iter().position(|place| *place == at) {
            Some(bit) if choice & (1 << bit) != 0 => '_',
            Some(_) => '-',
            None => letter,
        });
        spelled.collect::<String>().parse().ok()
    };
    (0..1 << places.len()).filter_map(spelled).filter(|other| other != module).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(module: &str) -> Vec<String> {
        let others = other_spellings(&module.parse().expect("a module"));
        others.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_other_spelling_is_told() {
        assert_eq!(others("acme/hello"), Vec::<String>::new());
        assert_eq!(others("acme/hello-world"), ["acme/hello_world"]);
        assert_eq!(others("my_co/a1_b2"), ["my-co/a1-b2", "my_co/a1-b2", "my-co/a1_b2"]);
    }

    #[test]
    fn a_name_of_many_words_costs_nothing() {
        assert_eq!(others("a-b-c-d/e-f-g").len(), 31);
        assert_eq!(others("a-b-c-d/e-f-g-h"), Vec::<String>::new());
    }
}
