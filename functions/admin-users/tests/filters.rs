//! The filters of `GET /api/admin/users`.

use testkit::{Function, World};

use crate::fixtures::{USERS, get, instance, names, set_status, world};

async fn found(world: &World, function: &Function, query: &str) -> Vec<String> {
    names(&function.send(get(world, &format!("{USERS}?{query}"))).await.expect(200).json)
}

#[tokio::test]
async fn each_filter_lets_through_whom_it_names_and_all_of_them_together() {
    let world = world(&["ann", "bob", "carla", "dora"]).await;
    let demo = world.add_cluster("demo", 10).await;
    world.sql("select enqueue_for_seat('auth0|ann'); select place_waiting()").await;
    world.join("bob", "ann").await;
    world.join("carla", "ann").await;
    world
        .sql(
            "update public.users set metadata = '{\"tags\": [\"beta\", \"vip\"], \"plan\": {\"name\": \"pro\"}}' where id in ('auth0|ann', 'auth0|bob'); \
             update public.users set metadata = '{\"tags\": [\"vip\"]}' where id = 'auth0|dora'",
        )
        .await;
    let function = instance(&world).await;
    set_status(&world, &function, "carla", "suspended").await.expect(200);
    let on_demo = format!("cluster_id={demo}");
    let all = format!(
        "{on_demo}&status=active&account_owner_id=auth0%7Cann&email=BOB%40example.com&metadata=%7B%22tags%22%3A%5B%22beta%22%5D%7D"
    );
    for (query, expected) in [
        ("status=suspended", &["carla"][..]),
        ("status=deleted", &[]),
        ("email=Ann%40Example.COM", &["ann"]),
        ("email=ann%40example.co", &[]),
        ("account_owner_id=auth0%7Cann", &["carla", "bob"]),
        ("account_owner_id=auth0%7Cnobody", &[]),
        (&on_demo, &["dora", "carla", "bob", "ann"]),
        ("cluster_id=11111111-1111-4111-8111-111111111111", &[]),
        ("metadata=%7B%22tags%22%3A%5B%22beta%22%5D%7D", &["bob", "ann"]),
        ("metadata=%7B%22tags%22%3A%5B%22vip%22%5D%7D", &["dora", "bob", "ann"]),
        ("metadata=%7B%22plan%22%3A%7B%22name%22%3A%22pro%22%7D%7D&status=active", &["bob", "ann"]),
        ("metadata=%7B%7D", &["dora", "carla", "bob", "ann", "admin"]),
        (&all, &["bob"]),
    ] {
        assert_eq!(found(&world, &function, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn an_address_finds_whoever_had_it_also_the_deleted() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    world
        .sql("select sync_user('{\"input\": {\"user_id\": \"google|ann\", \"email\": \"ANN@example.com\", \"email_verified\": true, \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}')")
        .await;
    assert_eq!(found(&world, &function, "email=ann%40example.com").await, ["google|ann", "ann"]);
    assert_eq!(found(&world, &function, "email=ann%40example.com&status=deleted").await, ["ann"]);
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let world = world(&[]).await;
    let function = instance(&world).await;
    for (query, field) in [
        ("status=gone", "status"),
        ("status=", "status"),
        ("email=ann", "email"),
        ("account_owner_id=", "account_owner_id"),
        ("account_owner_id=x%40clients", "account_owner_id"),
        ("cluster_id=1", "cluster_id"),
        ("metadata=beta", "metadata"),
        ("metadata=%5B%5D", "metadata"),
        ("metadata=null", "metadata"),
        ("metadata=%7B%22a%22%3A%22%5Cu0000%22%7D", "metadata"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=e30", "cursor"),
        ("name=ann", "name"),
        ("status=active&status=active", "status"),
    ] {
        let response = function.send(get(&world, &format!("{USERS}?{query}"))).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}: {}", response.text);
    }
}
