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

/// Why a server gave no answer, or not to its end.
#[derive(Debug)]
pub struct NoAnswer {
    pub code: &'static str,
    /// For operators. Without the address, which may say whom it was about.
    pub detail: String,
    /// No other request to it would fare better.
    pub is_of_server: bool,
}

/// The body of an answer, up to so many bytes.
pub async fn read(response: &mut reqwest::Response, most_bytes: usize) -> Result<Vec<u8>, NoAnswer> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if bytes.len() + chunk.len() > most_bytes {
            return Err(NoAnswer {
                code: "answer_too_long",
                detail: format!("more than {most_bytes} bytes"),
                is_of_server: true,
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

pub fn no_answer(error: reqwest::Error) -> NoAnswer {
    let (code, is_of_server) = match (is_about_certificate(&error), error.is_connect(), error.is_timeout()) {
        (true, ..) => ("certificate_refused", true),
        (_, true, _) => ("cluster_unreachable", true),
        (.., true) => ("time_out", false),
        _ => ("cut_off", false),
    };
    NoAnswer { code, detail: causes(&error.without_url()), is_of_server }
}

fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

/// Whether a request was not sent because the server's certificate is not trusted.
fn is_about_certificate(error: &reqwest::Error) -> bool {
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
