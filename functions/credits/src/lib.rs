//! `credits`: what an account has, its ledger, who may write to it, and what its balance does.

mod adjust_credits;
mod entry;
mod get_credits;
mod get_default_policy;
mod get_policy;
mod get_statement;
mod list_transactions;
mod note;
mod policy;
mod record_purchase;
mod set_default_policy;
mod set_policy;
mod statement;

use shared::app::Routes;

pub const NAME: &str = "credits";

pub fn routes() -> Routes {
    Routes::new()
        .add(get_credits::operation(), get_credits::get_credits)
        .add(list_transactions::operation(), list_transactions::list_transactions)
        .add(get_statement::operation(), get_statement::get_statement)
        .add(record_purchase::operation(), record_purchase::record_purchase)
        .add(adjust_credits::operation(), adjust_credits::adjust_credits)
        .add(get_policy::operation(), get_policy::get_policy)
        .add(set_policy::operation(), set_policy::set_policy)
        .add(get_default_policy::operation(), get_default_policy::get_default_policy)
        .add(set_default_policy::operation(), set_default_policy::set_default_policy)
}
