//! The kinds of callers. Each operation has users of its own, so that no call sees what another one did.

use serde::Deserialize;
use testkit::World;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
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
    /// An account owner who is suspended, and with them a member.
    Suspended,
    SuspendedMember,
    Deleted,
    Admin,
    /// Without a permission.
    Machine,
    /// A machine with `usage:write`.
    Meter,
    /// A machine with `credits:write`.
    Cashier,
}

impl Caller {
    /// The name of a caller who is a person, or would be: `admin_get_me`, and so on.
    pub fn name(self, operation: &str) -> String {
        format!("{}_{operation}", format!("{self:?}").to_lowercase())
    }

    /// The access token that a caller shows.
    pub fn token(self, world: &World, operation: &str) -> Option<String> {
        let name = self.name(operation);
        match self {
            Self::Nobody => None,
            Self::Forger => Some("e30.e30.e30".to_owned()),
            Self::Machine => Some(world.machine_token(&[])),
            Self::Meter => Some(world.machine_token(&["usage:write"])),
            Self::Cashier => Some(world.machine_token(&["credits:write"])),
            _ => Some(world.token_with_email(&format!("auth0|{name}"), &format!("{name}@example.com"))),
        }
    }
}

/// Signs up everybody who calls an operation, with a seat each: also two more members, `spare` and `other`.
pub async fn sign_up(world: &World, operation: &str) {
    for name in ["user", "owner", "member", "spare", "other", "suspended", "suspendedmember", "deleted", "admin"] {
        world.sign_up(&format!("{name}_{operation}")).await;
    }
    for member in ["member", "spare", "other"] {
        world.join(&format!("{member}_{operation}"), &format!("owner_{operation}")).await;
    }
    world.join(&format!("suspendedmember_{operation}"), &format!("suspended_{operation}")).await;
    world
        .sql(&format!(
            "select set_user_status('auth0|suspended_{operation}', 'suspended'); \
             select set_user_status('auth0|deleted_{operation}', 'deleted'); \
             select promote_admin('auth0|admin_{operation}')"
        ))
        .await;
}
