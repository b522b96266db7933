//! The application: what stands in front of the endpoints, and the server that runs it.

use std::{any::Any, io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer,
    dev::Server,
    middleware::from_fn,
    rt::net::TcpStream,
    web::{Data, PathConfig},
};
use utoipa_actix_web::AppExt as _;

use super::{
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
    let write_timeout = section.write_timeout.0;
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
    .on_connect(move |connection, _| close_when_unread(connection, write_timeout))
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

/// Has the system close a connection whose client reads nothing for so long: the server itself waits for as long as the client likes.
/// Source: tcp(7), `TCP_USER_TIMEOUT`; it holds for a window that stays closed as well.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "there is no such option"))]
fn close_when_unread(connection: &dyn Any, after: Duration) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = connection.downcast_ref::<TcpStream>()
        && let Err(error) =
            rustix::net::sockopt::set_tcp_user_timeout(stream, u32::try_from(after.as_millis()).unwrap_or(u32::MAX))
    {
        tracing::warn!(error = chain(&error), "a client may leave its answer unread for as long as it likes");
    }
}
