//! The accounts that the storm of money is about.

use testkit::World;

pub const PEOPLE: usize = 24;

/// The ids of all accounts.
pub fn people() -> Vec<String> {
    (0..PEOPLE).map(|number| format!("auth0|p{number}")).chain(["auth0|gone".to_owned()]).collect()
}

/// Everybody signs up, and one of them is deleted again.
pub async fn sign_up(world: &World) {
    for id in people() {
        world.sign_up(id.trim_start_matches("auth0|")).await;
    }
    world.sql("select app.set_user_status('auth0|gone', 'deleted')").await;
}
