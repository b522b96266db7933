//! The `adx-registry` command; everything lives in the library.

fn main() -> std::process::ExitCode {
    adx_registry::command::run()
}
