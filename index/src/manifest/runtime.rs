//! What a module asks of the host while it runs: permissions, network, resources, database,
//! frontend and events.

use super::{
    Capability, Database, Events, Frontend, HostPattern, Network, Permission, Permissions, Resources, Route,
    Subscription, Topic,
    reader::{Located, Section},
};
use crate::{limits::MAX_PATH_BYTES, package::PackagePath};

const MAX_PERMISSIONS: usize = 64;
const MAX_PERMISSION_CHARS: usize = 300;
const MAX_HOSTS: usize = 64;
const MAX_HOST_CHARS: usize = 280;
const DEFAULT_REQUESTS_PER_MINUTE: u32 = 60;
const MAX_REQUESTS_PER_MINUTE: u32 = 60_000;
const MAX_ROUTES: usize = 64;
const MAX_TOPICS: usize = 64;
const MAX_TEXT_CHARS: usize = 160;

pub(super) fn permissions(module: &Section<'_>) -> Permissions {
    let Some(section) = module.section("permissions") else {
        return Permissions::default();
    };
    let read = |key| section.parsed_list(key, MAX_PERMISSIONS, MAX_PERMISSION_CHARS, str::parse::<Permission>);
    let required = read("required");
    let optional = read("optional");
    for permission in &optional {
        if required.iter().any(|seen| seen.value == permission.value) {
            section.reader().problem_with_hint(
                &permission.spot,
                format_args!("`{}` is required and optional", permission.value),
                "keep one",
            );
        }
    }
    section.finish();
    Permissions { required: values(required), optional: values(optional) }
}

pub(super) fn network(module: &Section<'_>, permissions: &Permissions) -> Network {
    let section = module.section("network");
    let hosts = section.as_ref().map_or_else(Vec::new, |section| {
        section.parsed_list("allowed_hosts", MAX_HOSTS, MAX_HOST_CHARS, str::parse::<HostPattern>)
    });
    let requests_per_minute = section
        .as_ref()
        .and_then(|section| section.small_number("requests_per_minute", 1, MAX_REQUESTS_PER_MINUTE))
        .map_or(DEFAULT_REQUESTS_PER_MINUTE, |number| number.value);
    if let (Some(first), false) = (hosts.first(), permissions.asks_for(Capability::Http)) {
        module.reader().problem_with_hint(
            &first.spot,
            "`allowed_hosts` has no effect without the permission `http`",
            "add \"http\" to `module.permissions.required` or `optional`",
        );
    }
    let at = section.as_ref().unwrap_or(module);
    for permission in permissions.iter() {
        let Some(scope) = http_scope(permission) else {
            continue;
        };
        if !hosts.iter().any(|host| host.value.covers(&scope)) {
            module.reader().problem_with_hint(
                at.spot(),
                format_args!("the permission `{permission}` is for a host that is not allowed"),
                format_args!("add \"{scope}\" to `module.network.allowed_hosts`"),
            );
        }
    }
    if let Some(section) = section {
        section.finish();
    }
    Network { allowed_hosts: values(hosts), requests_per_minute }
}

fn http_scope(permission: &Permission) -> Option<HostPattern> {
    let scope = permission.scope.as_ref()?;
    (permission.capability == Capability::Http).then(|| scope.parse().ok()).flatten()
}

pub(super) fn resources(module: &Section<'_>) -> Resources {
    let defaults = Resources::default();
    let Some(section) = module.section("resources") else {
        return defaults;
    };
    let read = |key, minimum, maximum, default| {
        section.small_number(key, minimum, maximum).map_or(default, |number| number.value)
    };
    let resources = Resources {
        memory_mib: read("memory_mib", 1, 4096, defaults.memory_mib),
        cpu_time_ms: read("cpu_time_ms", 1, 600_000, defaults.cpu_time_ms),
        wall_time_ms: read("wall_time_ms", 1, 3_600_000, defaults.wall_time_ms),
        concurrent_calls: read("concurrent_calls", 1, 1024, defaults.concurrent_calls),
        calls_per_minute: read("calls_per_minute", 1, 6_000_000, defaults.calls_per_minute),
        storage_mib: read("storage_mib", 1, 1_048_576, defaults.storage_mib),
    };
    section.finish();
    resources
}

pub(super) fn database(module: &Section<'_>) -> Option<Database> {
    let section = module.section("database")?;
    let engine = section.parsed("engine", MAX_TEXT_CHARS, |text| match text {
        "sqlite" => Ok(text.to_owned()),
        _ => Err(format!("there is no database engine `{text}`, write `sqlite`")),
    });
    let retain_days = section.small_number("retain_days", 0, 3650);
    section.finish();
    Some(Database {
        engine: engine.map_or_else(|| "sqlite".to_owned(), |engine| engine.value),
        retain_days: retain_days.map_or(Database::DEFAULT_RETAIN_DAYS, |days| days.value),
    })
}

pub(super) fn frontend(module: &Section<'_>) -> Option<Frontend> {
    let section = module.section("frontend")?;
    let entry =
        section.required("entry", MAX_PATH_BYTES, "\"frontend/remoteEntry.js\"", |text| file_in("frontend/", text));
    let routes: Vec<_> = section.sections("routes", MAX_ROUTES).into_iter().filter_map(route).collect();
    for (index, route) in routes.iter().enumerate() {
        if routes[..index].iter().any(|seen| seen.value.path == route.value.path) {
            section.reader().problem_with_hint(
                &route.spot,
                format_args!("the route `{}` is there twice", route.value.path),
                "remove one",
            );
        }
    }
    section.finish();
    Some(Frontend { entry: entry?.value, routes: values(routes) })
}

/// A route, at the place of its path.
fn route(section: Section<'_>) -> Option<Located<Route>> {
    let path = section.required("path", MAX_TEXT_CHARS, "\"/\"", route_path);
    let exposes = section.required("exposes", MAX_TEXT_CHARS, "\"./Page\"", |text| {
        let name = text.strip_prefix("./").unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(format!(
                "`{text}` is not an exposed module, write it as in the bundler's `exposes`, such as `./Clients`"
            ));
        }
        Ok(text.to_owned())
    });
    let title = section.text("title", MAX_TEXT_CHARS);
    section.finish();
    let path = path?;
    let value = Route { path: path.value, exposes: exposes?.value, title: title.map(|title| title.value) };
    Some(Located { value, spot: path.spot })
}

/// `/`, or `/clients/:id`: segments of plain characters, a colon in front of a parameter.
fn route_path(text: &str) -> Result<String, String> {
    let segment = |segment: &str| {
        let name = segment.strip_prefix(':').unwrap_or(segment);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    match text.strip_prefix('/') {
        Some("") => Ok(text.to_owned()),
        Some(rest) if rest.split('/').all(segment) => Ok(text.to_owned()),
        _ => Err(format!(
            "`{text}` is not a route, write such as `/clients` or `/clients/:id`, letters, digits, `-` and `_` only"
        )),
    }
}

pub(super) fn events(module: &Section<'_>) -> Events {
    let Some(section) = module.section("events") else {
        return Events::default();
    };
    let publishes = section.parsed_list("publishes", MAX_TOPICS, MAX_TEXT_CHARS, str::parse::<Topic>);
    let subscribes = section.parsed_list("subscribes", MAX_TOPICS, MAX_TEXT_CHARS + 100, str::parse::<Subscription>);
    section.finish();
    Events { publishes: values(publishes), subscribes: values(subscribes) }
}

/// A file of the package below a folder.
pub(super) fn file_in(folder: &str, text: &str) -> Result<PackagePath, String> {
    let path = PackagePath::new(text).map_err(|error| error.to_string())?;
    if !text.starts_with(folder) {
        return Err(format!("`{text}` is not a file under `{folder}`"));
    }
    Ok(path)
}

pub(super) fn values<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|located| located.value).collect()
}
