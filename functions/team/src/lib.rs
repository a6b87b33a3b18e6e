//! `team`: an account owner invites, a user accepts, a member leaves.

mod accept_invite;
mod create_invite;
mod invite;
mod list_invites;
mod list_members;
mod remove_member;
mod withdraw_invite;

use shared::{
    domain::user::Placement,
    error::Kind,
    http::{
        page::{Page, PageQuery},
        routes::{Access, Operation, Routes},
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
            Operation::get("/api/team/invites", "list_invites", Access::AccountOwner)
                .summary("The invites the caller has sent, newest first")
                .query::<PageQuery>()
                .responds::<Page<Invite>>(200),
            list_invites::list_invites,
        )
        .add(
            Operation::post("/api/team/invites", "create_invite", Access::AccountOwner)
                .summary("Invites an address for seven days; the token is in this answer and nowhere else")
                .body::<NewInvite>()
                .responds::<SentInvite>(201)
                .errors(Kind::Conflict, &["already_member", "invite_open", "invite_self"]),
            create_invite::create_invite,
        )
        .add(
            Operation::delete("/api/team/invites/{id}", "withdraw_invite", Access::AccountOwner)
                .summary("Withdraws an invite that nobody has accepted")
                .responds_no_content()
                .errors(Kind::NotFound, &["invite_unknown"])
                .errors(Kind::Conflict, &["invite_used"]),
            withdraw_invite::withdraw_invite,
        )
        .add(
            Operation::post("/api/team/invites/accept", "accept_invite", Access::User)
                .summary("Makes the caller a member of the team that invited her verified address")
                .body::<Acceptance>()
                .responds::<Placement>(200)
                .errors(Kind::Forbidden, &["email_not_verified", "invite_for_another_address"])
                .errors(Kind::NotFound, &["invite_unknown"])
                .errors(
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
            Operation::get("/api/team/members", "list_members", Access::AccountOwner)
                .summary("The members of the caller's team")
                .query::<PageQuery>()
                .responds::<Page<Member>>(200),
            list_members::list_members,
        )
        .add(
            Operation::delete("/api/team/members/{user_id}", "remove_member", Access::User)
                .summary("Removes a member from the caller's team; a member may remove herself")
                .responds_no_content()
                .errors(Kind::NotFound, &["member_unknown"]),
            remove_member::remove_member,
        )
}
