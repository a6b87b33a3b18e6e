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
        routes::{Operation, Routes, Who},
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
                Operation::get("/api/credits", "get_credits", Who::User)
                    .says("An account's credits, and how long they last; for its owner, or an administrator")
                    .query::<CreditsQuery>()
                    .answers::<AccountCredits>(200)
                    .refuses(Kind::Forbidden, &["billing_owner_only"])
                    .refuses(Kind::NotFound, &["user_unknown"]),
                get_credits::get_credits,
            )
            .add(
                Operation::get("/api/credits/transactions", "list_transactions", Who::User)
                    .says("An account's ledger, newest first; for its owner, or an administrator")
                    .query::<TransactionsQuery>()
                    .answers::<Page<Entry>>(200)
                    .or_csv()
                    .refuses(Kind::Forbidden, &["billing_owner_only"])
                    .refuses(Kind::NotFound, &["user_unknown"]),
                list_transactions::list_transactions,
            ),
    )
}

fn writes(routes: Routes) -> Routes {
    routes
        .add(
            Operation::post("/api/credits/purchases", "record_purchase", Who::MachineOrAdmin("credits:write"))
                .says("Records credits that an account owner has paid for")
                .idempotent()
                .body::<Purchase>()
                .answers::<Entry>(201)
                .refuses(Kind::NotFound, &["user_unknown"])
                .refuses(Kind::Conflict, &["idempotency_key_reused", "user_deleted", "user_is_member"]),
            record_purchase::record_purchase,
        )
        .add(
            Operation::post("/api/credits/adjustments", "adjust_credits", Who::Admin)
                .says("Corrects an account's credits, or returns a purchase in part or whole")
                .idempotent()
                .body::<Adjustment>()
                .answers::<Entry>(201)
                .refuses(Kind::NotFound, &["purchase_unknown", "user_unknown"])
                .refuses(Kind::Conflict, &["idempotency_key_reused", "refund_exceeds_purchase"]),
            adjust_credits::adjust_credits,
        )
}
