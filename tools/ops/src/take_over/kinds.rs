//! What can be wrong with a row, what is done about it, and what can be chosen instead.

use super::choices::Choices;

/// A kind of trouble. The judgement (`judge/*.sql`) names it by its code.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub code: &'static str,
    /// What is wrong.
    pub trouble: &'static str,
    /// What is done.
    pub action: &'static str,
    /// What can be chosen: the flag, whether it was, and what is done then.
    instead: Option<Instead>,
}

#[derive(Clone, Copy, Debug)]
struct Instead {
    flag: &'static str,
    action: &'static str,
    is_chosen: fn(&Choices) -> bool,
}

impl Kind {
    /// What is done, as it was chosen.
    pub fn action(&self, choices: &Choices) -> &'static str {
        self.instead.filter(|instead| (instead.is_chosen)(choices)).map_or(self.action, |instead| instead.action)
    }

    /// The flag that chooses otherwise, and what is done then; none if it was given.
    pub fn instead(&self, choices: &Choices) -> Option<(&'static str, &'static str)> {
        self.instead.filter(|instead| !(instead.is_chosen)(choices)).map(|instead| (instead.flag, instead.action))
    }
}

const fn kind(code: &'static str, trouble: &'static str, action: &'static str) -> Kind {
    Kind { code, trouble, action, instead: None }
}

const fn or(kind: Kind, flag: &'static str, action: &'static str, is_chosen: fn(&Choices) -> bool) -> Kind {
    Kind { instead: Some(Instead { flag, action, is_chosen }), ..kind }
}

/// The kind of this code.
pub fn find(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// In the order of the plan.
pub static KINDS: &[Kind] = &[
    or(
        kind(
            "users.id_unusable",
            "the id is null, too long, or has control characters",
            "nothing is taken over until this is decided",
        ),
        "--unusable-ids archive",
        "the user is archived, and what belongs to them",
        |choices| choices.archives_unusable_ids(),
    ),
    kind("users.id_twice", "the id stands there twice", "the row that logged in last stays, the other is archived"),
    or(
        kind(
            "users.address_shared",
            "another user has the same address, perhaps in other case",
            "who logged in last keeps it; the others have none until they log in with it verified",
        ),
        "--same-address oldest",
        "who signed up first keeps it; the others have none until they log in with it verified",
        |choices| choices.keeps_oldest_address(),
    ),
    kind("users.address_unusable", "the address is none", "white space around it goes; else the user has none"),
    kind("users.name_unusable", "the name is empty or has over 300 characters", "no name, or its first 300"),
    kind("users.flag_null", "is_admin is null", "false"),
    kind("users.email_verified_null", "email_verified is null", "false"),
    kind("users.status_null", "the status is null", "active; deleted where deleted_at says so"),
    or(
        kind(
            "users.status_unknown",
            "the status is none of active, suspended, deleted",
            "suspended: the seat stays, an administrator decides",
        ),
        "--user-status <given>=<ours>",
        "as chosen for each",
        |choices| !choices.user_status.is_empty(),
    ),
    kind("users.deleted_at_null", "deleted, and nobody says when", "when the row was changed last"),
    kind("users.deleted_at_of_the_living", "deleted_at is set and the status says otherwise", "the status counts"),
    kind("users.counter_unusable", "login_count is null or out of range", "0, or the nearest that fits"),
    kind("users.metadata_unusable", "metadata is null or no object", "an empty object"),
    kind("users.time_null", "a time is null", "another time of the row, or now"),
    kind("users.owner_blank", "the owner is an empty text", "an account of their own"),
    kind("users.owner_is_the_user", "the owner is the user", "an account of their own"),
    kind("users.owner_unknown", "the owner is nobody here", "an account of their own"),
    kind("users.owner_deleted", "the owner is deleted", "an account of their own"),
    kind("users.deleted_member", "a deleted user belongs to a team", "they leave it; the days stay the team's"),
    kind("users.owners_in_a_circle", "members of members who come back to themselves", "each an account of their own"),
    or(
        kind("users.member_of_a_member", "the owner is a member too", "a member of the account at the top, which pays"),
        "--members-of-members alone",
        "an account of their own",
        |choices| choices.leaves_members_of_members_alone(),
    ),
    or(
        kind(
            "users.member_of_a_suspended_owner",
            "active while the owner is suspended",
            "suspended with the owner; both come back together",
        ),
        "--suspended-teams leave",
        "active; nothing changes",
        |choices| choices.leaves_suspended_teams(),
    ),
    kind("hopsworks_clusters.id_twice", "the id stands there twice", "the first row stays, the other is archived"),
    kind("hopsworks_clusters.id_null", "the id is null", "a new one"),
    kind(
        "hopsworks_clusters.name_unusable",
        "the name is missing, too long, or another one's",
        "the host's name; of equal names all but one get an end",
    ),
    kind(
        "hopsworks_clusters.address_unusable",
        "the address is not https",
        "https; without any, one that leads nowhere, in maintenance",
    ),
    kind("hopsworks_clusters.capacity_grows", "more users than seats", "as many seats as are taken"),
    kind(
        "hopsworks_clusters.capacity_unusable",
        "the capacity is null or out of range",
        "100, or as many as are taken",
    ),
    kind("hopsworks_clusters.counter_wrong", "current_users is wrong", "as many as sit there, from now on by itself"),
    kind("hopsworks_clusters.status_null", "the status is null", "active or full"),
    kind(
        "hopsworks_clusters.status_changes",
        "the status does not fit",
        "full is who has no seat; unknown ones, and inactive ones with users, are in maintenance",
    ),
    kind("hopsworks_clusters.metadata_unusable", "metadata is null or no object", "an empty object"),
    kind("hopsworks_clusters.time_null", "a time is null", "another time of the row, or now"),
    kind("hopsworks_clusters.key_plain", "a key that is not ours", "taken for the key itself, and encrypted"),
    kind("hopsworks_clusters.key_blank", "the key is empty", "none"),
    kind("seats.user_unknown", "a seat of nobody", "archived"),
    kind("seats.cluster_unknown", "a seat on no cluster", "archived"),
    kind("seats.user_deleted", "a deleted user has a seat", "it is freed"),
    kind(
        "seats.second_seat",
        "a user has several seats",
        "the one that their instance names stays, else on an active cluster, else the latest",
    ),
    kind(
        "seats.not_beside_the_owner",
        "a member sits where the owner does not",
        "beside the owner; the cluster there grows if it is full",
    ),
    kind(
        "seats.owner_had_none",
        "members sit and the owner does not",
        "the owner gets a seat where most of the team sits",
    ),
    or(
        kind("seats.beyond_capacity", "more users than seats", "as many seats as are taken"),
        "--over-capacity wait",
        "who came last gives the seat up and waits, members first",
        |choices| choices.lets_wait(),
    ),
    kind("seats.id_unusable", "the id is null, or stands there twice", "a new one"),
    kind("seats.time_null", "a time is null", "now"),
    kind("instances.user_unknown", "an instance of nobody", "archived"),
    kind(
        "instances.second_instance",
        "a user has several instances",
        "the one that is not deleted and was active last stays",
    ),
    kind(
        "instances.follows_the_seat",
        "status or address are not those of the seat",
        "as the seat and the user's status say",
    ),
    kind("instances.name_unusable", "the name is empty or too long", "one made of the id"),
    kind("instances.id_unusable", "the id is null, or stands there twice", "a new one"),
    kind("instances.time_null", "a time is null", "the user's"),
    kind("clusters.id_twice", "the id stands there twice", "the first row stays, the other is archived"),
    kind("clusters.id_null", "the id is null", "a new one"),
    kind("clusters.user_unknown", "a deployment of nobody", "archived, without its key"),
    kind("clusters.ends_with_its_user", "a deployment of a deleted user", "deleted, and its key with it"),
    kind("clusters.type_null", "the type is empty", "unknown"),
    kind("clusters.status_null", "the status is null", "provisioning"),
    or(
        kind("clusters.status_unknown", "a status that we do not know", "stopped"),
        "--deployment-status <given>=<ours>",
        "as chosen for each",
        |choices| !choices.deployment_status.is_empty(),
    ),
    kind("clusters.deleted_at_changes", "deleted_at does not fit the status", "the status counts"),
    kind("clusters.key_of_the_deleted", "a deleted deployment has a key", "the key goes"),
    kind("clusters.key_plain", "a key that is not ours", "taken for the key itself, and encrypted"),
    kind("clusters.key_blank", "the key is empty", "none"),
    kind("clusters.time_null", "a time is null", "another time of the row, or now"),
    kind(
        "columns.ours",
        "a column has the name of one of ours, and a value",
        "ours from now on; the value is archived",
    ),
    or(
        kind(
            "credits.balance_differs",
            "the balance is not what was bought less what was used",
            "the balance counts: the difference is an entry `opening` of what was adjusted",
        ),
        "--balance totals",
        "what was bought less what was used counts",
        |choices| choices.trusts_totals(),
    ),
    kind("credits.opening", "totals without a ledger", "entries `opening`: what was bought, what was used"),
    kind("credits.overdrawn", "more used than bought", "nothing: the balance stays below zero"),
    kind("credits.user_unknown", "credits of nobody", "archived"),
    kind("credits.second_row", "a user has several rows", "one with the sums"),
    kind("credits.of_a_member", "credits of a member", "the paying account's"),
    kind("credits.of_a_team", "a paying account whose members have credits", "with theirs"),
    kind("credits.number_unusable", "a figure is null, no number, too large, or hours below zero", "0"),
    kind("credits.fraction", "a fraction of a cent, or of a millionth hour", "rounded half to even"),
    kind(
        "credits.less_than_nothing",
        "less than nothing bought or used",
        "an entry `opening` of what was adjusted; what is left stays",
    ),
    kind("credits.id_unusable", "the id is null, or stands there twice", "a new one"),
    kind("credits.time_null", "a time is null", "the user's"),
    kind("days.as_charged", "days without readings and price", "as they were charged, for good"),
    kind("days.user_unknown", "a day of nobody", "archived"),
    kind("days.date_unusable", "a day without a date, or one before the year 1 or after 9999", "archived"),
    kind("days.date_twice", "a day stands there twice", "one with the sums"),
    kind("days.account_null", "a day without account", "the account that pays now"),
    kind("days.account_unknown", "the account is nobody here", "the account that pays now"),
    kind("days.account_of_a_member", "the account is a member's", "the account that pays for that member"),
    kind(
        "days.ahead_of_another_account",
        "a day ahead, charged to an account that does not pay any more",
        "the account that pays now",
    ),
    kind("days.number_unusable", "a figure is null, no number, too large, or hours below zero", "0"),
    kind("days.fraction", "a fraction of a cent, or of a millionth hour", "rounded half to even"),
    kind("days.in_the_future", "days that lie ahead", "as they are; readings of them are refused"),
    kind("days.id_unusable", "the id is null, or stands there twice", "a new one"),
    kind("days.time_null", "a time is null", "another time of the row, or now"),
    kind("invites.id_twice", "the id stands there twice", "the first row stays, the other is archived"),
    kind("invites.id_null", "the id is null", "a new one"),
    kind("invites.account_unknown", "an invite of nobody", "archived"),
    kind("invites.account_of_a_member", "a member's invite", "the paying account's"),
    kind("invites.account_deleted", "an open invite of a deleted user", "withdrawn"),
    kind("invites.address_unusable", "the address is none", "archived: nobody could accept it"),
    kind("invites.address_trimmed", "white space around the address", "without it"),
    kind("invites.token_plain", "the token in plain text", "its SHA-256 alone; the link goes on working"),
    kind("invites.token_missing", "no token", "no link leads there"),
    kind("invites.token_twice", "another invite has the same token", "the link leads to the other"),
    kind("invites.open_twice", "several open ones for one address", "one, to which the links of all lead"),
    kind("invites.expiry_null", "it never expires", "in 30 days"),
    kind("invites.created_after_expiry", "created after it expired", "seven days before"),
    kind("invites.accepted_by_nobody", "accepted by nobody", "archived"),
    kind("invites.acceptance_mended", "an acceptance is told by half", "the other half from what is known"),
];
