//! How Secrets Manager is reached. Left to itself, the SDK would parse every certificate of the system at each start: more
//! than a hundred files, for an address whose certificate ends in one of five.

use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};

use crate::{
    config::Roots,
    error::{Error, Result},
};

/// The roots that Amazon's certificates end in, <https://www.amazontrust.com/repository/>, as Mozilla's list has them
/// (Debian's package ca-certificates 20230311). `make lint` fails two years before one ends. Their SHA-256 fingerprints:
///
/// - `8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e` Amazon Root CA 1
/// - `1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4` Amazon Root CA 2
/// - `18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4` Amazon Root CA 3
/// - `e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092` Amazon Root CA 4
/// - `568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5` Starfield Services Root CA - G2
const AMAZON: [&str; 5] = [
    include_str!("roots/amazon_root_ca_1.pem"),
    include_str!("roots/amazon_root_ca_2.pem"),
    include_str!("roots/amazon_root_ca_3.pem"),
    include_str!("roots/amazon_root_ca_4.pem"),
    include_str!("roots/starfield_services_root_g2.pem"),
];

pub fn client(roots: Roots) -> Result<SharedHttpClient> {
    trusting(match roots {
        Roots::Amazon => only(&AMAZON),
        Roots::System => TrustStore::default(),
    })
}

/// These roots and no others.
pub fn only(roots: &[&str]) -> TrustStore {
    roots.iter().fold(TrustStore::empty(), |store, pem| store.with_pem_certificate(*pem))
}

pub fn trusting(roots: TrustStore) -> Result<SharedHttpClient> {
    let tls = TlsContext::builder().with_trust_store(roots).build();
    let tls = tls.map_err(|error| Error::Bug(format!("no TLS for Secrets Manager: {error}")))?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build_https())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use data_encoding::HEXLOWER;
    use rustls::pki_types::{CertificateDer, pem::PemObject};

    use super::*;

    #[test]
    fn amazons_roots_are_the_five_whose_fingerprints_are_written_here() {
        let this_file = include_str!("https.rs");
        for pem in AMAZON {
            let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let fingerprint = HEXLOWER.encode(digest(&SHA256, &certificate).as_ref());
            assert!(this_file.contains(&format!("/// - `{fingerprint}`")), "{fingerprint}");
        }
    }
}
