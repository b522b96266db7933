//! Which page of a list that has nothing else to choose.

use serde::Deserialize;
use utoipa::IntoParams;

/// Which page of a list that begins with the oldest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AfterQuery {
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

/// Which page of a list that begins with the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BeforeQuery {
    /// The last one already seen: `next` of the page before.
    pub before: Option<String>,
}
