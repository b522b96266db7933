//! Bundles.

use adx_trust::bundle::Loaded;
use serde::Serialize;
use utoipa::ToSchema;

/// What was taken of a bundle.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LoadedBundle {
    /// The registry that signed it, as the configuration calls it.
    #[schema(example = "main")]
    registry: String,
    /// Until when it can be installed from.
    #[schema(example = "2026-11-29T08:00:00Z")]
    fresh_until: String,
    /// The version of its timestamp.
    timestamp_version: u64,
    /// How many leaves its log has.
    log_size: u64,
    /// The releases in it that are its registry's to serve.
    releases: Vec<CarriedRelease>,
}

/// A release in a bundle.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CarriedRelease {
    /// The module.
    #[schema(example = "acme/greeter")]
    module: String,
    /// The version.
    #[schema(example = "1.2.3")]
    version: String,
}

impl From<Loaded> for LoadedBundle {
    fn from(loaded: Loaded) -> Self {
        let Loaded { registry, timestamp_version, head, fresh_until, releases } = loaded;
        let releases = releases.into_iter();
        Self {
            registry,
            fresh_until: fresh_until.to_string(),
            timestamp_version,
            log_size: head.size,
            releases: releases
                .map(|(module, version)| CarriedRelease { module: module.to_string(), version: version.to_string() })
                .collect(),
        }
    }
}
