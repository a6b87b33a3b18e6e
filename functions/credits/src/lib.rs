//! `credits`: what an account has, its ledger, and who may write to it.

mod adjust_credits;
mod entry;
mod get_credits;
mod list_transactions;
mod note;
mod record_purchase;

use shared::app::Routes;

pub const NAME: &str = "credits";

pub fn routes() -> Routes {
    Routes::new()
        .add(get_credits::operation(), get_credits::get_credits)
        .add(list_transactions::operation(), list_transactions::list_transactions)
        .add(record_purchase::operation(), record_purchase::record_purchase)
        .add(adjust_credits::operation(), adjust_credits::adjust_credits)
}
