//! Clusters, seats, instances, and the users' own deployments.

use super::kind::{Kind, kind, or};

const ENCRYPTED: &str = "kept where the functions' secret decrypts it for its row; else nothing is taken over";

pub static KINDS: &[Kind] = &[
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
    kind(
        "hopsworks_clusters.address_password",
        "the address has a user or a password inside",
        "without them; they stand nowhere afterwards, so keep them yourself",
    ),
    or(
        kind("hopsworks_clusters.capacity_grows", "more users than seats", "as many seats as are taken"),
        "--over-capacity wait",
        "who came last gives the seat up and waits, members first",
        |choices| choices.lets_wait(),
    ),
    kind(
        "hopsworks_clusters.capacity_unusable",
        "the capacity is null or out of range",
        "100 where it is null, else the nearest that fits; as many as are taken, if they are more",
    ),
    kind("hopsworks_clusters.counter_wrong", "current_users is wrong", "as many as sit there, from now on by itself"),
    kind("hopsworks_clusters.status_null", "the status is null", "active or full"),
    kind(
        "hopsworks_clusters.status_spelt",
        "the status is one of ours in other case or with space around it",
        "as ours is written",
    ),
    kind(
        "hopsworks_clusters.status_changes",
        "the status does not fit",
        "full is who has no seat; unknown ones, and inactive ones with users, are in maintenance",
    ),
    kind("hopsworks_clusters.metadata_unusable", "metadata is null or no object", "an empty object"),
    kind("hopsworks_clusters.time_null", "a time is null", "another time of the row, or now"),
    kind("hopsworks_clusters.key_plain", "a key that is not ours", "taken for the key itself, and encrypted"),
    kind("hopsworks_clusters.key_blank", "the key is empty", "none"),
    kind("hopsworks_clusters.key_encrypted", "a key in the form of our encrypted ones", ENCRYPTED),
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
    kind("seats.beyond_capacity", "more users than seats", "who came last gives the seat up and waits, members first"),
    kind(
        "seats.moved_to_room",
        "more users than seats, and seats are free on another cluster",
        "owners who came last sit there, and their members as far as there is room",
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
    kind("clusters.row_twice", "the whole row stands there twice", "the first row stays, the other is archived"),
    kind("clusters.id_twice", "the id stands there twice", "a new one for the second, which keeps its key"),
    kind("clusters.id_null", "the id is null", "a new one"),
    kind("clusters.user_unknown", "a deployment of nobody", "archived, without its key"),
    kind("clusters.ends_with_its_user", "a deployment of a deleted user", "deleted, and its key with it"),
    kind("clusters.type_null", "the type is empty", "unknown"),
    kind("clusters.status_null", "the status is null", "provisioning"),
    kind(
        "clusters.status_spelt",
        "the status is one of ours in other case or with space around it",
        "as ours is written",
    ),
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
    kind("clusters.key_encrypted", "a key in the form of our encrypted ones", ENCRYPTED),
    kind("clusters.time_null", "a time is null", "another time of the row, or now"),
];
