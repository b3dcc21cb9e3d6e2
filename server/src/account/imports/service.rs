//! Services taken from another account.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use super::{Imported, Imports};
use crate::account::exports::ServiceExport;
use crate::account::subscription::{Role, Subscription, SubscriptionOptions};
use crate::account::{Account, ImportError};
use crate::subject::transform::{
    SubjectTransform, TransformError, tokenize_wildcards, untokenize_placeholders,
};
use crate::subject::{has_wildcard, is_valid_subject};

/// A service taken from another account (`serviceImport`).
#[derive(Debug)]
pub struct ServiceImport {
    account: Weak<Account>,
    account_name: String,
    export: Option<Arc<ServiceExport>>,
    from: String,
    to: String,
    mapping: Mapping,
    share: AtomicBool,
    removed: AtomicBool,
}

/// From our subjects to those of the exporting account.
#[derive(Debug, Clone)]
enum Mapping {
    /// Subjects stay as they are.
    Same,
    /// All requests go to one subject.
    Literal,
    /// Tokens are taken over.
    Transform(Box<SubjectTransform>),
}

impl ServiceImport {
    fn new(
        exporter: &Arc<Account>,
        export: Option<Arc<ServiceExport>>,
        from: &str,
        to: &str,
    ) -> Result<Self, ImportError> {
        let (mut local, mut remote) = (from.to_owned(), to.to_owned());
        let mapping = if !has_wildcard(to) {
            Mapping::Literal
        } else if to == from {
            Mapping::Same
        } else {
            let bad = |reason| ImportError::Transform {
                kind: "service",
                from: from.to_owned(),
                to: to.to_owned(),
                reason,
            };
            remote = untokenize_placeholders(to).0;
            local = untokenize_placeholders(from).0;
            // Made the other way round, so that placeholders stand in one subject
            // only and all wildcards have to be used.
            let back = SubjectTransform::strict(&remote, &tokenize_wildcards(from));
            let there = back.map_err(bad)?.and_then(|back| back.reverse());
            let there = there.ok_or_else(|| bad(TransformError::BadSubject))?;
            Mapping::Transform(Box::new(there))
        };
        Ok(Self {
            account: Arc::downgrade(exporter),
            account_name: exporter.name().to_owned(),
            export,
            from: local,
            to: remote,
            mapping,
            share: AtomicBool::new(false),
            removed: AtomicBool::new(false),
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

    /// The export; there is none for imports that the server made itself.
    #[must_use]
    pub fn export(&self) -> Option<&Arc<ServiceExport>> {
        self.export.as_ref()
    }

    /// The subject here.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The subject in the exporting account.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// Whether the service is told who asks.
    #[must_use]
    pub fn share(&self) -> bool {
        self.share.load(Ordering::Relaxed)
    }

    /// Whether the import has been removed; cached matches still name it.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Acquire)
    }

    /// The subject there of a request on `subject` here.
    #[must_use]
    pub fn remote_subject<'a>(&'a self, subject: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.mapping {
            Mapping::Same => Cow::Borrowed(subject),
            Mapping::Literal => Cow::Borrowed(self.to.as_bytes()),
            Mapping::Transform(transform) => Cow::Owned(transform.transform(subject)),
        }
    }
}

impl Account {
    /// Sends requests on `from` to `to` in `exporter`; to `from` there if `to` is
    /// empty (`AddServiceImport`).
    ///
    /// # Errors
    ///
    /// [`ImportError`] if the exporter does not allow it, a subject is none, they do
    /// not fit each other, the import exists or could send requests in circles.
    pub fn add_service_import(
        &self,
        exporter: &Arc<Self>,
        from: &str,
        to: &str,
    ) -> Result<(), ImportError> {
        let to = if to.is_empty() { from } else { to };
        if !is_valid_subject(from) || !is_valid_subject(to) {
            return Err(ImportError::InvalidSubject);
        }
        if !exporter.allows_service_import(self.name(), to) {
            return Err(ImportError::ServiceNotAuthorized);
        }
        let local = if has_wildcard(to) {
            untokenize_placeholders(from).0
        } else {
            from.to_owned()
        };
        self.service_import_forms_cycle(exporter, &local)?;
        let export = exporter.service_export(to);
        let import = Arc::new(ServiceImport::new(exporter, export, from, to)?);
        self.insert_service_import(import)
    }

    fn insert_service_import(&self, import: Arc<ServiceImport>) -> Result<(), ImportError> {
        let mut imports = self.imports_mut();
        let same = imports.services.get(&import.from).into_iter().flatten();
        let mut same = same.map(|known| &known.import);
        if let Some(known) = same.find(|known| known.account_name == import.account_name) {
            return Err(ImportError::DuplicateService {
                from: import.from.clone(),
                account: known.account_name.clone(),
                to: known.to.clone(),
            });
        }
        let from = import.from.clone();
        let added = self.feed(&mut imports, import)?;
        imports.services.entry(from).or_default().push(added);
        Ok(())
    }

    /// Takes over `model`, an import from an account of the same name as `exporter`. An
    /// import that is the same stays as it is, so that no request is lost; another of
    /// the same subject goes when the new one is there.
    pub(in crate::account) fn adopt_service_import(
        &self,
        model: &ServiceImport,
        exporter: &Arc<Self>,
    ) -> Result<(), ImportError> {
        let export = exporter.service_export(&model.to);
        let known = self.service_import(&model.account_name, &model.from);
        if let Some(known) = &known {
            let same_export = match (&known.export, &export) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                (None, None) => true,
                _ => false,
            };
            let same_account = known.account.ptr_eq(&Arc::downgrade(exporter));
            if known.to == model.to && same_export && same_account {
                known.share.store(model.share(), Ordering::Relaxed);
                return Ok(());
            }
        }
        let import = Arc::new(ServiceImport {
            account: Arc::downgrade(exporter),
            account_name: model.account_name.clone(),
            export,
            from: model.from.clone(),
            to: model.to.clone(),
            mapping: model.mapping.clone(),
            share: AtomicBool::new(model.share()),
            removed: AtomicBool::new(false),
        });
        let mut imports = self.imports_mut();
        let added = self.feed(&mut imports, import)?;
        let list = imports.services.entry(model.from.clone()).or_default();
        let old = list
            .iter()
            .position(|known| known.import.account_name == model.account_name)
            .map(|at| list.swap_remove(at));
        list.push(added);
        if let Some(old) = old {
            self.retire(&old);
        }
        Ok(())
    }

    /// Subscribes to what `import` takes.
    fn feed(
        &self,
        imports: &mut Imports,
        import: Arc<ServiceImport>,
    ) -> Result<Imported, ImportError> {
        let sid = imports.next_sid();
        let options = SubscriptionOptions {
            role: Role::ServiceImport(Arc::clone(&import)),
            ..SubscriptionOptions::default()
        };
        let subject = import.from.as_bytes();
        let link = Arc::clone(self.internal_link());
        let subscription = Arc::new(Subscription::new(link, subject, sid.as_bytes(), options));
        self.subscriptions()
            .insert(subject, None, Arc::clone(&subscription))
            .map_err(|_| ImportError::InvalidSubject)?;
        Ok(Imported {
            import,
            subscription,
        })
    }

    /// Ends an import that was taken out of the list.
    fn retire(&self, gone: &Imported) {
        gone.import.removed.store(true, Ordering::Release);
        gone.subscription.close();
        // It was inserted under that subject, so it is found there.
        let _ = self
            .subscriptions()
            .remove(&gone.subscription.subject, None, &gone.subscription);
    }

    /// Ends the import of `from` from the account called `exporter`; returns whether
    /// there was one.
    pub fn remove_service_import(&self, exporter: &str, from: &str) -> bool {
        let mut imports = self.imports_mut();
        let Some(list) = imports.services.get_mut(from) else {
            return false;
        };
        let Some(at) = list
            .iter()
            .position(|known| known.import.account_name == exporter)
        else {
            return false;
        };
        let gone = list.swap_remove(at);
        if list.is_empty() {
            imports.services.remove(from);
        }
        self.retire(&gone);
        true
    }

    /// Sets whether the service `to` of `exporter` is told who asks
    /// (`SetServiceImportSharing`).
    ///
    /// # Errors
    ///
    /// [`ImportError::ServiceNotFound`] if that service is not imported.
    pub fn set_service_import_sharing(
        &self,
        exporter: &Self,
        to: &str,
        share: bool,
    ) -> Result<(), ImportError> {
        let imports = self.imports();
        let mut all = imports.services.values().flatten();
        let found =
            all.find(|known| known.import.account_name == exporter.name() && known.import.to == to);
        let found = found.ok_or(ImportError::ServiceNotFound)?;
        found.import.share.store(share, Ordering::Relaxed);
        Ok(())
    }

    /// How many subjects lead to imported services (`NumServiceImports`).
    #[must_use]
    pub fn service_import_count(&self) -> usize {
        self.imports().services.len()
    }

    /// All imported services.
    #[must_use]
    pub fn service_imports(&self) -> Vec<Arc<ServiceImport>> {
        let imports = self.imports();
        let all = imports.services.values().flatten();
        all.map(|known| Arc::clone(&known.import)).collect()
    }

    /// The import of `from` from the account called `exporter`
    /// (`getServiceImportForAccountLocked`).
    #[must_use]
    pub fn service_import(&self, exporter: &str, from: &str) -> Option<Arc<ServiceImport>> {
        let imports = self.imports();
        let list = imports.services.get(from)?;
        let found = list
            .iter()
            .find(|known| known.import.account_name == exporter);
        found.map(|known| Arc::clone(&known.import))
    }
}
