//! The settings of a function, read from its environment once, at start-up.

use std::{fmt, net::IpAddr};

use url::Url;

/// What is wrong with the environment, naming the variable.
#[derive(Debug, PartialEq, Eq)]
pub enum ConfigError {
    Missing(&'static str),
    Invalid { name: &'static str, reason: &'static str },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the environment variable {name} is missing"),
            Self::Invalid { name, reason } => write!(f, "the environment variable {name} {reason}"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Which roots the certificates of Secrets Manager and EventBridge may end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Amazon's own, compiled in.
    Amazon,
    /// The system's, which are read at each start.
    System,
}

/// The role that a function logs in to the database as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Login {
    #[default]
    Api,
    /// It may call what `provision` needs, and that is nothing of what `Api` may.
    Provisioner,
    /// The same for `collect-usage`.
    Collector,
    /// The same for `publish`.
    Publisher,
}

impl Login {
    pub fn role(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Provisioner => "provisioner",
            Self::Collector => "collector",
            Self::Publisher => "publisher",
        }
    }
}

/// Everything a function must be told; secrets are not among it.
#[derive(Clone, Debug)]
pub struct Config {
    /// `AUTH0_ISSUER`: compared to the letter, trailing slash included.
    pub issuer: String,
    /// `AUTH0_AUDIENCE`: the identifier of this API.
    pub audience: String,
    /// `AUTH0_JWKS_URL`: by default `<issuer>.well-known/jwks.json`.
    pub jwks_url: String,
    /// `AUTH0_CLAIMS_NAMESPACE`: the prefix of the claims that the Action adds, without trailing slash.
    pub claims_namespace: String,
    /// `APP_SECRET_ID`: name or ARN in Secrets Manager.
    pub secret_id: String,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER`: an emulator, if any.
    pub secrets_endpoint_url: Option<String>,
    /// `SECRETS_MANAGER_ROOTS`: `amazon`, which is the default, or `system`.
    pub secrets_roots: Roots,
    /// `EVENT_BUS_NAME`: the bus that events go to. `publish` alone is told.
    pub event_bus_name: Option<String>,
    /// `AWS_ENDPOINT_URL_EVENTBRIDGE`: an emulator, if any.
    pub events_endpoint_url: Option<String>,
    /// The schema of the SQL functions that belong to this build. No variable: a build calls its own and no other.
    pub release: String,
    /// `Api`, unless the function's start-up says another one.
    pub login: Login,
}

impl Config {
    /// Reads the process environment.
    #[expect(clippy::disallowed_methods, reason = "this is the room it may be called in")]
    pub fn from_env(release: &str) -> Result<Self, ConfigError> {
        Self::from_lookup(release, |name| std::env::var(name).ok())
    }

    /// Reads settings by name from `lookup`; empty counts as missing.
    pub fn from_lookup(release: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name: &'static str| lookup(name).filter(|value| !value.trim().is_empty());
        let required = |name: &'static str| optional(name).ok_or(ConfigError::Missing(name));
        let issuer = required("AUTH0_ISSUER")?;
        if !issuer.ends_with('/') {
            return Err(invalid("AUTH0_ISSUER", "must end with a slash, as Auth0's `iss` claim does"));
        }
        let jwks_url = optional("AUTH0_JWKS_URL").unwrap_or_else(|| format!("{issuer}.well-known/jwks.json"));
        let secrets_endpoint_url = optional("AWS_ENDPOINT_URL_SECRETS_MANAGER");
        let events_endpoint_url = optional("AWS_ENDPOINT_URL_EVENTBRIDGE");
        for (name, url) in [
            ("AUTH0_ISSUER", Some(&issuer)),
            ("AUTH0_JWKS_URL", Some(&jwks_url)),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets_endpoint_url.as_ref()),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", events_endpoint_url.as_ref()),
        ] {
            if url.is_some_and(|url| !is_https_or_loopback(url)) {
                return Err(invalid(name, "must be an https:// address"));
            }
        }
        Ok(Self {
            issuer,
            audience: required("AUTH0_AUDIENCE")?,
            jwks_url,
            claims_namespace: required("AUTH0_CLAIMS_NAMESPACE")?.trim_end_matches('/').to_owned(),
            secret_id: required("APP_SECRET_ID")?,
            secrets_endpoint_url,
            secrets_roots: match optional("SECRETS_MANAGER_ROOTS").as_deref() {
                None | Some("amazon") => Roots::Amazon,
                Some("system") => Roots::System,
                Some(_) => return Err(invalid("SECRETS_MANAGER_ROOTS", "must be `amazon` or `system`")),
            },
            event_bus_name: optional("EVENT_BUS_NAME"),
            events_endpoint_url,
            release: release.to_owned(),
            login: Login::default(),
        })
    }
}

fn invalid(name: &'static str, reason: &'static str) -> ConfigError {
    ConfigError::Invalid { name, reason }
}

/// What is fetched in the clear could come from anyone, and be read by anyone; only this machine may go without TLS. The
/// address is parsed: `http://127.0.0.1:x@evil.example/` begins like one of this machine and is none.
fn is_https_or_loopback(url: &str) -> bool {
    // What parsers read differently: a backslash, and blanks.
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let Some(url) = Url::parse(url).ok().filter(|_| is_plain) else { return false };
    let is_bare = url.username().is_empty() && url.password().is_none();
    is_bare && (url.scheme() == "https" || url.scheme() == "http" && url.host_str().is_some_and(is_this_machine))
}

/// True for the names of this machine, which may go without TLS. The address of IPv6 may stand in brackets.
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(name: &str) -> Option<String> {
        let value = match name {
            "AUTH0_ISSUER" => "https://tenant.eu.auth0.com/",
            "AUTH0_AUDIENCE" => "https://api.example.com",
            "AUTH0_CLAIMS_NAMESPACE" => "https://app.example.com/",
            "APP_SECRET_ID" => "back-office/app",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn the_keys_are_found_beside_the_issuer() {
        let config = Config::from_lookup("release_0", complete).unwrap();
        assert_eq!(config.jwks_url, "https://tenant.eu.auth0.com/.well-known/jwks.json");
        assert_eq!(config.claims_namespace, "https://app.example.com");
    }

    #[test]
    fn a_missing_or_empty_variable_is_named() {
        for name in ["AUTH0_ISSUER", "AUTH0_AUDIENCE", "AUTH0_CLAIMS_NAMESPACE", "APP_SECRET_ID"] {
            for absent in [None, Some("  ".to_owned())] {
                let lookup = |asked: &str| if asked == name { absent.clone() } else { complete(asked) };
                assert_eq!(Config::from_lookup("release_0", lookup).unwrap_err(), ConfigError::Missing(name));
            }
        }
    }

    #[test]
    fn the_roots_of_secrets_manager_are_amazons_unless_the_systems_are_asked_for() {
        let roots = |text: &'static str| {
            let lookup = |asked: &str| {
                if asked == "SECRETS_MANAGER_ROOTS" { Some(text.to_owned()) } else { complete(asked) }
            };
            Config::from_lookup("release_0", lookup).map(|config| config.secrets_roots)
        };
        assert_eq!(Config::from_lookup("release_0", complete).unwrap().secrets_roots, Roots::Amazon);
        for (text, meant) in [("", Roots::Amazon), ("amazon", Roots::Amazon), ("system", Roots::System)] {
            assert_eq!(roots(text), Ok(meant));
        }
        for wrong in ["System", "amazon,system", "/etc/ssl/certs", " system"] {
            assert!(roots(wrong).unwrap_err().to_string().contains("SECRETS_MANAGER_ROOTS"), "{wrong}");
        }
    }

    #[test]
    fn keys_and_secrets_are_not_fetched_in_the_clear() {
        for (name, value) in [
            ("AUTH0_ISSUER", "http://tenant.eu.auth0.com/"),
            ("AUTH0_JWKS_URL", "http://keys.example.com/"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://secrets.example.com/"),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://events.example.com/"),
            ("AUTH0_ISSUER", "https://tenant.eu.auth0.com"),
        ] {
            let lookup = |asked: &str| {
                if asked == name { Some(value.to_owned()) } else { complete(asked) }
            };
            let error = Config::from_lookup("release_0", lookup).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn an_address_of_this_machine_is_told_by_its_host_and_not_by_how_it_begins() {
        for own in [
            "http://127.0.0.1:9001/",
            "http://localhost:9001/",
            "http://localhost/",
            "HTTP://LocalHost:9001/",
            "http://[::1]:9001/",
            "https://tenant.eu.auth0.com/",
        ] {
            assert!(is_https_or_loopback(own), "{own}");
        }
        for others in [
            "http://127.0.0.1:x@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://localhost:@evil.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost:9001.evil.example/",
            "http://[::1].evil.example/",
            "http://[::2]:9001/",
            "http://evil.example/?http://localhost:9001/",
            "http://127.0.0.1:9001\\@evil.example:x/",
            "https://127.0.0.1:9001@evil.example/",
            " http://127.0.0.1:9001/",
            "https:///",
            "ftp://localhost:9001/",
            "localhost:9001",
        ] {
            assert!(!is_https_or_loopback(others), "{others}");
        }
    }
}
