//! Greets people and remembers how often they came: the module that the demo installs.

#[adx_module::module]
mod hello {
    use adx_module::prelude::*;

    /// The settings, as `config.schema.json` describes them.
    #[derive(Deserialize)]
    struct Settings {
        greeting: String,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Greet {
        name: String,
    }

    #[derive(Serialize)]
    struct Greeting {
        greeting: String,
        visits: u32,
    }

    /// Greets `name` and counts the visit.
    #[activity]
    fn greet(input: Greet) -> Result<Greeting> {
        let name = input.name.trim();
        if name.is_empty() {
            return Err(Error::invalid_input("`name` is empty: there is nobody to greet"));
        }
        let visits: u32 = sql::query_one(
            "INSERT INTO visits (name, visits) VALUES (?1, 1)
             ON CONFLICT (name) DO UPDATE SET visits = visits + 1
             RETURNING visits",
            params![name],
        )?;
        kv::set("last-greeted", name)?;
        log::info!("greeted", name = name, visits = visits);

        let word = config::all::<Settings>()?.greeting;
        let again = if cfg!(feature = "again") && visits > 1 { " again" } else { "" };
        Ok(Greeting { greeting: format!("{word}{again}, {name}!"), visits })
    }

    /// A module works when its table is there and its settings can be read.
    #[health]
    fn health() -> Result<()> {
        if cfg!(feature = "unhealthy") {
            return Err(Error::new(
                "unhealthy-by-design",
                "this version fails its health probe on purpose, to show how an update is rolled back",
            ));
        }
        sql::query::<u32>("SELECT visits FROM visits LIMIT 1", params![])?;
        config::all::<Settings>()?;
        Ok(())
    }

    #[upgrade]
    fn upgrade(from: &str) -> Result<()> {
        log::info!("took over", from = from);
        Ok(())
    }
}
