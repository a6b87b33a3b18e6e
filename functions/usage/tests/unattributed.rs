//! `GET, POST /api/admin/unattributed-usage`: what nobody pays for, and who does by hand.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{UNATTRIBUTED, instance, world};

const NORTH: &str = "11111111-0000-4000-8000-000000000000";
const SOUTH: &str = "22222222-0000-4000-8000-000000000000";

/// Noon of July 15: two clusters, and what namespaces used that morning. Bob owns `bob` on the first.
async fn used() -> (World, Function) {
    let world = world().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    world.sign_up("bob").await;
    world
        .sql(&format!(
            "insert into public.hopsworks_clusters (id, name, api_url, max_users) values \
             ('{NORTH}', 'north', 'https://north.example.com', 5), ('{SOUTH}', 'south', 'https://south.example.com', 5); \
             insert into app.usage_collection (hopsworks_cluster_id, opencost_url, collect_from, cpu_cores, gpus, \
               system_namespaces) \
             select id, 'https://opencost.example.com', '2026-07-01 00:00Z', 64, 8, '{{kube-system, lab}}' \
             from public.hopsworks_clusters; \
             update app.usage_collection set system_namespaces = '{{kube-system}}' where hopsworks_cluster_id = '{SOUTH}'; \
             insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, \
               user_id, from_hour) \
             values ('{NORTH}', 119, 'Bob', 'bob', 'bobexamp', 'auth0|bob', '2026-07-15 06:00Z'); \
             insert into app.namespace_hours values \
             ('{NORTH}', '2026-07-15 06:00Z', 'bob', 1, 0, 1, 'auth0|bob', 'Bob', null), \
             ('{NORTH}', '2026-07-15 07:00Z', 'bob', 1, 0, 1, 'auth0|bob', 'Bob', 'user_deleted'), \
             ('{NORTH}', '2026-07-15 08:00Z', 'bob', 2, 0, 1, 'auth0|bob', 'Bob', 'user_deleted'), \
             ('{NORTH}', '2026-07-15 06:00Z', 'kube-system', 9, 0, 1, null, null, null), \
             ('{NORTH}', '2026-07-15 06:00Z', 'lab', 9, 0, 1, null, null, null), \
             ('{NORTH}', '2026-07-15 06:00Z', 'Zoo', 0.000001, 0, 0, null, null, null), \
             ('{NORTH}', '2026-07-15 06:00Z', 'team', 4.5, 1, 100, null, null, null), \
             ('{NORTH}', '2026-07-15 07:00Z', 'team', 0.5, 0, 100.000001, null, null, null), \
             ('{SOUTH}', '2026-07-15 06:00Z', 'kube-system', 9, 0, 1, null, null, null), \
             ('{SOUTH}', '2026-07-15 06:00Z', 'lab', 1, 0, 1, null, null, null)"
        ))
        .await;
    let function = instance(&world).await;
    (world, function)
}

async fn listed(world: &World, function: &Function, query: &str) -> Value {
    let list = TestRequest::get(&format!("{UNATTRIBUTED}?{query}")).bearer(&world.token("auth0|admin"));
    function.send(list).await.expect(200).json
}

/// Says that `team` on the first cluster is Ann's, with these changes.
async fn attribute(world: &World, function: &Function, changes: Value) -> TestResponse {
    let mut body = json!({ "cluster_id": NORTH, "namespace": "team", "user_id": "auth0|ann" });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    function.send(TestRequest::post(UNATTRIBUTED).bearer(&world.token("auth0|admin")).json(&body)).await
}

async fn by_hand(world: &World) -> Vec<String> {
    let rows = "select concat_ws(' ', namespace, name, user_id, from_hour at time zone 'UTC', to_hour at time zone 'UTC') \
                from app.hopsworks_projects where hopsworks_project_id is null order by namespace, from_hour";
    world.all(rows).await
}

#[tokio::test]
async fn what_nobody_pays_for_is_listed_by_namespace_without_those_of_the_cluster_itself() {
    let (world, function) = used().await;
    let names = |page: &Value| -> Vec<String> {
        let name = |item: &Value| {
            let [cluster, namespace, code] =
                ["cluster_id", "namespace", "code"].map(|name| item[name].as_str().unwrap());
            format!("{} {namespace} {code}", &cluster[..1])
        };
        page["items"].as_array().unwrap().iter().map(name).collect()
    };
    let all = ["1 Zoo no_owner", "1 bob user_deleted", "1 team no_owner", "2 lab no_owner"];
    for (query, expected) in [
        (String::new(), &all[..]),
        (format!("cluster_id={NORTH}"), &all[..3]),
        (format!("cluster_id={SOUTH}"), &all[3..]),
        ("cluster_id=33333333-0000-4000-8000-000000000000".to_owned(), &[]),
    ] {
        assert_eq!(names(&listed(&world, &function, &query).await), expected, "{query}");
    }
    let (mut found, mut query) = (Vec::new(), "limit=1".to_owned());
    loop {
        let page = listed(&world, &function, &query).await;
        found.extend(names(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, all, "page by page");
    let items = listed(&world, &function, "").await["items"].clone();
    let expected = json!({
        "cluster_id": NORTH, "namespace": "team", "code": "no_owner", "hours": 2,
        "first_hour": "2026-07-15T06:00:00Z", "last_hour": "2026-07-15T07:00:00Z",
        "cpu_hours": "5", "gpu_hours": "1", "storage_gb_hours": "200.000001",
    });
    assert_eq!(items[2], expected);
    assert_eq!((&items[1]["hours"], &items[1]["cpu_hours"]), (&json!(2), &json!("3")), "what was billed is left out");
    world.sql("update app.namespace_hours set user_id = null, project = null, rejection = null where hour = '2026-07-15 07:00Z'").await;
    assert_eq!(names(&listed(&world, &function, "").await)[1], "1 bob no_owner", "an owner is what it lacks most");
}

#[tokio::test]
async fn an_administrator_says_who_pays_for_a_namespace_and_it_is_written_down() {
    let (world, function) = used().await;
    let answer = attribute(&world, &function, json!({})).await.expect(201).json;
    assert_eq!(answer, json!({ "namespace": "team", "user_id": "auth0|ann", "hours_waiting": 2 }));
    let from_seven = json!({ "namespace": "Zoo", "from_hour": "2026-07-15T06:00:00Z", "to_hour": "2026-07-15T07:00:00Z", "project": "Zoo 2" });
    assert_eq!(attribute(&world, &function, from_seven).await.expect(201).json["hours_waiting"], 1);
    let after_it = json!({ "namespace": "Zoo", "from_hour": "2026-07-15T07:00:00Z", "user_id": "auth0|bob" });
    assert_eq!(attribute(&world, &function, after_it).await.expect(201).json["hours_waiting"], 0);
    // Before the project had its owner.
    let before_bob = json!({ "namespace": "bob", "to_hour": "2026-07-15T06:00:00Z" });
    assert_eq!(attribute(&world, &function, before_bob).await.expect(201).json["hours_waiting"], 0);
    assert_eq!(
        by_hand(&world).await,
        [
            "Zoo Zoo 2 auth0|ann 2026-07-15 06:00:00 2026-07-15 07:00:00",
            "Zoo Zoo auth0|bob 2026-07-15 07:00:00 infinity",
            "bob bob auth0|ann -infinity 2026-07-15 06:00:00",
            "team team auth0|ann -infinity infinity",
        ]
    );
    let audit = "select concat_ws(' ', actor, action, target, after ->> 'namespace') from app.audit_log where actor = 'auth0|admin' order by id";
    let attributed = |user: &str, namespace: &str| format!("auth0|admin namespaces.attribute auth0|{user} {namespace}");
    assert_eq!(
        world.all(audit).await,
        [attributed("ann", "team"), attributed("ann", "Zoo"), attributed("bob", "Zoo"), attributed("ann", "bob")]
    );
    assert_eq!(listed(&world, &function, "").await["items"].as_array().unwrap().len(), 4, "until it is billed");
}

#[tokio::test]
async fn whoever_owns_a_namespace_keeps_it() {
    let (world, function) = used().await;
    world
        .sql(&format!(
            "insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, \
               user_id, from_hour, to_hour) \
             values ('{NORTH}', 120, 'Team', 'team', 'bob00000', 'auth0|bob', '2026-07-15 06:00Z', '2026-07-15 08:00Z'), \
               ('{NORTH}', 121, 'Team', 'team', 'bob00000', 'auth0|bob', '2026-07-15 03:00Z', '2026-07-15 03:00Z')"
        ))
        .await;
    for changes in [
        json!({}),
        json!({ "namespace": "bob" }),
        json!({ "namespace": "bob", "user_id": "auth0|bob" }),
        json!({ "from_hour": "2026-07-15T07:00:00Z" }),
        json!({ "to_hour": "2026-07-15T07:00:00Z" }),
        json!({ "from_hour": "2026-07-15T05:00:00Z", "to_hour": "2026-07-15T09:00:00Z" }),
    ] {
        attribute(&world, &function, changes).await.expect_problem(409, "namespace_owned");
    }
    assert_eq!(by_hand(&world).await, Vec::<String>::new());
    // A row of no hour is in nobody's way.
    attribute(&world, &function, json!({ "to_hour": "2026-07-15T06:00:00Z" })).await.expect(201);
    attribute(&world, &function, json!({ "from_hour": "2026-07-15T08:00:00Z" })).await.expect(201);
    attribute(&world, &function, json!({ "cluster_id": SOUTH })).await.expect(201);
    assert_eq!(world.one("select count(*) from app.audit_log where actor = 'auth0|admin'").await, "3");
}

#[tokio::test]
async fn a_project_whose_owner_nobody_knows_is_given_one_and_stays_the_project() {
    let (world, function) = used().await;
    world
        .sql(&format!(
            "insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, \
               from_hour) values ('{NORTH}', 120, 'Team', 'team', 'nobody00', '2026-07-15 06:00Z')"
        ))
        .await;
    // Only for the whole of its time.
    let later = json!({ "from_hour": "2026-07-15T07:00:00Z" });
    attribute(&world, &function, later).await.expect_problem(409, "namespace_owned");
    attribute(&world, &function, json!({})).await.expect(201);
    let owners = "select concat_ws(' ', hopsworks_project_id, name, user_id) from app.hopsworks_projects where namespace = 'team'";
    assert_eq!(world.all(owners).await, ["120 Team auth0|ann"]);
    attribute(&world, &function, json!({ "user_id": "auth0|bob" })).await.expect_problem(409, "namespace_owned");
}

#[tokio::test]
async fn of_two_administrators_who_attribute_the_same_hours_at_once_one_does() {
    let (world, function) = used().await;
    let ask = |user: &str| {
        let body = json!({
            "cluster_id": NORTH, "namespace": "team", "user_id": user,
            "from_hour": "2026-07-15T06:00:00Z", "to_hour": "2026-07-15T07:00:00Z",
        });
        TestRequest::post(UNATTRIBUTED).bearer(&world.token("auth0|admin")).json(&body)
    };
    let held = format!("select from app.usage_collection where hopsworks_cluster_id = '{NORTH}' for no key update");
    let instances = vec![function.into(), instance(&world).await.into()];
    let answers = world.race(&held, instances, vec![ask("auth0|ann"), ask("auth0|bob")]).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(by_hand(&world).await.len(), 1);
}

#[tokio::test]
async fn who_pays_must_exist_and_may_have_been_deleted() {
    let (world, function) = used().await;
    let nobody = json!({ "user_id": "auth0|nobody" });
    attribute(&world, &function, nobody).await.expect_problem(404, "user_unknown");
    let nowhere = json!({ "cluster_id": "33333333-0000-4000-8000-000000000000" });
    attribute(&world, &function, nowhere).await.expect_problem(404, "hopsworks_cluster_unknown");
    for (field, wrong) in [
        ("cluster_id", json!("north")),
        ("namespace", json!("")),
        ("namespace", json!("a\nb")),
        ("namespace", json!("x".repeat(254))),
        ("user_id", json!("machine@clients")),
        ("project", json!("")),
        ("from_hour", json!("2026-07-15T06:30:00Z")),
        ("to_hour", json!("-infinity")),
        ("until", json!("2026-07-15T06:00:00Z")),
    ] {
        let refused = attribute(&world, &function, json!({ field: wrong })).await.expect_problem(400, "invalid_body");
        assert_eq!(refused.field(), field);
    }
    for to in ["2026-07-15T06:00:00Z", "2026-07-15T05:00:00Z"] {
        let none = json!({ "from_hour": "2026-07-15T06:00:00Z", "to_hour": to });
        let refused = attribute(&world, &function, none).await.expect_problem(400, "invalid_body");
        assert_eq!(refused.field(), "to_hour");
    }
    assert_eq!(by_hand(&world).await, Vec::<String>::new());
    world.sql("update public.users set status = 'deleted', deleted_at = app.now(), waiting_since = null where id = 'auth0|ann'").await;
    attribute(&world, &function, json!({})).await.expect(201);
    let long = "x".repeat(253);
    attribute(&world, &function, json!({ "namespace": long })).await.expect(201);
}

#[tokio::test]
async fn a_repeated_call_attributes_once() {
    let (world, _) = used().await;
    let args = json!({
        "caller": { "sub": "auth0|admin", "must_be": "admin", "request_id": "one" },
        "input": { "cluster_id": NORTH, "namespace": "team", "user_id": "auth0|ann", "from_hour": null, "to_hour": null },
    });
    for _ in 0..2 {
        let waiting = format!("select attribute_namespace('{args}'::jsonb) -> 'hours_waiting'");
        assert_eq!(world.one(&waiting).await, "2");
    }
    assert_eq!(by_hand(&world).await.len(), 1);
    assert_eq!(world.one("select count(*) from app.audit_log where actor = 'auth0|admin'").await, "1");
}
