//! The `adx-agent` command; everything lives in the library.

fn main() -> std::process::ExitCode {
    adx_agent::command::run()
}
