//! The statement that a request becomes, for pgbench.

use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;

use super::{
    jobs::{Job, nonce},
    setup::{FIRST_USER, Setup, USERS, succeeded, user},
};
use contract::openapi;
use testkit::{Function, proxy::Proxy};

impl Job {
    /// An instance of its function inside this process.
    async fn function(self, setup: &Setup, port: u16) -> Function {
        let routes = openapi::functions().into_iter().find(|(name, _)| *name == self.function);
        let (name, routes) = routes.expect("a job's function is one of ours");
        setup.world.function_through(port, name, routes).await
    }

    /// How many round trips a warm request makes, and the statement that it sends, as a script for pgbench, which draws
    /// users and numbers as we do.
    pub async fn statement(self, setup: &Setup) -> Result<(u64, String)> {
        let proxy = Proxy::start(setup.port).await?;
        let function = self.function(setup, proxy.port).await;
        let mark = 999_777;
        // What an earlier revision's SQL answers may be too little for us to read; the statement is the same.
        let is_ours = setup.version.release.is_none();
        let check = |answer| if is_ours { succeeded(answer) } else { Ok(()) };
        check(function.send(self.request(setup, mark - 1)).await)?;
        let before = proxy.round_trips();
        let request = self.request(setup, mark);
        let is_write = !request.method.is_safe();
        check(function.send(request).await)?;
        let round_trips = proxy.round_trips() - before;
        let statement = proxy.last_statement().context("a call is one simple query")?;
        if is_write && !statement.contains(&hex(nonce(mark))) {
            bail!("the same write each time would only be a repetition");
        }
        Ok((round_trips as u64, script(&statement, mark)))
    }
}

fn hex(number: u64) -> String {
    HEXLOWER.encode(number.to_string().as_bytes())
}

/// Lets pgbench draw the number of the request, and the last digits of its user's. The statement has its arguments in
/// hexadecimal, where the digit `d` is `3d`. The text is cut after the variables, whose names would go on otherwise.
fn script(statement: &str, at: u64) -> String {
    let draws: String = (0..18).map(|digit| format!("\\set d{digit} random(30, 39)\n")).collect();
    let drawn = |digits| (0..digits).map(|digit| format!(":d{digit}")).collect::<String>() + "' || '";
    let user_drawn = hex(FIRST_USER / USERS) + &drawn(3);
    let statement = statement.replace(&hex(user(at)), &user_drawn).replace(&hex(nonce(at)), &drawn(18));
    format!("{draws}{statement};\n")
}
