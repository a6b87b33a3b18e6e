//! Exact money: what is rounded is the sum, so that no number of readings drifts.

use crate::fixtures::{account, instance, reading, record, world};

#[tokio::test]
async fn readings_of_less_than_a_cent_add_up() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    // 0.02 x 0.175 = 0.0035; the sums are 0.0035, 0.0070, 0.0105, 0.0140, 0.0175.
    for (day, expected) in [
        ("2026-07-11", "used 0.00, balance 0.00, 0 entries"),
        ("2026-07-12", "used 0.01, balance -0.01, 1 entries"),
        ("2026-07-13", "used 0.01, balance -0.01, 1 entries"),
        ("2026-07-14", "used 0.01, balance -0.01, 1 entries"),
        ("2026-07-15", "used 0.02, balance -0.02, 2 entries"),
    ] {
        assert_eq!(record(&world, &function, &[reading("ann", day, "0.02")]).await, ["created"]);
        assert_eq!(account(&world, "ann").await, expected, "{day}");
    }
    world.assert_sound().await;
}

/// What drifts does so with each batch: more than a thousand of them show it, however few readings each has.
#[tokio::test]
async fn a_hundred_thousand_readings_of_a_thousandth_cost_17_50_whatever_the_batching() {
    let world = world().await;
    let mut meter = world.direct().await;
    // As the role of the functions plans.
    meter.run("set enable_seqscan = off").await.unwrap();
    meter.run("set jit = off").await.unwrap();
    let batchings: [(&str, u32, &[u32], &str); 2] =
        [("ann", 100_000, &[1, 7, 50, 250], "17.50"), ("bob", 10_000, &[1000], "1.75")];
    for (name, readings, sizes, used) in batchings {
        world.sign_up(name).await;
        // A thousand sources, each with 1,000 windows of ten seconds; the function that the endpoint calls.
        meter
            .run(&format!(
                "do $$ \
                 declare \
                   v_sizes integer[] := array{sizes:?}; v_at integer := 0; v_turn integer := 0; v_size integer; \
                   v_start timestamptz := '2026-07-13T00:00:00Z'; \
                 begin \
                   while v_at < {readings} loop \
                     v_size := least(v_sizes[1 + v_turn % cardinality(v_sizes)], {readings} - v_at); \
                     perform record_usage(jsonb_build_object( \
                       'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
                       'input', jsonb_build_object('readings', ( \
                         select jsonb_agg(jsonb_build_object( \
                           'index', n, 'source', 's' || n / 1000, 'user_id', 'auth0|{name}', \
                           'window_start', v_start + n % 1000 * interval '10 seconds', \
                           'window_end', v_start + (n % 1000 + 1) * interval '10 seconds', \
                           'cpu_hours', 0.001, 'gpu_hours', 0, 'storage_gb', 0)) \
                         from generate_series(v_at, v_at + v_size - 1) n)))); \
                     commit; \
                     v_at := v_at + v_size; v_turn := v_turn + 1; \
                   end loop; \
                 end $$"
            ))
            .await
            .unwrap();
        let account = account(&world, name).await;
        assert!(account.starts_with(&format!("used {used}, balance -{used}, ")), "{name}: {account}");
    }
    assert_eq!(world.one("select count(*) from app.usage_readings").await, "110000");
    world.assert_sound().await;
}
