//! Reading again from the next copy where the first one does not hold.

use super::{Kind, Place, Source, SourceError};

impl Source {
    /// Where to ask again if what this source gave does not hold: its folders in other orders, each of the later ones put before
    /// the others once. A damaged copy in one bundle must not hide a sound one in another. None for a source of one place.
    pub(crate) fn others(&self) -> Vec<Self> {
        let Kind::Folders(folders) = self.kind() else { return Vec::new() };
        let first = |first: usize| {
            let mut order = folders.to_vec();
            order[..=first].rotate_right(1);
            Self { place: Place::Fixed(Kind::Folders(order.into())), ..self.clone() }
        };
        (1..folders.len()).map(first).collect()
    }

    /// A file as [`Source::get`] gives it, the first copy that `holds` takes; where it takes none, what it says of the first.
    pub(crate) async fn get_held<T, E: From<SourceError>>(
        &self,
        path: &str,
        cap: u64,
        mut holds: impl FnMut(Option<Vec<u8>>) -> Result<T, E>,
    ) -> Result<T, E> {
        let refused = match self.get(path, cap).await.map_err(E::from).and_then(&mut holds) {
            Err(refused) => refused,
            held => return held,
        };
        for other in self.others() {
            if let Ok(held) = other.get(path, cap).await.map_err(E::from).and_then(&mut holds) {
                return Ok(held);
            }
        }
        Err(refused)
    }
}
