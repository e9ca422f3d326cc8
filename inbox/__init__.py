"""The message and its case: collection, triage, replies, delivery and the audit trail."""
