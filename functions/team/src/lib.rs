//! `team`: an account owner invites, a user accepts, a member leaves.

mod accept_invite;
mod create_invite;
mod invite;
mod list_invites;
mod list_members;
mod remove_member;
mod withdraw_invite;

use shared::{
    domain::user::Place,
    error::Kind,
    http::{
        page::{Page, PageQuery},
        routes::{Operation, Routes, Who},
    },
};

use self::{
    accept_invite::Acceptance,
    create_invite::{NewInvite, SentInvite},
    invite::Invite,
    list_members::Member,
};

pub const NAME: &str = "team";

pub fn routes() -> Routes {
    members(invites(Routes::new()))
}

fn invites(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get("/api/team/invites", "list_invites", Who::AccountOwner)
                .says("The invites the caller has sent, newest first")
                .query::<PageQuery>()
                .answers::<Page<Invite>>(200),
            list_invites::list_invites,
        )
        .add(
            Operation::post("/api/team/invites", "create_invite", Who::AccountOwner)
                .says("Invites an address for seven days; the token is in this answer and nowhere else")
                .body::<NewInvite>()
                .answers::<SentInvite>(201)
                .refuses(Kind::Conflict, &["already_member", "invite_open", "invite_self"]),
            create_invite::create_invite,
        )
        .add(
            Operation::delete("/api/team/invites/{id}", "withdraw_invite", Who::AccountOwner)
                .says("Withdraws an invite that nobody has accepted")
                .answers_nothing()
                .refuses(Kind::NotFound, &["invite_unknown"])
                .refuses(Kind::Conflict, &["invite_used"]),
            withdraw_invite::withdraw_invite,
        )
        .add(
            Operation::post("/api/team/invites/accept", "accept_invite", Who::User)
                .says("Makes the caller a member of the team that invited her verified address")
                .body::<Acceptance>()
                .answers::<Place>(200)
                .refuses(Kind::Forbidden, &["email_not_verified", "invite_for_another_address"])
                .refuses(Kind::NotFound, &["invite_unknown"])
                .refuses(
                    Kind::Conflict,
                    &[
                        "account_owner_not_active",
                        "already_member",
                        "has_members",
                        "invite_expired",
                        "invite_self",
                        "invite_used",
                        "invite_withdrawn",
                    ],
                ),
            accept_invite::accept_invite,
        )
}

fn members(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get("/api/team/members", "list_members", Who::AccountOwner)
                .says("The members of the caller's team")
                .query::<PageQuery>()
                .answers::<Page<Member>>(200),
            list_members::list_members,
        )
        .add(
            Operation::delete("/api/team/members/{user_id}", "remove_member", Who::User)
                .says("Removes a member from the caller's team; a member may remove herself")
                .answers_nothing()
                .refuses(Kind::NotFound, &["member_unknown"]),
            remove_member::remove_member,
        )
}
