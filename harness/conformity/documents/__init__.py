"""The documents that people read: test report, biometric view, and a conformity report in three layers."""
