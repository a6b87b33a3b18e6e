//! Those whom the storm of money is about.

use testkit::World;

pub const PEOPLE: usize = 24;

/// Everybody who has an account, by id.
pub fn people() -> Vec<String> {
    (0..PEOPLE).map(|number| format!("auth0|p{number}")).chain(["auth0|gone".to_owned()]).collect()
}

pub async fn sign_everybody_up(world: &World) {
    for id in people() {
        world.sign_up(id.trim_start_matches("auth0|")).await;
    }
    world.sql("select app.set_user_status('auth0|gone', 'deleted')").await;
}
