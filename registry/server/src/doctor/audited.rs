//! The audit log's end, which is worth keeping elsewhere.

use adx_registry_core::{
    audit::AuditFilter,
    ports::{Store, StoreError},
};

use super::{Finding, within};

const CHECK: &str = "audit log";

/// Number and digest of the last entry, and whether it is there and whole.
pub(super) async fn head(store: &dyn Store) -> Finding {
    let read = async {
        let mut reader = store.read().await?;
        let head = reader.audit_head().await?;
        let last = reader.audit_after(&AuditFilter::default(), head.seq.saturating_sub(1), 1).await?;
        Ok::<_, StoreError>((head, last.into_iter().next()))
    };
    match within(read).await {
        Ok((head, None)) if head.seq == 0 => Finding::ok(CHECK, "nothing was told yet"),
        Ok((head, Some(last))) if last.seq == head.seq && last.sha256 == head.sha256 && last.is_whole() => {
            Finding::ok(CHECK, format!("{} entries, the last is {}", head.seq, head.sha256))
        }
        Ok((head, _)) => Finding::fail(
            CHECK,
            format!("entry {} is not the one that was written last", head.seq),
            "rows were changed by hand: `adx-registry verify` says where the chain breaks",
        ),
        Err(error) => Finding::fail(CHECK, error, "see what is said of the database"),
    }
}
