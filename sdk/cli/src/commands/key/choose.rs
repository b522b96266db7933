//! `adx key use`: the key of commands that name none.

use clap::Args;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::keys;

/// Sign with this key from now on where a command names none
#[derive(Args)]
pub(crate) struct Use {
    /// Its name, or a file; `default` takes the choice back
    key: String,
}

impl Use {
    pub(super) fn run(self, app: &App) -> Result<(), Failure> {
        let path = keys::file(app, &self.key);
        let public = keys::open_public(app, &path)?;
        let key = if keys::is_file(&self.key) {
            // It is for commands in other folders too.
            let path = std::path::absolute(&path);
            let path =
                path.map_err(|error| Failure::failed("there is no folder to name the key in").because(&error))?;
            path.display().to_string()
        } else {
            self.key
        };
        app.settings.choose(|chosen| chosen.key = Some(key.clone()).filter(|key| key != keys::DEFAULT))?;
        let document = json!({ "key": key, "key_id": public.id() });
        app.output.result(&document, |out| writeln!(out, "commands that name no key sign with {key}, {}", public.id()))
    }
}
