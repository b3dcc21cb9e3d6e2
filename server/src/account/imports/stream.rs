//! Streams taken from another account.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use crate::account::{Account, ImportError};
use crate::subject::transform::{SubjectTransform, tokenize_wildcards, untokenize_placeholders};
use crate::subject::{has_wildcard, intersection, is_valid_subject, matches_literal};

/// A stream taken from another account (`streamImport`).
#[derive(Debug)]
pub struct StreamImport {
    account: Weak<Account>,
    account_name: String,
    from: String,
    to: String,
    mapping: Mapping,
    allow_trace: bool,
}

/// From subjects of the exporting account to ours and back.
#[derive(Debug, Clone)]
enum Mapping {
    /// Subjects stay as they are.
    Same,
    /// All messages come on one subject.
    Literal,
    /// There and back.
    Transform(Box<SubjectTransform>, Option<Box<SubjectTransform>>),
}

impl StreamImport {
    fn new(
        exporter: &Arc<Account>,
        from: &str,
        to: &str,
        allow_trace: bool,
    ) -> Result<Self, ImportError> {
        let mut local = to.to_owned();
        let mapping = if !has_wildcard(from) {
            Mapping::Literal
        } else if to == from {
            Mapping::Same
        } else {
            let bad = |reason| ImportError::Transform {
                kind: "stream",
                from: from.to_owned(),
                to: to.to_owned(),
                reason,
            };
            let transform = SubjectTransform::strict(from, &tokenize_wildcards(to)).map_err(bad)?;
            local = untokenize_placeholders(to).0;
            match transform {
                Some(transform) => {
                    let back = transform.reverse().map(Box::new);
                    Mapping::Transform(Box::new(transform), back)
                }
                None => Mapping::Literal,
            }
        };
        Ok(Self {
            account: Arc::downgrade(exporter),
            account_name: exporter.name().to_owned(),
            from: from.to_owned(),
            to: local,
            mapping,
            allow_trace,
        })
    }

    /// The exporting account, unless it is gone.
    #[must_use]
    pub fn account(&self) -> Option<Arc<Account>> {
        self.account.upgrade()
    }

    /// The name of the exporting account.
    #[must_use]
    pub fn account_name(&self) -> &str {
        &self.account_name
    }

    /// The subject in the exporting account.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The subject here, with wildcards in place of placeholders.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// Whether message traces go on across the border.
    #[must_use]
    pub fn allow_trace(&self) -> bool {
        self.allow_trace
    }

    /// What has to be subscribed to in the exporting account for a subscription to
    /// `subject` here; `None` if the two have nothing in common (`addShadowSub`).
    #[must_use]
    pub fn shadow_subject(&self, subject: &[u8]) -> Option<Vec<u8>> {
        let common = intersection(subject, &self.to)?;
        if common == self.to.as_bytes() {
            return Some(self.from.clone().into_bytes());
        }
        Some(match &self.mapping {
            Mapping::Same => common,
            Mapping::Transform(_, Some(back)) => back.transform(common),
            // More than is wanted; what does not fit is left out on delivery.
            Mapping::Transform(_, None) | Mapping::Literal => self.from.clone().into_bytes(),
        })
    }

    /// The subject here of a message on `subject` there.
    #[must_use]
    pub fn local_subject<'a>(&'a self, subject: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.mapping {
            Mapping::Same => Cow::Borrowed(subject),
            Mapping::Literal => Cow::Borrowed(self.to.as_bytes()),
            Mapping::Transform(transform, _) => Cow::Owned(transform.transform(subject)),
        }
    }

    /// Whether a message that came here on `local` is for a subscription to
    /// `subject`. Where a literal subject is taken as one with wildcards there is
    /// nothing to tell its messages apart by: every such subscription gets them.
    #[must_use]
    pub fn reaches(&self, local: &[u8], subject: &[u8]) -> bool {
        matches_literal(local, subject)
            || (matches!(self.mapping, Mapping::Literal) && has_wildcard(&self.to))
    }

    /// The same import from an account of the same name.
    fn rebound(&self, exporter: &Arc<Account>) -> Self {
        Self {
            account: Arc::downgrade(exporter),
            account_name: self.account_name.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            mapping: self.mapping.clone(),
            allow_trace: self.allow_trace,
        }
    }

    /// Whether it does the same as `other`, by the name of the account.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.account_name == other.account_name
            && self.from == other.from
            && self.to == other.to
            && self.allow_trace == other.allow_trace
    }
}

impl Account {
    /// Takes the stream `from` of `exporter` with `prefix` before its subjects, if
    /// that is not empty (`AddStreamImport`).
    ///
    /// # Errors
    ///
    /// [`ImportError`] if the exporter does not allow it, the prefix has a wildcard,
    /// the import exists or could send messages in circles.
    pub fn add_stream_import(
        &self,
        exporter: &Arc<Self>,
        from: &str,
        prefix: &str,
    ) -> Result<(), ImportError> {
        self.add_prefixed_stream_import(exporter, from, prefix, false)
    }

    /// The same with a word on message traces.
    pub(in crate::account) fn add_prefixed_stream_import(
        &self,
        exporter: &Arc<Self>,
        from: &str,
        prefix: &str,
        allow_trace: bool,
    ) -> Result<(), ImportError> {
        if !exporter.allows_stream_import(self.name(), from) {
            return Err(ImportError::StreamNotAuthorized);
        }
        if has_wildcard(prefix) {
            return Err(ImportError::Prefix);
        }
        let dot = if prefix.is_empty() || prefix.ends_with('.') {
            ""
        } else {
            "."
        };
        let to = format!("{prefix}{dot}{from}");
        self.add_mapped_stream_import(exporter, from, &to, allow_trace)
    }

    /// Takes the stream `from` of `exporter` as `to`, which may refer to wildcards;
    /// as it is if `to` is empty (`AddMappedStreamImport`).
    ///
    /// # Errors
    ///
    /// [`ImportError`] if the exporter does not allow it, the subjects do not fit,
    /// the import exists or could send messages in circles.
    pub fn add_mapped_stream_import(
        &self,
        exporter: &Arc<Self>,
        from: &str,
        to: &str,
        allow_trace: bool,
    ) -> Result<(), ImportError> {
        if !exporter.allows_stream_import(self.name(), from) {
            return Err(ImportError::StreamNotAuthorized);
        }
        let to = if to.is_empty() { from } else { to };
        let local = untokenize_placeholders(to).0;
        if !is_valid_subject(&local) {
            return Err(ImportError::InvalidSubject);
        }
        self.stream_import_forms_cycle(exporter, to)?;
        self.stream_import_forms_cycle(exporter, from)?;
        let import = StreamImport::new(exporter, from, to, allow_trace)?;
        let mut imports = self.imports_mut();
        let known = |other: &Arc<StreamImport>| {
            other.from == from && other.account_name == import.account_name
        };
        if imports.streams.iter().any(known) {
            return Err(ImportError::DuplicateStream);
        }
        imports.streams.push(Arc::new(import));
        self.has_stream_imports.store(true, Ordering::Release);
        Ok(())
    }

    /// All imported streams.
    #[must_use]
    pub fn stream_imports(&self) -> Vec<Arc<StreamImport>> {
        if !self.has_stream_imports.load(Ordering::Acquire) {
            return Vec::new();
        }
        self.imports().streams.clone()
    }

    /// Takes over the stream imports of `model`, from the accounts that `exporter`
    /// finds, in place of those that `is_old` names. Returns whether anything changed.
    pub(in crate::account) fn adopt_stream_imports(
        &self,
        model: &Self,
        exporter: &dyn Fn(&str) -> Option<Arc<Self>>,
        is_old: &dyn Fn(&StreamImport) -> bool,
    ) -> bool {
        let wanted: Vec<Arc<StreamImport>> = model
            .stream_imports()
            .iter()
            .filter_map(|import| {
                let exporter = exporter(import.account_name())?;
                Some(Arc::new(import.rebound(&exporter)))
            })
            .collect();
        let mut imports = self.imports_mut();
        let (old, kept): (Vec<_>, Vec<_>) =
            imports.streams.drain(..).partition(|import| is_old(import));
        let same = |one: &Arc<StreamImport>, other: &Arc<StreamImport>| {
            one.is_same(other) && Weak::ptr_eq(&one.account, &other.account)
        };
        let unchanged = old.len() == wanted.len()
            && wanted
                .iter()
                .all(|import| old.iter().any(|other| same(import, other)));
        imports.streams = kept;
        imports.streams.extend(if unchanged { old } else { wanted });
        self.has_stream_imports
            .store(!imports.streams.is_empty(), Ordering::Release);
        !unchanged
    }

    /// Whether the stream imports are the same as those of `other`, by the names of
    /// the accounts (`checkStreamImportsEqual`).
    #[must_use]
    pub fn has_same_stream_imports(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.stream_imports(), other.stream_imports());
        ours.len() == theirs.len()
            && ours
                .iter()
                .all(|import| theirs.iter().any(|other| import.is_same(other)))
    }
}
