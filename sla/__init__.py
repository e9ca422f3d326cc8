"""The clock: working-day calendar, limits, policies, deadlines and the sweep."""
