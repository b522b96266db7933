//! `GET /api/v1/search`.

use actix_web::{HttpRequest, HttpResponse, get, web};
use adx_index::document::PriceModel;
use adx_registry_core::{
    ports::{Facet, SearchQuery},
    search::{MAX_EXCLUDED, MAX_HITS, search},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::{
    conditional,
    dto::{SearchPage, SearchSort},
    input::{Query, page_size},
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
    /// Only of these categories, parted by commas.
    category: Option<String>,
    /// Only with one of these tags, parted by commas.
    tag: Option<String>,
    /// Only what is paid for in one of these ways, parted by commas: `free`, `one-time`, `subscription`.
    price: Option<String>,
    /// Only of these namespaces, parted by commas.
    publisher: Option<String>,
    /// `true`: only of verified publishers; `false`: only of others.
    verified: Option<bool>,
    /// Only what runs on this version of the platform.
    platform: Option<String>,
    /// All but these modules, parted by commas, at most 200: what somebody has already.
    exclude: Option<String>,
    /// Whether to say how many modules have which values.
    #[param(default = false)]
    facets: Option<bool>,
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
/// Finds by name, description, tags and category; forgives typing errors; completes the last word. Of what matches equally
/// well, the better module comes first: by its age, compatibility and publisher.
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
    let page = search(&state.ports, asked(query)?).await?;
    conditional::json(&request, &SearchPage::from(page))
}

fn asked(query: SearchParameters) -> Result<SearchQuery, Problem> {
    let limit = page_size(query.limit, 20, MAX_HITS)?;
    let known = PriceModel::ALL.map(PriceModel::as_str);
    if let Some(unknown) = parts(query.price.as_deref().unwrap_or_default()).find(|price| !known.contains(price)) {
        let detail = format!("`price` in the query: `{}` is no way to pay", unknown.escape_debug());
        return Err(Problem::bad_request(detail).hint(format!("Of these, parted by commas: `{}`.", known.join("`, `"))));
    }
    let lists = [
        (Facet::Category, query.category),
        (Facet::Tag, query.tag),
        (Facet::Price, query.price),
        (Facet::Publisher, query.publisher),
        (Facet::Verified, query.verified.map(|verified| verified.to_string())),
    ];
    let lists = lists.into_iter().filter_map(|(facet, list)| Some((facet, parts(&list?).map(str::to_owned).collect())));
    let platform = query.platform.filter(|platform| !platform.is_empty());
    let platform = platform.map(|text| {
        text.parse().map_err(|_| {
            Problem::bad_request(format!("`platform` in the query: `{}` is no version", text.escape_debug()))
                .hint("Write all three numbers, such as `1.4.0`.")
        })
    });
    let exclude = query.exclude.unwrap_or_default();
    let exclude: Vec<_> = parts(&exclude)
        .map(|text| {
            text.parse().map_err(|_| {
                Problem::bad_request(format!("`exclude` in the query: `{}` is no module", text.escape_debug()))
                    .hint("Write `namespace/name`, parted by commas.")
            })
        })
        .collect::<Result<_, _>>()?;
    if exclude.len() > MAX_EXCLUDED {
        let detail = format!("`exclude` in the query names {} modules; {MAX_EXCLUDED} are allowed", exclude.len());
        return Err(Problem::bad_request(detail));
    }
    Ok(SearchQuery {
        text: query.q.unwrap_or_default(),
        filters: lists.collect(),
        platform: platform.transpose()?,
        exclude,
        facets: query.facets.unwrap_or_default(),
        sort: query.sort.unwrap_or_default().into(),
        limit,
        cursor: query.cursor,
    })
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty())
}
