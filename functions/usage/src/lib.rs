//! `usage`: meters report what users consume, users see it, administrators say what it costs and who
//! reports it, and see which hours of clusters have been read, and what nobody pays for.

mod accept_hour;
mod attribute_namespace;
mod day;
mod get_usage;
mod list_prices;
mod list_rates;
mod list_unattributed_usage;
mod list_usage_coverage;
mod list_usage_sources;
mod move_usage_source;
mod rate;
mod reading;
mod recollect_hour;
mod record_usage;
mod set_rate;
mod usage_groups;
mod usage_hour;
mod usage_source;
mod used;

use shared::app::Routes;

pub const NAME: &str = "usage";

pub fn routes() -> Routes {
    Routes::new()
        .add(record_usage::operation(), record_usage::record_usage)
        .add(get_usage::operation(), get_usage::get_usage)
        .add(list_prices::operation(), list_prices::list_prices)
        .add(list_rates::operation(), list_rates::list_rates)
        .add(set_rate::operation(), set_rate::set_rate)
        .add(list_usage_sources::operation(), list_usage_sources::list_usage_sources)
        .add(move_usage_source::operation(), move_usage_source::move_usage_source)
        .add(list_usage_coverage::operation(), list_usage_coverage::list_usage_coverage)
        .add(recollect_hour::operation(), recollect_hour::recollect_hour)
        .add(accept_hour::operation(), accept_hour::accept_hour)
        .add(list_unattributed_usage::operation(), list_unattributed_usage::list_unattributed_usage)
        .add(attribute_namespace::operation(), attribute_namespace::attribute_namespace)
}
