//! What somebody known was refused.

use serde_json::json;

use super::{Act, Deed};
use crate::Ports;
use crate::ports::{StoreError, Written};

/// Longest address kept, in bytes.
const MAX_ADDRESS_BYTES: usize = 200;

/// Tells that whoever is asking was refused: by method and address, of which nothing is secret. In a transaction of its own, since what
/// was asked for has none.
///
/// # Errors
/// [`StoreError`]
pub async fn tell_refused(ports: &Ports, method: &str, address: &str) -> Result<(), StoreError> {
    let address = &address[..address.floor_char_boundary(MAX_ADDRESS_BYTES)];
    let mut transaction = ports.store.begin().await?;
    let deed = Deed::new(Act::AccessRefuse).with(json!({ "method": method, "address": address }));
    deed.tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await
}
