//! What is answered of a namespace in a step, with every field that version 1.121.3 has.

use std::{fmt::Write, sync::LazyLock};

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    hours::{Step, Used},
    number::{exact, rounded},
};

/// What its installation calls a cluster if nobody names it, and another one.
pub const CLUSTERS: [&str; 2] = ["default-cluster", "other-cluster"];
/// What no pod used.
pub const IDLE: &str = "__idle__";
/// Volumes that nobody has claimed.
pub const UNMOUNTED: &str = "__unmounted__";

const NODE: &str = "node-1";

/// Costs and the like, which nothing of ours reads: zero.
static REST: LazyLock<String> = LazyLock::new(|| {
    let names = "cpuCoreLimitAverage cpuCost cpuCostAdjustment cpuCostIdle cpuEfficiency gpuCost gpuCostAdjustment \
        gpuCostIdle gpuEfficiency networkTransferBytes networkReceiveBytes networkCost networkCrossZoneCost \
        networkCrossRegionCost networkInternetCost networkNatGatewayEgressCost networkNatGatewayIngressCost \
        networkCostAdjustment loadBalancerCost loadBalancerCostAdjustment pvCost pvCostAdjustment ramBytes \
        ramByteRequestAverage ramByteLimitAverage ramByteUsageAverage ramByteHours ramCost ramCostAdjustment ramCostIdle \
        ramEfficiency externalCost sharedCost totalCost totalEfficiency";
    names.split(' ').fold(String::new(), |all, name| format!("{all}\"{name}\":0,"))
});

/// Numbers are texts, as they will be written.
pub struct Allocation {
    pub namespace: String,
    pub used: Used,
    /// Averages, of which an hour's sum is one, too.
    pub cpu_cores: String,
    pub gpu_count: String,
    pub pv_bytes: String,
    pub cpu_hours: String,
    pub gpu_hours: String,
    pub pv_byte_hours: String,
    pub minutes: String,
    pub is_of_several_clusters: bool,
}

impl Allocation {
    pub fn new(namespace: &str, used: Used, step: Step) -> Self {
        let seconds = Decimal::from((step.end - step.start).num_seconds());
        let average = |sum: Decimal| rounded(sum * Decimal::from(3_600) / seconds);
        Self {
            namespace: namespace.to_owned(),
            used,
            cpu_cores: average(used.cpu_hours),
            gpu_count: average(used.gpu_hours),
            pv_bytes: average(used.pv_byte_hours),
            cpu_hours: rounded(used.cpu_hours),
            gpu_hours: rounded(used.gpu_hours),
            pv_byte_hours: rounded(used.pv_byte_hours),
            minutes: rounded(seconds / Decimal::from(60)),
            is_of_several_clusters: false,
        }
    }

    /// As a member of a step.
    pub fn write(&self, window: Step, by_cluster: bool, out: &mut String) {
        let name = if by_cluster { format!("{}/{}", CLUSTERS[0], self.namespace) } else { self.namespace.clone() };
        let (name, properties, volumes) = (json!(name), self.properties(), self.volumes());
        let (start, end) = (written(window.start), written(window.end));
        let Self { cpu_cores, gpu_count, pv_bytes, cpu_hours, gpu_hours, pv_byte_hours, minutes, .. } = self;
        let of_gpus = match self.namespace.as_str() {
            IDLE | UNMOUNTED => "null".to_owned(),
            _ => format!("{{\"isGPUShared\":null,\"gpuUsageAverage\":null,\"gpuRequestAverage\":{gpu_count}}}"),
        };
        let of_idle = r#","proportionalAssetResourceCosts":{},"sharedCostBreakdown":{}"#;
        let of_idle = if self.namespace == IDLE { of_idle } else { "" };
        write!(
            out,
            "{name}:{{\"name\":{name},\"properties\":{properties},\"window\":{{\"start\":\"{start}\",\"end\":\"{end}\"}},\
             \"start\":\"{start}\",\"end\":\"{end}\",\"minutes\":{minutes},\"cpuCores\":{cpu_cores},\
             \"cpuCoreRequestAverage\":{cpu_cores},\"cpuCoreUsageAverage\":{cpu_cores},\"cpuCoreHours\":{cpu_hours},\
             \"gpuCount\":{gpu_count},\"gpuHours\":{gpu_hours},\"pvBytes\":{pv_bytes},\"pvByteHours\":{pv_byte_hours},\
             \"pvs\":{volumes},{}\"lbAllocations\":null,\"gpuAllocation\":{of_gpus}{of_idle}}}",
            *REST
        )
        .expect("a String takes everything");
    }

    /// What all its pods have in common. Volumes that no pod uses have one that is none.
    fn properties(&self) -> Value {
        let namespace = &self.namespace;
        let is_without_pods = self.used.cpu_hours.is_zero() && self.used.gpu_hours.is_zero();
        let mut properties = match namespace.as_str() {
            IDLE => json!({ "node": NODE }),
            UNMOUNTED => json!({ "container": UNMOUNTED, "namespace": UNMOUNTED, "pod": UNMOUNTED }),
            _ => json!({
                "namespace": namespace,
                "namespaceLabels": { "kubernetes_io_metadata_name": namespace },
            }),
        };
        if is_without_pods && ![IDLE, UNMOUNTED].contains(&namespace.as_str()) {
            properties["container"] = json!(UNMOUNTED);
            properties["pod"] = json!(format!("{namespace}-unmounted-pvcs"));
        }
        if !self.is_of_several_clusters {
            properties["cluster"] = json!(CLUSTERS[0]);
        }
        properties
    }

    /// The one volume of a namespace, which has one of the same name on each cluster. It is not rounded.
    fn volumes(&self) -> String {
        if self.used.pv_byte_hours.is_zero() {
            return "null".to_owned();
        }
        let clusters = if self.is_of_several_clusters { &CLUSTERS[..] } else { &CLUSTERS[..1] };
        let volumes = clusters.iter().zip([self.used.pv_byte_hours, Decimal::ZERO]).map(|(cluster, byte_hours)| {
            let key = json!(format!("cluster={cluster}:name=pvc-{}", self.namespace));
            format!("{key}:{{\"byteHours\":{},\"cost\":0,\"providerID\":\"\",\"adjustment\":0}}", exact(byte_hours))
        });
        format!("{{{}}}", volumes.collect::<Vec<_>>().join(","))
    }
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
