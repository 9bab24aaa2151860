"""The record schema, and the forms that are generated from it."""
