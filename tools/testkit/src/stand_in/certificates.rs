//! A certificate authority, and the certificates that it signs for this machine.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, Result};
use data_encoding::{BASE64, HEXLOWER};
use ops::environment::write_secret;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// What it signs is good for two thousand years: nobody waits for its end.
pub struct Authority {
    /// Whose servers it signs for.
    of: &'static str,
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn generate(of: &'static str) -> Result<Self> {
        Self::with_key(of, KeyPair::generate()?)
    }

    /// Another one for the same servers.
    pub fn other(&self) -> Result<Self> {
        Self::generate(self.of)
    }

    /// The one whose key and certificate are in `folder`, made there the first time.
    pub fn kept_in(folder: &Path, of: &'static str) -> Result<Self> {
        let file = |ending| folder.join(format!("{}-ca.{ending}", of.to_lowercase()));
        let (key_file, pem_file) = (file("key"), file("pem"));
        if let (Ok(key), Ok(pem)) = (fs::read(&key_file), fs::read_to_string(&pem_file)) {
            let key = BASE64.decode(&key).with_context(|| format!("reading {}", key_file.display()))?;
            // Signed anew, the certificate would be another text.
            return Ok(Self { pem, ..Self::with_key(of, KeyPair::try_from(key)?)? });
        }
        let made = Self::generate(of)?;
        write_secret(&key_file, &BASE64.encode(made.issuer.key().serialized_der()))?;
        write_secret(&pem_file, &made.pem)?;
        Ok(made)
    }

    fn with_key(of: &'static str, key: KeyPair) -> Result<Self> {
        let mut params = CertificateParams::default();
        // Each has a name of its own, as those of different clusters do.
        let name = HEXLOWER.encode(&key.public_key_raw()[1..9]);
        params.distinguished_name.push(DnType::CommonName, format!("{of} {name}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = pem_of(params.self_signed(&key)?.der());
        Ok(Self { of, pem, issuer: Issuer::new(params, key) })
    }

    /// TLS with a new certificate for `localhost`.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate()?;
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}

fn pem_of(der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
