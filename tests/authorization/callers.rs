//! The kinds of callers. Each route has users of its own, so that no call sees what another one did.

use testkit::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Without a token.
    Nobody,
    /// With a token that is none.
    Forger,
    /// With a good token, and no user of ours.
    Stranger,
    /// An account owner without a team.
    User,
    Member,
    /// An account owner with a team.
    Owner,
    Suspended,
    Deleted,
    Admin,
    /// Without a permission.
    Machine,
    /// A machine with `usage:write`.
    Meter,
    /// A machine with `credits:write`.
    Cashier,
}

pub const CALLERS: [Caller; 12] = [
    Caller::Nobody,
    Caller::Forger,
    Caller::Stranger,
    Caller::User,
    Caller::Member,
    Caller::Owner,
    Caller::Suspended,
    Caller::Deleted,
    Caller::Admin,
    Caller::Machine,
    Caller::Meter,
    Caller::Cashier,
];

/// The people of one route: `auth0|admin_get_me`, and so on.
pub struct Cast {
    operation: String,
}

impl Cast {
    /// Signs everybody up, with a seat each: also a `target`, to whom things are done, and a second member, `spare`.
    pub async fn of(world: &World, operation: &str) -> Self {
        for name in ["user", "owner", "member", "spare", "suspended", "deleted", "admin", "target"] {
            world.sign_up(&format!("{name}_{operation}")).await;
        }
        for member in ["member", "spare"] {
            world.join(&format!("{member}_{operation}"), &format!("owner_{operation}")).await;
        }
        world
            .sql(&format!(
                "select app.set_user_status('auth0|suspended_{operation}', 'suspended'); \
                 select app.set_user_status('auth0|deleted_{operation}', 'deleted'); \
                 select app.promote_admin('auth0|admin_{operation}')"
            ))
            .await;
        Self { operation: operation.to_owned() }
    }

    /// The administrator's id.
    pub fn admin_of(operation: &str) -> String {
        format!("auth0|admin_{operation}")
    }

    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The id of one of the cast.
    pub fn id(&self, name: &str) -> String {
        format!("auth0|{name}_{}", self.operation)
    }

    /// The name of a caller who is a person, or would be.
    pub fn name(caller: Caller) -> String {
        format!("{caller:?}").to_lowercase()
    }

    pub fn email(&self, caller: Caller) -> String {
        format!("{}_{}@example.com", Self::name(caller), self.operation)
    }

    /// The access token that a caller shows.
    pub fn token(&self, world: &World, caller: Caller) -> Option<String> {
        match caller {
            Caller::Nobody => None,
            Caller::Forger => Some("e30.e30.e30".to_owned()),
            Caller::Machine => Some(world.machine_token(&[])),
            Caller::Meter => Some(world.machine_token(&["usage:write"])),
            Caller::Cashier => Some(world.machine_token(&["credits:write"])),
            _ => Some(world.token_with_email(&self.id(&Self::name(caller)), &self.email(caller))),
        }
    }
}
