//! PgBouncer in transaction mode: the stand-in for Supabase's pooler on port 6543.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;

use crate::{
    process::Process,
    programs::{Kit, Tools},
    stack::run_as::RunAs,
};

const START_LIMIT: Duration = Duration::from_secs(10);

/// A pooler in front of one PostgreSQL. Dropping it kills it.
#[derive(Debug)]
pub struct PgBouncer {
    kit: Kit,
    run_as: RunAs,
    home: PathBuf,
    folder: PathBuf,
    port: u16,
    postgres_port: u16,
    users: Vec<(String, String)>,
    process: Option<Process>,
}

impl PgBouncer {
    /// Starts it for these users and passwords, which PostgreSQL has to know too.
    pub async fn start(
        tools: &Tools,
        home: &Path,
        port: u16,
        postgres_port: u16,
        users: &[(&str, &str)],
    ) -> Result<Self> {
        let run_as = RunAs::of(home)?;
        let kit = tools.pgbouncer.clone();
        let folder = run_as.folder("pgbouncer")?;
        let users = users.iter().map(|&(user, password)| (user.to_owned(), password.to_owned())).collect();
        let mut pooler = Self { kit, run_as, home: home.to_owned(), folder, port, postgres_port, users, process: None };
        pooler.start_again().await?;
        Ok(pooler)
    }

    /// Cuts all connections and takes new ones, as a deploy of the pooler does.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop();
        self.start_again().await
    }

    /// Changes a user's password from the next start on; PostgreSQL has to know it too.
    pub fn change_password(&mut self, user: &str, password: &str) {
        for (_, known) in self.users.iter_mut().filter(|(name, _)| name == user) {
            password.clone_into(known);
        }
    }

    /// Adds a user, whom PostgreSQL has to know too. Open connections are cut.
    pub async fn add_user(&mut self, user: &str, password: &str) -> Result<()> {
        self.users.push((user.to_owned(), password.to_owned()));
        self.restart().await
    }

    /// Ends it at once; it holds nothing worth waiting for.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it after `stop`.
    pub async fn start_again(&mut self) -> Result<()> {
        self.process = None;
        self.write_users()?;
        let settings = self.folder.join("pgbouncer.ini");
        self.run_as.write(&settings, &self.settings())?;
        let mut command = self.kit.command("pgbouncer");
        command.arg(settings);
        self.run_as.apply_to(&mut command, &self.folder);
        self.process = Some(Process::serve("pgbouncer", &self.home, command, self.port, START_LIMIT).await?);
        Ok(())
    }

    fn user_file(&self) -> PathBuf {
        self.folder.join("users.txt")
    }

    fn write_users(&self) -> Result<()> {
        let quoted = |text: &str| text.replace('"', "\"\"");
        let lines =
            self.users.iter().map(|(user, password)| format!("\"{}\" \"{}\"\n", quoted(user), quoted(password)));
        self.run_as.write(&self.user_file(), &lines.collect::<String>())
    }

    fn settings(&self) -> String {
        // From 1.21 on it can keep named statements across connections. Supavisor in transaction mode cannot, so its
        // stand-in must not either.
        let statements = if self.kit.version >= [1, 21] { "max_prepared_statements = 0\n" } else { "" };
        format!(
            "\
[databases]
* = host=127.0.0.1 port={postgres}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
; Few connections, used in turn: code that relies on a session breaks at once.
default_pool_size = 4
server_round_robin = 1
max_client_conn = 300
; Every test has its own database: connections left by finished tests must not fill the server.
server_idle_timeout = 10
; The default would refuse clients for 15 s after PostgreSQL was down.
server_login_retry = 1
log_connections = 0
log_disconnections = 0
{statements}",
            postgres = self.postgres_port,
            port = self.port,
            users = self.user_file().display(),
        )
    }
}
