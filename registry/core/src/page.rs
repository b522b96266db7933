//! Cutting long lists into pages.

/// Cuts a list that was read with one entry more than a page holds; where the next page goes on, if there is one.
pub(crate) fn cut<T, C>(entries: &mut Vec<T>, most: u32, cursor: impl FnOnce(&T) -> C) -> Option<C> {
    let more = entries.len() > most as usize;
    entries.truncate(most as usize);
    entries.last().filter(|_| more).map(cursor)
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_page_says_where_the_next_goes_on_only_if_there_is_one() {
        let mut whole = vec![1, 2];
        assert_eq!(cut(&mut whole, 2, |last| *last), None);
        assert_eq!(whole, [1, 2]);
        let mut longer = vec![1, 2, 3];
        assert_eq!(cut(&mut longer, 2, |last| *last), Some(2));
        assert_eq!(longer, [1, 2]);
    }
}
