//! Conversations as they are written down.
//!
//! A conversation begins with `=== name`, goes on with the lines of its
//! configuration, each after `| `, with those of a second one for reloads after
//! `|| `, and then has steps. `{dir}` in a configuration is the store directory.
//! Steps are
//!
//! - `restart`: the server ends and is started anew with its files;
//! - `reload`: it reads the second configuration;
//! - `let NAME /pointer`: what stands there in the last answer is called `{NAME}`
//!   from now on, and also in the answers;
//! - `X+ {..}`: a connection with these options of CONNECT;
//! - `X ask <subject> <message>`: a request and the first answer;
//! - `X all <subject> <message>`: the same with all answers up to a status;
//! - `X none <subject> <message>`: a request that is not answered;
//! - `X get N <subject> <message>`: the same with so many answers;
//! - `X until /pointer=<json> <subject> <message>`: a request that is repeated until
//!   its answer is so;
//! - `X put N <subject> <message>`: so many requests, of which the last answer is
//!   noted; `{n}` in it is the number of the request, from 1 on;
//! - `X pub <subject> <message>`: a message that nobody has to answer;
//! - `X sub <subject>`, `X unsub <subject>`, `X take N`, `X take~ N`: a subscription
//!   and so many messages of all subscriptions, as they come or sorted.
//!
//! `X` is a capital letter. `@` before a subject stands for `$JS.API.`. A message may
//! begin with `[[Name: value; Name: value]] `, its headers; `\xNN` in it is a byte. `{replyN}` is the reply subject of the message before the Nth
//! last, `{reply0}` of the last one.

/// One conversation.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) config: String,
    pub(crate) reload: String,
    pub(crate) steps: Vec<String>,
}

impl Script {
    /// All conversations of a file.
    pub(crate) fn parse(text: &str) -> Vec<Self> {
        let mut scripts: Vec<Self> = Vec::new();
        let lines = text.lines();
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("=== ") {
                assert!(
                    scripts.iter().all(|script| script.name != name),
                    "{name} is there twice"
                );
                scripts.push(Self {
                    name: name.to_owned(),
                    config: String::new(),
                    reload: String::new(),
                    steps: Vec::new(),
                });
                continue;
            }
            let script = scripts.last_mut().expect("a script begins with its name");
            if let Some(line) = line.strip_prefix("|| ") {
                script.reload.push_str(line);
                script.reload.push('\n');
            } else if let Some(line) = line.strip_prefix("| ") {
                script.config.push_str(line);
                script.config.push('\n');
            } else {
                script.steps.push(line.to_owned());
            }
        }
        scripts
    }
}
