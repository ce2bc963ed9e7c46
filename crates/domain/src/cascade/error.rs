//! Refusals, each with its node and amount.

use super::node::{Member, Node, NodeError};
use crate::money::Amount;

/// Why a split is refused. Each names the node, and the amount where one is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CascadeError {
    /// The children sum to less than the node.
    #[error("{node}: {} minor units are missing", .amount.0)]
    Missing {
        /// The node.
        node: Box<Node>,
        /// What is not given.
        amount: Amount,
    },
    /// The children sum to more than the node.
    #[error("{node}: {} minor units too much", .amount.0)]
    Exceeding {
        /// The node.
        node: Box<Node>,
        /// What is given too much.
        amount: Amount,
    },
    /// The node's amount changed since it was split.
    #[error("{node}: was {} when it was split and is {} now", .was.0, .is.0)]
    Changed {
        /// The node.
        node: Box<Node>,
        /// Its amount in the split.
        was: Amount,
        /// Its amount now.
        is: Amount,
    },
    /// No such node in the tree.
    #[error("{node} is no node of this tree")]
    Unknown {
        /// The node.
        node: Box<Node>,
    },
    /// The same child twice.
    #[error("{node}: {member} twice")]
    Doubled {
        /// The node.
        node: Box<Node>,
        /// The child.
        member: Box<Member>,
    },
    /// A child of another dimension than the split's.
    #[error("{node}: {member} is not of the split’s dimension")]
    OtherDimension {
        /// The node.
        node: Box<Node>,
        /// The child.
        member: Box<Member>,
    },
    /// Periods that leave days out or count them twice.
    #[error("{node}: the periods do not cover every day once")]
    NotTiled {
        /// The node.
        node: Box<Node>,
    },
    /// A new version without a reason.
    #[error("{node}: a new version needs a reason")]
    NoReason {
        /// The node.
        node: Box<Node>,
    },
    /// A member that cannot be a child.
    #[error(transparent)]
    Node(#[from] NodeError),
}
