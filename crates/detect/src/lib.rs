//! What must run at line rate to find something: rules and indicators.

pub mod finding;
pub mod intel;
pub mod ports;
pub mod rules;
pub mod scan;
