//! `[module.workflows]`.

use adx_signing::Name;

use super::{
    Activity, Retry, Workflows,
    reader::{Located, Section},
    runtime::values,
};

const MAX_QUEUE_CHARS: usize = 100;
const MAX_WORKFLOWS: usize = 128;
const MAX_ACTIVITIES: usize = 256;
const MAX_NAME_CHARS: usize = 80;
const MAX_KINDS: usize = 32;
const DAY_SECONDS: u32 = 24 * 60 * 60;
const DEFAULT_TIMEOUT_SECONDS: u32 = 60;

/// An activity and where its compensation is named.
struct Read {
    activity: Activity,
    compensation: Option<Located<Name>>,
    name: Located<Name>,
}

pub(super) fn workflows(module: &Section<'_>) -> Option<Workflows> {
    let section = module.section("workflows")?;
    let task_queue = section.required("task_queue", MAX_QUEUE_CHARS, "\"your-module\"", |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(plain) {
            return Ok(text.to_owned());
        }
        Err(format!("`{text}` is not a task queue, start with a-z and use a-z, 0-9, `-`, `_` and `.`"))
    });
    let workflows = section.parsed_list("workflows", MAX_WORKFLOWS, MAX_NAME_CHARS, str::parse::<Name>);
    let activities: Vec<Read> =
        section.sections("activities", MAX_ACTIVITIES).into_iter().filter_map(activity).collect();
    check_names(&section, &activities);
    section.finish();
    Some(Workflows {
        task_queue: task_queue?.value,
        workflows: values(workflows),
        activities: activities.into_iter().map(|read| read.activity).collect(),
    })
}

fn check_names(section: &Section<'_>, activities: &[Read]) {
    for (index, read) in activities.iter().enumerate() {
        let name = &read.name;
        if activities[..index].iter().any(|seen| seen.name.value == name.value) {
            section.reader().problem_with_hint(
                &name.spot,
                format_args!("the activity `{}` is there twice", name.value),
                "rename or remove one",
            );
        }
        let Some(compensation) = &read.compensation else {
            continue;
        };
        if compensation.value == name.value {
            section.reader().problem_with_hint(
                &compensation.spot,
                format_args!("the activity `{}` compensates itself", name.value),
                "name the activity that undoes it",
            );
        } else if !activities.iter().any(|other| other.name.value == compensation.value) {
            section.reader().problem_with_hint(
                &compensation.spot,
                format_args!("the compensation `{}` is no activity here", compensation.value),
                format_args!("add `[[module.workflows.activities]]` with `name = \"{}\"`", compensation.value),
            );
        }
    }
}

fn activity(section: Section<'_>) -> Option<Read> {
    let name = section.required("name", MAX_NAME_CHARS, "\"your-activity\"", str::parse::<Name>);
    let timeout_seconds = section.small_number("timeout_seconds", 1, DAY_SECONDS);
    let compensation = section.parsed("compensation", MAX_NAME_CHARS, str::parse::<Name>);
    let retry = section.section("retry").map_or_else(Retry::default, retry);
    section.finish();
    let name = name?;
    Some(Read {
        activity: Activity {
            name: name.value.clone(),
            timeout_seconds: timeout_seconds.map_or(DEFAULT_TIMEOUT_SECONDS, |seconds| seconds.value),
            compensation: compensation.as_ref().map(|name| name.value.clone()),
            retry,
        },
        compensation,
        name,
    })
}

fn retry(section: Section<'_>) -> Retry {
    let defaults = Retry::default();
    let day_ms = u64::from(DAY_SECONDS) * 1000;
    let initial = section.number("initial_interval_ms", 1, day_ms);
    let maximum = section.number("maximum_interval_ms", 1, day_ms);
    let initial_interval_ms = initial.as_ref().map_or(defaults.initial_interval_ms, |interval| interval.value);
    let maximum_interval_ms =
        maximum.as_ref().map_or(defaults.maximum_interval_ms.max(initial_interval_ms), |interval| interval.value);
    if let Some(maximum) = maximum.filter(|_| maximum_interval_ms < initial_interval_ms) {
        section.reader().problem_with_hint(
            &maximum.spot,
            format_args!("`maximum_interval_ms` is less than `initial_interval_ms` ({initial_interval_ms})"),
            "raise it or lower the other",
        );
    }
    let retry = Retry {
        maximum_attempts: section
            .small_number("maximum_attempts", 1, 1000)
            .map_or(defaults.maximum_attempts, |number| number.value),
        initial_interval_ms,
        backoff: section.decimal("backoff", 1.0, 100.0).unwrap_or(defaults.backoff),
        maximum_interval_ms,
        non_retryable: values(section.texts("non_retryable", MAX_KINDS, MAX_NAME_CHARS)),
    };
    section.finish();
    retry
}
