//! Servers that must not outlive the tests.

use std::io;
use std::process::{Child, Command, Stdio};

/// Runs a shell script once this process has ended, however it ended: the script waits for the end of a pipe that only
/// this process holds, and the kernel closes that pipe even after kill -9. A panic needs no handler, nor do statics
/// need to be dropped.
///
/// `arguments` are `$1`, `$2`, … of the script.
pub(crate) fn when_this_process_ends(script: &str, arguments: &[&str]) -> io::Result<Child> {
    // Ctrl-C reaches the whole process group; the script must survive it to do its work.
    let script = format!("trap '' INT TERM HUP; read -r _; {script}");
    Command::new("sh")
        .args(["-c", &script, "sh"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
