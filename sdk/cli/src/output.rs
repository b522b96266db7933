//! Where results go: one JSON document or words on stdout, everything on the way there on stderr.

use std::io::{self, IsTerminal as _, Write};

use owo_colors::OwoColorize as _;
use serde_json::Value;

use crate::failure::Failure;
use crate::shown;

/// A number of things: `1 release`, `2 releases`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// How this run talks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether bars and spinners may be drawn at all.
    pub(crate) fn animates(self) -> bool {
        !self.json && !self.quiet && io::stderr().is_terminal()
    }

    /// Whether a person is there to be asked.
    pub(crate) fn can_ask(self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// The result of the command: `document` for programs, what `words` writes for people.
    pub(crate) fn result(
        self,
        document: &Value,
        words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        let written = if self.json {
            writeln!(stdout, "{}", shown::json(&document.to_string()))
        } else {
            let mut text = Vec::new();
            words(&mut text).and_then(|()| stdout.write_all(shown::words(&String::from_utf8_lossy(&text)).as_bytes()))
        };
        match written.and_then(|()| stdout.flush()) {
            // The reader (`head`, a pager) has seen enough: that is not our failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::failed("cannot write the result").because(&error)),
            Ok(()) => Ok(()),
        }
    }

    /// A step that was done: a verb, then what it was done to.
    pub(crate) fn step(self, verb: &str, what: &str) {
        if !self.json && !self.quiet {
            let verb = format!("{verb:>12}");
            let _ = writeln!(anstream::stderr(), "{} {}", verb.bold().green(), shown::words(what));
        }
    }

    /// Something to know that does not stop the command.
    pub(crate) fn warn(self, message: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{} {}", "warning:".bold().yellow(), shown::words(message));
        }
    }

    /// That something takes its time.
    pub(crate) fn note(self, message: &str) {
        if !self.json && !self.quiet {
            let _ = writeln!(anstream::stderr(), "{} {}", "note:".bold().cyan(), shown::words(message));
        }
    }

    /// Text shown to the person who is about to be asked something.
    pub(crate) fn tell(self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{}", shown::words(text));
        }
    }

    /// Asks a yes-or-no question; anything but yes is no.
    #[expect(clippy::unused_self, reason = "whoever may ask has the output at hand")]
    pub(crate) fn confirm(self, question: &str) -> Result<bool, Failure> {
        let mut stderr = anstream::stderr();
        let asked = write!(stderr, "{} [y/N] ", shown::words(question)).and_then(|()| stderr.flush());
        let mut answer = String::new();
        asked
            .and_then(|()| io::stdin().read_line(&mut answer))
            .map_err(|error| Failure::failed("cannot ask on this terminal").because(&error))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}
