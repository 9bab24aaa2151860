//! What rules ask of transactions and files, and who must be asked when one comes further.
//!
//! For each application and side there is a prefilter per buffer, run once when the buffer's
//! value is final, and a list of the rules without a literal by the step from which all their
//! fields are final. So each rule is asked once per transaction.

mod hook;
mod index;
mod part;

pub(crate) use hook::Hook;
pub(crate) use index::{Applications, SideRules, Unit};
pub(crate) use part::{ApplicationPart, Asked, FileTest, Hashes, NumberTest, Which, speaks};
