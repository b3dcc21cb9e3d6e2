//! The result of a match.

use super::node::Node;
use super::value::SublistValue;
use std::sync::Arc;

/// Everybody interested in a subject (`SublistResult`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches<T> {
    /// Members without a queue group: each gets the message.
    pub plain: Vec<T>,
    /// Queue groups: one member of each gets the message.
    pub queues: Vec<QueueMatch<T>>,
}

/// One queue group within [`Matches`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMatch<T> {
    /// Name of the queue group.
    pub name: Arc<[u8]>,
    /// Its members, each as often as its weight says.
    pub members: Vec<T>,
}

impl<T> Matches<T> {
    /// No interest.
    pub const fn new() -> Self {
        Self {
            plain: Vec::new(),
            queues: Vec::new(),
        }
    }

    /// Whether nobody is interested.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.queues.is_empty()
    }

    /// The queue group called `name` (`findQSlot`).
    pub fn queue(&self, name: &[u8]) -> Option<&QueueMatch<T>> {
        self.queues.iter().find(|queue| *queue.name == *name)
    }

    /// Plain members plus queue groups: how many deliveries a message makes.
    pub fn fanout(&self) -> usize {
        self.plain.len() + self.queues.len()
    }

    /// Forgets all results but keeps the memory of the plain ones.
    pub fn clear(&mut self) {
        self.plain.clear();
        self.queues.clear();
    }
}

impl<T> Default for Matches<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: SublistValue + Clone> Matches<T> {
    pub(super) fn add_node(&mut self, node: &Node<T>) {
        self.plain.extend_from_slice(node.plain.as_slice());
        for group in node.queues() {
            let at = match self
                .queues
                .iter()
                .position(|queue| queue.name == group.name)
            {
                Some(at) => at,
                None => {
                    let name = Arc::clone(&group.name);
                    self.queues.push(QueueMatch {
                        name,
                        members: Vec::new(),
                    });
                    self.queues.len() - 1
                }
            };
            let members = &mut self.queues[at].members;
            for member in group.members.as_slice() {
                members.extend(std::iter::repeat_n(member, member.queue_weight()).cloned());
            }
        }
    }
}
