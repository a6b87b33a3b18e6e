//! When the roots end that Secrets Manager's certificate may end in.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;

pub const FOLDER: &str = "shared/src/secrets/roots";
/// Long enough for a release to reach every deployment.
const YEARS_AHEAD: u32 = 2;

/// Fails when a root in this folder ends within two years of `today` (`20261231`).
pub fn check(folder: &Path, today: u32) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let wrong = || format!("reading {}", file.display());
        let end = end(&fs::read_to_string(&file)?).with_context(wrong)?;
        ensure!(
            end >= today + YEARS_AHEAD * 10_000,
            "{} ends on {end}: look up which roots Amazon uses now, and put them in its place",
            file.display()
        );
    }
    Ok(())
}

/// The last day of a certificate, as a number such as 20380117.
fn end(pem: &str) -> Result<u32> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let certificate = BASE64.decode(lines.as_bytes())?;
    let (_, certificate, _) = element(&certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    // Version, serial number, algorithm and issuer come before the two times.
    for _ in 0..4 {
        (_, _, fields) = element(fields)?;
    }
    let (_, times, _) = element(fields)?;
    let (_, _, end) = element(times)?;
    let (tag, end, _) = element(end)?;
    // A time with two digits of the year is of the years 1950 to 2049.
    let (century, digits) = if tag == UTC_TIME { (2000, 2) } else { (0, 4) };
    let digits = digits + 4;
    let day: u32 = str::from_utf8(end)?.get(..digits).context("no date")?.parse()?;
    Ok(century * 10_000 + day)
}

const UTC_TIME: u8 = 0x17;

/// The first element of some DER: its tag, its content, and what comes after it.
fn element(der: &[u8]) -> Result<(u8, &[u8], &[u8])> {
    let (&[tag, short], rest) = der.split_first_chunk().context("the certificate is cut off")?;
    let is_long = short & 0x80 != 0;
    let (long, rest) =
        rest.split_at_checked(if is_long { usize::from(short & 0x7f) } else { 0 }).context("a length is cut off")?;
    let of_long = long.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let (content, rest) =
        rest.split_at_checked(if is_long { of_long } else { usize::from(short) }).context("an element is cut off")?;
    Ok((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use ops::schema;

    use super::*;

    #[test]
    fn a_root_that_ends_within_two_years_is_named() {
        let folder = schema::checkout().join(FOLDER);
        check(&folder, 20351231).unwrap();
        let refused = check(&folder, 20360101).unwrap_err().to_string();
        assert!(refused.contains("starfield_services_root_g2.pem ends on 20371231"), "{refused}");
        let after_2049 = fs::read_to_string(folder.with_file_name("tls_for_tests").join("root.pem")).unwrap();
        assert_eq!(end(&after_2049).unwrap(), 21261103);
        assert!(end("-----BEGIN CERTIFICATE-----\nMIID\n").is_err());
    }
}
