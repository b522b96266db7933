//! Which addresses there are.

use actix_web::middleware::{Compress, from_fn};
use actix_web::web;
use utoipa_actix_web::{scope, service_config::ServiceConfig};

use super::{api, deadline::deadline, files, health, limiter::limit, metrics, openapi, pages};

/// Everything, as served.
pub(super) fn served(config: &mut ServiceConfig<'_>) {
    // Files first and bare: nothing stands between them and the socket but the front. They are in memory compressed.
    files::bare_endpoints(config);
    config.service(scope("/index").configure(files::index_endpoints));
    config.service(scope("/tuf").configure(files::metadata_endpoints));
    config.service(
        scope("/api/v1")
            .wrap(from_fn(deadline))
            .wrap(Compress::default())
            .wrap(from_fn(limit))
            .configure(api::endpoints),
    );
    operations(config);
    config.default_service(web::to(pages::unknown));
    config.map(|config| {
        config.service(
            web::scope("")
                .wrap(Compress::default())
                .service(openapi::openapi_yaml)
                .service(openapi::openapi_json)
                .service(openapi::docs_page)
                .service(openapi::docs_style)
                .default_service(web::to(pages::page)),
        )
    });
}

/// Everything that the API's description shows.
pub(super) fn described(config: &mut ServiceConfig<'_>) {
    files::bare_endpoints(config);
    config.service(scope("/index").configure(files::index_endpoints));
    config.service(scope("/tuf").configure(files::metadata_endpoints));
    config.service(scope("/api/v1").configure(api::endpoints));
    operations(config);
}

fn operations(config: &mut ServiceConfig<'_>) {
    config.service(health::healthz).service(health::readyz).service(metrics::metrics);
}
