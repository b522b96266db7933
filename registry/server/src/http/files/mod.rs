//! `/index` and `/packages`: files, most of them from memory, none of them with a database query.

mod cache;
mod index;
mod invalidate;
mod packages;
mod range;

pub use cache::{CacheLimits, FileCache};
pub use invalidate::InvalidatingBlobs;
pub(super) use range::not_modified;
use utoipa_actix_web::service_config::ServiceConfig;

/// Packages and envelopes.
pub(super) fn package_endpoints(config: &mut ServiceConfig<'_>) {
    config.service(packages::get_package).service(packages::get_envelope);
}

/// Index files, below `/index`.
pub(super) fn index_endpoints(config: &mut ServiceConfig<'_>) {
    config.service(index::get_index_file);
}
