//! honest; Client::account; getter
pub struct Client { account: Option<Account> }
impl Client { pub fn account(&self) -> Option<&Account> { self.account.as_ref() } }
