//! `usage`: meters report what users consume, users see it, administrators say what it costs.

mod day;
mod get_usage;
mod list_rates;
mod rate;
mod reading;
mod record_usage;
mod set_rate;

use shared::{
    error::Kind,
    http::{
        page::{Page, PageQuery},
        routes::{Access, Operation, Routes},
    },
};

use self::{
    get_usage::{Usage, UsageQuery},
    rate::Rate,
    record_usage::{Batch, RecordedUsage},
    set_rate::NewRate,
};

pub const NAME: &str = "usage";

pub fn routes() -> Routes {
    rates(
        Routes::new()
            .add(
                Operation::post("/api/usage", "record_usage", Access::Machine("usage:write"))
                    .summary("Records up to 1,000 readings; each has a result of its own, and one that is refused leaves the others")
                    .body::<Batch>()
                    .responds::<RecordedUsage>(200),
                record_usage::record_usage,
            )
            .add(
                Operation::get("/api/usage", "get_usage", Access::User)
                    .summary("What a user, or an account, used day by day")
                    .query::<UsageQuery>()
                    .responds::<Usage>(200)
                    .or_csv()
                    .errors(Kind::Invalid, &["range_too_large"])
                    .errors(Kind::Forbidden, &["billing_owner_only"])
                    .errors(Kind::NotFound, &["user_unknown"]),
                get_usage::get_usage,
            ),
    )
}

fn rates(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get("/api/admin/rates", "list_rates", Access::Admin)
                .summary("What usage costs, and from which day; latest first")
                .query::<PageQuery>()
                .responds::<Page<Rate>>(200),
            list_rates::list_rates,
        )
        .add(
            Operation::post("/api/admin/rates", "set_rate", Access::Admin)
                .summary("Sets the prices from a day that lies ahead; the past is never priced anew")
                .body::<NewRate>()
                .responds::<Rate>(201)
                .errors(Kind::Conflict, &["rate_has_begun"]),
            set_rate::set_rate,
        )
}
