"""The twelve indicators (service-levels.md): defined once, counted and opened from the same definition."""
