//! OpenCost's answer, and how its floats become decimals.
//!
//! A float is taken as it is written, and rounded once to six places, half to even. What OpenCost could not compute (it
//! writes `null` for NaN) and what cannot be (less than nothing) is not zero: the answer is refused as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::domain::money::Quantity;

use super::failure::Failure;

/// Capacity that nobody used: what the cluster costs, and not what anybody owes.
const IDLE: &str = "__idle__";
/// Volumes that no claim holds.
const UNMOUNTED: &str = "__unmounted__";
/// What has no namespace.
const UNALLOCATED: &str = "__unallocated__";
/// Longer ones are none of Kubernetes'.
const LONGEST_NAME: usize = 253;
/// As the database holds them.
const MOST_HOURS: Decimal = Decimal::from_parts(999_999, 0, 0, false, 0);
const MOST_GB: Decimal = Decimal::from_parts(99_999_999, 0, 0, false, 0);

/// What a namespace used in an hour. OpenCost's own names begin with `__`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamespaceHour {
    pub namespace: String,
    pub cpu_hours: Quantity,
    pub gpu_hours: Quantity,
    /// Gigabytes, of 10^9 bytes each, on average over the hour.
    pub storage_gb: Quantity,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    /// An error may come with status 200.
    code: Option<u16>,
    #[serde(borrow)]
    data: Option<Vec<Option<BTreeMap<String, Allocation<'a>>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allocation<'a> {
    window: Window,
    #[serde(default)]
    properties: Option<Properties>,
    #[serde(borrow)]
    cpu_core_hours: Option<&'a RawValue>,
    #[serde(borrow)]
    gpu_hours: Option<&'a RawValue>,
    /// Of all volumes, also of those that no running pod has mounted.
    #[serde(borrow)]
    pv_byte_hours: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Properties {
    cluster: Option<String>,
}

#[derive(Deserialize)]
struct Window {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// The namespaces of the hour, by name. No namespace at all: OpenCost does not have the hour, or not yet.
pub fn read(bytes: &[u8], hour: DateTime<Utc>) -> Result<Vec<NamespaceHour>, Failure> {
    let envelope: Envelope<'_> = serde_json::from_slice(bytes)
        .map_err(|error| Failure::of_hour("not_opencost", &format!("the answer: {error}")))?;
    if let Some(code) = envelope.code.filter(|code| *code != 200) {
        return Err(Failure::of_hour("server_error", &format!("code {code} in the answer")));
    }
    let mut steps = envelope.data.unwrap_or_default().into_iter().flatten().filter(|step| !step.is_empty());
    let step = steps.next().unwrap_or_default();
    if steps.next().is_some() {
        return Err(Failure::of_hour("other_window", "the answer holds more than one hour"));
    }
    check_cluster(&step)?;
    if step.keys().all(|name| [IDLE, UNMOUNTED].contains(&name.as_str())) {
        // It did not learn which pods ran.
        return Ok(Vec::new());
    }
    let mut namespaces = BTreeMap::new();
    for (name, allocation) in step.into_iter().filter(|(name, _)| name != IDLE) {
        let used = allocation.read(name, hour)?;
        if let Some(twin) = namespaces.insert(used.namespace.clone(), used) {
            return Err(Failure::of_hour("not_opencost", &format!("{} is there twice", twin.namespace)));
        }
    }
    Ok(namespaces.into_values().collect())
}

/// Namespaces of several clusters that have one name are one namespace to OpenCost, and then without a cluster.
fn check_cluster(step: &BTreeMap<String, Allocation<'_>>) -> Result<(), Failure> {
    let named = step.iter().filter(|(name, _)| ![IDLE, UNMOUNTED].contains(&name.as_str()));
    let clusters: BTreeSet<Option<&str>> =
        named.map(|(_, allocation)| allocation.properties.as_ref().and_then(|of| of.cluster.as_deref())).collect();
    match clusters.len() {
        0 => Ok(()),
        1 if !clusters.contains(&None) => Ok(()),
        _ => Err(Failure::of_server("several_clusters", "it speaks of more than one cluster")),
    }
}

impl Allocation<'_> {
    fn read(&self, name: String, hour: DateTime<Utc>) -> Result<NamespaceHour, Failure> {
        let namespace = if name.is_empty() { UNALLOCATED.to_owned() } else { name };
        if namespace.len() > LONGEST_NAME || namespace.contains(char::is_control) {
            return Err(Failure::of_hour("not_opencost", "a name that no namespace can have"));
        }
        if (self.window.start, self.window.end) != (hour, hour + TimeDelta::hours(1)) {
            let (start, end) = (self.window.start, self.window.end);
            return Err(Failure::of_hour("other_window", &format!("{namespace}: from {start} to {end}")));
        }
        let amount = |field, raw: Option<&RawValue>, unit, most| {
            amount(raw.map(RawValue::get), unit, most)
                .map_err(|(code, said)| Failure::of_hour(code, &format!("{namespace}: {field} is {said}")))
        };
        Ok(NamespaceHour {
            cpu_hours: amount("cpuCoreHours", self.cpu_core_hours, Decimal::ONE, MOST_HOURS)?,
            gpu_hours: amount("gpuHours", self.gpu_hours, Decimal::ONE, MOST_HOURS)?,
            // In one hour, so many bytes on average.
            storage_gb: amount("pvByteHours", self.pv_byte_hours, Decimal::from(1_000_000_000), MOST_GB)?,
            namespace,
        })
    }
}

/// So many of a unit; else a code, and what stood there.
fn amount(text: Option<&str>, unit: Decimal, most: Decimal) -> Result<Quantity, (&'static str, String)> {
    let text = text.unwrap_or("missing");
    let refuse = |code| (code, text.chars().take(40).collect());
    let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    if !is_number {
        return Err(refuse("not_a_number"));
    }
    let value = match text.find(['e', 'E']) {
        None => text.parse().ok(),
        // Smaller than a decimal can be: what a float leaves of nothing.
        Some(at) if text[at + 1..].starts_with('-') => Some(Decimal::from_scientific(text).unwrap_or_default()),
        Some(_) => Decimal::from_scientific(text).ok(),
    };
    let value = value.ok_or_else(|| refuse("amount_out_of_range"))? / unit;
    let rounded = value.round_dp_with_strategy(6, RoundingStrategy::MidpointNearestEven);
    match () {
        () if rounded.is_zero() => Ok(Quantity(Decimal::ZERO)),
        () if rounded.is_sign_negative() => Err(refuse("negative_amount")),
        () if rounded > most => Err(refuse("amount_out_of_range")),
        () => Ok(Quantity(rounded)),
    }
}
