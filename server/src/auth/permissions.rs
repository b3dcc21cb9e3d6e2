//! What one connection may publish, subscribe and answer.

use thiserror::Error;

use crate::config::options::{Permissions, ResponsePermission};
use crate::subject::sublist::Sublist;
use crate::subject::{has_wildcard, is_subset_match, subjects_collide};

/// A permission that can not be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PermissionsError {
    /// More than a subject and a queue group.
    #[error("invalid subject-queue {0:?}")]
    SubjectQueue(String),
    /// A subject that is none.
    #[error("invalid subject {0:?}")]
    Subject(String),
}

/// Permissions in the form in which they are checked (`permissions` in
/// `client.go`).
#[derive(Debug, Default)]
pub struct ClientPermissions {
    publish_allow: Option<Sublist<()>>,
    publish_deny: Option<Sublist<()>>,
    subscribe_allow: Option<Sublist<()>>,
    subscribe_deny: Option<Sublist<()>>,
    /// The subjects of `subscribe_deny`, without queue groups.
    denied: Vec<String>,
    responses: Option<ResponsePermission>,
    source: Permissions,
}

impl ClientPermissions {
    /// Compiles configured permissions.
    ///
    /// # Errors
    ///
    /// [`PermissionsError`] for a subject that can not be used.
    pub fn new(permissions: &Permissions) -> Result<Self, PermissionsError> {
        let mut compiled = Self {
            responses: permissions.allow_responses,
            source: permissions.clone(),
            ..Self::default()
        };
        if permissions.allow_responses.is_some()
            && permissions
                .publish
                .as_ref()
                .is_none_or(|publish| publish.allow.is_none())
        {
            // Whoever may only answer may publish nothing else.
            compiled.publish_allow = Some(Sublist::new());
        }
        if let Some(publish) = &permissions.publish {
            if publish.allow.is_some() {
                compiled.publish_allow = publish.allow.as_deref().map(plain_list).transpose()?;
            }
            compiled.publish_deny = non_empty(&publish.deny).map(plain_list).transpose()?;
        }
        if let Some(subscribe) = &permissions.subscribe {
            let allow = subscribe.allow.as_deref().and_then(non_empty);
            compiled.subscribe_allow = allow.map(queue_list).transpose()?;
            compiled.subscribe_deny = non_empty(&subscribe.deny).map(queue_list).transpose()?;
            for entry in &subscribe.deny {
                compiled
                    .denied
                    .push(split_subject_queue(entry)?.0.to_owned());
            }
        }
        Ok(compiled)
    }

    /// The permissions as configured.
    #[must_use]
    pub fn source(&self) -> &Permissions {
        &self.source
    }

    /// Whether publishing is restricted at all.
    #[must_use]
    pub fn restricts_publish(&self) -> bool {
        self.publish_allow.is_some() || self.publish_deny.is_some()
    }

    /// Whether `subject` may be published to, not counting answers.
    #[must_use]
    pub fn can_publish(&self, subject: &[u8]) -> bool {
        let allowed = self
            .publish_allow
            .as_ref()
            .is_none_or(|list| list.has_interest(subject));
        allowed
            && !self
                .publish_deny
                .as_ref()
                .is_some_and(|list| list.has_interest(subject))
    }

    /// Whether `subject` may be subscribed to, as a member of `queue` if given.
    #[must_use]
    pub fn can_subscribe(&self, subject: &[u8], queue: Option<&[u8]>) -> bool {
        let allowed = self
            .subscribe_allow
            .as_ref()
            .is_none_or(|list| listed(list, subject, queue));
        allowed
            && !self
                .subscribe_deny
                .as_ref()
                .is_some_and(|list| denied(list, subject, queue))
    }

    /// The filter that a subscription to `subject` needs, if it has messages in common
    /// with a subject that is denied.
    #[must_use]
    pub fn deny_filter(&self, subject: &[u8]) -> Option<DenyFilter> {
        let wide = has_wildcard(subject)
            && self
                .denied
                .iter()
                .any(|denied| subjects_collide(denied, subject));
        wide.then(|| {
            let mut list = Sublist::new();
            for denied in &self.denied {
                // All of them were inserted before, when they were compiled.
                let _ = list.insert(denied.as_bytes(), None, ());
            }
            DenyFilter { list }
        })
    }

    /// Whether and for how long answers are allowed to reply subjects received.
    #[must_use]
    pub fn responses(&self) -> Option<ResponsePermission> {
        self.responses
    }
}

/// Keeps denied subjects out of a wider subscription (`msgDeny`).
#[derive(Debug)]
pub struct DenyFilter {
    list: Sublist<()>,
}

impl DenyFilter {
    /// Whether messages on `subject` must not be delivered.
    #[must_use]
    pub fn denies(&self, subject: &[u8]) -> bool {
        self.list.has_interest(subject)
    }
}

/// Splits `subject queue` at the blank between them.
fn split_subject_queue(entry: &str) -> Result<(&str, Option<&str>), PermissionsError> {
    let mut parts = entry.split_whitespace();
    let subject = parts
        .next()
        .ok_or_else(|| PermissionsError::Subject(entry.to_owned()))?;
    let queue = parts.next();
    if parts.next().is_some() {
        return Err(PermissionsError::SubjectQueue(entry.to_owned()));
    }
    Ok((subject, queue))
}

fn non_empty(list: &[String]) -> Option<&[String]> {
    (!list.is_empty()).then_some(list)
}

fn plain_list(subjects: &[String]) -> Result<Sublist<()>, PermissionsError> {
    let mut list = Sublist::new();
    for subject in subjects {
        list.insert(subject.as_bytes(), None, ())
            .map_err(|_| PermissionsError::Subject(subject.clone()))?;
    }
    Ok(list)
}

fn queue_list(entries: &[String]) -> Result<Sublist<()>, PermissionsError> {
    let mut list = Sublist::new();
    for entry in entries {
        let (subject, queue) = split_subject_queue(entry)?;
        list.insert(subject.as_bytes(), queue.map(str::as_bytes), ())
            .map_err(|_| PermissionsError::Subject(entry.clone()))?;
    }
    Ok(list)
}

/// Whether a list of denials names `subject`: an entry without a queue group denies
/// all of them, whatever other entries say.
fn denied(list: &Sublist<()>, subject: &[u8], queue: Option<&[u8]>) -> bool {
    let found = list.match_subject(subject);
    !found.plain.is_empty()
        || queue.is_some_and(|queue| {
            found
                .queues
                .iter()
                .any(|entry| is_group(&entry.name, queue))
        })
}

/// Whether `queue` is the group of an entry or one of the groups that it covers.
fn is_group(entry: &[u8], queue: &[u8]) -> bool {
    *entry == *queue || (has_wildcard(entry) && is_subset_match(queue, entry))
}

/// Whether a list names `subject`: entries without a queue group count for any,
/// but if entries name groups, a queue subscription needs one of those.
fn listed(list: &Sublist<()>, subject: &[u8], queue: Option<&[u8]>) -> bool {
    let found = list.match_subject(subject);
    match queue {
        Some(queue) if !found.queues.is_empty() => found
            .queues
            .iter()
            .any(|entry| is_group(&entry.name, queue)),
        _ => !found.plain.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::SubjectPermission;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn subscribe(allow: &[&str], deny: &[&str]) -> ClientPermissions {
        let subscribe = SubjectPermission {
            allow: Some(strings(allow)),
            deny: strings(deny),
        };
        ClientPermissions::new(&Permissions {
            subscribe: Some(subscribe),
            ..Permissions::default()
        })
        .unwrap()
    }

    #[test]
    fn publish_needs_allow_and_no_deny() {
        let publish = SubjectPermission {
            allow: Some(strings(&["foo.*", "bar"])),
            deny: strings(&["foo.secret"]),
        };
        let permissions = ClientPermissions::new(&Permissions {
            publish: Some(publish),
            ..Permissions::default()
        })
        .unwrap();
        for (subject, want) in [
            ("foo.a", true),
            ("bar", true),
            ("foo.secret", false),
            ("baz", false),
        ] {
            assert_eq!(
                permissions.can_publish(subject.as_bytes()),
                want,
                "{subject}"
            );
        }
        assert!(ClientPermissions::default().can_publish(b"any"));
    }

    #[test]
    fn an_empty_allow_list_allows_no_publish() {
        let publish = SubjectPermission {
            allow: Some(Vec::new()),
            deny: Vec::new(),
        };
        let permissions = ClientPermissions::new(&Permissions {
            publish: Some(publish),
            ..Permissions::default()
        })
        .unwrap();
        assert!(!permissions.can_publish(b"foo"));
    }

    #[test]
    fn whoever_may_answer_may_publish_nothing_else() {
        let permissions = ClientPermissions::new(&Permissions {
            allow_responses: Some(ResponsePermission::default()),
            ..Permissions::default()
        })
        .unwrap();
        assert!(permissions.restricts_publish() && !permissions.can_publish(b"foo"));
    }

    #[test]
    fn queue_entries_bind_queue_subscriptions() {
        let only = subscribe(&["foo v1"], &[]);
        assert!(only.can_subscribe(b"foo", Some(b"v1")));
        assert!(!only.can_subscribe(b"foo", Some(b"v2")) && !only.can_subscribe(b"foo", None));
        let both = subscribe(&["foo", "foo v1.*"], &[]);
        assert!(both.can_subscribe(b"foo", None) && both.can_subscribe(b"foo", Some(b"v1.x")));
        assert!(!both.can_subscribe(b"foo", Some(b"v2")));
        let denied = subscribe(&[">"], &["foo v1"]);
        assert!(!denied.can_subscribe(b"foo", Some(b"v1")));
        assert!(denied.can_subscribe(b"foo", Some(b"v2")) && denied.can_subscribe(b"foo", None));
        let both = subscribe(&[">"], &["foo", "foo v1"]);
        assert!(!both.can_subscribe(b"foo", Some(b"v1")) && !both.can_subscribe(b"foo", None));
        assert!(
            !both.can_subscribe(b"foo", Some(b"v2")),
            "denied to all groups"
        );
    }

    #[test]
    fn wide_subscriptions_are_filtered() {
        let permissions = subscribe(&[">"], &["foo.secret"]);
        assert!(permissions.can_subscribe(b"foo.*", None));
        let filter = permissions.deny_filter(b"foo.*").unwrap();
        assert!(filter.denies(b"foo.secret") && !filter.denies(b"foo.open"));
        assert!(permissions.deny_filter(b"bar.*").is_none());
        // Neither covers the other, but they have subjects in common.
        let crossing = subscribe(&[">"], &["*.secret"]);
        let filter = crossing.deny_filter(b"foo.*").unwrap();
        assert!(filter.denies(b"foo.secret") && !filter.denies(b"foo.open"));
        assert!(permissions.deny_filter(b"foo.open").is_none());
    }

    #[test]
    fn three_words_are_no_permission() {
        let subscribe = SubjectPermission {
            allow: Some(strings(&["a b c"])),
            deny: Vec::new(),
        };
        let permissions = Permissions {
            subscribe: Some(subscribe),
            ..Permissions::default()
        };
        assert_eq!(
            ClientPermissions::new(&permissions).unwrap_err(),
            PermissionsError::SubjectQueue("a b c".to_owned())
        );
    }
}
