//! Which entries are a month's, and how its usage is divided into lines.

use serde_json::json;

use crate::{
    fixtures::{instance, world},
    statements::{bought, get, it_is, short, team, used},
};

#[tokio::test]
async fn a_month_is_open_until_it_is_over_and_its_last_entries_are_written() {
    let mut world = team().await;
    for (time, state) in [
        ("2026-06-30T23:59:59Z", "open"),
        ("2026-07-01T00:00:30Z", "open"),
        ("2026-07-01T00:01:00Z", "closed"),
        ("2027-01-01T00:00:00Z", "closed"),
    ] {
        it_is(&mut world, time).await;
        let function = instance(&world).await;
        assert_eq!(get(&world, &function, "ann", "2026-06").await.expect(200).json["state"], state, "{time}");
    }
}

#[tokio::test]
async fn an_entry_that_waited_past_the_end_of_the_month_belongs_to_the_next_with_all_after_it() {
    let mut world = team().await;
    it_is(&mut world, "2026-07-01T00:00:00Z").await;
    bought(&world, "20").await;
    it_is(&mut world, "2026-06-30T23:59:58Z").await;
    bought(&world, "7").await;
    it_is(&mut world, "2026-07-05T00:00:00Z").await;
    let function = instance(&world).await;
    let seqs = async |month: &str| {
        let statement = get(&world, &function, "ann", month).await.expect(200).json;
        format!("{} to {}: {}", statement["first_seq"], statement["last_seq"], statement["closing_balance"])
    };
    assert_eq!(seqs("2026-06").await, "1 to 4: \"38.00\"");
    assert_eq!(seqs("2026-07").await, "5 to 6: \"65.00\"");
}

#[tokio::test]
async fn the_first_entry_of_a_month_is_found_among_many() {
    let mut world = world().await;
    it_is(&mut world, "2026-06-30T12:00:00Z").await;
    for number in 0..9 {
        used(&world, "ann", &format!("2026-06-0{}", 1 + number), "p", "1").await;
    }
    // The same once more, ten times: each revision is an entry.
    let again = "select count(record_usage(jsonb_build_object( \
        'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
        'input', jsonb_build_object('readings', jsonb_build_array(jsonb_build_object( \
          'index', 0, 'source', 's', 'user_id', 'auth0|ann', 'project', 'p', 'cpu_hours', n, 'gpu_hours', 0, 'storage_gb', 0, \
          'window_start', '2026-06-01T00:00:00Z', 'window_end', '2026-06-01T00:30:00Z')))))) from generate_series(2, 82) n";
    assert_eq!(world.one(again).await, "81");
    it_is(&mut world, "2028-01-01T00:00:00Z").await;
    world
        .sql(
            "set session_replication_role = replica; update app.credit_transactions \
             set created_at = timestamptz '2026-01-05Z' + make_interval(months => ((seq - 1) / 9)::integer, mins => seq::integer)",
        )
        .await;
    let function = instance(&world).await;
    for month in 0..10 {
        let statement = get(&world, &function, "ann", &format!("2026-{:02}", month + 1)).await.expect(200).json;
        assert_eq!(
            (&statement["first_seq"], &statement["last_seq"]),
            (&json!(month * 9 + 1), &json!(month * 9 + 9)),
            "{month}"
        );
    }
}

#[tokio::test]
async fn lines_add_up_to_the_cent_that_was_charged() {
    let mut world = world().await;
    it_is(&mut world, "2026-07-10T00:00:00Z").await;
    for project in ["a", "b", "c"] {
        used(&world, "ann", "2026-07-01", project, "0.333").await;
    }
    let function = instance(&world).await;
    assert_eq!(
        short(&get(&world, &function, "ann", "2026-07").await.expect(200).json),
        [
            "open 0.00",
            "ann a: 0.333 hours -0.34",
            "ann b: 0.333 hours -0.33",
            "ann c: 0.333 hours -0.33",
            "other months 0.00",
            "-1.00"
        ]
    );
    // Half a cent was rounded away in July: the next half makes a cent, which is no other month's usage.
    used(&world, "ann", "2026-07-01", "a", "0.338").await;
    it_is(&mut world, "2026-08-10T00:00:00Z").await;
    used(&world, "ann", "2026-08-01", "a", "0.004").await;
    used(&world, "ann", "2026-08-02", "a", "0.0075").await;
    let function = instance(&world).await;
    let august = short(&get(&world, &function, "ann", "2026-08").await.expect(200).json);
    assert_eq!(august, ["open -1.00", "ann a: 0.0115 hours -0.02", "other months 0.00", "-1.02"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_another_system_charged_is_an_opening_and_no_usage() {
    let mut world = world().await;
    it_is(&mut world, "2026-07-10T12:00:00Z").await;
    world
        .sql(
            "set session_replication_role = replica; \
             insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test'); \
             insert into app.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, reference, actor) values \
               ('auth0|ann', 1, 'opening', 500, 0, 500, 'purchased', 'operator'), \
               ('auth0|ann', 2, 'opening', -20, 500, 480, 'used', 'operator'); \
             insert into app.opening_usage values ('auth0|ann', 20, 0, 0, 20 * app.billing_month_seconds()); \
             update public.user_credits set last_seq = 2, balance = 480, total_purchased = 500, total_used = 20, \
               cpu_hours_used = 20, scaled_cost_usd = 20 * app.billing_month_seconds() where user_id = 'auth0|ann'; \
             reset session_replication_role; \
             insert into public.usage_daily (user_id, account_owner_id, date, cpu_hours, charged_usd, charged_until, \
               charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds) values \
               ('auth0|ann', 'auth0|ann', '2026-07-08', 20, 20, '2026-07-09Z', 20, 0, 0), \
               ('auth0|ann', 'auth0|ann', '2026-07-10', 5, 7.5, '2026-07-10 00:00:00Z'::timestamptz + interval '1 us', 5, 0, 0)",
        )
        .await;
    world.sql("update public.usage_daily set cpu_hours = cpu_hours + 2, rate_effective_on = '2026-01-01', cpu_hour_usd = 1, gpu_hour_usd = 1, storage_gb_month_usd = 1 where date = '2026-07-10'").await;
    let function = instance(&world).await;
    let july = get(&world, &function, "ann", "2026-07").await.expect(200).json;
    assert_eq!(
        short(&july),
        [
            "open 0.00",
            "1 opening 500.00",
            "2 opening -20.00",
            "ann : 2 hours -2.00",
            // The hand that wrote the day charged nothing.
            "other months 2.00",
            "480.00"
        ]
    );
    assert_eq!(july["totals"]["openings"], "480.00");
}
