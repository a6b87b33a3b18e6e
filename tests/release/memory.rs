//! How much a warm function holds.

use testkit::{TestRequest, World, process::peak_resident_kib};

use crate::emulated::Emulated;

const MOST_KIB: u64 = 30 * 1024;
const REQUESTS: usize = 500;

#[tokio::test]
async fn no_function_holds_more_than_thirty_mebibytes_in_a_warm_loop() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    world.sql("insert into public.users (id) select 'auth0|' || n from generate_series(1, 200) n").await;
    for (function, path) in [
        ("sync-user", "/api/auth/me"),
        ("admin-users", "/api/admin/users?limit=200"),
        ("assign-cluster", "/api/clusters"),
        ("team", "/api/team/members"),
        ("credits", "/api/credits/transactions"),
        ("usage", "/api/usage?scope=account"),
    ] {
        let emulated = Emulated::start(&world, function).await;
        let event = TestRequest::get(path).bearer(&admin).into_event();
        for _ in 0..REQUESTS {
            emulated.send_event(&event).await.expect(200);
        }
        let peak = peak_resident_kib(emulated.functions()[0]).unwrap();
        assert!(peak < MOST_KIB, "{function} held {peak} KiB");
    }
}
