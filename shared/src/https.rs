//! HTTPS to the servers of others: who they are is always verified, and where they send us on to is not followed.

use std::{error::Error, io, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// A client that trusts these CAs, which are given as PEM, or else the public roots. How long it waits is left to add.
pub fn client(ca_pem: Option<&str>) -> Result<reqwest::ClientBuilder, rustls::Error> {
    let roots = match ca_pem {
        Some(pem) => only(pem)?,
        // Parsing the system's would take a quarter of a cold start.
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none()))
}

fn only(pem: &str) -> Result<RootCertStore, rustls::Error> {
    let wrong = |reason: &str| rustls::Error::General(reason.to_owned());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        // The parser's message would repeat what it read.
        roots.add(certificate.map_err(|_| wrong("it is not PEM"))?)?;
    }
    if roots.is_empty() { Err(wrong("it holds no certificate")) } else { Ok(roots) }
}

/// Whether a request was not sent because the server's certificate is not trusted.
pub fn is_about_certificate(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return matches!(error, rustls::Error::InvalidCertificate(_));
        }
        // What an I/O error was made of is not its source.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(within) => Some(within),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_and_not_repeated() {
        for pem in ["", "secret", "-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----\n"] {
            let refused = client(Some(pem)).unwrap_err().to_string();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}
