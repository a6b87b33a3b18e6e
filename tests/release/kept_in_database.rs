//! Which releases a database keeps, and which are called.

use ops::schema::releases;
use testkit::World;
use tests::variants::{changed, enter};

/// Does as this checkout's release does.
fn alike(comment: &str) -> migrations::Release {
    changed(&[("return describe_user(v_user.id);", &format!("return describe_user(v_user.id); -- {comment}"))])
}

#[tokio::test]
async fn old_releases_are_dropped_and_those_to_go_back_to_are_kept() {
    let mut world = World::new().await;
    let mut schemas = vec![world.release.clone()];
    for comment in ["b", "c", "d", "e"] {
        enter(&mut world, &alike(comment)).await;
        schemas.push(world.release.clone());
    }
    let [oldest, old, kept @ ..] = &schemas[..] else { panic!() };
    let (current, mut direct) = (&schemas[4], world.direct().await);
    assert_eq!(releases::drop_old(&mut direct, current, &[]).await.unwrap(), [""; 0], "superseded a moment ago");
    let week = "update app.releases set superseded_at = now() - interval '8 days' where superseded_at is not null";
    direct.run(week).await.unwrap();
    let mut dropped = releases::drop_old(&mut direct, current, &[]).await.unwrap();
    dropped.sort_by_key(|schema| schema != oldest);
    assert_eq!(dropped, [oldest.clone(), old.clone()]);
    let listed = releases::list(&mut direct).await.unwrap();
    assert_eq!(listed.iter().rev().map(|release| &release.schema).collect::<Vec<_>>(), kept.iter().collect::<Vec<_>>());
    assert_eq!(listed.iter().filter(|release| release.superseded_at.is_none()).count(), 1);

    for (name, sentence) in
        [(current.as_str(), "is the release of this checkout"), ("release_0", "there is no release")]
    {
        let refusal = releases::drop_old(&mut direct, current, &[name.to_owned()]).await.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{refusal}");
    }
    let named = [kept[0].clone()];
    assert_eq!(releases::drop_old(&mut direct, current, &named).await.unwrap(), named);
    assert_eq!(direct.texts(&format!("select to_regnamespace('{}')", named[0])).await.unwrap(), [None]);
}

#[tokio::test]
async fn calls_are_counted_by_release_where_the_database_counts_them() {
    let mut world = World::new().await;
    let old = world.release.clone();
    world.sql(&format!("alter database {} set track_functions = 'all'", world.database)).await;
    enter(&mut world, &alike("b")).await;
    world.sign_up("ann").await;
    // Reported when that connection ends.
    let mut direct = world.direct().await;
    let counts = loop {
        let counts = releases::calls(&mut direct).await.unwrap().unwrap();
        if counts[&world.release] > 0 {
            break counts;
        }
    };
    assert_eq!(counts[&old], 0, "{counts:?}");
    // A server that counts nothing says so.
    direct.run("set track_functions = 'none'").await.unwrap();
    assert_eq!(releases::calls(&mut direct).await.unwrap(), None);
}
