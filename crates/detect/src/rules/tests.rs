//! Tests of the rule engine as a whole.
