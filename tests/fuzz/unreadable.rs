//! A row that this build cannot read keeps nobody from the others: it is left out of its list, and logged.

use serde_json::Value;
use shared::app::Routes;
use testkit::{Function, TestRequest};
use tests::fixtures;

/// What makes a row unreadable, the list that holds it, and whose it is.
struct Damage {
    function: &'static str,
    path: &'static str,
    caller: &'static str,
    sql: &'static str,
    /// What the list names its items by, and those that are still answered.
    name: &'static str,
    left: &'static [&'static str],
}

const DAMAGES: [Damage; 3] = [
    Damage {
        function: "admin-users",
        path: "/api/admin/users?",
        caller: "admin",
        sql: "update public.user_credits set cpu_hours_used = 'NaN' where user_id = 'auth0|eve'",
        name: "id",
        left: &["auth0|admin", "auth0|ann", "auth0|bob", "auth0|leaver"],
    },
    Damage {
        function: "credits",
        path: "/api/credits/transactions?",
        caller: "ann",
        sql: "set session_replication_role = replica; \
              alter table app.credit_transactions drop constraint credit_transactions_adds_up; \
              update app.credit_transactions set amount = 'NaN' where account_owner_id = 'auth0|ann' and seq = 2",
        name: "kind",
        left: &["purchase"],
    },
    Damage {
        function: "usage",
        path: "/api/admin/rates?",
        caller: "admin",
        sql: "set session_replication_role = replica; insert into app.usage_rates values ('2027-01-01', 'NaN', 1, 1, 'auth0|admin'), \
              ('infinity', 1, 1, 1, 'auth0|admin')",
        name: "effective_on",
        left: &["2026-01-01"],
    },
];

/// Times that RFC 3339 cannot write hide nobody, not even from the next page.
const ODD_TIMES: [Damage; 6] = [
    Damage {
        function: "admin-users",
        path: "/api/admin/users?",
        caller: "admin",
        sql: "update public.users set created_at = 'infinity', last_login_at = '-infinity' where id = 'auth0|bob'; \
              update public.users set created_at = '0044-03-15 BC' where id = 'auth0|eve'",
        name: "id",
        left: &["auth0|admin", "auth0|ann", "auth0|bob", "auth0|eve", "auth0|leaver"],
    },
    Damage {
        function: "admin-users",
        path: "/api/admin/audit-log?action=test&",
        caller: "admin",
        sql: "insert into app.audit_log (actor, action, target, created_at) values ('a', 'test', 'second', '20000-01-01')",
        name: "target",
        left: &["second"],
    },
    Damage {
        function: "assign-cluster",
        path: "/api/admin/hopsworks-clusters?",
        caller: "admin",
        sql: "insert into public.hopsworks_clusters (name, api_url, max_users, created_at) values \
              ('late', 'https://x', 0, '10000-01-01'), ('never', 'https://x', 0, 'infinity')",
        name: "name",
        left: &["demo.hops.works", "late", "never", "north.hops.works"],
    },
    Damage {
        function: "assign-cluster",
        path: "/api/clusters?",
        caller: "ann",
        sql: "insert into public.clusters (user_id, deployment_type, created_at) values \
              ('auth0|ann', 'late', 'infinity'), ('auth0|ann', 'early', '-infinity')",
        name: "deployment_type",
        left: &["aws", "early", "late"],
    },
    Damage {
        function: "team",
        path: "/api/team/invites?",
        caller: "ann",
        sql: "set session_replication_role = replica; \
              insert into public.team_invites (account_owner_id, email, token_hash, expires_at) values \
              ('auth0|ann', 'x@example.com', sha256('x'), 'infinity')",
        name: "email",
        left: &["eve@example.com", "x@example.com"],
    },
    Damage {
        function: "team",
        path: "/api/team/members?",
        caller: "ann",
        sql: "update public.users set created_at = 'infinity' where id = 'auth0|bob'",
        name: "id",
        left: &["auth0|bob"],
    },
];

/// All pages of a list, one item each; none may fail.
async fn names(function: &Function, damage: &Damage, token: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{}limit=1{cursor}", damage.path);
        let page = function.send(TestRequest::get(&path).bearer(token)).await.expect(200).json;
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item[damage.name].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    names.sort();
    names
}

fn routes(function: &str) -> Routes {
    contract::openapi::functions().into_iter().find(|(name, _)| *name == function).unwrap().1
}

/// Damages a world, and reads each list as pages of one item, as one page and as a table. The errors in the log.
async fn damaged(damages: &[Damage]) -> Vec<Vec<Value>> {
    let (world, _) = fixtures::so_far(None).await;
    let mut errors = Vec::new();
    for damage in damages {
        world.sql(damage.sql).await;
    }
    for damage in damages {
        let function = world.function(damage.function, routes(damage.function)).await;
        let token = world.token(&format!("auth0|{}", damage.caller));
        assert_eq!(names(&function, damage, &token).await, damage.left, "{} {}", damage.path, damage.sql);
        for accept in ["application/json", "text/csv"] {
            let request = TestRequest::get(damage.path).bearer(&token).header("accept", accept);
            let text = function.send(request).await.expect(200).text;
            assert!(damage.left.iter().all(|name| text.contains(name)), "{text}");
        }
        errors.push(function.log.lines().into_iter().filter(|line| line["level"] == "ERROR").collect());
    }
    errors
}

#[tokio::test]
async fn a_row_that_cannot_be_read_leaves_the_others_to_be_read() {
    for errors in damaged(&DAMAGES).await {
        assert!(!errors.is_empty() && errors.iter().all(|line| line["reason"].is_string()), "{errors:?}");
    }
}

#[tokio::test]
async fn a_time_that_cannot_be_written_hides_no_row() {
    assert!(damaged(&ODD_TIMES).await.iter().all(Vec::is_empty));
}

/// Metadata is not looked at when it is read, so whoever has such is read like anybody else.
#[tokio::test]
async fn no_metadata_that_the_database_can_hold_makes_a_read_fail() {
    let (world, functions) = fixtures::so_far(None).await;
    let damage = "jsonb_build_object('n', 1e9999::numeric, 'small', 1e-9999::numeric, 'deep', \
                  (repeat('[', 5000) || repeat(']', 5000))::jsonb, 'long', repeat('x', 50000))";
    world
        .sql(&format!(
            "update public.users set metadata = {damage} where id = 'auth0|ann'; \
             update public.hopsworks_clusters set metadata = {damage}; \
             insert into app.audit_log (actor, action, target, before, after) \
             values ('a', 'test', 'auth0|ann', {damage}, {damage})"
        ))
        .await;
    let [admin, ann] = ["auth0|admin", "auth0|ann"].map(|id| world.token(id));
    for (function, path, token) in [
        ("admin-users", "/api/admin/users", &admin),
        ("admin-users", "/api/admin/users/auth0%7Cann", &admin),
        ("admin-users", "/api/admin/audit-log?action=test", &admin),
        ("assign-cluster", "/api/admin/hopsworks-clusters", &admin),
        ("assign-cluster", "/api/admin/hopsworks-clusters/3c9d7a52-41f6-4f0b-8d3e-6a5b1c2d9e70", &admin),
        ("sync-user", "/api/auth/me", &ann),
    ] {
        let response = functions.send(function, TestRequest::get(path).bearer(token)).await.expect(200);
        assert!(response.text.contains("[[[["), "{path}");
    }
    let login = TestRequest::post("/api/auth/sync-user").bearer(&ann);
    functions.send("sync-user", login).await.expect(200);
    let change = TestRequest::new(axum::http::Method::PATCH, "/api/admin/users/auth0%7Cann").bearer(&admin);
    functions.send("admin-users", change.json(&serde_json::json!({ "name": "Ann" }))).await.expect(200);
}
