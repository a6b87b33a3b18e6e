//! `usage`: meters report what users consume, users see it, administrators say what it costs.

mod day;
mod get_usage;
mod list_rates;
mod rate;
mod reading;
mod record_usage;
mod set_rate;

use shared::app::Routes;

pub const NAME: &str = "usage";

pub fn routes() -> Routes {
    Routes::new()
        .add(record_usage::operation(), record_usage::record_usage)
        .add(get_usage::operation(), get_usage::get_usage)
        .add(list_rates::operation(), list_rates::list_rates)
        .add(set_rate::operation(), set_rate::set_rate)
}
