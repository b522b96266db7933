//! The HTTP API: one endpoint a file; handlers extract, call and convert.

mod activate;
mod activities_list;
mod activity_call;
mod addresses;
mod approvals_create;
mod audit_list;
mod auth;
mod body;
mod bundles_create;
mod config_get;
mod config_put;
mod deactivate;
mod dto;
mod grants_put;
mod health;
mod installation_get;
mod installation_patch;
mod installations_create;
mod installations_list;
mod licences_create;
mod licences_list;
mod malformed;
mod metrics;
pub mod openapi;
mod operation_get;
mod operations_list;
mod problem;
mod release_get;
mod retained_delete;
mod retained_list;
mod rollback;
mod seats_put;
mod tenant_get;
mod tenant_patch;
mod tenant_token_create;
mod tenants_create;
mod tenants_list;
mod uninstall;
mod update;
mod usage_list;

use crate::agent::Agent;
use actix_web::{
    App, HttpServer,
    dev::Server,
    middleware::from_fn,
    web::{self, Data, PathConfig, PayloadConfig, QueryConfig},
};
use addresses::Addresses;
use std::{io, net::TcpListener, sync::Arc, time::Duration};
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

fn endpoints(config: &mut ServiceConfig<'_>) {
    config
        .service(
            scope("/api/v1")
                // Around the scope, not by looking at paths: what is routed here has been asked who it is.
                .wrap(from_fn(auth::authenticate))
                .service(tenants_create::create_tenant)
                .service(tenants_list::list_tenants)
                .service(bundles_create::load_bundle)
                .service(tenant_get::get_tenant)
                .service(tenant_patch::change_tenant)
                .service(tenant_token_create::renew_tenant_token)
                .service(release_get::get_release)
                .service(installations_create::install_module)
                .service(installations_list::list_installations)
                .service(installation_get::get_installation)
                .service(installation_patch::change_updates)
                .service(uninstall::uninstall_module)
                .service(retained_list::list_retained)
                .service(retained_delete::forget_retained)
                .service(activate::activate_module)
                .service(deactivate::deactivate_module)
                .service(update::update_module)
                .service(rollback::rollback_module)
                .service(grants_put::put_grants)
                .service(approvals_create::approve_release)
                .service(licences_list::list_licences)
                .service(licences_create::take_licence)
                .service(seats_put::put_seats)
                .service(config_get::get_config)
                .service(config_put::put_config)
                .service(activities_list::list_activities)
                .service(activity_call::call_activity)
                .service(operation_get::get_operation)
                .service(operations_list::list_operations)
                .service(audit_list::list_audit)
                .service(usage_list::list_usage),
        )
        .service(health::healthz)
        .service(health::readyz)
        .service(metrics::metrics);
}

/// The server for an agent, not yet running. It leaves signals to the caller, who stops it.
pub fn serve(agent: &Arc<Agent>, listener: TcpListener) -> io::Result<Server> {
    let addresses = Data::new(Addresses::all()?);
    let text = Data::new(openapi::OpenApiText(openapi::yaml()?));
    let agent = Data::from(Arc::clone(agent));
    let section = agent.config().server.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(agent.clone())
            .app_data(text.clone())
            .app_data(PayloadConfig::new(section.body.bytes()))
            .app_data(addresses.clone())
            .app_data(QueryConfig::default().error_handler(|error, request| malformed::query(&error, request).into()))
            .app_data(PathConfig::default().error_handler(|error, request| malformed::address(&error, request).into()))
            .into_utoipa_app()
            .openapi(openapi::base())
            .configure(endpoints)
            .into_app()
            .route("/openapi.yaml", web::get().to(openapi::serve))
            .default_service(web::to(addresses::nothing_here))
    })
    .workers(section.workers.max(1))
    .shutdown_timeout(section.drain.0.as_secs())
    // Slow or silent clients are let go.
    .client_request_timeout(Duration::from_secs(30))
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}
