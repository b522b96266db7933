//! What is asked for at no endpoint: an address that is none, or a method that an address does not take.

use super::{openapi, problem::Problem};
use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef, web::Data};
use std::io;

/// Every address with its methods, from the API's description: an endpoint is in it as soon as it is served.
pub(super) struct Addresses(Vec<(ResourceDef, Vec<String>)>);

impl Addresses {
    pub(super) fn all() -> io::Result<Self> {
        let document = serde_json::to_value(openapi::document()).map_err(io::Error::other)?;
        let paths = document["paths"].as_object().into_iter().flatten();
        let with_methods = paths.map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
            (ResourceDef::new(path.as_str()), methods.collect())
        });
        Ok(Self(with_methods.collect()))
    }

    /// The methods that an address takes; none where there is nothing.
    fn methods(&self, path: &str) -> String {
        let here = self.0.iter().filter(|(address, _)| address.is_match(path));
        here.flat_map(|(_, methods)| methods).map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// Answers what no endpoint took.
pub(super) async fn nothing_here(request: HttpRequest, addresses: Data<Addresses>) -> Result<HttpResponse, Problem> {
    let methods = addresses.methods(request.path());
    if methods.is_empty() {
        Err(Problem::not_found("there is nothing at this address").hint("see /openapi.yaml"))
    } else {
        Err(Problem::method_not_allowed(request.method(), methods))
    }
}
