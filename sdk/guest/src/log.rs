//! Log lines, kept by the host per call. Always present.
//!
//! ```no_run
//! use adx_module::log;
//!
//! log::info!("greeted", name = "Ada", visits = 3);
//! log::warn!("nobody is here");
//! ```
//!
//! In a module's own unit tests, outside of a sandbox, lines go to stderr.

use crate::host::bindings::adx::module::log as host;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Everything, for the author of the module.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What an operator wants to see in normal running.
    Info,
    /// Something is wrong, and the module goes on.
    Warn,
    /// Something failed.
    Error,
}

/// Writes one line with named values.
pub fn write(level: Level, message: &str, fields: &[(&str, String)]) {
    if cfg!(target_arch = "wasm32") {
        let fields: Vec<host::Field> =
            fields.iter().map(|(key, value)| host::Field { key: (*key).to_owned(), value: value.clone() }).collect();
        let level = match level {
            Level::Trace => host::Level::Trace,
            Level::Debug => host::Level::Debug,
            Level::Info => host::Level::Info,
            Level::Warn => host::Level::Warn,
            Level::Error => host::Level::Error,
        };
        host::write(level, message, &fields);
    } else {
        eprintln!("{level:?} {message} {fields:?}");
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident, $message:expr $(, $key:ident = $value:expr)* $(,)?) => {
        $crate::log::write(
            $crate::log::Level::$level,
            ::core::convert::AsRef::<str>::as_ref(&$message),
            &[$((stringify!($key), ::std::string::ToString::to_string(&$value))),*],
        )
    };
}

/// Makes a public macro for each level.
macro_rules! level {
    ($dollar:tt $macro:ident $name:ident $level:ident $doc:literal) => {
        #[doc = $doc]
        ///
        /// A message, then `name = value` pairs of anything that is `Display`.
        #[macro_export]
        #[doc(hidden)]
        macro_rules! $macro {
                                                                    ($dollar($dollar line:tt)+) => {
                                                                        $crate::__log!($level, $dollar($dollar line)+)
                                                                    };
                                                                }
        #[doc(inline)]
        pub use $macro as $name;
    };
}

level!($ __log_trace trace Trace "Everything, for the author of the module.");
level!($ __log_debug debug Debug "What helps to find a fault.");
level!($ __log_info info Info "What an operator wants to see in normal running.");
level!($ __log_warn warn Warn "Something is wrong, and the module goes on.");
level!($ __log_error error Error "Something failed.");
