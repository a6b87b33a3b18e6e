//! PgBouncer in transaction mode: the stand-in for Supabase's pooler on port 6543.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};
use shared::config::Login;

use crate::{
    process::Process,
    programs::{self, Kit, Tools},
    stack::run_as::RunAs,
};

/// The functions' passwords: for databases that live on this machine and nowhere else.
pub const API_PASSWORD: &str = "local-api-password";
pub const PASSWORDS: [(Login, &str); 4] = [
    (Login::Api, API_PASSWORD),
    (Login::Provisioner, "local-provisioner-password"),
    (Login::Collector, "local-collector-password"),
    (Login::Publisher, "local-publisher-password"),
];
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
    /// Users and their passwords, from the next start on; PostgreSQL has to know them too.
    pub users: BTreeMap<String, String>,
    /// More settings, such as `default_pool_size = 15`, from the next start on.
    pub settings: Vec<String>,
    process: Option<Process>,
}

impl PgBouncer {
    pub async fn start(tools: &Tools, home: &Path, port: u16, postgres_port: u16) -> Result<Self> {
        let run_as = RunAs::of(home)?;
        let (kit, folder) = (tools.pgbouncer.clone(), run_as.folder("pgbouncer")?);
        let users = PASSWORDS.map(|(login, password)| (login.role().to_owned(), password.to_owned()));
        let (home, users, settings) = (home.to_owned(), BTreeMap::from(users), Vec::new());
        let mut pooler = Self { kit, run_as, home, folder, port, postgres_port, users, settings, process: None };
        pooler.start_again().await?;
        Ok(pooler)
    }

    /// Cuts all connections and takes new ones, as a deploy of the pooler does.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop();
        self.start_again().await
    }

    /// Speaks TLS and nothing else, from the next start on; the certificate to trust, as PEM.
    pub async fn offer_tls(&mut self) -> Result<String> {
        let (key, certificate) = (self.folder.join("tls.key"), self.folder.join("tls.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        openssl.args(["-subj", "/CN=pooler", "-addext", "subjectAltName=IP:127.0.0.1"]);
        openssl
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate);
        self.run_as.apply_to(&mut openssl, &self.folder);
        programs::output(&mut openssl).await.context("making a certificate, which takes OpenSSL")?;
        let files =
            format!("client_tls_key_file = {}\nclient_tls_cert_file = {}", key.display(), certificate.display());
        self.settings.extend(["client_tls_sslmode = require".to_owned(), files]);
        fs::read_to_string(&certificate).context("reading the certificate")
    }

    /// Ends it at once; it holds nothing worth waiting for.
    pub fn stop(&mut self) {
        self.process = None;
    }

    pub async fn start_again(&mut self) -> Result<()> {
        let users = self.users.iter().map(|(user, password)| format!("\"{user}\" \"{password}\"\n"));
        let user_file = self.folder.join("users.txt");
        self.run_as.write(&user_file, &users.collect::<String>())?;
        // From 1.21 on it can keep named statements across connections. Supavisor in transaction mode cannot, so its
        // stand-in must not either.
        let statements = if self.kit.version >= [1, 21] { "max_prepared_statements = 0\n" } else { "" };
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_port = {}\nauth_file = {}\n{statements}{}{}\n",
            self.postgres_port,
            self.port,
            user_file.display(),
            include_str!("pgbouncer.ini"),
            self.settings.join("\n"),
        );
        let file = self.folder.join("pgbouncer.ini");
        self.run_as.write(&file, &settings)?;
        let mut command = self.kit.command("pgbouncer");
        command.arg(file);
        self.run_as.apply_to(&mut command, &self.folder);
        self.process = Some(Process::serve("pgbouncer", &self.home, command, self.port, START_LIMIT).await?);
        Ok(())
    }
}
