//! `usage`: meters report what users consume, users see it, administrators say what it costs and who
//! reports it.

mod day;
mod get_usage;
mod list_rates;
mod list_usage_sources;
mod move_usage_source;
mod rate;
mod reading;
mod record_usage;
mod set_rate;
mod usage_source;

use shared::app::Routes;

pub const NAME: &str = "usage";

pub fn routes() -> Routes {
    Routes::new()
        .add(record_usage::operation(), record_usage::record_usage)
        .add(get_usage::operation(), get_usage::get_usage)
        .add(list_rates::operation(), list_rates::list_rates)
        .add(set_rate::operation(), set_rate::set_rate)
        .add(list_usage_sources::operation(), list_usage_sources::list_usage_sources)
        .add(move_usage_source::operation(), move_usage_source::move_usage_source)
}
