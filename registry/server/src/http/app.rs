//! The application: what stands in front of the endpoints, and the server that runs it.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpServer,
    dev::Server,
    middleware::from_fn,
    web::{Data, PathConfig},
};
use utoipa_actix_web::AppExt as _;

use super::{
    connections::Connections,
    front,
    limiter::Limiter,
    openapi::Description,
    problem::{Problem, chain},
    routes,
    state::State,
};

/// The server, not yet running; it leaves signals to its caller, who stops it by its handle.
///
/// # Errors
/// When the API's description cannot be rendered, or the listener is of no use.
pub fn serve(state: &Data<State>, listener: TcpListener) -> io::Result<Server> {
    let description = Data::new(Description::render().map_err(|error| io::Error::other(chain(&error)))?);
    let limiter = Data::new(Limiter::new(&state.config));
    let section = state.config.server.clone();
    let connections = Connections::new(&section);
    let shared = state.clone();
    let mut server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(front::front))
            .app_data(shared.clone())
            .app_data(description.clone())
            .app_data(limiter.clone())
            .app_data(
                PathConfig::default().error_handler(|_, _| Problem::bad_request("the address cannot be read").into()),
            )
            .into_utoipa_app()
            .configure(routes::served)
            .into_app()
    })
    .max_connections(section.max_connections)
    .on_connect(move |connection, data| connections.opened(connection, data))
    // Silent clients are let go, and so are idle connections.
    .client_request_timeout(section.client_timeout.0)
    .keep_alive(section.keep_alive.0)
    .shutdown_timeout(section.shutdown_timeout.0.as_secs())
    .disable_signals();
    if section.workers > 0 {
        server = server.workers(section.workers);
    }
    Ok(server.listen(listener)?.run())
}
