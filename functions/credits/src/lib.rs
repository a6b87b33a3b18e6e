//! `credits`: what an account has, its ledger, and who may write to it.

mod adjust_credits;
mod entry;
mod get_credits;
mod list_transactions;
mod note;
mod record_purchase;

use shared::{
    error::Kind,
    http::{
        page::Page,
        routes::{Access, Operation, Routes},
    },
};

use self::{
    adjust_credits::Adjustment,
    entry::Entry,
    get_credits::{AccountCredits, CreditsQuery},
    list_transactions::TransactionsQuery,
    record_purchase::Purchase,
};

pub const NAME: &str = "credits";

pub fn routes() -> Routes {
    writes(
        Routes::new()
            .add(
                Operation::get("/api/credits", "get_credits", Access::User)
                    .summary("An account's credits, and how long they last; for its owner, or an administrator")
                    .query::<CreditsQuery>()
                    .responds::<AccountCredits>(200)
                    .errors(Kind::Forbidden, &["billing_owner_only"])
                    .errors(Kind::NotFound, &["user_unknown"]),
                get_credits::get_credits,
            )
            .add(
                Operation::get("/api/credits/transactions", "list_transactions", Access::User)
                    .summary("An account's ledger, newest first; for its owner, or an administrator")
                    .query::<TransactionsQuery>()
                    .responds::<Page<Entry>>(200)
                    .or_csv()
                    .errors(Kind::Forbidden, &["billing_owner_only"])
                    .errors(Kind::NotFound, &["user_unknown"]),
                list_transactions::list_transactions,
            ),
    )
}

fn writes(routes: Routes) -> Routes {
    routes
        .add(
            Operation::post("/api/credits/purchases", "record_purchase", Access::MachineOrAdmin("credits:write"))
                .summary("Records credits that an account owner has paid for")
                .idempotent()
                .body::<Purchase>()
                .responds::<Entry>(201)
                .errors(Kind::NotFound, &["user_unknown"])
                .errors(Kind::Conflict, &["idempotency_key_reused", "user_deleted", "user_is_member"]),
            record_purchase::record_purchase,
        )
        .add(
            Operation::post("/api/credits/adjustments", "adjust_credits", Access::Admin)
                .summary("Corrects an account's credits, or returns a purchase in part or whole")
                .idempotent()
                .body::<Adjustment>()
                .responds::<Entry>(201)
                .errors(Kind::NotFound, &["purchase_unknown", "user_unknown"])
                .errors(Kind::Conflict, &["idempotency_key_reused", "refund_exceeds_purchase"]),
            adjust_credits::adjust_credits,
        )
}
