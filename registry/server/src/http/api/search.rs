//! `GET /api/v1/search`.

use actix_web::{HttpRequest, HttpResponse, get, web};
use adx_registry_core::{
    ports::SearchQuery,
    search::{MAX_HITS, search},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::{
    conditional,
    dto::{SearchPage, SearchSort},
    input::Query,
    problem::{Problem, ProblemBody},
    state::State,
};

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchParameters {
    /// Words as typed; the last may be incomplete. Without it, everything is listed.
    q: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// In which order.
    #[param(inline)]
    sort: Option<SearchSort>,
    /// At most so many, 1 to 100.
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Search modules
///
/// Finds by name, description, tags and category; forgives typing errors; completes the last word.
#[utoipa::path(
    tag = "discovery",
    params(SearchParameters),
    responses(
        (status = 200, description = "What was found", body = SearchPage),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/search")]
pub(super) async fn search_modules(
    state: web::Data<State>,
    Query(query): Query<SearchParameters>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let page = search(
        &state.ports,
        SearchQuery {
            text: query.q.unwrap_or_default(),
            category: query.category.filter(|category| !category.is_empty()),
            sort: query.sort.unwrap_or_default().into(),
            limit: query.limit.unwrap_or(20).min(MAX_HITS),
            cursor: query.cursor,
        },
    )
    .await?;
    conditional::json(&request, &SearchPage::from(page))
}
