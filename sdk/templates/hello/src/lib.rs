//! A module: plain functions that the host calls.

#[adx_module::module]
mod hello {
    use adx_module::prelude::*;

    #[derive(Deserialize)]
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
        let visits: u32 = sql::query_one(
            "INSERT INTO visits (name, visits) VALUES (?1, 1)
             ON CONFLICT (name) DO UPDATE SET visits = visits + 1
             RETURNING visits",
            params![&input.name],
        )?;
        let word: Option<String> = config::get("/greeting")?;
        log::info!("greeted", name = input.name, visits = visits);
        Ok(Greeting {
            greeting: format!("{}, {}!", word.as_deref().unwrap_or("Hello"), input.name),
            visits,
        })
    }

    /// An error here after an update makes the agent put the version before back.
    #[health]
    fn health() -> Result<()> {
        sql::query::<u32>("SELECT visits FROM visits LIMIT 1", params![])?;
        Ok(())
    }
}
