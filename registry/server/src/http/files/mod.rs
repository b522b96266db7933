//! `/index`, `/packages`, `/tuf` and `/log`: files, most of them from memory, none of them with a database query.

mod cache;
mod encoding;
mod index;
mod invalidate;
mod packages;
mod range;
mod taken_down;
mod trust;

pub use cache::{CacheLimits, FileCache};
pub use invalidate::InvalidatingBlobs;
pub(super) use range::not_modified;
pub(super) use taken_down::{TakenDown, unavailable};
use utoipa_actix_web::service_config::ServiceConfig;

/// Packages and envelopes, targets, and the log: small, or packed already.
pub(super) fn bare_endpoints(config: &mut ServiceConfig<'_>) {
    config
        .service(packages::get_package)
        .service(packages::get_envelope)
        .service(trust::get_target)
        .service(trust::get_checkpoint)
        .service(trust::get_tile);
}

/// The repository's metadata, below `/tuf`.
pub(super) fn metadata_endpoints(config: &mut ServiceConfig<'_>) {
    config.service(trust::get_metadata);
}

/// Index files, below `/index`.
pub(super) fn index_endpoints(config: &mut ServiceConfig<'_>) {
    config.service(trust::get_shard).service(trust::get_advisory_file).service(index::get_index_file);
}
