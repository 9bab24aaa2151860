//! What must run at line rate to find something: rules and indicators.

pub mod rules;
